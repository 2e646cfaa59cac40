from odoo import models
from odoo.tools import SQL
from odoo.tools.mail import generate_tracking_message_id


class O2oSettlement(models.Model):
    """Chatter of statements and documents that SQL wrote: as if Odoo had written them."""

    _inherit = "o2o.settlement"

    def _copy_chatter(self, pairs):
        """Copy the messages and followers of sample documents: ``[(sample, copy)]``."""
        values = {
            "samples": [sample for sample, _id in pairs],
            "ids": [new for _sample, new in pairs],
            "model": "account.move",
        }
        self._copy_messages(
            SQL(
                """SELECT t.id, v.id FROM unnest(%(samples)s, %(ids)s) AS v (sample, id)
                     JOIN mail_message t ON t.model = %(model)s AND t.res_id = v.sample""",
                **values,
            )
        )
        self.env.cr.execute(
            SQL(
                """WITH fresh AS (
                    INSERT INTO mail_followers (res_model, res_id, partner_id)
                    SELECT f.res_model, v.id, f.partner_id
                      FROM unnest(%(samples)s, %(ids)s) AS v (sample, id)
                      JOIN mail_followers f ON f.res_model = %(model)s AND f.res_id = v.sample
                    RETURNING id, res_id, partner_id)
                   INSERT INTO mail_followers_mail_message_subtype_rel
                          (mail_followers_id, mail_message_subtype_id)
                   SELECT fresh.id, r.mail_message_subtype_id
                     FROM fresh
                     JOIN unnest(%(samples)s, %(ids)s) AS v (sample, id) ON v.id = fresh.res_id
                     JOIN mail_followers f ON f.res_model = %(model)s AND f.res_id = v.sample
                                          AND f.partner_id = fresh.partner_id
                     JOIN mail_followers_mail_message_subtype_rel r ON r.mail_followers_id = f.id
                """,
                **values,
            )
        )

    def _copy_messages(self, source):
        """Copy notes, each with a number of its own, and what they say of changed fields.

        :param source: SQL with a row ``(old, copy)`` per new note: the note's id, and the id
            of the record that the copy is for
        """
        notes = self._columns_to_copy("mail_message", "res_id", "message_id")
        tracked = self._columns_to_copy("mail_tracking_value", "mail_message_id")
        self.env.cr.execute(
            SQL(
                """WITH source AS (
                    SELECT old, copy, nextval('mail_message_id_seq')::integer AS new
                      FROM (%(source)s) s (old, copy)
                   ), fresh AS (
                    INSERT INTO mail_message (id, res_id, message_id, %(notes)s)
                    SELECT s.new, s.copy, '<' || s.new || '.' || %(number)s, %(t_notes)s
                      FROM source s JOIN mail_message t ON t.id = s.old)
                   INSERT INTO mail_tracking_value (mail_message_id, %(tracked)s)
                   SELECT s.new, %(t_tracked)s
                     FROM source s JOIN mail_tracking_value t ON t.mail_message_id = s.old
                """,
                source=source,
                number=generate_tracking_message_id("message-notify").lstrip("<"),
                notes=SQL(", ").join(map(SQL.identifier, notes)),
                t_notes=SQL(", ").join(SQL.identifier("t", name) for name in notes),
                tracked=SQL(", ").join(map(SQL.identifier, tracked)),
                t_tracked=SQL(", ").join(SQL.identifier("t", name) for name in tracked),
            )
        )

    def _columns_to_copy(self, table, *without):
        return [n for n in self._copied_columns(table) if n not in ("id", *without)]

    def _log_states(self, before):
        """Note changes of state in the chatter of statements, as the tracking does.

        :param before: ``{statement: earlier state}``
        """
        context = self.env.context
        if context.get("tracking_disable") or context.get("o2o_states_logged"):
            return
        changes = {}
        for statement in self:
            if before[statement] != statement.state:
                key = before[statement], statement.state
                changes[key] = changes.get(key, self.browse()) | statement
        for (old, _new), statements in changes.items():
            sample = statements[0]
            info = sample.fields_get(
                ["state"], ["string", "type", "selection", "currency_field"]
            )
            _names, values = sample._mail_track(info, {"state": old})
            message = sample._message_log(body="", tracking_value_ids=values)
            message.flush_recordset()
            message.tracking_value_ids.flush_recordset()
            self._copy_messages(
                SQL("SELECT %s, unnest(%s::int[])", message.id, statements[1:].ids)
            )

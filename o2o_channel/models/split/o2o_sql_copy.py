from odoo import models
from odoo.tools import SQL
from odoo.tools.mail import generate_tracking_message_id


class O2oSqlCopy(models.AbstractModel):
    """Copying journal entries that Odoo itself made and posted, by set-based SQL."""

    _name = "o2o.sql.copy"
    _description = "Set-Based Copies of Journal Entries"

    def _copied_columns(self, table):
        """Return the table's columns, those included that no field of Odoo's stands for."""
        self.env.cr.execute(
            SQL(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
                " AND table_schema = current_schema AND is_generated = 'NEVER'",
                table,
            )
        )
        return [name for (name,) in self.env.cr.fetchall()]

    def _forget_numbers(self):
        """Have the next posting look up the last number: the copies took some.

        By posting the samples Odoo has taken their numbers, and with them the place in the
        unique index at which every other posting in the journal waits for our commit.
        """
        self.env["account.move"]._get_sequence_cache().clear()

    def _copy_chatter(self, pairs):
        """Copy the messages and followers of sample entries: ``[(sample, copy)]``."""
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

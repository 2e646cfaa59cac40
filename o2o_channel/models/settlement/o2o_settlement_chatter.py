from odoo import models
from odoo.tools import SQL


class O2oSettlement(models.Model):
    """Chatter of statements that SQL wrote: as if Odoo had written it."""

    _name = "o2o.settlement"
    _inherit = ["o2o.settlement", "o2o.sql.copy"]

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

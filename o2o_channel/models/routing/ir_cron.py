import time

from odoo import api, models
from odoo.tools import SQL

# Waking the jobs opens a connection of its own, as dear as a tenth of an order. In a rush
# once in so many seconds will do: the jobs look around every minute anyway.
WAKE_SECONDS = 5
_woken = {}


class IrCron(models.Model):
    _inherit = "ir.cron"

    @api.model
    def _o2o_trigger(self, xmlid, at=None):
        """What `_trigger` does, without reading the job: every confirmed order asks.

        :param at: naive UTC; by default as soon as possible
        """
        # past the access rules: whoever routes an order may not plan jobs
        self.env.cr.execute(
            SQL(
                """INSERT INTO ir_cron_trigger
                       (cron_id, call_at, create_uid, create_date, write_uid, write_date)
                   VALUES (%(cron)s, %(at)s, %(uid)s, %(now)s, %(uid)s, %(now)s)""",
                cron=self.env["ir.model.data"]._xmlid_to_res_id(xmlid),
                at=at or self.env.cr.now(),
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        if not at:
            self.env.cr.postcommit.add(self._o2o_wake)

    def _o2o_wake(self):
        """Have the jobs look around now, unless this process had them do it just now."""
        name, now = self.env.cr.dbname, time.monotonic()
        if now - _woken.get(name, -WAKE_SECONDS) >= WAKE_SECONDS:
            _woken[name] = now
            self._notifydb()

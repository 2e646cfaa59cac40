from odoo import api, fields, models


class IrCron(models.Model):
    _inherit = "ir.cron"

    @api.model
    def _o2o_trigger(self, xmlid, at=None):
        """What `_trigger` does, without reading the job: every confirmed order asks.

        :param at: naive UTC; by default as soon as possible
        """
        # sudo: whoever routes an order may not plan jobs
        self.env["ir.cron.trigger"].sudo().create(
            {
                "cron_id": self.env["ir.model.data"]._xmlid_to_res_id(xmlid),
                "call_at": at or fields.Datetime.now(),
            }
        )
        if not at:
            self.env.cr.postcommit.add(self._notifydb)

from odoo import fields, models


class O2oDispatchReject(models.TransientModel):
    """Asks why an offer is turned down."""

    _name = "o2o.dispatch.reject"
    _description = "Reject an Offer"

    dispatch_id = fields.Many2one(
        "o2o.dispatch",
        required=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    reason_id = fields.Many2one("o2o.reject.reason", required=True)
    note = fields.Char()
    note_required = fields.Boolean(related="reason_id.note_required")

    def action_confirm(self):
        self.dispatch_id.action_reject(self.reason_id, self.note)
        return {"type": "ir.actions.act_window_close"}

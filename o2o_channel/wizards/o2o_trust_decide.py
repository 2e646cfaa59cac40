from odoo import fields, models


class O2oTrustDecide(models.TransientModel):
    """Grant or decline appeals with a reason the dealer reads."""

    _name = "o2o.trust.decide"
    _description = "Decide on Appeals"

    appeal_ids = fields.Many2many("o2o.trust.appeal", string="Appeals", required=True)
    decision = fields.Selection(
        [("granted", "Grant"), ("declined", "Decline")],
        required=True,
        default="granted",
        help="A granted appeal strikes the event: it no longer counts against the store.",
    )
    reason = fields.Text(
        required=True, help="The dealer reads this on the portal and by mail."
    )

    def action_apply(self):
        self.ensure_one()
        self.appeal_ids._decide(self.decision, self.reason)
        return {"type": "ir.actions.act_window_close"}

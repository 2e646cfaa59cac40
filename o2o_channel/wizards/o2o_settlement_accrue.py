from odoo import fields, models


class O2oSettlementAccrue(models.TransientModel):
    """Why the bills of confirmed statements are posted after the close."""

    _name = "o2o.settlement.accrue"
    _description = "Bill Statements after the Close"

    settlement_ids = fields.Many2many(
        "o2o.settlement", string="Statements", required=True, readonly=True
    )
    reason = fields.Char(required=True)

    def action_accrue(self):
        self.ensure_one()
        self.settlement_ids._accrue(self.reason)
        return {"type": "ir.actions.act_window_close"}

from odoo import fields, models


class O2oSettlementCheck(models.Model):
    """One line of a period's close checklist, as it stood at the last look."""

    _name = "o2o.settlement.check"
    _description = "Close Checklist Line"
    _order = "period_id, ok, sequence, id"  # what is wrong comes first

    period_id = fields.Many2one(
        "o2o.settlement.period", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="period_id.company_id", store=True)
    currency_id = fields.Many2one(related="period_id.currency_id")
    sequence = fields.Integer()
    key = fields.Char(required=True)
    name = fields.Char(string="Check", required=True, translate=True)
    ok = fields.Boolean(
        string="OK", help="A line that isn't keeps the period from being closed."
    )
    amount = fields.Monetary()
    count = fields.Integer()
    message = fields.Char(translate=True)
    res_model = fields.Char()
    res_ids = fields.Json(help="The records the message is about.")

    def action_open(self):
        """Open the records this line is about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self.res_model,
            "view_mode": "list,form",
            "domain": [("id", "in", self.res_ids or [])],
            # the clearing per payee is that of the last day here as well
            "context": {
                "o2o_clearing_day": fields.Date.to_string(self.period_id.date_to)
            },
        }

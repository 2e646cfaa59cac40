from odoo import fields, models


class O2oTrustMonth(models.Model):
    """A store's mean trust of a month, and the routing bonus it brings in the next."""

    _name = "o2o.trust.month"
    _description = "Trust per Store and Month"
    _order = "month desc, warehouse_id"
    _rec_name = "warehouse_id"
    _log_access = False

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Store",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    dealer_id = fields.Many2one(related="warehouse_id.dealer_id")
    month = fields.Date(required=True, readonly=True, help="Its first day.")
    trust = fields.Float(
        string="Mean Trust", digits=(5, 4), readonly=True, aggregator="avg"
    )
    days = fields.Integer(readonly=True, help="Days with a figure.")
    proven = fields.Boolean(
        readonly=True, help="The store was asked, counted or sent figures in the month."
    )
    bonus = fields.Float(
        string="Routing Bonus",
        digits=(5, 4),
        readonly=True,
        aggregator="avg",
        help="Added to the score of the store in the month that follows.",
    )

    _store_month_uniq = models.Constraint(
        "UNIQUE(warehouse_id, month)", "The store has a trust for this month."
    )

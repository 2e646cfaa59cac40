from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import formatLang

from ...engine.fulfilment import compare


class O2oFulfilmentComparison(models.Model):
    """A calculation that is kept: headquarters' warehouse in a region, or dealers?"""

    _name = "o2o.fulfilment.comparison"
    _description = "Region Warehouse or Dealer"
    _order = "id desc"
    _rec_name = "region_id"
    _check_company_auto = True

    region_id = fields.Many2one("o2o.region", required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    fixed_cost = fields.Monetary(
        string="Fixed Cost a Month",
        help="Rent, people and systems of a warehouse of headquarters in the region.",
    )
    variable_cost = fields.Monetary(
        string="Warehouse Cost per Order",
        help="Packing, handling and last mile of an order from that warehouse.",
    )
    dealer_fee = fields.Monetary(
        string="Dealer Fee per Order",
        help="What a dealer gets for packing and delivering one order.",
    )
    months = fields.Integer(
        string="Months of History",
        default=3,
        help="Orders a month are the average of so many full months.",
    )
    orders_month = fields.Float(
        string="Orders a Month",
        digits=(12, 1),
        compute="_compute_orders_month",
        store=True,
        readonly=False,
        help="Channel orders delivered in the region and what lies in it. Type another "
        "figure to try it.",
    )
    break_even = fields.Float(
        string="Break-Even",
        digits=(12, 0),
        compute="_compute_result",
        help="Orders a month from which the warehouse is not dearer.",
    )
    has_break_even = fields.Boolean(compute="_compute_result")
    warehouse_cost = fields.Monetary(compute="_compute_result")
    dealer_cost = fields.Monetary(string="Dealers' Cost", compute="_compute_result")
    verdict = fields.Selection(
        [
            ("dealer", "Keep dealer"),
            ("warehouse", "Region warehouse"),
            ("equal", "No difference"),
        ],
        compute="_compute_result",
    )
    explanation = fields.Char(compute="_compute_result")
    note = fields.Text()

    _costs_positive = models.Constraint(
        "CHECK(fixed_cost >= 0 AND variable_cost >= 0 AND dealer_fee >= 0 "
        "AND orders_month >= 0)",
        "Costs, fee and orders can't be negative.",
    )
    _months_positive = models.Constraint(
        "CHECK(months > 0)", "Count at least one month of history."
    )

    @api.depends("region_id", "months", "company_id")
    def _compute_orders_month(self):
        for one in self:
            one.orders_month = one._count_history()

    def action_count_again(self):
        """Replace what was typed by the history."""
        for one in self:
            one.orders_month = one._count_history()
        return True

    def _count_history(self):
        """Channel orders a month, over full months before this one."""
        if not self.region_id or self.months < 1:
            return 0.0
        end = fields.Date.start_of(self.company_id._o2o_today(), "month")
        start = fields.Date.subtract(end, months=self.months)
        count = self.env["sale.order"].search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("o2o_channel_id", "!=", False),
                ("state", "=", "sale"),
                ("o2o_region_id", "child_of", self.region_id.id),
                ("date_order", ">=", start),
                ("date_order", "<", end),
            ]
        )
        return round(count / self.months, 1)

    @api.depends("fixed_cost", "variable_cost", "dealer_fee", "orders_month")
    def _compute_result(self):
        for one in self:
            figures = (
                one.fixed_cost,
                one.variable_cost,
                one.dealer_fee,
                one.orders_month,
            )
            # while typing, a negative figure is refused at saving
            result = compare(*(Decimal(str(max(value, 0.0))) for value in figures))
            one.has_break_even = result.break_even is not None
            one.break_even = float(result.break_even or 0)
            one.warehouse_cost = float(result.warehouse_cost)
            one.dealer_cost = float(result.dealer_cost)
            one.verdict = result.verdict
            one.explanation = one._explain(result)

    def _explain(self, result):
        orders = formatLang(self.env, self.orders_month, digits=0)
        if result.break_even is None:
            return self.env._(
                "The dealer's fee is not above the warehouse's cost per order: no number "
                "of orders pays for the warehouse."
            )
        point = formatLang(self.env, float(result.break_even), digits=0)
        if result.verdict == "dealer":
            return self.env._(
                "%(orders)s orders a month are fewer than the %(point)s at which a "
                "warehouse pays.",
                orders=orders,
                point=point,
            )
        return self.env._(
            "%(orders)s orders a month reach the %(point)s at which a warehouse pays.",
            orders=orders,
            point=point,
        )

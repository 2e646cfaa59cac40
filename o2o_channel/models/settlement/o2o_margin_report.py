from odoo import fields, models
from odoo.tools import SQL

# One row per source: what it adds to the order's result, in the company's currency.
SOURCES = """
    SELECT l.id::bigint * 4 AS id, l.company_id, l.order_id, l.date, l.amount AS net,
           CASE WHEN l.state != 'kept' AND l.role != 'subsidy' THEN l.amount ELSE 0 END AS shares,
           CASE WHEN l.state != 'kept' AND l.role = 'subsidy' THEN l.amount ELSE 0 END AS subsidies,
           CASE WHEN l.state = 'kept' THEN l.amount ELSE 0 END AS kept,
           0 AS fees, 0 AS cost, 0 AS claims
      FROM o2o_split_line l JOIN sale_order o ON o.id = l.order_id
     WHERE o.o2o_accounting_mode IS DISTINCT FROM 'agent'
     UNION ALL
    SELECT i.id::bigint * 4 + 1, k.company_id, k.order_id, i.date, 0, 0, 0, 0, -i.balance, 0, 0
      FROM (SELECT DISTINCT company_id, order_id, move_id FROM o2o_clearing_line
             WHERE kind = 'fee' AND order_id IS NOT NULL) k
      JOIN res_company c ON c.id = k.company_id
      JOIN account_move_line i ON i.move_id = k.move_id AND i.account_id = c.o2o_fee_account_id
     UNION ALL
    SELECT m.id::bigint * 4 + 2, m.company_id, s.order_id,
           (m.date AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(p.tz, 'UTC'))::date, 0, 0, 0, 0, 0,
           CASE WHEN m.is_out THEN m.value ELSE -m.value END, 0
      FROM stock_move m
      JOIN sale_order_line s ON s.id = m.sale_line_id
      JOIN sale_order o ON o.id = s.order_id AND o.o2o_channel_id IS NOT NULL
      JOIN res_company c ON c.id = m.company_id
      JOIN res_partner p ON p.id = c.partner_id
     WHERE m.state = 'done' AND (m.is_out OR m.is_in) AND m.value != 0
     UNION ALL
    SELECT q.id::bigint * 4 + 3, q.company_id, q.order_id, q.date, 0, 0, 0, 0, 0, 0,
           q.amount + COALESCE((
               SELECT SUM(k.amount) FROM o2o_clearing_line k
                WHERE k.res_model = 'o2o.claim' AND k.res_id = q.id AND k.kind = 'claim'
                  AND k.origin_line_id IS NULL), 0)
      FROM o2o_claim q
     WHERE q.state = 'closed' OR q.provided AND q.state != 'cancelled'
"""


class O2oMarginReport(models.Model):
    """What headquarters keeps of an order: sales less shares, goods and claims, plus fees."""

    _name = "o2o.margin.report"
    _description = "Margin by Order"
    _auto = False
    _order = "month desc, order_id desc"
    _rec_name = "order_id"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    order_id = fields.Many2one("sale.order", readonly=True)
    channel_id = fields.Many2one("o2o.channel", readonly=True)
    region_id = fields.Many2one("o2o.region", string="Service Region", readonly=True)
    dealer_id = fields.Many2one(
        "res.partner",
        string="Originating Dealer",
        readonly=True,
        help="Who brought the order.",
    )
    month = fields.Date(readonly=True, help="First day of the month it was booked in.")
    net = fields.Monetary(
        string="Net Sales",
        readonly=True,
        help="Without VAT and discounts: what was shared out, less what returns took back. Where "
        "the dealer sells it isn't headquarters' revenue and isn't counted.",
    )
    shares = fields.Monetary(
        string="Shares of Others",
        readonly=True,
        help="Dealers, guides and crews; without subsidies.",
    )
    subsidies = fields.Monetary(
        readonly=True, help="Paid on top where the price is below the dealer's."
    )
    kept = fields.Monetary(
        string="Headquarters' Share", readonly=True, help="Net sales less the two."
    )
    fees = fields.Monetary(
        readonly=True, help="Platform fees without VAT, where the dealer sells."
    )
    cost = fields.Monetary(
        string="Own Goods",
        readonly=True,
        help="Value of the goods that headquarters delivered from its own stock.",
    )
    claims = fields.Monetary(
        string="Claims Borne",
        readonly=True,
        help="What headquarters bears of claims, in the month in which they came in.",
    )
    result = fields.Monetary(
        string="Margin",
        readonly=True,
        help="Headquarters' share and fees, less own goods and claims.",
    )
    margin_rate = fields.Float(
        string="Margin (%)", compute="_compute_margin_rate", help="Of the net sales."
    )

    def _compute_margin_rate(self):
        for row in self:
            row.margin_rate = 100.0 * row.result / row.net if row.net else 0.0

    @property
    def _table_query(self):
        for model in (
            "o2o.split.line",
            "o2o.clearing.line",
            "account.move.line",
            "stock.move",
            "o2o.claim",
            "sale.order",
        ):
            self.env[model].flush_model()
        return SQL(
            """
            SELECT MIN(part.id) AS id, part.company_id, part.order_id,
                   DATE_TRUNC('month', part.date)::date AS month,
                   o.o2o_channel_id AS channel_id, o.o2o_region_id AS region_id,
                   o.o2o_origin_dealer_id AS dealer_id,
                   SUM(part.net) AS net, SUM(part.shares) AS shares,
                   SUM(part.subsidies) AS subsidies, SUM(part.kept) AS kept,
                   SUM(part.fees) AS fees, SUM(part.cost) AS cost, SUM(part.claims) AS claims,
                   SUM(part.kept + part.fees - part.cost - part.claims) AS result
              FROM (%s) part
              JOIN sale_order o ON o.id = part.order_id
             GROUP BY part.company_id, part.order_id, DATE_TRUNC('month', part.date),
                      o.o2o_channel_id, o.o2o_region_id, o.o2o_origin_dealer_id
            """,
            SQL(SOURCES),
        )

    def action_view_order(self):
        """Open the order behind the row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "view_mode": "form",
        }

    def action_view_split_lines(self):
        """Open the shares that the row adds up."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_split_line_action"
        )
        return action | {
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("order_id", "=", self.order_id.id),
                ("date", ">=", fields.Date.to_string(self.month)),
                (
                    "date",
                    "<=",
                    fields.Date.to_string(fields.Date.end_of(self.month, "month")),
                ),
            ]
        }

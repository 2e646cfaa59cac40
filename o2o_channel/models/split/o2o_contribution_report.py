from odoo import fields, models
from odoo.tools import SQL

from .o2o_split_role import SPLIT_ROLES


class O2oContributionReport(models.Model):
    """What each role and party earned of each order: the ledger funds are shared out by."""

    _name = "o2o.contribution.report"
    _description = "Contribution Ledger"
    _auto = False
    _order = "month desc, order_id desc, role"
    _rec_name = "order_id"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    order_id = fields.Many2one("sale.order", readonly=True)
    channel_id = fields.Many2one("o2o.channel", readonly=True)
    region_id = fields.Many2one("o2o.region", readonly=True)
    month = fields.Date(readonly=True, help="First day of the month it happened in.")
    role = fields.Selection(SPLIT_ROLES, readonly=True)
    partner_id = fields.Many2one("res.partner", string="Party", readonly=True)
    earned = fields.Monetary(readonly=True, help="Shares of deliveries.")
    reversed = fields.Monetary(
        string="Taken Back", readonly=True, help="Shares that returns took back."
    )
    amount = fields.Monetary(string="Contribution", readonly=True)
    line_count = fields.Integer(string="Split Lines", readonly=True)

    @property
    def _table_query(self):
        self.env["o2o.split.line"].flush_model()
        self.env["sale.order"].flush_model(["o2o_channel_id", "o2o_region_id"])
        return SQL(
            """
            SELECT MIN(l.id) AS id, l.company_id, l.order_id, l.role, l.partner_id,
                   o.o2o_channel_id AS channel_id, o.o2o_region_id AS region_id,
                   DATE_TRUNC('month', COALESCE(l.original_date, l.date))::date AS month,
                   COALESCE(SUM(l.amount) FILTER (WHERE l.kind = 'delivery'), 0) AS earned,
                   COALESCE(SUM(l.amount) FILTER (WHERE l.kind = 'reversal'), 0) AS reversed,
                   SUM(l.amount) AS amount, COUNT(*) AS line_count
              FROM o2o_split_line l
              JOIN sale_order o ON o.id = l.order_id
             GROUP BY l.company_id, l.order_id, l.role, l.partner_id,
                      o.o2o_channel_id, o.o2o_region_id,
                      DATE_TRUNC('month', COALESCE(l.original_date, l.date))
            """
        )

    def action_view_split_lines(self):
        """Open the shares this row adds up: its evidence."""
        self.ensure_one()
        end = fields.Date.end_of(self.month, "month")
        lines = self.env["o2o.split.line"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("order_id", "=", self.order_id.id),
                ("role", "=", self.role),
                ("partner_id", "=", self.partner_id.id),
            ]
        )
        own = lines.filtered(
            lambda line: self.month <= (line.original_date or line.date) <= end
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_split_line_action"
        )
        return action | {"domain": [("id", "in", own.ids)]}

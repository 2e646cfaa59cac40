from odoo import fields, models
from odoo.tools import SQL


class O2oLateReport(models.Model):
    """Everything that was booked later than it happened, because its day was closed.

    Shares, clearing lines, and the entries that are neither: bills of statements, costs of
    claims, collections.
    """

    _name = "o2o.late.report"
    _description = "Late Postings"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "name"

    name = fields.Char(string="Subject", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [
            ("share", "Share"),
            ("line", "Clearing Line"),
            ("bill", "Statement's Document"),
            ("entry", "Other Entry"),
        ],
        readonly=True,
    )
    partner_id = fields.Many2one("res.partner", string="Party", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True)
    original_date = fields.Date(string="Happened On", readonly=True)
    date = fields.Date(
        string="Booked On",
        readonly=True,
        help="The first day that was open when it became known.",
    )
    days = fields.Integer(string="Days Late", readonly=True, aggregator="max")
    amount = fields.Monetary(
        readonly=True,
        help="Shares and clearing lines: above zero is owed to the party. Documents: their total.",
    )
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)

    @property
    def _table_query(self):
        for model in ("o2o.split.line", "o2o.clearing.line", "account.move"):
            self.env[model].flush_model()
        return SQL(
            """
            SELECT late.*, late.date - late.original_date AS days FROM (
                SELECT l.id::bigint * 3 AS id, o.name, l.company_id, 'share' AS kind,
                       l.partner_id, l.order_id, l.original_date, l.date, l.amount,
                       'o2o.split.line' AS res_model, l.id AS res_id
                  FROM o2o_split_line l JOIN sale_order o ON o.id = l.order_id
                 WHERE l.late AND l.state NOT IN ('kept', 'passed')
                 UNION ALL
                SELECT k.id::bigint * 3 + 1, k.name, k.company_id, 'line', k.partner_id,
                       k.order_id, k.original_date, k.date, k.amount, 'o2o.clearing.line', k.id
                  FROM o2o_clearing_line k
                 WHERE k.late AND k.origin_line_id IS NULL
                 UNION ALL
                SELECT m.id::bigint * 3 + 2, COALESCE(m.ref, m.name), m.company_id,
                       CASE WHEN m.o2o_settlement_id IS NULL THEN 'entry' ELSE 'bill' END,
                       m.partner_id, NULL, m.o2o_original_date, m.date, m.amount_total,
                       'account.move', m.id
                  FROM account_move m
                 WHERE m.date > m.o2o_original_date AND m.state = 'posted'
                   AND NOT EXISTS (SELECT 1 FROM o2o_split_line l WHERE l.move_id = m.id)
                   AND NOT EXISTS (SELECT 1 FROM o2o_clearing_line k WHERE k.move_id = m.id)
            ) late
            """
        )

    def action_view_origin(self):
        """Open the share, clearing line or entry behind the row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

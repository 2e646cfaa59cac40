from odoo import fields, models
from odoo.tools import SQL

from ..split.o2o_split_role import SPLIT_ROLES

# Days since it happened: key, upper limit (inclusive), label.
AGES = [
    ("a30", 30, "Up to 30 days"),
    ("b60", 60, "31 to 60 days"),
    ("c90", 90, "61 to 90 days"),
    ("d", None, "Over 90 days"),
]


class O2oClearingAgeReport(models.Model):
    """What is open on clearing, movement by movement: how old, and what it waits for.

    The sum per payee is the payee's balance of the sub-ledger in "Clearing per Payee".
    """

    _name = "o2o.clearing.age.report"
    _description = "Open Clearing by Age"
    _auto = False
    _order = "origin_date, id"
    _rec_name = "partner_id"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", string="Payee", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True)
    region_id = fields.Many2one(
        "o2o.region", readonly=True, help="Where the order is delivered to."
    )
    role = fields.Selection(
        SPLIT_ROLES, readonly=True, help="Empty for movements that aren't shares."
    )
    status = fields.Selection(
        [
            ("waiting", "Accrued, Not Released"),
            ("released", "Released"),
            ("stated", "On a Statement"),
        ],
        readonly=True,
        help="Not released: the return window is open, or a claim or dispute holds it.",
    )
    origin_date = fields.Date(
        string="Happened On", readonly=True, help="The age counts from this day."
    )
    release_date = fields.Date(readonly=True)
    days = fields.Integer(string="Age (Days)", readonly=True, aggregator="avg")
    age = fields.Selection([(key, label) for key, __, label in AGES], readonly=True)
    amount = fields.Monetary(
        readonly=True,
        help="Above zero: owed to the payee. Below: the payee owes it.",
    )
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)

    @property
    def _table_query(self):
        for model in (
            "o2o.split.line",
            "o2o.clearing.line",
            "o2o.settlement",
            "sale.order",
        ):
            self.env[model].flush_model()
        today = fields.Date.context_today(self)
        ages = SQL(" ").join(
            SQL("WHEN open.days <= %s THEN %s", limit, key)
            for key, limit, __ in AGES
            if limit
        )
        return SQL(
            """
            SELECT open.*, so.o2o_region_id AS region_id,
                   CASE %(ages)s ELSE %(oldest)s END AS age
              FROM (%(shares)s UNION ALL %(others)s) open
              LEFT JOIN sale_order so ON so.id = open.order_id
            """,
            ages=ages,
            oldest=AGES[-1][0],
            shares=self._query_shares(today),
            others=self._query_others(today),
        )

    def _query_shares(self, today):
        return SQL(
            """
            SELECT l.id::bigint * 2 AS id, l.company_id, l.partner_id, l.order_id, l.role,
                   CASE l.state WHEN 'pending' THEN 'waiting' ELSE l.state END AS status,
                   COALESCE(l.original_date, l.date) AS origin_date, l.release_date,
                   %s::date - COALESCE(l.original_date, l.date) AS days, l.amount,
                   'o2o.split.line' AS res_model, l.id AS res_id
              FROM o2o_split_line l
             WHERE l.move_line_id IS NOT NULL AND %s
            """,
            today,
            self.env["o2o.split.line"]._unbilled_sql(),
        )

    def _query_others(self, today):
        return SQL(
            """
            SELECT k.id::bigint * 2 + 1, k.company_id, k.partner_id, k.order_id, NULL,
                   CASE WHEN k.state = 'stated' THEN 'stated'
                        WHEN k.release_date IS NULL OR k.release_date > %(today)s
                        THEN 'waiting'
                        ELSE 'released' END,
                   COALESCE(k.original_date, k.date), k.release_date,
                   %(today)s::date - COALESCE(k.original_date, k.date), k.amount,
                   'o2o.clearing.line', k.id
              FROM o2o_clearing_line k
             WHERE k.state IN ('open', 'stated')
            """,
            today=today,
        )

    def action_view_origin(self):
        """Open the share or clearing line behind this row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date

# When the lines of a statement left the clearing account: with the document of the statement
# that they were carried forward to, and with its offset entry.
SETTLED = SQL(
    """
    WITH RECURSIVE chain (id, root) AS (
        SELECT s.id, s.id FROM o2o_settlement s WHERE s.carried_to_id IS NULL
         UNION ALL
        SELECT s.id, chain.root FROM o2o_settlement s JOIN chain ON chain.id = s.carried_to_id
    ), settled (id, shares_day, others_day) AS (
        SELECT chain.id, COALESCE(paper.date, netting.date, s.date_to),
               COALESCE(netting.date, paper.date, s.date_to)
          FROM chain JOIN o2o_settlement s ON s.id = chain.root
          LEFT JOIN account_move paper ON paper.id = COALESCE(s.bill_id, s.move_id)
          LEFT JOIN account_move netting ON netting.id = s.offset_move_id
    )
    """
)


class O2oClearingReport(models.Model):
    """Clearing per payee: what the general ledger says beside what the sub-ledger says.

    The sub-ledger is the shares and the clearing lines (what dealers collected, claims …).

    Both must be equal at any time; the close checks it as of the period's last day. A share
    owed is a credit in the ledger, shown here as a positive amount.
    """

    _name = "o2o.clearing.report"
    _description = "Clearing per Payee"
    _auto = False
    _order = "company_id, partner_id"
    _rec_name = "partner_id"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", string="Payee", readonly=True)
    gl_balance = fields.Monetary(
        string="General Ledger",
        readonly=True,
        help="Credit balance of the clearing account.",
    )
    open_amount = fields.Monetary(
        string="Open Split Lines",
        readonly=True,
        help="Posted shares that aren't billed yet.",
    )
    line_amount = fields.Monetary(
        string="Open Clearing Lines",
        readonly=True,
        help="Collections, claims, fees and other movements that no statement has settled.",
    )
    difference = fields.Monetary(readonly=True, help="Must be zero for every payee.")

    # === Today, or on a day gone by ===
    @api.model
    def _of_day(self, day):
        """Return the report of the evening of ``day``; ``False``: of all."""
        # The ORM keeps what it has read by record, not by day.
        self.invalidate_model()
        return self.with_context(
            o2o_clearing_day=fields.Date.to_string(fields.Date.to_date(day))
        )

    def _day(self):
        return fields.Date.to_date(self.env.context.get("o2o_clearing_day") or False)

    @property
    def _table_query(self):
        # Both sides are read straight from their tables: what the ORM still holds must be there.
        for model in (
            "account.move",
            "account.move.line",
            "o2o.split.line",
            "o2o.clearing.line",
            "o2o.settlement",
        ):
            self.env[model].flush_model()
        return SQL(
            """
            %(settled)s
            SELECT MIN(side.id) AS id, side.company_id, side.partner_id,
                   SUM(side.gl) AS gl_balance, SUM(side.open) AS open_amount,
                   SUM(side.line) AS line_amount,
                   SUM(side.gl) - SUM(side.open) - SUM(side.line) AS difference
              FROM (
                SELECT aml.id::bigint * 3 AS id, aml.company_id, aml.partner_id,
                       -aml.balance AS gl, 0 AS open, 0 AS line
                  FROM account_move_line aml
                  JOIN res_company c ON c.o2o_clearing_account_id = aml.account_id
                   AND c.id = aml.company_id
                 WHERE aml.parent_state = 'posted' AND %(in_ledger)s
                 UNION ALL
                SELECT l.id::bigint * 3 + 1, l.company_id, l.partner_id, 0, l.amount, 0
                  FROM o2o_split_line l %(of_share)s
                 WHERE l.move_line_id IS NOT NULL AND %(is_open_share)s
                 UNION ALL
                SELECT k.id::bigint * 3 + 2, k.company_id, k.partner_id, 0, 0, k.amount
                  FROM o2o_clearing_line k %(of_line)s
                 WHERE %(is_open_line)s
              ) side
             GROUP BY side.company_id, side.partner_id
            """,
            **self._table_parts(),
        )

    def _table_parts(self):
        """Return what of the query depends on the day."""
        day = self._day()
        if not day:
            return {
                "settled": SQL(),
                "in_ledger": SQL("TRUE"),
                "of_share": SQL(),
                "of_line": SQL(),
                "is_open_share": self.env["o2o.split.line"]._unbilled_sql(),
                "is_open_line": SQL("k.state IN ('open', 'stated')"),
            }
        return {
            "settled": SETTLED,
            "in_ledger": SQL("aml.date <= %s", day),
            "of_share": SQL("LEFT JOIN settled ON settled.id = l.statement_id"),
            "of_line": SQL("LEFT JOIN settled ON settled.id = k.settlement_id"),
            "is_open_share": SQL(
                "l.date <= %s AND (%s OR settled.shares_day > %s)",
                day,
                self.env["o2o.split.line"]._unbilled_sql(),
                day,
            ),
            "is_open_line": SQL(
                """k.date <= %(day)s AND (k.state IN ('open', 'stated')
                   OR k.state = 'settled' AND settled.others_day > %(day)s)""",
                day=day,
            ),
        }

    # === Drill-down ===
    def _title(self, title):
        """Name the day in the title of a list, if it isn't today's."""
        if day := self._day():
            return self.env._(
                "%(title)s on %(day)s", title=title, day=format_date(self.env, day)
            )
        return title

    def action_view_gl(self):
        """Open the payee's journal items on the clearing account."""
        self.ensure_one()
        title = self.env._("Clearing of %(payee)s", payee=self.partner_id.display_name)
        until = [("date", "<=", self._day())] if self._day() else []
        return {
            "type": "ir.actions.act_window",
            "name": self._title(title),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("account_id", "=", self.company_id.sudo().o2o_clearing_account_id.id),
                ("partner_id", "=", self.partner_id.id),
                ("parent_state", "=", "posted"),
                *until,
            ],
        }

    def action_view_split_lines(self):
        """Open the payee's posted split lines that aren't billed."""
        title = self.env._(
            "Open split lines of %(payee)s", payee=self.partner_id.display_name
        )
        own = SQL(
            """%(settled)s SELECT l.id FROM o2o_split_line l %(of_share)s
                WHERE l.move_line_id IS NOT NULL AND %(is_open_share)s
                  AND l.company_id = %(company)s AND l.partner_id = %(partner)s""",
            **self._own_parts(),
        )
        return self._action_open("o2o.split.line", title, own)

    def action_view_clearing_lines(self):
        """Open the payee's clearing lines that no statement has settled."""
        title = self.env._(
            "Open clearing lines of %(payee)s", payee=self.partner_id.display_name
        )
        own = SQL(
            """%(settled)s SELECT k.id FROM o2o_clearing_line k %(of_line)s
                WHERE %(is_open_line)s
                  AND k.company_id = %(company)s AND k.partner_id = %(partner)s""",
            **self._own_parts(),
        )
        return self._action_open("o2o.clearing.line", title, own)

    def _own_parts(self):
        self.ensure_one()
        return self._table_parts() | {
            "company": self.company_id.id,
            "partner": self.partner_id.id,
        }

    def _action_open(self, model, title, query):
        self.env.flush_all()
        ids = [line_id for (line_id,) in self.env.execute_query(query)]
        return {
            "type": "ir.actions.act_window",
            "name": self._title(title),
            "res_model": model,
            "view_mode": "list,form",
            "domain": [("id", "in", ids)],
        }

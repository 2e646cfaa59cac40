from odoo import fields, models
from odoo.tools import SQL


class O2oClearingReport(models.Model):
    """Clearing per payee: what the general ledger says beside what the sub-ledger says.

    The sub-ledger is the shares and the clearing lines (what dealers collected, claims …).

    Both must be equal at any time; the close checks it. A share owed is a credit in the
    ledger, shown here as a positive amount.
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

    @property
    def _table_query(self):
        # Both sides are read straight from their tables: what the ORM still holds must be there.
        self.env["account.move.line"].flush_model()
        self.env["o2o.split.line"].flush_model()
        self.env["o2o.clearing.line"].flush_model()
        return SQL(
            """
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
                 WHERE aml.parent_state = 'posted'
                 UNION ALL
                SELECT l.id::bigint * 3 + 1, l.company_id, l.partner_id, 0, l.amount, 0
                  FROM o2o_split_line l
                 WHERE l.move_line_id IS NOT NULL
                   AND l.state IN ('pending', 'released', 'stated')
                 UNION ALL
                SELECT k.id::bigint * 3 + 2, k.company_id, k.partner_id, 0, 0, k.amount
                  FROM o2o_clearing_line k
                 WHERE k.state IN ('open', 'stated')
              ) side
             GROUP BY side.company_id, side.partner_id
            """
        )

    def action_view_gl(self):
        """Open the payee's journal items on the clearing account."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "Clearing of %(payee)s", payee=self.partner_id.display_name
            ),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("account_id", "=", self.company_id.sudo().o2o_clearing_account_id.id),
                ("partner_id", "=", self.partner_id.id),
                ("parent_state", "=", "posted"),
            ],
        }

    def action_view_split_lines(self):
        """Open the payee's posted split lines that aren't billed."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "Open split lines of %(payee)s", payee=self.partner_id.display_name
            ),
            "res_model": "o2o.split.line",
            "view_mode": "list,form",
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", self.partner_id.id),
                ("move_line_id", "!=", False),
                ("state", "in", ("pending", "released", "stated")),
            ],
        }

    def action_view_clearing_lines(self):
        """Open the payee's clearing lines that no statement has settled."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "Open clearing lines of %(payee)s", payee=self.partner_id.display_name
            ),
            "res_model": "o2o.clearing.line",
            "view_mode": "list,form",
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", self.partner_id.id),
                ("state", "in", ("open", "stated")),
            ],
        }

from odoo import api, fields, models
from odoo.tools import SQL, float_round

from .o2o_settlement import DECIDED_STATES


class O2oSettlement(models.Model):
    """A payee's deposit is filled up from its statements, after everything else (R9.4).

    What is missing is asked for when the statement is made; when it is confirmed as much
    goes to the deposit as is to be paid then. A statement that is carried forward fills up
    nothing.
    """

    _inherit = "o2o.settlement"

    deposit_due = fields.Monetary(
        string="Missing Deposit",
        readonly=True,
        copy=False,
        help="What the deposit lacked of the agreed amount when the statement was made.",
    )
    deposit_percent = fields.Float(
        string="Deposit: At Most (%)",
        readonly=True,
        copy=False,
        help="The part of what is paid that may be kept for the deposit, as agreed when the "
        "statement was made. 0: all of it.",
    )
    amount_deposit = fields.Monetary(
        string="Booked to the Deposit", readonly=True, copy=False
    )
    amount_top_up = fields.Monetary(
        string="Kept for the Deposit",
        compute="_compute_payable",
        help="Goes to the payee's deposit instead of being paid out.",
    )

    def write(self, vals):
        """Override: the deposit's figures are written by the statement's own steps."""
        self._check_not_fixed(
            vals, ("deposit_due", "deposit_percent", "amount_deposit")
        )
        return super().write(vals)

    @api.depends("deposit_due", "deposit_percent", "amount_deposit")
    def _compute_payable(self):
        """Override: less what goes to the deposit."""
        super()._compute_payable()
        for statement in self:
            top_up = statement.amount_deposit
            if statement.deposit_due and statement.state not in DECIDED_STATES:
                if not statement._is_to_carry():
                    payable = statement._cap_top_up(statement.amount_payable)
                    top_up = min(statement.deposit_due, payable)
            statement.amount_top_up = top_up
            statement.amount_payable = statement.currency_id.round(
                statement.amount_payable - top_up
            )

    def _cap_top_up(self, payable):
        """Return how much of what is to be paid may go to the deposit."""
        self.ensure_one()
        if not self.deposit_percent:
            return payable
        return float_round(
            payable * self.deposit_percent / 100,
            precision_rounding=self.currency_id.rounding,
            rounding_method="DOWN",
        )

    def _make_documents(self):
        """Override: the deposit's lines are settled with the other offsets."""
        self._book_deposits()
        return super()._make_documents()

    def _book_deposits(self):
        """Book what these statements, agreed and not carried, bring to the deposits."""
        asked = self.filtered("deposit_due")
        if not asked:
            return
        asked._claim_payees()  # two statements of a payee don't fill up the same gap
        # sudo: a payee who confirms has no right to look into the ledger
        missing = asked.partner_id.sudo()._o2o_deposits_missing(asked.company_id)
        rows = {}
        for statement in asked.sorted(lambda s: (s.date_to, s.id)):
            partner, currency = statement.partner_id, statement.currency_id
            payable = statement._cap_top_up(statement.amount_payable)
            amount = min(statement.deposit_due, missing[partner.id], payable)
            if currency.compare_amounts(amount, 0.0) > 0:
                amount = currency.round(amount)
                missing[partner.id] -= amount
                rows[statement] = statement._prepare_deposit_row(amount)
        lines = self.env["o2o.clearing.line"]._book(list(rows.values()))
        for statement, line in zip(rows, lines, strict=True):
            line._internal().write({"settlement_id": statement.id, "state": "stated"})
            statement._set(amount_deposit=-line.amount)

    def _prepare_deposit_row(self, amount):
        self.ensure_one()
        account = self.company_id.o2o_deposit_account_id
        partner = {"partner_id": self.partner_id.id}
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "kind": "deposit",
            "amount": -amount,
            "date": self._posting_date(),
            "name": self.env._("Deposit from %(name)s", name=self.name),
            "key": f"deposit/{self.id}",
            "res_model": self._name,
            "res_id": self.id,
            "counterparts": [(account.id, -amount, partner)],
        }

    # === On paper and under the seal: the same before and after it is booked ===
    def _shown_offsets(self):
        """Return the offsets without this statement's own top-up, which has its own row."""
        return self._offset_lines().filtered(lambda line: not line._is_top_up())

    def _seal_values(self, rows, lines):
        """Override: the deposit, where one is filled up."""
        values = super()._seal_values(rows, lines)
        if self.amount_top_up:
            values["deposit"] = f"{self.currency_id.round(self.amount_top_up):.2f}"
        return values

    def _paper_offset_rows(self):
        """Override: the top-up comes last."""
        rows = super()._paper_offset_rows()
        if self.amount_top_up:
            rows.append((self.env._("Kept for the deposit"), -self.amount_top_up))
        return rows


class O2oClearingLine(models.Model):
    _inherit = "o2o.clearing.line"

    def _is_top_up(self):
        self.ensure_one()
        return self.kind == "deposit" and self.res_model == "o2o.settlement"


class O2oSettlementPeriod(models.Model):
    _inherit = "o2o.settlement.period"

    def _making_sql(self, cycles):
        """Override: last, what the payees' deposits lack."""
        return [*super()._making_sql(cycles), self._ask_for_deposits_sql()]

    def _ask_for_deposits_sql(self):
        """Note on the drafts what their payees' deposits lack.

        Only a payee's earliest statement that isn't decided asks for it.
        """
        return SQL(
            """
            UPDATE o2o_settlement s
               SET deposit_due = CASE WHEN wanted.early THEN wanted.due ELSE 0 END,
                   deposit_percent = wanted.percent
              FROM (
                SELECT d.id, p.o2o_deposit_top_up_percent AS percent,
                       GREATEST(p.dealer_deposit - COALESCE(held.amount, 0), 0) AS due,
                       NOT EXISTS (
                        SELECT 1 FROM o2o_settlement e
                         WHERE e.company_id = d.company_id AND e.partner_id = d.partner_id
                           AND e.state IN ('draft', 'sent', 'disputed')
                           AND (e.date_to, e.id) < (d.date_to, d.id)) AS early
                  FROM o2o_settlement d
                  JOIN res_company c ON c.id = d.company_id
                  JOIN res_partner p ON p.id = d.partner_id
                   AND p.o2o_deposit_top_up AND p.dealer_deposit > 0
                  LEFT JOIN (%(held)s) held ON held.partner_id = p.id
                 WHERE d.period_id = %(period)s AND d.state = 'draft'
                   AND c.o2o_deposit_account_id IS NOT NULL) wanted
             WHERE s.id = wanted.id
            """,
            held=self.env["res.partner"]._o2o_deposits_sql(self.company_id),
            period=self.id,
        )

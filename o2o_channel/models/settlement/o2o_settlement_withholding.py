from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import SQL

from ...engine.withholding import withhold_more
from .o2o_settlement import DECIDED_STATES


class O2oSettlement(models.Model):
    """Income tax on an individual's pay, counted by the month across its statements.

    The table holds for the pay of a whole month. A statement of half a month or a week is
    taxed with what the month's earlier statements paid, less the tax these kept already.
    """

    _inherit = "o2o.settlement"

    month_paid = fields.Monetary(
        string="Paid Earlier This Month",
        readonly=True,
        copy=False,
        help="Pay on the month's statements that were confirmed before this one.",
    )
    month_withheld = fields.Monetary(
        string="Tax Withheld Earlier This Month", readonly=True, copy=False
    )
    withholding_fixed = fields.Boolean(
        readonly=True,
        copy=False,
        help="The earlier pay of the month is kept as it was at the confirmation.",
    )

    def write(self, vals):
        """Override: what the tax was counted on is written by the confirmation alone."""
        self._check_not_fixed(
            vals, ("month_paid", "month_withheld", "withholding_fixed")
        )
        return super().write(vals)

    def _withholding(self):
        """Return the income tax on this statement (with carry), 0.0 for a business."""
        self.ensure_one()
        return self._withholdings()[self]

    def _withholdings(self):
        """Return ``{statement: income tax}``; one query for all that aren't confirmed."""
        before = self._paid_before()
        return {
            statement: statement._withheld_after(*before[statement])
            for statement in self
        }

    def _withheld_after(self, paid, withheld):
        """Return the tax on this statement when the month already had ``paid``."""
        self.ensure_one()
        if self.payee_kind != "individual":
            return 0.0
        # Guides and dealers who look at their statement can't read the table.
        brackets = self.env["o2o.withholding.bracket"].sudo()
        table = brackets._brackets(self.date_to)
        if not table:
            return 0.0
        numbers = [
            Decimal(str(self.currency_id.round(amount)))
            for amount in (self.amount_total, paid, withheld)
        ]
        unit = Decimal(str(self.currency_id.rounding))
        return float(withhold_more(*numbers, table, unit).tax)

    def _paid_before(self):
        """Return ``{statement: (pay, tax)}`` of the month's statements confirmed earlier."""
        undecided = self.filtered(
            lambda s: s.payee_kind == "individual" and s.state not in DECIDED_STATES
        )
        earlier = undecided._month_statements().grouped(lambda s: s._month_key())
        return {
            statement: statement._sum_before(earlier)
            if statement in undecided
            else (statement.month_paid, statement.month_withheld)
            for statement in self
        }

    def _month_statements(self):
        """Return the confirmed, paid-out statements of these payees in these months."""
        if not self:
            return self
        first = min(self.mapped("date_to")) + relativedelta(day=1)
        last = max(self.mapped("date_to")) + relativedelta(day=31)
        # sudo: a payee's own tax depends on statements it may not look at any more
        return self.sudo().search(
            [
                ("company_id", "in", self.company_id.ids),
                ("partner_id", "in", self.partner_id.ids),
                ("payee_kind", "=", "individual"),
                ("date_to", ">=", first),
                ("date_to", "<=", last),
                ("carried", "=", False),
                "|",
                ("withholding_fixed", "=", True),
                ("move_id", "!=", False),
            ]
        )

    def _month_key(self):
        """Return what the statements that are taxed together have in common."""
        self.ensure_one()
        month = self.date_to.year, self.date_to.month
        return self.company_id.id, self.partner_id.id, *month

    def _sum_before(self, earlier):
        """Return pay and tax of this payee's other statements of the month.

        :param earlier: ``{month key: statements}``
        """
        mine = earlier.get(self._month_key(), self.browse()) - self
        taxes = [s._withheld_after(s.month_paid, s.month_withheld) for s in mine]
        return sum(mine.mapped("amount_total")), sum(taxes)

    def _fix_withholding(self):
        """Keep what the tax of these statements is counted on, the earliest one first."""
        people = self.filtered(lambda s: s.payee_kind == "individual")
        if not people:
            return
        people._claim_payees()
        found = people._month_statements() - people
        earlier = found.grouped(lambda s: s._month_key())
        for statement in people.sorted(lambda s: (s.date_to, s.date_from, s.id)):
            paid, withheld = statement._sum_before(earlier)
            statement._set(
                month_paid=paid, month_withheld=withheld, withholding_fixed=True
            )
            key = statement._month_key()
            earlier[key] = earlier.get(key, found.browse()) | statement

    def _claim_payees(self):
        """Let two confirmations of the same person's statements run one after the other.

        A row that another transaction has written since ours began is a serialisation
        failure; Odoo then replays the request, which sees the other statement.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET active = active WHERE id IN %s",
                tuple(self.partner_id.ids),
            ),
            log_exceptions=False,
        )

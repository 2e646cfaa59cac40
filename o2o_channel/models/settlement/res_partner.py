from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

OPEN = {
    "o2o.split.line": [
        ("state", "in", ("pending", "released", "stated")),
        ("billed", "=", False),
    ],
    "o2o.clearing.line": [("state", "in", ("open", "stated"))],
}

# What a payee is paid by and when: money, so not for everybody who edits contacts.
TERM_FIELDS = frozenset(
    "o2o_settlement_cycle o2o_minimum_payout o2o_guaranteed_margin o2o_deposit_top_up"
    " o2o_deposit_top_up_percent".split()
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    o2o_settlement_cycle = fields.Selection(
        [
            ("day", "Every Day"),
            ("week", "Every Week"),
            ("half", "Twice a Month"),
            ("month", "Every Month"),
        ],
        string="Statements",
        default="month",
        tracking=True,
        help="How often the payee gets a settlement statement. Weeks begin on Monday and end "
        "with the month. A change holds for statements that are made from then on.",
    )
    o2o_minimum_payout = fields.Monetary(
        string="Minimum Payout",
        tracking=True,
        help="A statement with less to pay is carried forward. 0: the company's minimum.",
    )

    _o2o_minimum_payout_positive = models.Constraint(
        "CHECK(o2o_minimum_payout IS NULL OR o2o_minimum_payout >= 0)",
        "The minimum payout must not be negative.",
    )

    def write(self, vals):
        """Override of base: whoever may edit contacts doesn't change what they are paid by."""
        if TERM_FIELDS & vals.keys() and self._changes_dealers(vals, TERM_FIELDS):
            self._o2o_check_may_keep_terms()
        return super().write(vals)

    @api.model
    def _o2o_check_may_keep_terms(self):
        keepers = ("o2o_group_manager", "o2o_group_accountant")
        if not self.env.su and not any(
            self.env.user.has_group(f"o2o_channel.{group}") for group in keepers
        ):
            raise AccessError(
                self.env._(
                    "Only channel managers and channel accountants change statements, "
                    "minimum payout, guaranteed margin and deposits of a payee. Ask one of "
                    "them for this change."
                )
            )

    def _o2o_open_balance(self, company=None):
        """Override of the network room: shares and clearing lines that aren't settled yet.

        Of one company, or of all of them together.
        """
        balances = super()._o2o_open_balance(company)
        for (partner_id, own), amount in self._o2o_open_balances().items():
            if company in (None, own):
                balances[partner_id] = balances.get(partner_id, 0.0) + amount
        return balances

    def _o2o_open_balances(self):
        """Return ``{(partner id, company): amount}`` of what isn't settled yet."""
        balances = {}
        for model, is_open in OPEN.items():
            # sudo: who may close a dealer need not be allowed to see its shares, and it
            # owes or is owed in companies the user doesn't work in as well
            groups = (
                self.env[model]
                .sudo()
                ._read_group(
                    [("partner_id", "in", self.ids), *is_open],
                    ["partner_id", "company_id"],
                    ["amount:sum"],
                )
            )
            for partner, company, amount in groups:
                key = partner.id, company
                balances[key] = balances.get(key, 0.0) + amount
        return balances

    def _check_may_close(self):
        """Override of the network room: what two companies hold doesn't set itself off."""
        for (partner_id, company), amount in self._o2o_open_balances().items():
            if not company.currency_id.is_zero(amount):
                raise UserError(
                    self.env._(
                        "Dealer %(name)s can't be closed: its split clearing in %(company)s "
                        "has an open balance of %(amount)s. Settle it first.",
                        name=self.browse(partner_id).name,
                        company=company.name,
                        amount=company.currency_id.format(amount),
                    )
                )
        return super()._check_may_close()

    def _o2o_is_business(self):
        """Tell whether this payee sends bills, as `_o2o_is_business_sql` does."""
        self.ensure_one()
        return self.o2o_taxpayer != "individual" and (self.is_dealer or self.is_company)

    @api.model
    def _o2o_is_business_sql(self, alias):
        """Return the condition that a payee sends bills; others are paid as individuals."""
        return SQL(
            "(%(p)s.o2o_taxpayer IS DISTINCT FROM 'individual'"
            " AND (%(p)s.is_dealer IS TRUE OR %(p)s.is_company IS TRUE))",
            p=SQL.identifier(alias),
        )

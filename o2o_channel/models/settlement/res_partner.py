from odoo import api, fields, models
from odoo.tools import SQL

OPEN_STATES = {
    "o2o.split.line": ("pending", "released", "stated"),
    "o2o.clearing.line": ("open", "stated"),
}


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

    def _o2o_open_balance(self):
        """Override of the network room: shares and clearing lines that aren't settled yet."""
        balances = super()._o2o_open_balance()
        for model, states in OPEN_STATES.items():
            # sudo: who may close a dealer need not be allowed to see its shares
            groups = (
                self.env[model]
                .sudo()
                ._read_group(
                    [("partner_id", "in", self.ids), ("state", "in", states)],
                    ["partner_id"],
                    ["amount:sum"],
                )
            )
            for partner, amount in groups:
                balances[partner.id] = balances.get(partner.id, 0.0) + amount
        return balances

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

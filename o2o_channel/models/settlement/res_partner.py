from odoo import api, models
from odoo.tools import SQL

OPEN_STATES = {
    "o2o.split.line": ("pending", "released", "stated"),
    "o2o.clearing.line": ("open", "stated"),
}


class ResPartner(models.Model):
    _inherit = "res.partner"

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

    @api.model
    def _o2o_is_business_sql(self, alias):
        """Return the condition that a payee sends bills; others are paid as individuals."""
        return SQL(
            "(%(p)s.o2o_taxpayer IS DISTINCT FROM 'individual'"
            " AND (%(p)s.is_dealer IS TRUE OR %(p)s.is_company IS TRUE))",
            p=SQL.identifier(alias),
        )

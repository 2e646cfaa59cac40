from odoo import api, fields, models


class ResPartnerGrade(models.Model):
    """A dealer tier's grade carries the tier's price list (module partnership)."""

    _inherit = "res.partner.grade"

    dealer_tier = fields.Selection(
        [("tier1", "Tier 1"), ("tier2", "Tier 2")],
        help="Dealers of this tier are given this grade, and with it its price list, "
        "unless they already hold a grade of their own.",
    )

    @api.model
    def _for_tier(self, tier):
        """The grade of a tier in this company, the shared one when it has none."""
        return self.search(
            [
                ("dealer_tier", "=", tier),
                ("company_id", "in", [False, self.env.company.id]),
            ],
            order="company_id, sequence, id",
            limit=1,
        )

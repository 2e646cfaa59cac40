from odoo import fields, models


class O2oSplitRole(models.Model):
    _inherit = "o2o.split.role"

    small_scale_tax_id = fields.Many2one(
        "account.tax",
        string="VAT on Bills (Small-scale)",
        check_company=True,
        domain="[('type_tax_use', '=', 'purchase')]",
        help="Tax on the bill of a small-scale taxpayer, 1 % as a rule. Empty: the usual VAT.",
    )

    def _tax_for(self, partner):
        """Return the VAT of a payee's bill by the taxpayer type, before the fiscal position.

        A role without VAT stays without.
        """
        small = partner.o2o_taxpayer == "small_scale"
        return (
            small and self.bill_tax_id and self.small_scale_tax_id or self.bill_tax_id
        )

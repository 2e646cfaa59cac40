from odoo import api, models
from odoo.exceptions import UserError


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Payees keep their name in the books: others are merged into them."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Override of base: the database would refuse it with less of an explanation."""
        for model in ("o2o.split.line", "o2o.clearing.line"):
            # sudo: who merges contacts needn't be allowed to see shares
            lines = self.env[model].sudo()
            found = lines.search([("partner_id", "in", src_partners.ids)], limit=1)
            if found:
                raise UserError(
                    self.env._(
                        "%(name)s is paid shares, and the books keep its name. Choose it as "
                        "the contact that stays; two payees can't be merged.",
                        name=found.partner_id.display_name,
                    )
                )
        return super()._update_foreign_keys(src_partners, dst_partner)

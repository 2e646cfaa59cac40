from odoo import fields, models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    _inherit = "res.partner"

    o2o_guaranteed_margin = fields.Float(
        string="Guaranteed Margin (%)",
        digits=(16, 2),
        groups="base.group_user",
        help="On the purchase price, for orders this dealer serves under a rule with a "
        "subsidy. 0: the company's.",
    )

    _o2o_guaranteed_margin_positive = models.Constraint(
        "CHECK (o2o_guaranteed_margin IS NULL OR o2o_guaranteed_margin >= 0)",
        "The guaranteed margin can't be negative: enter 0 or more.",
    )

    def write(self, vals):
        """Override of base: a payee's entries don't become its new employer's."""
        if vals.get("parent_id"):
            self._o2o_check_stays_payee(self.browse(vals["parent_id"]))
        return super().write(vals)

    def _o2o_check_stays_payee(self, parent):
        """Refuse a parent for persons with shares: Odoo would rewrite their journal items."""
        persons = self.filtered(lambda partner: not partner.is_company)
        if not persons:
            return
        # sudo: who edits contacts needn't be allowed to see shares
        share = self.env["o2o.split.line"].sudo()
        found = share.search([("partner_id", "in", persons.ids)], limit=1).partner_id
        if found:
            raise UserError(
                self.env._(
                    "%(name)s is paid shares in its own name: with %(company)s as its company, "
                    "Odoo would move its journal items there. Leave the company empty, or add "
                    "another contact of that name to %(company)s.",
                    name=found.name,
                    company=parent.commercial_partner_id.name,
                )
            )

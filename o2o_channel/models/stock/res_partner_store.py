from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class ResPartner(models.Model):
    """In which of a dealer's stores a person works."""

    _inherit = "res.partner"

    o2o_store_ids = fields.Many2many(
        "stock.warehouse",
        "o2o_partner_store_rel",
        "partner_id",
        "warehouse_id",
        string="Works in Stores",
        groups="base.group_user",
        help="Stores of the dealer in which this person works. It sees, serves and "
        "hands over the orders of these stores only. Empty: every store of the dealer.",
    )

    @api.constrains("o2o_store_ids", "parent_id")
    def _check_o2o_stores(self):
        for person in self.filtered("o2o_store_ids"):
            dealer = person._o2o_dealer()
            foreign = person.o2o_store_ids.filtered(
                lambda store, dealer=dealer: store.dealer_id != dealer
            )
            if foreign:
                raise ValidationError(
                    self.env._(
                        "%(person)s can't work in %(store)s: it is no store of "
                        "%(dealer)s. Choose stores of the person's own dealer.",
                        person=person.display_name,
                        store=foreign[0].display_name,
                        dealer=dealer.display_name or self.env._("a dealer"),
                    )
                )

    @api.model
    def _o2o_clerk_domain(self, dealer, field):
        """What the current user may see of a dealer's records: all of them, or those in
        whose ``field`` one of the user's own stores stands."""
        # sudo: people don't read contacts; only ids of their own stores leave here
        stores = self.env.user.partner_id.sudo().o2o_store_ids
        own = Domain("dealer_id", "=", dealer.id)
        return own & Domain(field, "in", stores.ids) if stores else own

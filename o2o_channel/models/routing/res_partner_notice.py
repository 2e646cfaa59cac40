from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    o2o_no_offer_mail = fields.Boolean(
        string="No Mail on Offers",
        groups="base.group_user",
        help="This person of a dealer gets no mail when a store is offered an order.",
    )

    def _o2o_offer_recipients(self, store):
        """The dealer's people with a login of the portal who work in the store (or in
        every store) and did not opt out."""
        # sudo: logins are for administrators to read; only addresses leave this method
        users = (
            self.env["res.users"]
            .sudo()
            .search(
                [
                    ("share", "=", True),
                    ("partner_id", "child_of", self.ids),
                    ("partner_id.o2o_no_offer_mail", "=", False),
                    ("partner_id.email", "!=", False),
                ]
            )
        )
        people = users.partner_id.filtered(
            lambda one: (
                one._o2o_dealer() == self
                and (not one.o2o_store_ids or store in one.o2o_store_ids)
            )
        )
        return people.with_env(self.env)

from odoo import api, models


class ResGroups(models.Model):
    """The two duties of the channel are kept apart on the groups' side, too."""

    _inherit = "res.groups"

    @api.constrains("user_ids", "implied_ids")
    def _check_o2o_duties(self):
        duties = self.env["res.users"]._o2o_duties()
        if self.all_implied_ids & duties:
            # sudo: compared only
            users = self.env["res.users"].sudo()
            users.search([("o2o_has_both_duties", "=", True)])._check_o2o_duties()

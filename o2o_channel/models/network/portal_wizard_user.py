from odoo import Command, models


class PortalWizardUser(models.TransientModel):
    _inherit = "portal.wizard.user"

    def action_grant_access(self):
        """Override of portal: people of a dealer enter the dealer portal as well."""
        action = super().action_grant_access()
        # sudo: whoever may grant portal access need not administer users
        user = self.user_id.sudo()
        if user._is_portal() and self.partner_id._o2o_dealer():
            user.group_ids = [
                Command.link(self.env.ref("o2o_channel.o2o_group_dealer_portal").id)
            ]
        return action

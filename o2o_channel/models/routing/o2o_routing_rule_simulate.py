from odoo import models


class O2oRoutingRule(models.Model):
    _inherit = "o2o.routing.rule"

    def action_simulate(self):
        """Button: ask what past orders would have come to under this version."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Simulation"),
            "res_model": "o2o.routing.simulation",
            "views": [(False, "form")],
            "context": {
                "default_rule_ids": self.ids,
                "default_name": self.display_name,
                "default_company_id": self.company_id.id,
                "default_channel_ids": self.channel_ids.ids,
            },
        }

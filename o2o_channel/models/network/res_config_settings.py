from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    o2o_manager_id = fields.Many2one(
        related="company_id.o2o_manager_id", readonly=False
    )

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    o2o_decision_months = fields.Integer(
        related="company_id.o2o_decision_months", readonly=False
    )

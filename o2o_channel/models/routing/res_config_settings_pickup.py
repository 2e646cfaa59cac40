from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    o2o_pickup_days = fields.Integer(
        related="company_id.o2o_pickup_days", readonly=False
    )
    o2o_pickup_reminders = fields.Char(
        related="company_id.o2o_pickup_reminders", readonly=False
    )
    o2o_ship_hours = fields.Integer(related="company_id.o2o_ship_hours", readonly=False)

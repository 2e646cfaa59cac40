from odoo import fields, models


class O2oChannel(models.Model):
    _inherit = "o2o.channel"

    wait_for_batch = fields.Boolean(
        string="Wait for the Night",
        help="New orders of home delivery are not offered at once: at night all of them "
        "are assigned together, which costs fewer kilometres when stores are full.",
    )

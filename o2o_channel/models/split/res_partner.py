from odoo import fields, models


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

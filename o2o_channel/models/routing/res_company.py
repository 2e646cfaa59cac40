from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    o2o_decision_months = fields.Integer(
        string="Keep Routing Inputs (Months)",
        help="How long a routing decision can be run again. After that its inputs are "
        "dropped; its answer, digests and candidates stay. 0: forever.",
    )

    _o2o_decision_months_positive = models.Constraint(
        "CHECK(o2o_decision_months >= 0)",
        "Routing inputs can't be kept for a negative number of months. 0 means forever.",
    )

from odoo import fields, models


class ResCompany(models.Model):
    """From which gap on the hidden-stock test makes a case."""

    _inherit = "res.company"

    o2o_audit_gap_rate = fields.Float(
        string="Gap from (%)",
        default=10.0,
        help="How far the declared stock may be from what should lie there, in percent "
        "of it. A case needs both limits reached.",
    )
    o2o_audit_gap_quantity = fields.Float(
        string="Gap from (Pieces)",
        default=3.0,
        help="How many pieces the declared stock may be off. A case needs both limits "
        "reached.",
    )

    _o2o_audit_limits = models.Constraint(
        "CHECK(o2o_audit_gap_rate >= 0 AND o2o_audit_gap_quantity >= 0)",
        "The limits of the hidden-stock test can't be negative.",
    )

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    o2o_trust_prior_weight = fields.Float(
        related="company_id.o2o_trust_prior_weight", readonly=False
    )
    o2o_trust_half_life = fields.Float(
        related="company_id.o2o_trust_half_life", readonly=False
    )
    o2o_bonus_threshold = fields.Float(
        related="company_id.o2o_bonus_threshold", readonly=False
    )
    o2o_bonus_size = fields.Float(related="company_id.o2o_bonus_size", readonly=False)
    o2o_audit_gap_rate = fields.Float(
        related="company_id.o2o_audit_gap_rate", readonly=False
    )
    o2o_audit_gap_quantity = fields.Float(
        related="company_id.o2o_audit_gap_quantity", readonly=False
    )

from odoo import fields, models


class O2oRejectReason(models.Model):
    """Why a store turns an offer down; a list that headquarters keeps."""

    _name = "o2o.reject.reason"
    _description = "Reject Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="A short name that stays, for interfaces.")
    sequence = fields.Integer(default=10)
    note_required = fields.Boolean(
        string="Asks for a Note", help="The store must say more in its own words."
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE(code)", "Another reason has this code.")

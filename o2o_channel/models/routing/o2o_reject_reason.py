from odoo import api, fields, models


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
    stock_effect = fields.Selection(
        [
            ("none", "None"),
            ("zero", "Promise nothing until the next count"),
            ("subtract", "Write the quantity off"),
            ("damage", "Hold the quantity back"),
        ],
        string="Effect on Stock",
        required=True,
        default="none",
        help="What becomes of the goods that were offered. Promise nothing: the store "
        "has none; whatever its pool shows is not promised until it counts again. "
        "Write off: there are fewer than the pool shows; it is reduced by the quantity. "
        "Hold back: they lie there but can't be sold; the pool keeps them, the promise "
        "goes down by the quantity until the next count.",
    )
    is_stock_reason = fields.Boolean(
        string="Lowers Trust",
        compute="_compute_is_stock_reason",
        store=True,
        readonly=False,
        precompute=True,
        help="The store's figures were wrong, so the offer lowers its trust. Reasons "
        "like the distance say nothing about the stock.",
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE(code)", "Another reason has this code.")

    @api.depends("stock_effect")
    def _compute_is_stock_reason(self):
        for reason in self:
            reason.is_stock_reason = (reason.stock_effect or "none") != "none"

from odoo import api, fields, models


class O2oDispatchReject(models.TransientModel):
    """Asks why an offer is turned down."""

    _name = "o2o.dispatch.reject"
    _description = "Reject an Offer"

    dispatch_id = fields.Many2one(
        "o2o.dispatch",
        required=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    reason_id = fields.Many2one("o2o.reject.reason", required=True)
    note = fields.Char()
    note_required = fields.Boolean(related="reason_id.note_required")
    leg_product_ids = fields.Many2many(
        "product.product", compute="_compute_leg_product_ids"
    )
    asks_for_goods = fields.Boolean(compute="_compute_asks_for_goods")
    missing_product_ids = fields.Many2many(
        "product.product",
        string="Which Goods",
        help="The goods that are missing or damaged. None chosen: all of the leg.",
    )

    @api.depends("dispatch_id")
    def _compute_leg_product_ids(self):
        for wizard in self:
            lines = wizard.dispatch_id.line_ids
            wizard.leg_product_ids = lines.product_id.filtered("is_storable")

    @api.depends("leg_product_ids", "reason_id")
    def _compute_asks_for_goods(self):
        for wizard in self:
            wizard.asks_for_goods = (
                wizard.reason_id.is_stock_reason
                or (wizard.reason_id.stock_effect or "none") != "none"
            ) and len(wizard.leg_product_ids) > 1

    def action_confirm(self):
        missing = self.missing_product_ids if self.asks_for_goods else []
        leg = self.dispatch_id.with_context(
            o2o_missing_product_ids=[product.id for product in missing]
        )
        leg.action_reject(self.reason_id, self.note)
        return {"type": "ir.actions.act_window_close"}

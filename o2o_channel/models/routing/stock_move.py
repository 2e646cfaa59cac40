from odoo import fields, models


class StockMove(models.Model):
    _inherit = "stock.move"

    o2o_dispatch_id = fields.Many2one(
        "o2o.dispatch", string="Leg", index="btree_not_null", ondelete="restrict"
    )

    def _prepare_merge_moves_distinct_fields(self):
        """Override of stock: moves of two legs stay two moves."""
        return [*super()._prepare_merge_moves_distinct_fields(), "o2o_dispatch_id"]

    def _search_picking_for_assignation_domain(self):
        """Override of stock: a delivery belongs to one leg."""
        domain = super()._search_picking_for_assignation_domain()
        return [*domain, ("o2o_dispatch_id", "=", self.o2o_dispatch_id.id)]

    def _key_assign_picking(self):
        """Override of stock: a delivery belongs to one leg."""
        return (*super()._key_assign_picking(), self.o2o_dispatch_id)

    def _get_new_picking_values(self):
        """Override of stock: the delivery knows its leg."""
        values = super()._get_new_picking_values()
        return {**values, "o2o_dispatch_id": self.o2o_dispatch_id[:1].id}

    def _action_cancel(self):
        """Override of stock: a leg whose delivery somebody cancels in Inventory goes
        on; it never waits for goods that nobody sends."""
        legs = self.env["o2o.dispatch"]
        context = self.env.context
        # `cancel_backorder`: a delivery is validated for less; see `stock.picking`
        if not context.get("o2o_from_dispatch") and not context.get("cancel_backorder"):
            cancelled = self.filtered(
                lambda move: (
                    move.state not in ("done", "cancel")
                    and not move.origin_returned_move_id
                )
            )
            # sudo: stock users cancel deliveries and may not change legs
            legs = cancelled.o2o_dispatch_id.sudo()
        result = super()._action_cancel()
        for leg in legs:
            leg._after_delivery_cancelled()
        return result

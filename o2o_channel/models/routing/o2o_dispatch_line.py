from odoo import fields, models


class O2oDispatchLine(models.Model):
    """How much of an order line a leg serves, in the order line's unit."""

    _name = "o2o.dispatch.line"
    _description = "Dispatch Line"
    _order = "dispatch_id, id"

    dispatch_id = fields.Many2one(
        "o2o.dispatch", required=True, index=True, ondelete="cascade"
    )
    order_line_id = fields.Many2one(
        "sale.order.line", required=True, index=True, ondelete="restrict"
    )
    product_id = fields.Many2one(
        related="order_line_id.product_id", store=True, precompute=True
    )
    product_uom_id = fields.Many2one(related="order_line_id.product_uom_id")
    quantity = fields.Float(digits="Product Unit", required=True)
    company_id = fields.Many2one(
        related="dispatch_id.company_id", store=True, precompute=True
    )

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "A leg serves more than nothing of a line."
    )

    def _prepare_procurements(self):
        """What the store has to ship, for `stock.rule.run`."""
        procurements = []
        for line in self:
            leg, order_line = line.dispatch_id, line.order_line_id
            values = order_line._prepare_procurement_values()
            values.update(
                # headquarters' own warehouse has no pool: its usual way
                route_ids=leg.warehouse_id.o2o_route_id
                or leg.warehouse_id.delivery_route_id,
                warehouse_id=leg.warehouse_id,
                o2o_dispatch_id=leg.id,
            )
            quantity, unit = line.product_uom_id._adjust_uom_quantities(
                line.quantity, line.product_id.uom_id
            )
            procurements += order_line._create_procurements(quantity, unit, values)
        return procurements

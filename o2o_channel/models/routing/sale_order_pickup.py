from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _o2o_get_needs(self):
        """Override: what a customer did not collect waits for headquarters; it is not
        silently sent by another store."""
        needs = super()._o2o_get_needs()
        # sudo: whoever confirms an order may not read legs
        uncollected = self.sudo().dispatch_ids.filtered("pickup_uncollected")
        for part in uncollected.line_ids:
            line = part.order_line_id
            if line not in needs:
                continue
            left = line.product_uom_id.round(needs[line] - part.quantity)
            if line.product_uom_id.compare(left, 0) > 0:
                needs[line] = left
            else:
                del needs[line]
        return needs

from odoo import fields, models


class StockQuant(models.Model):
    _inherit = "stock.quant"

    def _apply_inventory(self, date=None):
        """Override of `stock`: a count in a store's pool ends what was held back before
        it. ``o2o_counted_at`` in the context tells when the goods were counted;
        ``o2o_no_count`` that nobody counted them."""
        result = super()._apply_inventory(date=date)
        if self.env.context.get("o2o_no_count"):
            return result
        # sudo: stock users count and may not change what is held back
        holds = self.env["o2o.stock.hold"].sudo()
        counted_at = self.env.context.get("o2o_counted_at") or fields.Datetime.now()
        pools = self.filtered("location_id.dealer_owned")
        for store, quants in pools.grouped("warehouse_id").items():
            holds._end_by_count(
                store, quants.product_id, counted_at, self.env._("Counted")
            )
        return result

    def _o2o_take_out(self, quantity):
        """Write off ``quantity`` of these quants (of one product) as far as it is there
        and free, the ones with most first. Returns what could not be written off."""
        for quant in self.sorted(lambda q: (-q.available_quantity, q.id)):
            taken = min(quantity, max(quant.quantity - quant.reserved_quantity, 0))
            if quant.product_uom_id.compare(taken, 0) <= 0:
                break
            quant.inventory_quantity = quant.quantity - taken
            quant.with_context(o2o_no_count=True)._apply_inventory()
            quantity -= taken
        return quantity

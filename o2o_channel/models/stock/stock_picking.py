from collections import defaultdict

from odoo import fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _action_done(self):
        """Override of stock: what came into a store's pool is news of its stock."""
        result = super()._action_done()
        self.filtered(lambda picking: picking.state == "done")._o2o_note_feed()
        return result

    def _o2o_note_feed(self):
        """Note receipts and returns into pools among the declarations of the stores.

        They count as news of a store that declares. A store that never did stays one
        whose pool is kept by transfers: its figures don't grow old."""
        received = defaultdict(dict)
        for line in self.move_line_ids.filtered(lambda ml: ml.state == "done"):
            store = line.location_dest_id.warehouse_id
            if store.dealer_id and line.location_id.warehouse_id != store:
                figures = received[store, line.picking_id]
                product = line.product_id
                quantity = figures.get(product, 0.0) + line.quantity_product_uom
                figures[product] = quantity
        for (store, picking), quantities in received.items():
            pool = store.o2o_location_id.parent_path
            if picking.location_dest_id.parent_path.startswith(pool):
                self.env["o2o.stock.declaration"]._note_moved(
                    store, picking.name, quantities
                )
        fed = {store for store, _picking in received if store.o2o_last_feed}
        for store in fed:
            # sudo: stock users validate transfers and may not change stores
            store.sudo().o2o_last_feed = fields.Datetime.now()

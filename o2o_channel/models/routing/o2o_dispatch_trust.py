from odoo import models


class O2oDispatch(models.Model):
    """What an answer to an offer tells about the store's stock."""

    _inherit = "o2o.dispatch"

    def _accept(self, note=None):
        """Override: who accepts has the goods."""
        result = super()._accept(note)
        self.warehouse_id._o2o_record_fill(
            self._get_o2o_quantities(), True, reference=self.name
        )
        return result

    def _end_and_continue(self, state, note, **values):
        """Override: before the next store is asked, the stock of the one that rejected
        is put right."""
        if state == "rejected":
            self._check_may(state)
            self._release()
            reason = self.env["o2o.reject.reason"].browse(
                values.get("reject_reason_id") or []
            )
            self._learn_reject(self.warehouse_id, reason, note)
        return super()._end_and_continue(state, note, **values)

    def _learn_reject(self, store, reason, note=None):
        """The store turned the leg down: what that says of its stock, and what becomes
        of the goods. Told twice, it happens once."""
        self.ensure_one()
        if not store or not reason.is_stock_reason and reason.stock_effect == "none":
            return
        quantities = self._get_o2o_missing_quantities()
        if reason.is_stock_reason and not store._o2o_record_fill(
            quantities, False, reference=self.name, note=note
        ):
            return
        store._o2o_apply_stock_effect(
            reason.stock_effect, quantities, reason.name, self.name
        )

    def _get_o2o_quantities(self):
        """{product: quantity in its unit} of the goods of the leg that are stocked."""
        quantities = {}
        for line in self.line_ids.filtered("product_id.is_storable"):
            product = line.product_id
            quantity = line.product_uom_id._compute_quantity(
                line.quantity, product.uom_id, round=False
            )
            quantities[product] = quantities.get(product, 0.0) + quantity
        return quantities

    def _get_o2o_missing_quantities(self):
        """Those of them that the store said were the problem; all if it didn't say.

        ``o2o_missing_product_ids`` in the context names them."""
        quantities = self._get_o2o_quantities()
        named = set(self.env.context.get("o2o_missing_product_ids") or ())
        missing = {p: q for p, q in quantities.items() if p.id in named}
        return missing or quantities

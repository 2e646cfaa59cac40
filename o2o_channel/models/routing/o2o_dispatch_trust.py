from odoo import models


class O2oDispatch(models.Model):
    """What an answer to an offer tells about the store's stock."""

    _inherit = "o2o.dispatch"

    def _accept(self, note=None):
        """Override: who accepts has the goods."""
        result = super()._accept(note)
        if self._tells_of_stock(self.warehouse_id):
            self.warehouse_id._o2o_record_fill(
                self._get_o2o_quantities(), True, reference=self.name
            )
        return result

    def _tells_of_stock(self, store):
        """Whether the answer says how good the store's figures are. Where nothing was
        promised (the store is asked first) it tells nothing, either way."""
        return bool(store.dealer_id) and not self.is_ask_first

    def _end_and_continue(self, state, note, **values):
        """Override: before the next store is asked, the stock of the one that rejected
        is put right."""
        if state == "rejected" and values.get("reject_reason_id"):
            self._check_may(state)
            self._release()
            reasons = self.env["o2o.reject.reason"]
            reason = reasons.browse(values["reject_reason_id"])
            self._learn_reject(self.warehouse_id, reason, note)
        return super()._end_and_continue(state, note, **values)

    def _reject_for(self, store, reason, note=None):
        """Override: a store that was asked beside others says why it has no goods."""
        self.ensure_one()
        shared = self.sudo().warehouse_id != store
        result = super()._reject_for(store, reason, note)
        if shared:
            # sudo: see _for_action, which has checked that the user may answer
            leg = self.sudo()
            record, text = leg._check_reject(reason, note)
            leg._learn_reject(store.sudo(), record, text)
        return result

    def _learn_reject(self, store, reason, note=None):
        """The store turned the leg down: what that says of its stock, and what becomes
        of the goods. Told twice, it happens once."""
        self.ensure_one()
        quantities = self._get_o2o_missing_quantities()
        if reason.is_stock_reason and self._tells_of_stock(store):
            known = not store._o2o_record_fill(
                quantities, False, reference=self.name, note=note
            )
            if known:
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

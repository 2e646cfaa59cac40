from odoo import models


class O2oDispatch(models.Model):
    """Demand that was lost because a store had no stock."""

    _inherit = "o2o.dispatch"

    def _queue_exception(self, note):
        """Override: where nobody could serve the leg, the nearest store that only
        lacked the goods has lost the demand."""
        result = super()._queue_exception(note)
        for leg in self:
            lacking = leg.candidate_ids.filtered(
                lambda one: one.reason_code == "no_stock"
            )
            nearest = lacking.sorted(
                lambda one: (not one.distance_known, one.distance_km, one.id)
            )[:1]
            if nearest:
                self.env["o2o.stock.request"]._record(
                    nearest.warehouse_id,
                    leg._get_o2o_quantities(),
                    "order",
                    leg.order_id.name,
                )
        return result

    def _learn_reject(self, store, reason, note=None):
        """Override: an offer that was rejected for want of stock."""
        result = super()._learn_reject(store, reason, note)
        if reason.is_stock_reason:
            self.env["o2o.stock.request"]._record(
                store, self._get_o2o_quantities(), "reject", self.order_id.name
            )
        return result

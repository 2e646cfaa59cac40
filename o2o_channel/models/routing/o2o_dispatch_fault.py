from odoo import models


class O2oDispatch(models.Model):
    """What Inventory does to a leg behind its back has a defined end."""

    _inherit = "o2o.dispatch"

    def _after_delivery_cancelled(self):
        """The leg's delivery was cancelled by hand: the next store is asked; what the
        customer collects waits for headquarters. What has left the store stays."""
        leg = self._for_action()
        if leg.state not in ("offered", "accepted", "picked", "ready"):
            return
        if leg._has_shipped():
            leg._release()
            if leg.state != "offered":
                leg._mark_shipped()
                leg._continue_shortfall()
            return
        note = self.env._(
            "Its delivery from %(store)s was cancelled in Inventory",
            store=leg.warehouse_id.name,
        )
        if leg.delivery_mode == "pickup" and leg.state != "offered":
            leg._release()
            leg._move_to_exception(note)
        else:
            leg._end_and_continue("cancelled", note)

    def _has_shipped(self):
        done = self._outgoing_pickings().move_ids.filtered(
            lambda move: (
                move.state == "done" and move.location_dest_id.usage == "customer"
            )
        )
        return bool(done)

    def _get_shortfall(self):
        """{dispatch line: quantity in its unit that did not leave the store}."""
        shortfall = {}
        for line in self.line_ids:
            moves = self.move_ids.filtered(
                lambda move, line=line: (
                    move.sale_line_id == line.order_line_id
                    and move.state == "done"
                    and move.location_dest_id.usage == "customer"
                )
            )
            shipped = sum(
                move.product_uom._compute_quantity(move.quantity, line.product_uom_id)
                for move in moves
            )
            missing = line.product_uom_id.round(line.quantity - shipped)
            if line.product_uom_id.compare(missing, 0) > 0:
                shortfall[line] = missing
        return shortfall

    def _continue_shortfall(self):
        """A delivery validated for less, without a back order: the leg keeps what was
        shipped, and the rest goes to the next store."""
        shortfall = self._get_shortfall()
        if not shortfall:
            return
        needs = {line.order_line_id: missing for line, missing in shortfall.items()}
        for line, missing in shortfall.items():
            left = line.product_uom_id.round(line.quantity - missing)
            if line.product_uom_id.is_zero(left):
                line.unlink()
            else:
                line.quantity = left
        products = ", ".join(line.product_id.display_name for line in needs)
        self._log_event(
            self.state,
            self.state,
            self.env._("Shipped without all of %(products)s", products=products),
            self.warehouse_id,
        )
        if self.order_id.state != "cancel":
            self.order_id._o2o_place(needs, self._get_declined(), previous=self)
            self.order_id._o2o_update_route_state()

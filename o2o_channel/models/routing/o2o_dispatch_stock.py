from odoo import models
from odoo.exceptions import UserError


class O2oDispatch(models.Model):
    """The goods of a leg: reserved at the offer, freed when it ends, shipped."""

    _inherit = "o2o.dispatch"

    def _outgoing_pickings(self):
        """Deliveries to the customer, without returns and steps inside a warehouse."""
        return self.picking_ids.filtered(
            lambda picking: (
                picking.picking_type_code == "outgoing" and not picking.return_id
            )
        )

    def _reserve(self):
        """Create the store's delivery; True when all of it is reserved."""
        self.ensure_one()
        references = self.order_id.stock_reference_ids
        if not references:
            self.env["stock.reference"].create(
                self.line_ids.order_line_id[:1]._prepare_reference_vals()
            )
        own = self.with_context(o2o_from_dispatch=True)
        self.env["stock.rule"].run(own.line_ids._prepare_procurements())
        moves = own.move_ids.filtered(lambda move: move.state != "cancel")
        # an operation type may reserve by hand or later; an offer reserves now
        moves.filtered(lambda move: move.state == "confirmed")._action_assign()
        # headquarters' warehouse may pick before it ships: the first step is reserved
        first = moves.filtered(lambda move: not move.move_orig_ids)
        return bool(first) and all(move.state == "assigned" for move in first)

    def _release(self):
        """Cancel what has not left the store, so that its stock is free again."""
        open_moves = self.move_ids.filtered(
            lambda move: (
                move.state not in ("done", "cancel")
                and not move.origin_returned_move_id
            )
        )
        # told apart from a delivery that somebody cancels in Inventory
        open_moves = open_moves.with_context(o2o_from_dispatch=True)
        open_moves.picking_id.action_cancel()
        (open_moves - open_moves.picking_id.move_ids)._action_cancel()

    def _validate_pickings(self):
        """Ship all that was reserved; nothing stays behind in a back order."""
        pickings = self._outgoing_pickings().filtered(
            lambda picking: picking.state not in ("done", "cancel")
        )
        if not pickings:
            raise UserError(
                self.env._(
                    "%(leg)s has no open delivery to ship. Look at its transfers.",
                    leg=self.name,
                )
            )
        self._set_serials(self.env.context.get("o2o_serials"))
        for move in pickings.move_ids:
            if move.state == "assigned":
                move.picked = True
                continue
            raise UserError(
                self.env._(
                    "%(leg)s can't be shipped: of %(product)s only %(reserved)s of "
                    "%(quantity)s is reserved in %(store)s.",
                    leg=self.name,
                    product=move.product_id.display_name,
                    reserved=move.quantity,
                    quantity=move.product_uom_qty,
                    store=self.warehouse_id.name,
                )
            )
        pickings.with_context(o2o_from_dispatch=True, skip_sms=True)._action_done()

    def _check_shipment(self):
        """Refuse a delivery that is validated by itself before the leg is so far."""
        for leg in self:
            if leg.delivery_mode == "pickup":
                raise UserError(
                    self.env._(
                        "%(leg)s is handed over against the customer's pickup code; do "
                        "that on the leg.",
                        leg=leg.name,
                    )
                )
            if "shipped" not in leg._get_next_states():
                raise UserError(
                    self.env._(
                        "The delivery of %(leg)s can't be validated: the leg is in state "
                        "%(state)s. The store has to accept it first.",
                        leg=leg.name,
                        state=dict(
                            leg._fields["state"]._description_selection(self.env)
                        )[leg.state],
                    )
                )

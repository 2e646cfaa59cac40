from odoo import models
from odoo.exceptions import UserError


class O2oDispatch(models.Model):
    """Taking a leg from its store: handed back, moved by headquarters, withdrawn.

    Headquarters may move a leg until it has left the store; a dealer may only hand it
    back. The first store's stock is free again at once, the second one's is reserved
    and its time to answer begins anew. Both are on the leg's record of events."""

    _inherit = "o2o.dispatch"

    def action_hand_to_hq(self, note=None):
        """The store gives the leg back; headquarters decides who serves it.

        The originating dealer keeps its place and share: only the leg changes."""
        for leg in self._for_action():
            leg._check_may("exception")
            store = leg.warehouse_id
            leg._release()
            reason = (note or "").strip() or self.env._("no reason given")
            leg._move_to_exception(
                self.env._(
                    "Handed to HQ by %(store)s: %(note)s", store=store.name, note=reason
                )
            )
        return True

    def _hand_over(self, dealer, note):
        """The dealer who took the order does not serve it: none of its stores is asked
        again."""
        if self.state == "exception":
            self._log_event("exception", "exception", note, self.warehouse_id)
            self._close_exception()
            self._queue_exception(note)
            if self.rule_id.hand_over == "route":
                self._retry()
            return
        # sudo: the dealer's stores, whoever asks
        stores = self.env["stock.warehouse"].sudo()
        self.declined_warehouse_ids |= stores.search([("dealer_id", "=", dealer.id)])
        if self.rule_id.hand_over == "route" and self.delivery_mode != "pickup":
            self._end_and_continue("cancelled", note)
        else:
            self._release()
            self._move_to_exception(note)

    def action_assign_to(self, warehouse):
        """HQ gives the leg to a store by hand; from another store it is moved."""
        self.ensure_one()
        leg = self._for_action()
        warehouse = warehouse.sudo()
        leg._check_order_open()
        leg._check_assignable(warehouse)
        if leg.state == "exception":
            leg.write(
                {
                    "warehouse_id": warehouse.id,
                    "dealer_id": warehouse.dealer_id.id,
                    "mode": "manual",
                }
            )
            moved = leg
        else:
            leg._check_may("cancelled")
            leg._release()
            leg.offer_ids._answer("withdrawn")
            leg._move_to(
                "cancelled",
                self.env._("Moved to %(store)s", store=warehouse.name),
                deadline=False,
            )
            moved = leg._create_next(warehouse)
            moved.mode = "manual"
        problem = moved._offer()
        if problem:
            raise UserError(
                self.env._(
                    "%(leg)s can't be given to %(store)s: %(problem)s. Choose another "
                    "store, or put that right first.",
                    store=warehouse.name,
                    leg=leg.name,
                    problem=problem,
                )
            )
        moved._close_exception()
        leg.order_id._o2o_update_route_state()
        return moved.with_env(self.env)._get_form_action()

    def _check_assignable(self, warehouse):
        dealer = warehouse.dealer_id
        if warehouse.company_id != self.company_id or not dealer:
            raise UserError(
                self.env._(
                    "%(store)s is not a dealer's store of %(company)s.",
                    store=warehouse.name,
                    company=self.company_id.name,
                )
            )
        if dealer.dealer_state != "active":
            raise UserError(
                self.env._(
                    "Dealer %(dealer)s of %(store)s is not active. Choose another store.",
                    dealer=dealer.display_name,
                    store=warehouse.name,
                )
            )
        if self.state not in ("exception", "offered", "accepted", "picked", "ready"):
            raise UserError(self._refusal_text())
        if warehouse == self.warehouse_id:
            raise UserError(
                self.env._(
                    "%(leg)s is with %(store)s already.",
                    leg=self.name,
                    store=warehouse.name,
                )
            )

    # Headquarters' own warehouse

    def action_serve_from_hq(self):
        """Ship a leg of the exception queue from the rule's own warehouse."""
        for leg in self._for_action():
            leg._check_order_open()
            if leg.state != "exception":
                raise UserError(leg._refusal_text())
            warehouse = leg.rule_id.fallback_warehouse_id
            if not warehouse:
                raise UserError(
                    self.env._(
                        "Rule %(rule)s names no warehouse of headquarters. Enter one "
                        "there, or choose a store.",
                        rule=leg.rule_id.name or "-",
                    )
                )
            if not leg._serve_from_hq():
                raise UserError(
                    self.env._(
                        "%(store)s does not have all goods of %(leg)s in stock.",
                        store=warehouse.name,
                        leg=leg.name,
                    )
                )
            leg.order_id._o2o_update_route_state()
        return True

    def _serve_from_hq(self):
        """Ship from headquarters' own stock: no dealer, nobody to ask. Returns whether
        its goods could be reserved."""
        warehouse = self.rule_id.fallback_warehouse_id
        if not warehouse or self.delivery_mode == "pickup":
            return False
        self.write({"warehouse_id": warehouse.id, "dealer_id": False})
        if not self._reserve():
            self._release()
            self.warehouse_id = False
            return False
        note = self.env._("Shipped by headquarters from its own stock")
        self._move_to("offered", note)
        self._accept(note)
        self._close_exception()
        self.order_id.o2o_served_by_hq = True
        return True

    # Withdrawing

    def _withdraw_from(self, stores, note):
        """Take open offers from stores that may no longer serve: the next one is asked.

        What they have accepted they finish."""
        for leg in self._for_action().filtered(lambda leg: leg.state == "offered"):
            offers = leg.offer_ids.filtered(lambda one: one.warehouse_id in stores)
            for offer in offers.filtered(lambda one: one.state == "open"):
                leg._log_event("offered", "offered", note, offer.warehouse_id)
            offers._answer("withdrawn")
            still_open = leg.offer_ids.filtered(lambda one: one.state == "open")
            if leg.warehouse_id in stores or (not leg.warehouse_id and not still_open):
                leg._end_and_continue("cancelled", note)

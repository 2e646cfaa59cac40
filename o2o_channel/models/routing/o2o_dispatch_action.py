from odoo import fields, models
from odoo.exceptions import UserError


class O2oDispatch(models.Model):
    """What people do with a leg. Each action locks it first; see `_for_action`."""

    _inherit = "o2o.dispatch"

    def action_offer(self):
        """Reserve the store's stock and ask the store."""
        for leg in self._for_action():
            leg._offer()
        return True

    def _offer(self):
        """Offer the leg to its store. Returns whether its goods could be reserved;
        when they could not, the leg is in the exception queue."""
        self.ensure_one()
        if not self.warehouse_id:
            raise UserError(
                self.env._(
                    "%(leg)s has no store. Choose one of its candidates.", leg=self.name
                )
            )
        self.warehouse_id._o2o_count_offer()
        if not self._reserve():
            self._release()
            self._move_to_exception(
                self.env._(
                    "Stock in %(store)s could not be reserved",
                    store=self.warehouse_id.name,
                )
            )
            return False
        now = fields.Datetime.now()
        minutes = self.rule_id.accept_minutes or self._default_accept_minutes()
        deadline = fields.Datetime.add(now, minutes=minutes)
        self._move_to("offered", offered_at=now, deadline=deadline)
        if self.warehouse_id.o2o_auto_accept:
            self._accept(self.env._("Accepted automatically by the store's setting"))
        else:
            self._trigger_expiry()
            self._notify_offer(self.warehouse_id)
        return True

    def action_accept(self):
        for leg in self._for_action():
            leg._check_acceptable()
            leg._accept()
        return True

    def _check_acceptable(self):
        self._check_order_open()
        if self.state == "offered" and self._is_overdue():
            raise UserError(
                self.env._(
                    "%(leg)s could be accepted until %(deadline)s. It goes to the "
                    "next store.",
                    leg=self.name,
                    deadline=self._local_time(self.deadline),
                )
            )

    def _accept(self, note=None):
        self._move_to(
            "accepted", note, accepted_at=fields.Datetime.now(), deadline=False
        )
        self._after_accept()

    # Hooks; nothing here

    def _notify_offer(self, stores):
        """Hook: `stores` have just been offered the leg and wait for an answer."""

    def _after_accept(self):
        """Hook: a store has accepted the leg; its goods are reserved."""

    def _after_end(self, state):
        """Hook: the leg is no longer with its store (`state` is where it went:
        rejected, expired, cancelled or exception)."""

    def _is_overdue(self):
        """The second of the deadline itself still belongs to the store."""
        return bool(self.deadline) and self.deadline < fields.Datetime.now()

    def _check_order_open(self):
        if self.order_id.state == "cancel":
            raise UserError(
                self.env._(
                    "Order %(order)s was cancelled; there is nothing left to do for "
                    "%(leg)s.",
                    order=self.order_id.name,
                    leg=self.name,
                )
            )

    def action_reject(self, reason, note=None):
        """Turn an offer down and ask the next store.

        :param reason: a record, an id or the code of an `o2o.reject.reason`
        """
        for leg in self._for_action():
            record, text = leg._check_reject(reason, note)
            leg._end_and_continue(
                "rejected", text, reject_reason_id=record.id, reject_note=note
            )
        return True

    def _check_reject(self, reason, note):
        """Return the reason's record and what the log says; or say what is missing."""
        record = self._get_reject_reason(reason)
        note = (note or "").strip()
        if record.note_required and not note:
            raise UserError(
                self.env._(
                    'Reason "%(reason)s" asks for a note: say in a few words why.',
                    reason=record.name,
                )
            )
        return record, ": ".join(filter(None, [record.name, note]))

    def _get_reject_reason(self, reason):
        reasons = self.env["o2o.reject.reason"]
        if isinstance(reason, str) and not reason.isdecimal():
            found = reasons.search([("code", "=", reason)], limit=1)
        else:
            found = reasons.browse(int(reason) if reason else []).exists()
        if not found:
            raise UserError(
                self.env._(
                    "Choose why you reject %(leg)s from the list.", leg=self.name
                )
            )
        return found

    def action_pick(self):
        """The goods are taken off the shelf."""
        for leg in self._for_action():
            leg._check_order_open()
            leg._move_to("picked")
        return True

    def action_ship(self, tracking_ref=None):
        """Hand the goods to the carrier: validates the store's delivery."""
        for leg in self._for_action():
            leg._check_order_open()
            if leg.delivery_mode == "pickup":
                raise UserError(
                    self.env._(
                        "%(leg)s is collected by the customer: mark it ready for pickup "
                        "instead of shipping it.",
                        leg=leg.name,
                    )
                )
            leg._check_may("shipped")
            leg._validate_pickings()
            leg._mark_shipped((tracking_ref or "").strip() or None)
        return True

    def _mark_shipped(self, tracking_ref=None):
        values = {"tracking_ref": tracking_ref} if tracking_ref else {}
        if tracking_ref and "carrier_tracking_ref" in self.env["stock.picking"]._fields:
            self._outgoing_pickings().carrier_tracking_ref = tracking_ref
        self._move_to(
            "shipped", tracking_ref, shipped_at=fields.Datetime.now(), **values
        )

    def _check_may(self, state):
        """Refuse early what the transitions would refuse after the work is done."""
        if state not in self._get_next_states():
            raise UserError(self._refusal_text())

    def action_deliver(self):
        """The consumer has the goods."""
        for leg in self._for_action():
            if leg.state == "ready":
                raise UserError(
                    self.env._(
                        "%(leg)s is handed over against the customer's pickup code.",
                        leg=leg.name,
                    )
                )
            leg._deliver()
        return True

    def _deliver(self, note=None):
        self._move_to("delivered", note, delivered_at=fields.Datetime.now())
        self._o2o_after_deliver()

    def _o2o_after_deliver(self):
        """Hook: the leg is delivered, `delivered_at` is set. Nothing here."""

    def action_cancel(self):
        """Take the leg back from its store; its stock is free again."""
        for leg in self._for_action():
            leg._cancel()
        return True

    def _cancel(self, note=None):
        self._check_may("cancelled")
        self._release()
        self._move_to("cancelled", note, deadline=False)
        self._close_exception()
        if self.order_id.state != "cancel":
            self.order_id._o2o_update_route_state()

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

    def action_assign_to(self, warehouse):
        """HQ gives the leg to a store by hand; from another store it is moved."""
        self.ensure_one()
        leg = self._for_action()
        warehouse = warehouse.sudo()
        leg._check_order_open()
        leg._check_assignable(warehouse)
        if leg.state == "exception":
            leg.write(
                {"warehouse_id": warehouse.id, "dealer_id": warehouse.dealer_id.id}
            )
            moved = leg
        else:
            leg._check_may("cancelled")
            leg._release()
            leg._move_to(
                "cancelled",
                self.env._("Moved to %(store)s", store=warehouse.name),
                deadline=False,
            )
            moved = leg._create_next(warehouse)
        if not moved._offer():
            raise UserError(
                self.env._(
                    "%(store)s does not have all goods of %(leg)s in its channel pool. "
                    "Choose another store.",
                    store=warehouse.name,
                    leg=leg.name,
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

    def _get_form_action(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "o2o.dispatch",
            "res_id": self.id,
            "views": [(False, "form")],
        }

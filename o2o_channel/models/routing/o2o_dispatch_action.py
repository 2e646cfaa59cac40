from odoo import fields, models
from odoo.exceptions import UserError


class O2oDispatch(models.Model):
    """What people do with a leg. Each action locks it first; see `_for_action`."""

    _inherit = "o2o.dispatch"

    def action_accept(self):
        for leg in self._for_action():
            leg._check_acceptable()
            leg._accept()
        return True

    def _check_acceptable(self):
        self._check_order_open()
        self._check_has_store()
        if self.state == "offered" and self._is_overdue():
            raise UserError(
                self.env._(
                    "%(leg)s could be accepted until %(deadline)s. It goes to the "
                    "next store.",
                    leg=self.name,
                    deadline=self._local_time(self.deadline),
                )
            )

    def _check_has_store(self):
        if self.state == "offered" and not self.warehouse_id:
            raise UserError(
                self.env._(
                    "%(leg)s is open to several stores: one of them has to take it. "
                    "Choose a candidate to give it to one store, or cancel the leg.",
                    leg=self.name,
                )
            )

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
            leg._check_has_store()
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

    def action_ship(self, tracking_ref=None, serials=None):
        """Hand the goods to the carrier: validates the store's delivery.

        :param serials: the serial numbers that leave the store; see `_set_serials`
        """
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
            leg.with_context(o2o_serials=serials)._validate_pickings()
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
        self.offer_ids._answer("withdrawn")
        self._move_to("cancelled", note, deadline=False)
        self._close_exception()
        if self.order_id.state != "cancel":
            self.order_id._o2o_update_route_state()

    def _get_form_action(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "o2o.dispatch",
            "res_id": self.id,
            "views": [(False, "form")],
        }

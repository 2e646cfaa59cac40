from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.routing_values import SOFT_REASONS
from .o2o_dispatch import DEFAULT_GRAB_MINUTES, OPENED_STATES


class O2oDispatch(models.Model):
    """Several stores are asked at once; the first to accept gets the leg.

    Until then the leg has no store and nothing is reserved. The lock on the leg's row
    decides who is first."""

    _inherit = "o2o.dispatch"

    def _accept_for(self, store):
        """`store` takes the leg: its own offer, or one that others may grab too."""
        self.ensure_one()
        leg = self._for_action()
        if leg.warehouse_id == store:
            return leg.action_accept()
        offer = leg._get_offer_of(store)
        leg._check_not_taken(offer)
        leg._take(offer)
        return True

    def _get_asked_store(self, dealer, store_id=None):
        """The dealer's store that is asked: the leg's own, or of those that may grab it
        the one named, else the best one."""
        self.ensure_one()
        if self.warehouse_id:
            return (
                self.warehouse_id if self.dealer_id == dealer else self.warehouse_id[:0]
            )
        offers = self.offer_ids.filtered(
            lambda offer: offer.dealer_id == dealer and offer.state == "open"
        )
        named = offers.filtered(lambda offer: offer.warehouse_id.id == store_id)
        return (named or offers)[:1].warehouse_id

    @api.model
    def _get_lost_text(self, leg_id, dealer):
        """What a dealer is told of a leg that it was asked for and did not get; None
        for any other leg. It learns neither who took it nor whose it is."""
        offers = self.env["o2o.dispatch.offer"].search(
            [
                ("dispatch_id", "=", leg_id),
                ("dealer_id", "=", dealer.id),
                ("state", "!=", "open"),
            ]
        )
        if not offers:
            return None
        leg, lost = offers.dispatch_id, offers.filtered(lambda o: o.state == "lost")
        if lost:
            return self.env._(
                "%(leg)s was already taken by another store, %(when)s.",
                leg=leg.name,
                when=leg._local_time(lost[0].answered_at),
            )
        return self.env._("%(leg)s is no longer offered to you.", leg=leg.name)

    def _get_offer_of(self, store):
        return self.offer_ids.filtered(lambda offer: offer.warehouse_id == store)

    def _check_not_taken(self, offer):
        """Whoever comes second is told so, and not by whom."""
        if offer.state == "open" and self.state == "offered":
            return
        if offer.state == "lost" or (offer and self.state in OPENED_STATES):
            raise UserError(
                self.env._(
                    "%(leg)s was already taken by another store, %(when)s.",
                    leg=self.name,
                    when=self._local_time(offer.answered_at or self.accepted_at),
                )
            )
        raise UserError(
            self.env._("%(leg)s is no longer offered to this store.", leg=self.name)
        )

    def _take(self, offer):
        """The first to accept: its stock is reserved now, the others have lost."""
        store = offer.warehouse_id
        self._check_capacity(store)
        self.write({"warehouse_id": store.id, "dealer_id": store.dealer_id.id})
        self._check_acceptable()
        self._hold_at(store)
        offer._answer("accepted")
        self.offer_ids._answer("lost")
        self._accept()

    def _check_capacity(self, store):
        """The day may have filled up since the offer."""
        store._o2o_count_offer()
        limit = store.o2o_max_orders_day
        used = store._o2o_orders_today(self.company_id).get(store.id, 0)
        if limit and used >= limit:
            raise UserError(
                self.env._(
                    "%(store)s has its %(limit)s orders of today. Raise the store's "
                    "limit, or leave %(leg)s to another store.",
                    store=store.name,
                    limit=limit,
                    leg=self.name,
                )
            )

    def _hold_at(self, store):
        """Reserve the goods. Where the stock was never promised, whoever takes the leg
        says that it has them."""
        candidate = self.candidate_ids.filtered(lambda one: one.warehouse_id == store)
        if candidate.reason_code in SOFT_REASONS:
            self._declare_and_reserve()
        elif not self._reserve():
            raise UserError(self._text_not_in_pool())

    def _reject_for(self, store, reason, note=None):
        """`store` does not want the leg; while others may grab it, it stays open."""
        self.ensure_one()
        leg = self._for_action()
        if leg.warehouse_id == store:
            return leg.action_reject(reason, note)
        offer = leg._get_offer_of(store)
        leg._check_not_taken(offer)
        record, text = leg._check_reject(reason, note)
        offer._answer("rejected", reject_reason_id=record.id, reject_note=note)
        leg._log_event("offered", "offered", text, store)
        if not leg.offer_ids.filtered(lambda one: one.state == "open"):
            leg._end_and_continue("rejected", self.env._("Nobody took it"))
        return True

    def _open_to_grab(self, stores):
        """Ask `stores` at once; those whose opening hours never come are left out."""
        open_stores, deadlines, problems = stores.browse(), [], []
        for store in stores:
            try:
                deadlines.append(self._get_deadline(store, self._grab_minutes()))
                open_stores += store
            except UserError as error:
                problems.append(str(error))
        now = fields.Datetime.now()
        state = "open" if open_stores else "withdrawn"
        self.env["o2o.dispatch.offer"].create(
            [
                self._prepare_offer_vals(store, now, state)
                for store in open_stores or stores
            ]
        )
        if not open_stores:
            self._skip("; ".join(problems))
            return
        names = ", ".join(open_stores.mapped("name"))
        note = self.env._("Open to %(stores)s", stores=names)
        self._move_to("offered", note, offered_at=now, deadline=min(deadlines))
        self._trigger_expiry()
        self._notify_offer(open_stores)

    def _prepare_offer_vals(self, store, now, state):
        return {
            "dispatch_id": self.id,
            "warehouse_id": store.id,
            "dealer_id": store.dealer_id.id,
            "offered_at": now,
            "state": state,
        }

    def _grab_minutes(self):
        """The pool has its own time; a round of mode grab has that of one offer."""
        if self.is_pool:
            return self.rule_id.grab_minutes or DEFAULT_GRAB_MINUTES
        return self._accept_minutes()

from odoo import fields, models
from odoo.exceptions import UserError


class O2oDispatch(models.Model):
    """Several stores are asked at once; the first to accept gets the leg.

    Until then the leg has no store and nothing is reserved. The lock on the leg's row
    decides who is first."""

    _inherit = "o2o.dispatch"

    def _accept_for(self, store):
        """`store` takes the leg: its own offer, or one that others may grab too."""
        self.ensure_one()
        leg = self._for_action()
        offer = leg._get_offer_of(store)
        if leg.warehouse_id != store:
            leg._check_not_taken(offer)
        leg._check_acceptable()
        if offer and not leg.warehouse_id:
            leg._take(offer)
        else:
            leg._accept()
        return True

    def _get_offer_of(self, store):
        return self.offer_ids.filtered(lambda offer: offer.warehouse_id == store)

    def _check_not_taken(self, offer):
        """Whoever comes second is told so, and not by whom."""
        if offer.state == "open" and self.state == "offered":
            return
        if self.state not in ("offered", "exception"):
            taken = offer.answered_at or self.accepted_at
            if taken:
                raise UserError(
                    self.env._(
                        "%(leg)s was already taken by another store, %(when)s.",
                        leg=self.name,
                        when=self._local_time(taken),
                    )
                )
        raise UserError(
            self.env._("%(leg)s is no longer offered to this store.", leg=self.name)
        )

    def _take(self, offer):
        """The first to accept: its stock is reserved now, the others have lost."""
        store = offer.warehouse_id
        self.write({"warehouse_id": store.id, "dealer_id": store.dealer_id.id})
        store._o2o_count_offer()
        if not self._reserve():
            raise UserError(
                self.env._(
                    "%(store)s does not have all goods of %(leg)s in its channel pool. "
                    "Declare them first, or leave it to another store.",
                    store=store.name,
                    leg=self.name,
                )
            )
        offer._answer("accepted")
        self.offer_ids._answer("lost")
        self._accept()

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
        """Ask `stores` at once."""
        now = fields.Datetime.now()
        self.env["o2o.dispatch.offer"].create(
            [
                {
                    "dispatch_id": self.id,
                    "warehouse_id": store.id,
                    "dealer_id": store.dealer_id.id,
                    "offered_at": now,
                }
                for store in stores
            ]
        )

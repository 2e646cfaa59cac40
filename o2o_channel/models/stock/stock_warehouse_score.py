from dataclasses import dataclass
from decimal import Decimal

from odoo import fields, models

from ...engine import trust as engine

NEXT_OFFERS = 10  # the page tells what so many filled offers would bring
MINIMUM = 0.6  # below it no order is offered automatically


@dataclass(frozen=True)
class Basis:
    """What a store's score is made of at the moment."""

    fills: engine.Evidence
    counts: engine.Evidence
    fresh: Decimal
    prior: Decimal
    weight: Decimal
    half_life: Decimal | None

    def trust(self, **changes):
        parts = {"fills": self.fills, "counts": self.counts, "fresh": self.fresh}
        return engine.score(
            **parts | changes, prior=self.prior, weight=self.weight
        ).trust


class StockWarehouse(models.Model):
    """The score in plain figures: what made it, and what would raise it."""

    _inherit = "stock.warehouse"

    def _o2o_score_basis(self):
        self.ensure_one()
        feed = self._o2o_query_feeds()[0]
        prior = engine.PRIOR_OF_FEED.get(feed["feed"], engine.ZERO)
        none = engine.Evidence()
        fills, counts = (
            self._o2o_query_evidence().get(self.id, {}).get(None, (none, none))
        )
        return Basis(
            fills,
            counts,
            engine.freshness(feed["age"], feed["max_age"], prior),
            prior,
            feed["weight"],
            Decimal(str(self.company_id.o2o_trust_half_life or 0)) or None,
        )

    def _o2o_score_advice(self, basis):
        """What would raise the score: [(what, by how much)], the most first."""
        now = basis.trust()
        better = engine.with_successes
        steps = {
            "feed": basis.trust(fresh=engine.ONE),
            "fill": basis.trust(fills=better(basis.fills, NEXT_OFFERS)),
            "count": basis.trust(counts=better(basis.counts, 1)),
        }
        if self.o2o_feed_type == "none":
            return []
        gains = [(what, float(trust - now)) for what, trust in steps.items()]
        return sorted((g for g in gains if g[1] > 0), key=lambda g: -g[1])

    def _o2o_event_effect(self, basis, event):
        """By how much an event has moved the score: the score less what it would be
        had the event never happened."""
        if event.state == "struck":
            return 0.0
        age = (fields.Datetime.now() - event.date).total_seconds() / 86400
        trial = engine.Trial(
            Decimal(str(event.ok_qty)),
            Decimal(str(event.asked_qty)),
            Decimal(str(max(age, 0))),
        )
        name = "fills" if event.kind == "fill" else "counts"
        changed = engine.without(getattr(basis, name), trial, basis.half_life)
        return float(basis.trust() - basis.trust(**{name: changed}))

    def _o2o_event_counts(self):
        """(offers, offers filled, counts) that made the score."""
        groups = self.env["o2o.trust.event"]._read_group(
            [("warehouse_id", "=", self.id), ("state", "!=", "struck")],
            ["kind"],
            ["__count"],
        )
        totals = dict(groups)
        filled = self.env["o2o.trust.event"].search_count(
            [
                ("warehouse_id", "=", self.id),
                ("state", "!=", "struck"),
                ("kind", "=", "fill"),
                ("ok_qty", ">", 0),
            ]
        )
        return totals.get("fill", 0), filled, totals.get("count", 0)

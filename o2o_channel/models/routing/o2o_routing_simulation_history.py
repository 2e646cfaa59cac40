from collections import defaultdict
from dataclasses import dataclass, field

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import SQL

from ...engine.replay import Habit, Reply
from .o2o_dispatch import DEFAULT_ACCEPT_MINUTES, UNDER_WAY_STATES

HABIT_MONTHS = 12  # older answers say little about a store
SHARES = [0.05, 0.25, 0.5, 0.75, 0.95]  # of the times that are kept
SERVED_STATES = (*UNDER_WAY_STATES, "delivered")
ANSWERS = ("accepted", "rejected", "expired")
# Of nobody is anything known yet: what the rule of thumb of the trade says.
UNKNOWN = Habit(0.7, 0.15, (1.0, 5.0, 15.0), (1.0, 5.0, 15.0))


@dataclass
class Past:
    """What really happened to an order."""

    answers: dict = field(default_factory=dict)  # {store id: first Reply}
    counts: dict = field(default_factory=lambda: defaultdict(int))  # {kind: answers}
    served: list = field(default_factory=list)  # [(store id, minutes)]
    untaken: int = 0

    def facts(self, distances):
        """Sums as `engine.replay.Outcome.facts` gives them."""
        stores = [store for store, _minutes in self.served]
        known = [
            distances[store] for store in stores if distances.get(store) is not None
        ]
        waits = [minutes for _store, minutes in self.served]
        return {
            "orders": 1,
            "legs": max(1, len(self.served) + self.untaken),
            "served": len(self.served),
            "km": sum(known),
            "km_legs": len(known),
            "offers": sum(self.counts.values()),
            "rejects": self.counts["rejected"],
            "expiries": self.counts["expired"],
            "minutes": sum(waits),
            "unfilled": int(bool(self.untaken) or not self.served),
            "waits": waits,
            "stores": stores,
        }


class O2oRoutingSimulation(models.Model):
    """What history says: how stores answered these orders, and how they answer at all."""

    _inherit = "o2o.routing.simulation"

    def _read_habits(self):
        """{store id or "network": [accepted, rejected, expired, times, times]}."""
        since = fields.Datetime.now() - relativedelta(months=HABIT_MONTHS)
        rows = self.env.execute_query(
            SQL(
                """SELECT store, kind, count(*),
                          percentile_cont(%(shares)s) WITHIN GROUP (ORDER BY minutes)
                     FROM (%(answers)s) answer
                 GROUP BY GROUPING SETS ((store, kind), (kind))""",
                shares=SHARES,
                answers=self._answer_query(
                    SQL(
                        "l.company_id = %s AND l.offered_at >= %s",
                        self.company_id.id,
                        since,
                    )
                ),
            )
        )
        habits = defaultdict(lambda: [0, 0, 0, [], []])
        for store, kind, count, minutes in rows:
            habit = habits["network" if store is None else store]
            habit[ANSWERS.index(kind)] = count
            if kind != "expired":
                habit[3 + ANSWERS.index(kind)] = [float(minute) for minute in minutes]
        return dict(habits)

    def _answer_query(self, condition):
        """One row per answer: leg, order, store, kind, minutes after the offer.

        Minutes are those of the clock, at most those that the rule allowed: an offer
        made in the evening and accepted in the morning was accepted in time."""
        limit = SQL(
            "COALESCE(CASE WHEN l.mode = 'grab' THEN r.grab_minutes"
            " ELSE r.accept_minutes END, %s)",
            DEFAULT_ACCEPT_MINUTES,
        )
        return SQL(
            """SELECT e.dispatch_id AS leg, l.order_id, e.warehouse_id AS store,
                      CASE WHEN e.state_to = 'offered' THEN 'rejected' ELSE e.state_to END
                          AS kind,
                      LEAST(%(limit)s, EXTRACT(epoch FROM e.date - l.offered_at) / 60)
                          AS minutes,
                      e.id AS moment
                 FROM o2o_dispatch_event e
                 JOIN o2o_dispatch l ON l.id = e.dispatch_id
            LEFT JOIN o2o_routing_rule r ON r.id = l.rule_id
                WHERE %(condition)s AND e.state_from = 'offered'
                  AND e.state_to IN ('accepted', 'rejected', 'expired', 'offered')
                  AND e.warehouse_id IS NOT NULL AND l.offered_at IS NOT NULL
            UNION ALL
               SELECT o.dispatch_id, l.order_id, o.warehouse_id, 'expired',
                      EXTRACT(epoch FROM o.answered_at - o.offered_at) / 60, NULL
                 FROM o2o_dispatch_offer o
                 JOIN o2o_dispatch l ON l.id = o.dispatch_id
                WHERE %(condition)s AND o.state = 'expired'""",
            limit=limit,
            condition=condition,
        )

    def _get_habits(self):
        """({store id: Habit}, the network's) from what was frozen at the start."""
        kept = self.habits or {}
        network = _habit(kept["network"], UNKNOWN) if "network" in kept else UNKNOWN
        stores = {
            int(store): _habit(counts, network)
            for store, counts in kept.items()
            if store != "network"
        }
        return stores, network

    def _read_past(self, order_ids):
        """{order id: Past}, in three queries."""
        past = defaultdict(Past)
        condition = SQL("l.order_id IN %s", tuple(order_ids) or (0,))
        rows = self.env.execute_query(
            SQL(
                "%s ORDER BY moment NULLS LAST, leg, store",
                self._answer_query(condition),
            )
        )
        for _leg, order, store, kind, minutes, _moment in rows:
            past[order].counts[kind] += 1
            reply = Reply(kind, max(0.0, float(minutes or 0)))
            past[order].answers.setdefault(store, reply)
        self._note_hand_backs(past, condition)
        self._note_legs(past, condition)
        return past

    def _note_hand_backs(self, past, condition):
        """Who accepted and gave it back did not serve it."""
        rows = self.env.execute_query(
            SQL(
                """SELECT l.order_id, e.warehouse_id FROM o2o_dispatch_event e
                     JOIN o2o_dispatch l ON l.id = e.dispatch_id
                    WHERE %s AND e.state_from IN %s AND e.state_to = 'exception'
                      AND e.warehouse_id IS NOT NULL""",
                condition,
                UNDER_WAY_STATES,
            )
        )
        for order, store in rows:
            known = past[order].answers.get(store)
            if known and known.kind == "accepted":
                past[order].answers[store] = Reply("handed_back", known.minutes)

    def _note_legs(self, past, condition):
        """Which stores have the order now, or had it when it was cancelled."""
        rows = self.env.execute_query(
            SQL(
                """SELECT l.order_id, l.warehouse_id, l.dealer_id, l.state, s.state,
                          l.accepted_at, min(l.offered_at) OVER (PARTITION BY l.order_id)
                     FROM o2o_dispatch l JOIN sale_order s ON s.id = l.order_id
                    WHERE %s ORDER BY l.id""",
                condition,
            )
        )
        for order, store, dealer, state, order_state, accepted, first in rows:
            ended = order_state == "cancel" and state == "cancelled"
            if state in SERVED_STATES or (ended and accepted):
                if not dealer:  # headquarters ships it: no store took it
                    past[order].untaken += 1
                    continue
                minutes = (
                    (accepted - first).total_seconds() / 60 if accepted and first else 0
                )
                past[order].served.append((store, round(max(0.0, minutes), 2)))
            elif state in ("exception", "offered", "draft"):
                past[order].untaken += 1


def _habit(counts, network):
    accepted, rejected, expired, accept_minutes, reject_minutes = counts
    return Habit.smoothed(
        accepted,
        rejected,
        expired,
        network,
        accept_minutes=tuple(accept_minutes),
        reject_minutes=tuple(reject_minutes),
    )

import json
from datetime import datetime, time, timedelta, timezone

from odoo import models
from odoo.tools import SQL

from ...engine.geo import distance_km
from ...engine.record import RecordError
from ...engine.replay import Load, PastOrder, Replay
from ...engine.replay_load import load_near
from .o2o_routing_simulation import MOST_ORDERS

PRESENT = "present"
HISTORY = "history"
COLUMNS = (
    "simulation_id",
    "order_id",
    "rule_id",
    "is_tried",
    "is_changed",
    "history_warehouse_id",
    "present_warehouse_id",
    "warehouse_id",
    "present_km",
    "km",
    "difference_km",
    "facts",
    "trails",
)
# PostgreSQL's types of COLUMNS
KINDS = (
    *("int[]",) * 3,
    *("bool[]",) * 2,
    *("int[]",) * 3,
    *("numeric[]",) * 3,
    *("jsonb[]",) * 2,
)


class O2oRoutingSimulation(models.Model):
    """One chunk: read decisions and history, replay, keep what came of it."""

    _inherit = "o2o.routing.simulation"

    def _get_queue(self):
        """([first decision of each order, oldest first], orders without decision)."""
        orders = self.env["sale.order"]._search(self._get_order_domain())
        rows = self.env.execute_query(
            SQL(
                """SELECT min(d.id), s.id
                     FROM sale_order s
                LEFT JOIN o2o_routing_decision d ON d.order_id = s.id
                    WHERE s.id IN %s
                 GROUP BY s.id
                 ORDER BY min(d.id) DESC NULLS LAST, s.id DESC
                    LIMIT %s""",
                orders.subselect(),
                self.order_limit if self.basis == "last" else MOST_ORDERS,
            )
        )
        queue = sorted(decision for decision, _order in rows if decision)
        return queue, len(rows) - len(queue)

    def _get_span(self):
        """The first moment of the chosen days and the first after them, in UTC."""
        zone = self.company_id._o2o_timezone()
        days = (self.date_from, self.date_to + timedelta(days=1))
        return [
            datetime.combine(day, time.min, tzinfo=zone)
            .astimezone(timezone.utc)
            .replace(tzinfo=None)
            for day in days
        ]

    def _replay_chunk(self, decision_ids):
        """Replay these decisions under every rule and write one row for each."""
        decisions = self._read_decisions(decision_ids)
        past = self._read_past({row["order_id"] for row in decisions})
        rules = self._get_trials()
        replay = Replay(*self._get_habits(), self.seed)
        loads = self._get_loads(rules)
        rows, dropped = [], len(decision_ids) - len(decisions)
        for decision in decisions:
            try:
                request, nodes, _rule = load_near(
                    decision["inputs"], rules.cross_region
                )
            except RecordError:
                dropped += 1
                continue
            order = past[decision["order_id"]]
            old = PastOrder(
                key=decision["order_id"],
                day=self.company_id._o2o_date(decision["date"]).isoformat(),
                request=request,
                nodes=nodes,
                answers=order.answers,
                taken=tuple(store for store, _minutes in order.served),
            )
            rows += self._replay_order(
                replay, old, order, rules.of(decision, request), loads
            )
        self._write_rows(rows)
        self.write(
            {
                "done_count": self.done_count + len(decision_ids),
                "dropped_count": self.dropped_count + dropped,
                "memory": {side: load.as_plain() for side, load in loads.items()},
            }
        )

    def _read_decisions(self, decision_ids):
        """The decisions whose inputs are kept, oldest first."""
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT d.order_id, d.date, d.inputs, s.o2o_channel_id AS channel,
                          s.o2o_region_id AS region, s.o2o_flow AS flow,
                          s.o2o_delivery_mode AS mode
                     FROM o2o_routing_decision d JOIN sale_order s ON s.id = d.order_id
                    WHERE d.id IN %s AND d.inputs IS NOT NULL
                 ORDER BY d.id""",
                tuple(decision_ids),
            )
        )
        return rows

    def _get_loads(self, rules):
        """{side: Load} as the chunk before left them."""
        memory = self.memory or {}
        sides = [PRESENT, *(str(rule.id) for rule in rules.records)]
        return {side: Load.from_plain(memory.get(side)) for side in sides}

    def _replay_order(self, replay, old, past, trials, loads):
        """Rows of one order, one per rule on trial.

        :param trials: {side: (engine.Trial, whether the rule on trial routes it)}
        """
        places = {node.key: node.place for node in old.nodes}
        distances = {
            store: distance_km(old.request.place, places.get(store))
            for store, _minutes in past.served
        }
        history = past.facts(distances)
        present = replay.run(old, trials[PRESENT][0], loads[PRESENT])
        present_facts = present.facts
        for side, (trial, is_tried) in trials.items():
            if side == PRESENT:
                continue
            new = replay.run(old, trial, loads[side])
            new_facts = new.facts
            facts = {HISTORY: history, PRESENT: present_facts, "trial": new_facts}
            yield (
                self.id,
                old.key,
                int(side),
                is_tried,
                present.stores != new.stores,
                _first(history["stores"]),
                _first(present_facts["stores"]),
                _first(new_facts["stores"]),
                round(present_facts["km"], 3),
                round(new_facts["km"], 3),
                _farther(present_facts, new_facts),
                json.dumps(facts),
                json.dumps({PRESENT: present.as_plain(), "trial": new.as_plain()}),
            )

    def _write_rows(self, rows):
        """All rows in one statement: 10,000 orders are a matter of seconds."""
        if not rows:
            return
        types = SQL(
            "%s",
            SQL(", ").join(
                SQL("%s::" + kind, list(column))
                for kind, column in zip(KINDS, zip(*rows, strict=True), strict=True)
            ),
        )
        self.env.cr.execute(
            SQL(
                "INSERT INTO o2o_routing_simulation_order (%s) SELECT * FROM unnest(%s)",
                SQL(", ").join(map(SQL.identifier, COLUMNS)),
                types,
            )
        )


def _first(stores):
    return stores[0] if stores else None


def _farther(present, new):
    """Kilometres more on trial; 0 where under one of them no store serves it."""
    if not (present["km_legs"] and new["km_legs"]):
        return 0.0
    return round(new["km"] - present["km"], 3)

import logging
import time

from odoo import fields, models

from ...engine import assign as engine
from ...engine import routing

_logger = logging.getLogger(__name__)

PRICES = 100  # of the highest that are kept
UNASSIGNED_KM = float(engine.DEFAULT_WEIGHTS.unassigned)


class O2oRoutingBatch(models.Model):
    """The plan of a batch: what is known goes to the engine once, its answer is kept."""

    _inherit = "o2o.routing.batch"

    def _make_plan(self):
        """Plan now and keep the whole answer; nothing is offered."""
        self.ensure_one()
        started = time.monotonic()
        orders = self.env["sale.order"].search(
            self._get_order_domain(), order="date_order, id"
        )
        waiting, nodes, needs = self._load(orders)
        shares = self._get_shares(nodes, len(waiting))
        plan = engine.assign(waiting, nodes, shares=shares)
        first = engine.assign_first_come(waiting, nodes)
        free = engine.assign(waiting, nodes) if shares else plan
        self._keep_lines(plan, first, needs)
        self._keep_prices(plan)
        self.write(
            {
                **self._prepare_figures(plan, first),
                "state": "planned",
                "order_count": len(waiting),
                "planned_at": fields.Datetime.now(),
                "seconds": time.monotonic() - started,
                "has_shares": bool(shares),
                "share_km": float(plan.distance_km - free.distance_km),
            }
        )

    def _prepare_figures(self, plan, first):
        comparable = len(first.unassigned) == len(plan.unassigned)
        return {
            "solver": plan.solver,
            "is_fallback": plan.is_fallback,
            "objective_km": float(plan.objective),
            "bound_km": float(plan.lower_bound),
            "gap_km": float(plan.gap),
            "gap_percent": 100 * float(plan.gap_ratio),
            "is_optimal": not plan.gap,
            "distance_km": float(plan.distance_km),
            "first_km": float(first.distance_km),
            "saved_km": float(first.distance_km - plan.distance_km) * comparable,
            "unassigned_count": len(plan.unassigned),
            "first_unassigned": len(first.unassigned),
        }

    # What the engine gets

    def _load(self, orders):
        """(engine orders, engine nodes, {order id: (rule, {line: quantity})})."""
        router = self.env["o2o.router"]
        needs = {}
        for order in orders:
            wanted, declined = order._o2o_get_batch_needs()
            if wanted:
                needs[order] = (router._get_rule(order, wanted), wanted, declined)
        if not needs:
            return [], [], {}
        every = {line: 1 for _r, wanted, _d in needs.values() for line in wanted}
        nobody = self.env["stock.warehouse"]
        # an empty rule: what depends on the order's own rule comes with each order
        no_rule = self.env["o2o.routing.rule"]
        nodes = tuple(router._get_nodes(next(iter(needs)), every, nobody, no_rule))
        stores = nobody.browse([node.key for node in nodes])
        areas, rules = self._area_loader(stores), {}
        waiting = []
        for order, (rule, wanted, declined) in needs.items():
            if rule not in rules:
                rules[rule] = rule._engine_rule()
            waiting.append(
                engine.Waiting(
                    key=order.id,
                    order=self._get_request(order, wanted, rule),
                    areas=areas(order, wanted, rule),
                    rejected=frozenset(declined.ids),
                    below_guarantee=self._get_below(order, wanted, rule, stores),
                    rule=rules[rule],
                )
            )
        return waiting, nodes, {order.id: value for order, value in needs.items()}

    def _get_request(self, order, wanted, rule):
        router = self.env["o2o.router"]
        pickup = (
            order.o2o_delivery_mode == "pickup" and order.o2o_pickup_warehouse_id.id
        )
        services = router._get_services(order) if rule.need_services else frozenset()
        lines = tuple(router._engine_line(*item) for item in wanted.items())
        place = router._get_place(order)
        return routing.Order(lines, place, pickup or None, services)

    def _get_below(self, order, wanted, rule, stores):
        if rule and not rule.check_guarantee:
            return frozenset()
        router = self.env["o2o.router"]
        return frozenset(router._get_below_guarantee(order, wanted, stores))

    def _area_loader(self, stores):
        """A function from an order to the areas of all stores, kept per kind of order."""
        router, known = self.env["o2o.router"], {}
        dealers = {store.id: store.dealer_id.id for store in stores}

        def areas(order, wanted, rule):
            products = router._get_products(wanted)
            region = order.o2o_region_id or order.o2o_pickup_warehouse_id.o2o_region_id
            services = router._get_services(order) if rule.need_services else None
            kind = (
                region,
                frozenset(products.categ_id.ids),
                services,
                rule.cross_region,
            )
            if kind not in known:
                area = router._get_area(order, products, rule)
                offers = router._get_offered_services(order) if services else {}
                known[kind] = {
                    store: engine.Area(
                        **area(dealer), services=offers.get(dealer, frozenset())
                    )
                    for store, dealer in dealers.items()
                }
            return known[kind]

        return areas

    def _get_shares(self, nodes, number):
        """The fair shares of the month, as what this batch has to give."""
        day = self.company_id._o2o_today()
        limits = self.env["o2o.routing.share"]._get_batch_limits(
            self.company_id, day, number
        )
        stores = self.env["stock.warehouse"].browse([node.key for node in nodes])
        of_dealer = stores.grouped("dealer_id")
        return [
            engine.Share(
                key=dealer.id,
                nodes=frozenset(of_dealer[dealer].ids),
                floor=floor if quota is None else min(floor, quota),
                quota=quota,
            )
            for dealer, (floor, quota) in limits.items()
            if dealer in of_dealer and (floor > 0 or quota is not None)
        ]

    # What is kept of its answer

    def _keep_lines(self, plan, first, needs):
        earlier = {}
        for leg in first.assignments:
            earlier.setdefault(leg.order, leg)
        rows = [self._prepare_leg(leg, needs, earlier) for leg in plan.assignments]
        left = {}
        for line in plan.unassigned:
            left.setdefault((line.order, line.reason), []).append(line.line)
        rows += [
            self._prepare_rest(order, reason, lines, needs, earlier)
            for (order, reason), lines in left.items()
        ]
        self.env["o2o.routing.batch.line"].create(rows)

    def _prepare_leg(self, leg, needs, earlier):
        parts = [part.line for part in leg.parts]
        return {
            **self._prepare_line(leg.order, parts, needs, earlier),
            "state": "planned",
            "warehouse_id": leg.node,
            "distance_km": leg.distance_km or 0.0,
            "distance_known": leg.distance_km is not None,
            "cost_km": float(leg.cost_km),
        }

    def _prepare_rest(self, order, reason, lines, needs, earlier):
        return {
            **self._prepare_line(order, lines, needs, earlier),
            "state": "unassigned",
            "reason_code": reason,
        }

    def _prepare_line(self, order, lines, needs, earlier):
        rule, wanted, _declined = needs[order]
        quantities = {line.id: quantity for line, quantity in wanted.items()}
        leg = earlier.get(order)
        return {
            "batch_id": self.id,
            "order_id": order,
            "rule_id": rule.id,
            "parts": {str(line): quantities[line] for line in lines},
            "first_warehouse_id": leg.node if leg else False,
            "first_km": (leg.distance_km or 0.0) if leg else 0.0,
        }

    def _keep_prices(self, plan):
        self.env["o2o.routing.batch.price"].create(
            [
                {
                    "batch_id": self.id,
                    "warehouse_id": price.node,
                    "product_id": price.product or False,
                    "km": float(price.km),
                    "unassigned": int(float(price.km) > UNASSIGNED_KM / 2),
                }
                for price in plan.shadow_prices[:PRICES]
            ]
        )

"""Waiting orders assigned together, against first come, first served by the nearest."""

import random
import time
from decimal import Decimal

from dev.console import say
from engine.assign import Weights, assign, assign_first_come
from engine.geo import Point
from engine.routing import Line, Node, Order

from .measure import Measurement

SIZES = ((1000, 200, 3), (5000, 500, 30))  # orders, stores, seconds at most
RATIOS = (1.1, 1.5, 3)  # slots per order
NAMES = tuple(
    f"{name}_{orders}x{stores}_{ratio}"
    for orders, stores, _seconds in SIZES
    for ratio in RATIOS
    for name in ("assign", "assign_km", "assign_gap")
)
CITIES, PRODUCTS = 40, 20


def measure(_context):
    """Single-line orders around 40 cities, three capacities, scarce stock."""
    for orders, stores, seconds in SIZES:
        for ratio in RATIOS:
            waiting, nodes = _case(orders, stores, ratio)
            started = time.perf_counter()
            plan = assign(waiting, nodes, weights=Weights(load=Decimal(0)))
            spent = time.perf_counter() - started
            first = assign_first_come(waiting, nodes)
            size = f"{orders}x{stores}_{ratio}"
            say(
                f"    {size}: {plan.solver}, gap {plan.gap} km, {plan.distance_km:.0f} km "
                f"against {first.distance_km:.0f} km; left {len(plan.unassigned)} "
                f"against {len(first.unassigned)}"
            )
            yield Measurement(f"assign_{size}", spent, "s", seconds)
            yield Measurement(
                f"assign_km_{size}",
                float(plan.distance_km),
                "km",
                1,
                "first come",
                float(first.distance_km),
            )
            yield Measurement(f"assign_gap_{size}", float(plan.gap), "km", 0)


def _case(orders, stores, ratio):
    """Orders by the cities' size, stores by its square root, slots in proportion."""
    chance = random.Random(2026)
    cities = [
        (chance.uniform(24, 40), chance.uniform(104, 120), chance.paretovariate(1.2))
        for _city in range(CITIES)
    ]

    def place(power):
        weights = [size**power for _lat, _lon, size in cities]
        latitude, longitude, _size = chance.choices(cities, weights)[0]
        return Point(chance.gauss(latitude, 0.15), chance.gauss(longitude, 0.15))

    slots = [chance.uniform(0.4, 1.6) for _store in range(stores)]
    scale = orders * ratio / sum(slots)
    goods = frozenset({"goods"})
    nodes = [
        Node(
            key=number,
            code=f"S{number:03}",
            available={f"P{p}": Decimal(chance.randint(1, 6)) for p in range(PRODUCTS)},
            place=place(0.5),
            categories=goods,
            max_orders=max(1, round(size * scale)),
        )
        for number, size in enumerate(slots)
    ]
    waiting = [
        Order(
            (Line(number, f"P{chance.randrange(PRODUCTS)}", "goods", Decimal(1)),),
            place=place(1),
        )
        for number in range(orders)
    ]
    return waiting, nodes

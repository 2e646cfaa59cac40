"""One order against 500 stores: the engine alone, without a database."""

import random
import time
from decimal import Decimal

from engine.geo import Point
from engine.routing import Line, Node, Order, rank

from .measure import Measurement, percentile

NAMES = ("route_500_nodes_p95",)
NODES, ORDERS, PRODUCTS = 500, 200, 12
P95_MS = 50  # DESIGN: a person who confirms an order doesn't notice it


def measure(_context):
    """Rank 200 random orders over 500 random stores."""
    chance = random.Random(2026)
    goods = frozenset({"goods"})
    nodes = [
        Node(
            key=number,
            code=f"S{number:03}",
            available={f"P{p}": Decimal(chance.randint(0, 3)) for p in range(PRODUCTS)},
            place=Point(chance.uniform(30, 31), chance.uniform(103.5, 104.5)),
            categories=goods,
        )
        for number in range(NODES)
    ]
    times = []
    for _number in range(ORDERS):
        lines = tuple(
            Line(key, f"P{chance.randrange(PRODUCTS)}", "goods", Decimal(1))
            for key in range(3)
        )
        order = Order(
            lines, place=Point(chance.uniform(30, 31), chance.uniform(103.5, 104.5))
        )
        started = time.perf_counter()
        rank(order, nodes)
        times.append((time.perf_counter() - started) * 1000)
    yield Measurement(NAMES[0], percentile(times, 0.95), "ms", P95_MS)

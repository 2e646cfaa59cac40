"""Minimum-cost flow by successive shortest paths, in whole numbers.

For one commodity on a directed graph whose arcs have an integer capacity (None: no
limit) and an integer cost. Supplies are sent one after the other along the cheapest
way of the residual graph (Dijkstra with potentials); after each one the flow is of
minimal cost for what was sent so far, so the last one is the optimum. Arcs of negative
cost are allowed as long as they are bounded and form no cycle without a bound.
"""

from __future__ import annotations

from collections.abc import Hashable
from heapq import heappop, heappush

INFINITE = float("inf")


class Network:
    """A graph under construction, and the flow in it.

    Arc ``2 k`` is the k-th that was added, arc ``2 k + 1`` its way back."""

    def __init__(self):
        self.names: dict[Hashable, int] = {}
        self.out: list[list[int]] = []
        self.head: list[int] = []
        self.room: list[float] = []  # what still fits into the arc
        self.cost: list[int] = []
        self.potential: list[int] = []

    def node(self, name: Hashable) -> int:
        """The number of a node, which is made when it is first named."""
        if name not in self.names:
            self.names[name] = len(self.out)
            self.out.append([])
            self.potential.append(0)
        return self.names[name]

    def arc(self, tail, head, cost: int, capacity: int | None = None) -> int:
        """Add an arc between two named nodes and return its number."""
        if capacity is not None and capacity < 0:
            raise ValueError(f"arc {tail!r} to {head!r}: capacity {capacity} < 0")
        number = len(self.head)
        tail, head = self.node(tail), self.node(head)
        limit = INFINITE if capacity is None else capacity
        for start, end, room, price in (
            (tail, head, limit, cost),
            (head, tail, 0, -cost),
        ):
            self.out[start].append(len(self.head))
            self.head.append(end)
            self.room.append(room)
            self.cost.append(price)
        return number

    def flow(self, arc: int) -> int:
        return int(self.room[arc ^ 1])

    def total_cost(self) -> int:
        return sum(
            self.flow(arc) * self.cost[arc] for arc in range(0, len(self.head), 2)
        )

    def send(self, source, sink, amount: int) -> int:
        """Send up to ``amount`` at minimal cost; return how much fits."""
        source, sink, sent = self.node(source), self.node(sink), 0
        while sent < amount:
            path = self._shortest_path(source, sink)
            if path is None:
                break
            step = min([amount - sent, *(self.room[arc] for arc in path)])
            for arc in path:
                self.room[arc] -= step
                self.room[arc ^ 1] += step
            sent += int(step)
        return sent

    def _shortest_path(self, source: int, sink: int) -> list[int] | None:
        """The arcs of a cheapest way; potentials move on so far as it was searched."""
        distance, reached_by, done = {source: 0}, {}, set()
        heap = [(0, source)]
        potential, room, cost, heads = self.potential, self.room, self.cost, self.head
        while heap:
            so_far, node = heappop(heap)
            if node in done:
                continue
            done.add(node)
            if node == sink:
                break
            base = so_far + potential[node]
            for arc in self.out[node]:
                if room[arc] > 0:
                    head = heads[arc]
                    length = base + cost[arc] - potential[head]
                    if length < distance.get(head, INFINITE):
                        distance[head] = length
                        reached_by[head] = arc
                        heappush(heap, (length, head))
        if sink not in done:
            return None
        for node in done:
            potential[node] += distance[node] - distance[sink]
        return self._trace(source, sink, reached_by)

    def _trace(self, source, sink, reached_by):
        path, node = [], sink
        while node != source:
            arc = reached_by[node]
            path.append(arc)
            node = self.head[arc ^ 1]
        return path[::-1]

    def distances_from(self, start) -> dict[Hashable, int]:
        """Cost of the cheapest residual way from a named node to each that it reaches.

        Needs potentials under which no residual arc is negative: true after `send`."""
        first = self.node(start)
        distance, heap, done = {first: 0}, [(0, first)], set()
        while heap:
            so_far, node = heappop(heap)
            if node in done:
                continue
            done.add(node)
            for arc in self.out[node]:
                head = self.head[arc]
                if self.room[arc] > 0 and head not in done:
                    length = so_far + self.cost[arc]
                    length += self.potential[node] - self.potential[head]
                    if length < distance.get(head, INFINITE):
                        distance[head] = length
                        heappush(heap, (length, head))
        offset = self.potential[first]
        return {
            name: distance[node] - offset + self.potential[node]
            for name, node in self.names.items()
            if node in done
        }


def min_cost_flow(arcs, supplies) -> tuple[int, list[int]]:
    """Solve a textbook instance.

    :param arcs: (tail, head, capacity or None, cost), in whole numbers
    :param supplies: {node: supply > 0 or demand < 0}, which sum to 0
    :return: (minimal cost, flow per arc)
    :raises ValueError: when the demands can't be met
    """
    if sum(supplies.values()):
        raise ValueError("supplies and demands don't add up to 0")
    network, needed = Network(), dict(supplies)
    numbers, turned = [], 0
    for tail, head, capacity, cost in arcs:
        if cost < 0:
            # fill it at once and let the way back undo it: no arc is negative then
            if capacity is None:
                raise ValueError(f"arc {tail!r} to {head!r}: negative without capacity")
            turned += capacity * cost
            needed[tail] = needed.get(tail, 0) - capacity
            needed[head] = needed.get(head, 0) + capacity
            numbers.append((network.arc(head, tail, -cost, capacity), capacity))
        else:
            numbers.append((network.arc(tail, head, cost, capacity), None))
    total = 0
    for node, amount in needed.items():
        if amount > 0:
            network.arc("__source__", node, 0, amount)
            total += amount
        elif amount < 0:
            network.arc(node, "__sink__", 0, -amount)
    if network.send("__source__", "__sink__", total) != total:
        raise ValueError("the demands can't be met")
    flows = [
        network.flow(arc) if filled is None else filled - network.flow(arc)
        for arc, filled in numbers
    ]
    return network.total_cost() + turned, flows

"""The linear program of a batch, over a part of its arcs; figures in kilometres.

For an order that one store takes whole there is one variable per store. For one that
may be divided: ``leg`` (the store serves some of it) and ``take`` per line, at most the
leg; ``served`` gives back the price of splitting that its first leg has paid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array

from .assign_bound import Prices
from .assign_problem import METRES, Problem

WHOLE = 1e-5  # how near to a whole number is whole


@dataclass
class Result:
    objective: float
    values: np.ndarray
    equal: np.ndarray  # prices of the rows, as HiGHS gives them
    upper: np.ndarray
    rows: _Rows


class _Rows:
    """The matrices under construction."""

    def __init__(self):
        self.costs: list[float] = []
        self.highest: list[float] = []
        self.columns: dict = {}
        self.equal: dict = {}
        self.upper: dict = {}
        self.limits: list[float] = []
        self.cells: dict[str, tuple[list, list, list]] = {
            "equal": ([], [], []),
            "upper": ([], [], []),
        }

    def column(self, key, cost, highest=np.inf) -> int:
        self.columns[key] = len(self.costs)
        self.costs.append(cost)
        self.highest.append(highest)
        return self.columns[key]

    def at_most(self, key, limit) -> None:
        self.upper[key] = len(self.limits)
        self.limits.append(limit)

    def put(self, kind, row, column, value) -> None:
        rows, columns, values = self.cells[kind]
        rows.append(row)
        columns.append(column)
        values.append(value)

    def matrix(self, kind):
        rows, columns, values = self.cells[kind]
        height = len(self.equal if kind == "equal" else self.upper)
        return csr_array((values, (rows, columns)), (height, len(self.costs)))


class Program:
    """Arcs come in by ``add``; ``solve`` builds and solves; ``price`` looks at the rest."""

    def __init__(self, problem: Problem):
        self.problem = problem
        self.arcs: list[set[int]] = [set() for _demand in problem.demands]
        self.of_share = {
            store: problem.shares_of(store) for store in range(len(problem.nodes))
        }
        self.floors = any(share.floor for share in problem.shares)

    def add(self, index: int, stores) -> None:
        self.arcs[index].update(stores)

    def keep(self, index: int, stores) -> None:
        self.arcs[index] = set(stores)

    def has(self, index: int, store: int) -> bool:
        return store in self.arcs[index]

    # Building

    def _build(self, more: float) -> _Rows:
        """``more``: by how much each limit is lifted, that of stock by far less."""
        rows, problem = _Rows(), self.problem
        for store, capacity in enumerate(problem.capacity):
            if capacity is not None:
                rows.at_most(("slot", store), capacity + more)
        for at, stock in problem.stock.items():
            rows.at_most(("stock", at), float(stock) + more / 100)
        for index, share in enumerate(problem.shares):
            self._add_share(rows, index, share)
        for index, demand in enumerate(problem.demands):
            if demand.whole:
                self._add_whole(rows, index, demand)
            else:
                self._add_divisible(rows, index, demand)
        return rows

    def _add_share(self, rows, index, share) -> None:
        price = self.problem.share / METRES
        if share.quota is not None:
            rows.at_most(("quota", index), share.quota)
            over = rows.column(("over", index), price)
            rows.put("upper", rows.upper["quota", index], over, -1)
        if share.floor:
            rows.at_most(("floor", index), -share.floor)
            short = rows.column(("short", index), price)
            rows.put("upper", rows.upper["floor", index], short, -1)

    def _add_whole(self, rows, index, demand) -> None:
        row = rows.equal[index, None] = len(rows.equal)
        nobody = self.problem.unassigned * len(demand.lines) / METRES
        rows.put("equal", row, rows.column(("nobody", index, None), nobody), 1)
        for store in sorted(self.arcs[index]):
            leg = rows.column(("leg", index, store), demand.cost[store] / METRES)
            rows.put("equal", row, leg, 1)
            self._use_store(rows, leg, store)
            for line in range(len(demand.lines)):
                self._use_stock(rows, leg, demand, store, line)

    def _add_divisible(self, rows, index, demand) -> None:
        split = self.problem.split / METRES
        nobody = self.problem.unassigned / METRES
        for line in range(len(demand.lines)):
            row = rows.equal[index, line] = len(rows.equal)
            rows.put("equal", row, rows.column(("nobody", index, line), nobody), 1)
        rows.at_most(("served", index), 0)
        first = rows.upper["served", index]
        rows.put("upper", first, rows.column(("served", index), -split, 1), 1)
        for store in sorted(self.arcs[index]):
            cost = demand.cost[store] / METRES + split
            leg = rows.column(("leg", index, store), cost, 1)
            rows.put("upper", first, leg, -1)
            self._use_store(rows, leg, store)
            if self.floors:
                rows.at_most(("some", index, store), 0)
                rows.put("upper", rows.upper["some", index, store], leg, 1)
            for line in demand.serves[store]:
                self._add_take(rows, index, demand, store, line, leg)

    def _add_take(self, rows, index, demand, store, line, leg) -> None:
        take = rows.column(("take", index, store, line), 0)
        rows.put("equal", rows.equal[index, line], take, 1)
        rows.at_most(("link", index, store, line), 0)
        link = rows.upper["link", index, store, line]
        rows.put("upper", link, take, 1)
        rows.put("upper", link, leg, -1)
        self._use_stock(rows, take, demand, store, line)
        if self.floors:
            rows.put("upper", rows.upper["some", index, store], take, -1)

    def _use_store(self, rows, leg, store) -> None:
        if ("slot", store) in rows.upper:
            rows.put("upper", rows.upper["slot", store], leg, 1)
        for share in self.of_share[store]:
            if ("quota", share) in rows.upper:
                rows.put("upper", rows.upper["quota", share], leg, 1)
            if ("floor", share) in rows.upper:
                rows.put("upper", rows.upper["floor", share], leg, -1)

    def _use_stock(self, rows, column, demand, store, line) -> None:
        row = rows.upper.get(("stock", (store, demand.lines[line].product)))
        if row is not None:
            # cells of one place add up
            rows.put("upper", row, column, float(demand.lines[line].quantity))

    # Solving

    def solve(self, more: float = 0.0) -> Result:
        rows = self._build(more)
        found = linprog(
            rows.costs,
            A_ub=rows.matrix("upper") if rows.upper else None,
            b_ub=rows.limits or None,
            A_eq=rows.matrix("equal"),
            b_eq=np.ones(len(rows.equal)),
            bounds=np.column_stack([np.zeros(len(rows.costs)), rows.highest]),
            method="highs-ds",
        )
        if found.status != 0:
            raise ArithmeticError(f"HiGHS: {found.message}")
        upper = found.ineqlin.marginals if rows.upper else np.zeros(0)
        return Result(found.fun, found.x, found.eqlin.marginals, upper, rows)

    def solve_whole(self, node_limit: int):
        """(choice or None, lower bound over the kept arcs or None)."""
        rows = self._build(0.0)
        limits = [LinearConstraint(rows.matrix("equal"), 1, 1)]
        if rows.upper:
            limits.append(LinearConstraint(rows.matrix("upper"), -np.inf, rows.limits))
        found = milp(
            rows.costs,
            constraints=limits,
            integrality=np.ones(len(rows.costs)),
            bounds=Bounds(0, rows.highest),
            options={"node_limit": node_limit, "mip_rel_gap": 0},
        )
        choice = None if found.x is None else self._choice(rows, found.x)
        return choice, found.mip_dual_bound

    def whole_choice(self, result: Result):
        """The choice if every variable is whole, else None."""
        if np.abs(result.values - np.round(result.values)).max(initial=0) > WHOLE:
            return None
        return self._choice(result.rows, result.values)

    def _choice(self, rows, values):
        legs: list[dict] = [{} for _demand in self.problem.demands]
        for key, column in rows.columns.items():
            if values[column] < 0.5:
                continue
            if key[0] == "leg" and self.problem.demands[key[1]].whole:
                lines = range(len(self.problem.demands[key[1]].lines))
                legs[key[1]][key[2]] = list(lines)
            elif key[0] == "take":
                legs[key[1]].setdefault(key[2], []).append(key[3])
        return [[(store, tuple(lines)) for store, lines in leg.items()] for leg in legs]

    # Prices

    def prices(self, result: Result) -> Prices:
        """In whole metres."""
        found = Prices()
        for key, row in result.rows.upper.items():
            price = round(-result.upper[row] * METRES)
            if key[0] == "slot":
                found.slots[key[1]] = price
            elif key[0] == "stock":
                found.stock[key[1]] = price
            elif key[0] in ("quota", "floor") and price:
                sign = 1 if key[0] == "quota" else -1
                found.shares[key[1]] = found.shares.get(key[1], 0) + sign * price
        return found

    def price(self, result: Result) -> list[dict[int, float]]:
        """Per order {store: what a leg there would cost above its worth}, for all arcs."""
        base = np.zeros(len(self.problem.nodes))
        upper, rows = result.upper, result.rows
        stock = {}
        for key, row in rows.upper.items():
            if key[0] == "slot":
                base[key[1]] -= upper[row]
            elif key[0] == "stock":
                stock[key[1]] = -upper[row]
            elif key[0] in ("quota", "floor"):
                sign = -1 if key[0] == "quota" else 1
                for store in self.problem.share_stores[key[1]]:
                    base[store] += sign * upper[row]
        return [
            self._price_order(index, demand, base, stock, result)
            for index, demand in enumerate(self.problem.demands)
        ]

    def _price_order(self, index, demand, base, stock, result) -> dict[int, float]:
        def line_cost(store, line):
            goods = demand.lines[line]
            worth = stock.get((store, goods.product))
            return worth * float(goods.quantity) if worth else 0.0

        if demand.whole:
            worth = result.equal[result.rows.equal[index, None]]
            lines = range(len(demand.lines))
            return {
                store: cost / METRES
                + base[store]
                + sum(line_cost(store, line) for line in lines)
                - worth
                for store, cost in demand.cost.items()
            }
        leg = self.problem.split / METRES
        leg += result.upper[result.rows.upper["served", index]]
        worths = [
            result.equal[result.rows.equal[index, line]]
            for line in range(len(demand.lines))
        ]
        found = {}
        for store, cost in demand.cost.items():
            parts = [
                line_cost(store, line) - worths[line] for line in demand.serves[store]
            ]
            gain = sum(min(0.0, part) for part in parts)
            # a leg takes one line at least
            found[store] = cost / METRES + base[store] + leg + (gain or min(parts))
        return found

"""Minimum-cost flow against instances whose optimum is published.

The instances are those of NetworkX's own tests (BSD-3), read where it is installed."""

import bz2
import pickle
from pathlib import Path

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.flow import Network, min_cost_flow

INSTANCES = Path(networkx.__file__).parent / "algorithms/flow/tests"


def solve(graph):
    arcs = [
        (tail, head, values.get("capacity"), values.get("weight", 0))
        for tail, head, values in graph.edges(data=True)
    ]
    supplies = {
        node: -values.get("demand", 0) for node, values in graph.nodes(data=True)
    }
    cost, flows = min_cost_flow(arcs, supplies)
    for (tail, head, capacity, _cost), flow in zip(arcs, flows, strict=True):
        assert 0 <= flow <= (flow if capacity is None else capacity), (tail, head)
    for node, supply in supplies.items():
        out = sum(f for arc, f in zip(arcs, flows, strict=True) if arc[0] == node)
        into = sum(f for arc, f in zip(arcs, flows, strict=True) if arc[1] == node)
        assert out - into == supply
    assert cost == sum(f * arc[3] for arc, f in zip(arcs, flows, strict=True))
    return cost


def test_netgen_2_has_the_published_optimum():
    with bz2.BZ2File(INSTANCES / "netgen-2.gpickle.bz2") as file:
        graph = pickle.load(file)  # part of the installed wheel
    assert len(graph) == 400
    assert solve(graph) == 6749969302


def test_textbook_transport():
    graph = networkx.DiGraph()
    graph.add_node("a", demand=-5)
    graph.add_node("d", demand=5)
    for tail, head, weight, capacity in (
        ("a", "b", 3, 4),
        ("a", "c", 6, 10),
        ("b", "d", 1, 9),
        ("c", "d", 2, 5),
    ):
        graph.add_edge(tail, head, weight=weight, capacity=capacity)
    assert solve(graph) == 24


def test_negative_costs():
    """From Y. Dinitz' lecture notes, by way of NetworkX."""
    graph = networkx.DiGraph()
    graph.add_node("s", demand=-2)
    graph.add_node("t", demand=2)
    for tail, head, weight, capacity in (
        ("s", "a", 2, 1),
        ("s", "b", 1, 1),
        ("a", "t", -3, 1),
        ("b", "a", -1, 2),
        ("b", "t", 4, 1),
    ):
        graph.add_edge(tail, head, weight=weight, capacity=capacity)
    assert solve(graph) == networkx.min_cost_flow_cost(graph) == 4


def test_a_big_assignment():
    workers, jobs = ["A", "B", "C"], [1, 2, 3]
    table = {"A": (7, 4, 9), "B": (6, 8, 5), "C": (3, 6, 7)}
    arcs = [(w, j, 1, table[w][j - 1]) for w in workers for j in jobs]
    cost, _flows = min_cost_flow(arcs, {"A": 1, "B": 1, "C": 1, 1: -1, 2: -1, 3: -1})
    assert cost == 4 + 5 + 3


def test_what_cannot_be_sent_is_refused():
    with pytest.raises(ValueError, match="can't be met"):
        min_cost_flow([("a", "b", 1, 1)], {"a": 2, "b": -2})
    with pytest.raises(ValueError, match="add up"):
        min_cost_flow([], {"a": 1})
    with pytest.raises(ValueError, match="negative"):
        min_cost_flow([("a", "b", None, -1)], {"a": 1, "b": -1})
    with pytest.raises(ValueError, match="capacity"):
        Network().arc("a", "b", 1, -1)


@st.composite
def graphs(draw):
    number = draw(st.integers(3, 7))
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(number))
    for tail in range(number):
        for head in range(number):
            if tail != head and draw(st.booleans()):
                weight = draw(st.integers(-3, 9))
                graph.add_edge(
                    tail, head, weight=weight, capacity=draw(st.integers(0, 6))
                )
    amount = draw(st.integers(0, 6))
    graph.nodes[0]["demand"] = -amount
    graph.nodes[number - 1]["demand"] = amount
    return graph


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_any_small_network_agrees_with_networkx(graph):
    try:
        expected = networkx.min_cost_flow_cost(graph)
    except networkx.NetworkXUnfeasible:
        with pytest.raises(ValueError):
            solve(graph)
    else:
        assert solve(graph) == expected

"""Headquarters looks at a routing decision, in a browser."""

import pytest

from .support.browser import PHONE
from .support.pictures import picture

DECISIONS = "/odoo/action-o2o_channel.o2o_routing_decision_action"


@pytest.fixture
def decision(rpc):
    """Return the last decision for one store, with a table of all its candidates."""
    hq = rpc("hq", "demo")
    domain = [["outcome", "=", "single"], ["eligible_count", ">", 1]]
    fields = ["chosen", "order_id", "leg_ids", "eligible_count"]
    return hq("o2o.routing.decision", "search_read", domain, fields, limit=1)[0]


def distance_of_marks(page):
    """Return how near the middle of a store's mark comes to the customer's, on the map."""
    return page.locator(".o_o2o_map svg").evaluate(
        """svg => {
            const move = svg.querySelector(".o_o2o_customer").transform.baseVal[0].matrix;
            const marks = [...svg.querySelectorAll("g > circle:not(.o_o2o_ring)")];
            return Math.min(...marks.map(mark => Math.hypot(
                mark.cx.baseVal.value - move.e, mark.cy.baseVal.value - move.f)));
        }"""
    )


def test_the_picture_compares_the_stores_and_says_it_in_words(visit, decision):
    page = visit("hq", "demo").open(
        f"{DECISIONS}/{decision['id']}", ".o_o2o_route_picture svg"
    )
    bars = page.locator(".o_o2o_bars li")
    assert bars.count() == min(6, decision["eligible_count"])
    first = bars.first.inner_text()
    assert first.startswith("1") and "asked" in first and "km" in first
    assert "Nearness 0." in bars.first.locator(".visually-hidden").inner_text()
    widths = bars.first.locator(".o_o2o_bar span").evaluate_all(
        "spans => spans.map(span => span.getBoundingClientRect().width)"
    )
    assert len(widths) >= 3 and all(width > 0 for width in widths)
    label = page.locator(".o_o2o_map svg").get_attribute("aria-label")
    assert "around the customer" in label
    assert page.locator(".o_o2o_asked title").count() == 1
    assert distance_of_marks(page) >= 16  # the customer is seen beside every store
    picture(page, "decision")
    page.click("button[name=action_rerun]")
    told = page.locator(".o_notification").inner_text()
    assert "Same store, same figures, byte for byte." in told


def test_why_not_is_answered_on_a_phone(visit, decision):
    visitor = visit("hq", "demo", viewport=PHONE)
    page = visitor.open(f"/odoo/o2o.dispatch/{decision['leg_ids'][0]}", ".o_notebook")
    page.click(".o_notebook a[name=candidates]")
    page.wait_for_selector(".o_o2o_route_picture svg")
    assert visitor.overflow() == 0
    page.click("button[name=action_why]")
    page.click(".modal [name=warehouse_id] input")
    page.click(".o_kanban_record:has-text('B1-01')")
    page.wait_for_selector(".modal [name=answer] p")
    answer = page.locator(".modal [name=answer]").inner_text()
    assert "was not chosen. The dealer does not cover the region." in answer
    picture(page, "why-not")

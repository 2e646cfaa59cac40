"""Headquarters looks at an order's route and split, in a browser."""

import pytest

from dev import story

from .support.pictures import picture

ORDERS = "/odoo/action-o2o_channel.sale_order_o2o_action"


@pytest.fixture
def order(server, rpc):
    """Return the id of an order that has gone the whole way."""
    hq = rpc("hq", "demo")
    told = [["o2o_external_ref", "=like", "T-%"], ["invoice_ids", "!=", False]]
    if not hq("sale.order", "search_count", told):
        assert story.main(server.base_url, server.database) == 0
    return hq("sale.order", "search", told, limit=1)[0]


def open_order(visitor, order):
    page = visitor.open(f"{ORDERS}/{order}", wait_for=".o_form_view .o_notebook")
    return page


def test_headquarters_reads_route_and_split_of_an_order(visit, order):
    visitor = visit("hq", "demo")
    page = open_order(visitor, order)
    page.click(".o_notebook a[name=o2o]")
    leg = page.locator("[name=dispatch_ids] .o_data_row")
    assert "锦江电器" in leg.inner_text()
    assert "Delivered" in leg.inner_text()
    picture(page, "order-route")
    page.click(".o_notebook a[name=o2o_split]")
    shares = page.locator("[name=o2o_split_line_ids] .o_data_row [name=amount]")
    page.wait_for_selector("[name=o2o_split_line_ids] .o_data_row")
    found = [text.replace("\xa0", " ") for text in shares.all_inner_texts()]
    assert found == ["¥ 820.00", "¥ 60.00", "¥ 20.00", "¥ 30.00", "¥ 70.00"]
    picture(page, "order-split")


def test_headquarters_reads_why_a_store_was_chosen(visit, order, rpc):
    [leg] = rpc("hq", "demo")("o2o.dispatch", "search", [["order_id", "=", order]])
    page = visit("hq", "demo").open(f"/odoo/o2o.dispatch/{leg}", ".o_notebook")
    page.click(".o_notebook a[name=candidates]")
    rows = page.locator("[name=candidate_ids] .o_data_row")
    page.wait_for_selector("[name=candidate_ids] .o_data_row")
    reasons = rows.all_inner_texts()
    assert len(reasons) == 8
    assert "Can serve it" in reasons[0]
    assert any("does not cover the region" in text for text in reasons)
    assert any("reports no stock" in text for text in reasons)
    picture(page, "leg-candidates")


def test_accounting_reads_the_statements(visit, order):
    page = visit("accountant", "demo").open(
        "/odoo/action-o2o_channel.o2o_settlement_action", ".o_list_view .o_data_row"
    )
    assert "ST/" in page.locator(".o_data_row").first.inner_text()
    picture(page, "statements")


def test_the_screens_open_without_an_error(visit):
    """Each entry of the channel's menu, as headquarters sees it."""
    visitor = visit("hq", "demo")
    page = visitor.open("/odoo", ".o_main_navbar")
    menus = page.evaluate(
        "fetch('/web/webclient/load_menus').then(answer => answer.json())"
    )
    root = next(
        m for m in menus.values() if m.get("xmlid") == "o2o_channel.o2o_menu_root"
    )
    todo, actions = list(root["children"]), []
    while todo:
        menu = menus[str(todo.pop())]
        todo += menu["children"]
        if menu["actionID"]:
            actions.append(menu["actionID"])
    assert len(actions) >= 8
    for action in actions:
        page.goto(f"/odoo/action-{action}")
        page.wait_for_selector(
            ".o_action_manager .o_control_panel, .modal .o_form_view"  # some are dialogs
        )
        assert page.locator(".o_error_dialog").count() == 0, f"action {action}"

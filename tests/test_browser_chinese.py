"""The same screens for who reads Chinese."""

import re

import pytest

from .support.browser import PHONE
from .support.pictures import picture
from .test_browser_order import open_order, order  # noqa: F401  a fixture

LATIN = re.compile(r"[A-Za-z]{4,}")


@pytest.fixture
def chinese(rpc):
    """Switch a user to Chinese for the test."""
    admin, changed = rpc("admin", "admin"), []

    def switch(login):
        [user] = admin("res.users", "search", [["login", "=", login]])
        admin("res.users", "write", [user], {"lang": "zh_CN"})
        changed.append(user)

    yield switch
    admin("res.users", "write", changed, {"lang": "en_US"})


def test_headquarters_reads_the_split_in_chinese(visit, chinese, order):  # noqa: F811
    chinese("hq")
    page = open_order(visit("hq", "demo", language="zh-CN"), order)
    page.click(".o_notebook a[name=o2o_split]")
    page.wait_for_selector("[name=o2o_split_line_ids] .o_data_row")
    roles = page.locator("[name=o2o_split_line_ids] .o_data_row [name=role]")
    assert roles.all_inner_texts() == [
        "履约经销商",
        "来源经销商",
        "区域一级经销商",
        "导购",
        "总部",
    ]
    picture(page, "order-split-zh")


def test_a_dealer_accepts_in_chinese_on_a_phone(visit, chinese):
    chinese("c2")
    visitor = visit("c2", "demo", viewport=PHONE, language="zh-CN")
    page = visitor.open("/my/o2o/dispatches", ".list-group")
    assert visitor.overflow() == 0
    tabs = page.locator(".nav-tabs").inner_text()
    assert not LATIN.search(tabs), f"not translated: {tabs}"
    picture(page, "dealer-offers-phone-zh")
    page.locator(".list-group a").first.click()
    with page.expect_navigation():
        page.click("text=接单")
    assert visitor.overflow() == 0
    assert "已接单" in page.inner_text("main")

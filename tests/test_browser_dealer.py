"""A dealer serves an order on a phone's screen, 390 pixels wide."""

import re

from .support.browser import PHONE
from .support.pictures import picture

OFFERS = "/my/o2o/dispatches"


def first_offer(page):
    return page.locator(f".list-group a[href*='{OFFERS}/']").first


def test_a_dealer_accepts_on_a_phone(visit, rpc):
    visitor = visit("c2", "demo", viewport=PHONE)
    page = visitor.open(OFFERS, ".list-group")
    assert visitor.overflow() == 0
    picture(page, "dealer-offers-phone")
    first_offer(page).click()
    page.wait_for_selector("text=Accept")
    assert re.search(r"\w\*\*", page.inner_text("dl")), "the name is masked"
    assert "红星路" not in page.inner_text("main")
    assert visitor.overflow() == 0
    picture(page, "dealer-offer-phone")
    leg = int(page.url.rsplit("/", 1)[1])
    with page.expect_navigation():
        page.click("form[action$='/accept'] button")
    assert visitor.overflow() == 0
    assert "**" not in page.inner_text("dl"), "who accepted sees the customer"
    assert page.locator("a[href^='tel:']").count() == 1
    picture(page, "dealer-accepted-phone")
    [state] = rpc("hq", "demo")("o2o.dispatch", "read", [leg], ["state"])
    assert state["state"] == "accepted"


def test_a_dealer_turns_an_offer_down_on_a_phone(visit, rpc):
    page = visit("s1", "demo", viewport=PHONE).open(OFFERS, ".list-group")
    first_offer(page).click()
    page.wait_for_selector("form[action$='/accept']")
    leg = int(page.url.rsplit("/", 1)[1])
    page.click("text=Reject …")
    form = page.locator("form[action$='/reject']")
    form.locator("select[name=reason]").select_option(index=1)
    form.locator("input[name=note]").fill("Sold this morning")
    with page.expect_navigation():
        form.locator("button").last.click()
    [state] = rpc("hq", "demo")("o2o.dispatch", "read", [leg], ["state"])
    assert state["state"] == "rejected"


def test_a_dealer_finds_no_other_dealers_offer(visit, rpc):
    offers = rpc("hq", "demo")(
        "o2o.dispatch",
        "search",
        [["dealer_id.dealer_code", "=", "B1"], ["state", "=", "offered"]],
    )
    visitor = visit("c2", "demo", viewport=PHONE)
    for offer in offers:
        assert visitor.page.request.get(f"{OFFERS}/{offer}").status == 404
    assert offers


def test_a_dealer_reads_its_statements_on_a_phone(visit):
    visitor = visit("c2", "demo", viewport=PHONE)
    page = visitor.open("/my/o2o/statements", ".list-group")
    assert visitor.overflow() == 0
    page.locator(".list-group a").first.click()
    page.wait_for_selector("text=ST/")
    assert visitor.overflow() == 0
    text = page.inner_text("main")
    assert "浦江" not in text
    assert "朝阳" not in text
    picture(page, "dealer-statement-phone")

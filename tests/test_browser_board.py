"""The dealer's board on a phone keeps itself up to date."""

from .support.browser import PHONE
from .support.pictures import picture

OFFERS = "/my/o2o/dispatches"


def own_offers(rpc, code):
    return rpc("hq", "demo")(
        "o2o.dispatch",
        "search",
        [["dealer_id.dealer_code", "=", code], ["state", "=", "offered"]],
    )


def test_the_board_follows_without_a_reload(visit, rpc):
    page = visit("c2", "demo", viewport=PHONE).open(OFFERS, "#o2o_board_list a")
    count = int(page.inner_text("[data-tab=new]"))
    assert page.title().startswith(f"({count})")
    page.evaluate("window.sameDocument = true")
    page.check(".o_o2o_board_sound")
    page.fill("input[name=search]", "typed")
    rpc("hq", "demo")("o2o.dispatch", "action_accept", own_offers(rpc, "C2")[:1])
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_function(f"document.title.startsWith('({count - 1})')")
    assert page.inner_text("[data-tab=new]") == str(count - 1)
    page.wait_for_function(
        "n => document.querySelectorAll('#o2o_board_list a').length === n",
        arg=count - 1,
    )
    assert page.evaluate("window.sameDocument"), "exchanged in place"
    assert page.input_value("input[name=search]") == "typed"
    page.reload()
    # the browser remembers the switch
    page.wait_for_function("document.querySelector('.o_o2o_board_sound').checked")


def test_a_dealer_pauses_a_store_on_a_phone(visit, rpc):
    visitor = visit("s1", "demo", viewport=PHONE)
    page = visitor.open("/my/o2o/store", "text=My store")
    assert visitor.overflow() == 0
    picture(page, "dealer-store-phone")
    page.locator("summary").first.click()
    page.locator("input[name=reason]").first.fill("Stocktaking")
    with page.expect_navigation():
        page.locator("form[action$='/pause'] button").first.click()
    assert "Stocktaking" in page.inner_text("main")
    stores = rpc("hq", "demo")(
        "stock.warehouse", "search_count", [["o2o_is_paused", "=", True]]
    )
    assert stores == 1
    with page.expect_navigation():
        page.locator("form[action$='/resume'] button").first.click()
    assert "takes orders again" in page.inner_text("[role=status]")

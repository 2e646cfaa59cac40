from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .settlement_portal import O2oStatementPortal

URL = "/my/o2o/deposit"
ITEMS_PER_PAGE = 40


class O2oDepositPortal(O2oStatementPortal):
    """A dealer's own deposit: what is agreed, what is held, and how it came about."""

    def _o2o_balance_values(self):
        """Override: the deposit, where there is or should be one."""
        return super()._o2o_balance_values() | {
            "deposit": self._o2o_deposit_values()
            if self._o2o_find_dealer()
            else {"shown": False}
        }

    def _o2o_deposit_values(self):
        dealer, company = self._o2o_dealer_or_404(), request.env.company
        held = dealer._o2o_deposits_held(company).get(dealer.id, 0.0)
        missing = dealer._o2o_deposits_missing(company)[dealer.id]
        return {
            "url": URL,
            "currency": company.currency_id,
            "agreed": dealer.dealer_deposit,
            "held": held,
            "missing": missing,
            "top_up": dealer.o2o_deposit_top_up,
            "percent": dealer.o2o_deposit_top_up_percent,
            "shown": bool(dealer.dealer_deposit or held),
        }

    @http.route([URL, f"{URL}/page/<int:page>"], type="http", auth="user", website=True)
    def o2o_deposit(self, page=1, **_kwargs):
        dealer, company = self._o2o_dealer_or_404(), request.env.company
        # sudoed as the dealer is: only the dealer's own items of the deposit's account
        items = dealer._o2o_deposit_items(company)
        pager = portal_pager(URL, len(items), page, step=ITEMS_PER_PAGE)
        start = pager["offset"]
        return self._o2o_render(
            "o2o_channel.portal_deposit",
            "o2o_statements",
            pager=pager,
            statement=self._o2o_deposit_values(),
            items=[
                {"date": item.date, "name": item.name, "amount": -item.balance}
                for item in items[start : start + ITEMS_PER_PAGE]
            ],
        )

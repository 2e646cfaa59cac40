from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .network_portal import O2oPortal

URL = "/my/o2o/commissions"
LINES_PER_PAGE = 40
MONTHS = 6


class O2oCommissionPortal(O2oPortal):
    """A guide sees the own commission, whoever is paid it."""

    @http.route([URL, f"{URL}/page/<int:page>"], type="http", auth="user", website=True)
    def o2o_commissions(self, page=1, **_kwargs):
        guides = self._o2o_own_guides()
        if not guides:
            raise NotFound()
        # sudo: guides have no rights on shares; these are the own ones of the own orders
        lines = request.env["o2o.split.line"].sudo()
        domain = [("role", "=", "guide"), ("order_id.o2o_guide_id", "in", guides.ids)]
        domain += [("moved_from", "=", False)]
        pager = portal_pager(URL, lines.search_count(domain), page, step=LINES_PER_PAGE)
        found = lines.search(
            domain,
            limit=LINES_PER_PAGE,
            offset=pager["offset"],
            order="date desc, id desc",
        )
        return self._o2o_render(
            "o2o_channel.portal_commissions",
            "o2o_commissions",
            outsiders=True,
            **self._o2o_person_values(),
            pager=pager,
            months=self._o2o_commission_months(lines, domain),
            lines=[self._o2o_commission_values(line) for line in found],
            through_dealer=guides.filtered(
                lambda guide: guide.payee_policy == "store"
            ).dealer_id.mapped("name"),
        )

    def _prepare_home_portal_values(self, counters):
        """Override of portal: the home page shows guides their card."""
        values = super()._prepare_home_portal_values(counters)
        if not counters:
            values |= self._o2o_person_values()
        return values

    def _o2o_person_values(self):
        """Return what decides which tabs and cards a person gets who isn't a dealer."""
        return {"o2o_is_guide": bool(self._o2o_own_guides())}

    def _o2o_own_guides(self):
        """Return the sudoed guide records of the person who looks, archived ones too."""
        # sudo: guides have no rights on guide records; these are the own ones
        guides = request.env["o2o.guide"].sudo().with_context(active_test=False)
        return guides.search([("partner_id", "=", request.env.user.partner_id.id)])

    def _o2o_commission_months(self, lines, domain):
        groups = lines._read_group(
            domain,
            ["date:month", "currency_id"],
            ["amount:sum"],
            order="date:month desc",
        )
        return [
            {"month": month, "currency": currency, "amount": amount}
            for month, currency, amount in groups[:MONTHS]
        ]

    def _o2o_commission_values(self, line):
        states = {
            "pending": request.env._("Return window until %s", line.release_date),
            "released": request.env._("Goes onto the next statement"),
            "stated": request.env._("On a statement"),
            "passed": request.env._("Passed on by the dealer that sold the goods"),
        }
        if line.billed:
            states["stated"] = request.env._("Settled")
        return {
            "order": line.order_id.name,
            "why_url": f"/my/o2o/shares/{line.id}",
            "date": line.date,
            "amount": line.amount,
            "currency": line.currency_id,
            "is_return": line.kind == "reversal",
            "state": states.get(line.state, ""),
        }

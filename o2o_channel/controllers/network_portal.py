from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

NOTICE_KEY = "o2o_portal_notice"


class O2oPortal(CustomerPortal):
    """What every page of the dealer portal shares: who the dealer is, and the frame.

    Dealers have no rights on the channel's models. Pages read through ``sudo`` after
    asking ``_o2o_dealer_or_404``, search by that dealer only, and hand templates the
    values they show.
    """

    def _o2o_find_dealer(self):
        """The user's dealer, sudoed; empty for others and for dealers in draft."""
        # sudo: the user's own dealer, whose values the pages show selectively
        dealer = request.env.user.partner_id._o2o_dealer().sudo()
        return dealer.filtered(lambda one: one.dealer_state not in (False, "draft"))

    def _o2o_dealer_or_404(self):
        dealer = self._o2o_find_dealer()
        if not dealer:
            raise NotFound()
        return dealer

    def _o2o_render(self, template, page_name, *, outsiders=False, **values):
        """Render a page in the portal's frame; ``page_name`` marks the open tab.

        :param outsiders: the page is for persons who belong to no dealer too; the caller
            has checked what they may see
        """
        dealer = self._o2o_find_dealer() if outsiders else self._o2o_dealer_or_404()
        return request.render(
            template,
            {
                **self._prepare_portal_layout_values(),
                "page_name": page_name,
                "o2o_dealer": dealer,
                "o2o_outside": not dealer,
                "o2o_notice": request.session.pop(NOTICE_KEY, None),
                **values,
            },
        )

    def _o2o_redirect(self, url, notice=None, level="success"):
        """Go to ``url`` and say there what happened (``level`` of Bootstrap)."""
        if notice:
            request.session[NOTICE_KEY] = {"text": notice, "level": level}
        return request.redirect(url)

    def _o2o_text(self, value, limit):
        """What was typed, without control characters, which no column takes."""
        kept = (char for char in value or "" if char.isprintable())
        return "".join(kept)[:limit]

    def _prepare_home_portal_values(self, counters):
        """Override of portal: the home page shows dealers their cards."""
        values = super()._prepare_home_portal_values(counters)
        if not counters:
            values["o2o_is_dealer"] = bool(self._o2o_find_dealer())
        return values

    @http.route("/my/o2o", type="http", auth="user", website=True)
    def o2o_home(self, **_kwargs):
        dealer = self._o2o_dealer_or_404()
        lines = dealer.dealer_coverage_ids.filtered(lambda line: line._is_current())
        return self._o2o_render("o2o_channel.portal_home", "o2o_home", coverage=lines)

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from ..models.routing.o2o_dispatch import OPENED_STATES
from .routing_portal import URL, O2oDispatchPortal


class O2oSlipPortal(O2oDispatchPortal):
    """The paper that travels with the goods: what, from where, to whom; no prices."""

    @http.route(f"{URL}/<int:leg_id>/slip", type="http", auth="user", website=True)
    def o2o_dispatch_slip(self, leg_id, **_kwargs):
        leg = self._get_leg(leg_id)
        if leg.state not in OPENED_STATES:
            raise NotFound()
        return request.render(
            "o2o_channel.portal_slip",
            {
                "title": leg.name,
                "leg": self._dispatch_values(leg),
                "lines": [self._slip_line(line) for line in leg.line_ids],
            },
        )

    def _slip_line(self, line):
        product = line.product_id
        return {
            **self._line_values(line),
            "sku": product.default_code or "",
            "title": product.with_context(display_default_code=False).display_name,
        }

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from .split_commission import O2oCommissionPortal

URL = "/my/o2o/shares"


class O2oSharePortal(O2oCommissionPortal):
    """A dealer or guide sees how an own share came about, and nobody else's."""

    @http.route(f"{URL}/<int:line_id>", type="http", auth="user", website=True)
    def o2o_share(self, line_id, **_kwargs):
        # sudo: outsiders have no rights on shares; whose it is, is checked below
        line = request.env["o2o.split.line"].sudo().browse(line_id).exists()
        if not line or not self._o2o_is_own_share(line):
            raise NotFound()
        return request.render(
            "o2o_channel.portal_share",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "o2o_share",
                "o2o_outside": not self._o2o_find_dealer(),
                "o2o_back": self._o2o_share_back(line),
                "why": line._why(own_only=True),
            },
        )

    def _o2o_share_back(self, line):
        """Return the page that leads to the share: its statement, or the commissions."""
        statement = line.statement_id
        sent = statement.state not in (False, "draft", "cancelled")
        if sent and statement.partner_id in self._o2o_own_payees():
            return {
                "url": f"/my/o2o/statements/{statement.id}",
                "label": statement.name,
            }
        if self._o2o_own_guides():
            return {
                "url": "/my/o2o/commissions",
                "label": request.env._("My commissions"),
            }
        return None

    def _o2o_own_payees(self):
        return request.env.user.partner_id | self._o2o_find_dealer()

    def _o2o_is_own_share(self, line):
        """Tell whether the share is paid to the one who looks, or earned by that guide."""
        if line.role != "hq" and line.partner_id in self._o2o_own_payees():
            return True
        return (
            line.role == "guide"
            and not line.moved_from
            and line.order_id.o2o_guide_id in self._o2o_own_guides()
        )

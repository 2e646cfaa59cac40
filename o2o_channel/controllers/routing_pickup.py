from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request

from ..engine.privacy import mask_name, mask_phone
from ..models.routing.o2o_dispatch_pickup import PICKUP_URL
from .routing_portal import O2oDispatchPortal

LIST_SIZE = 50


class O2oPickupPortal(O2oDispatchPortal):
    """A clerk hands goods over: scans the customer's QR code, or types a code.

    The address in the QR code opens for the store's own dealer only; for everybody
    else it does not exist, and it is used up once the goods are handed over."""

    @http.route(PICKUP_URL, type="http", auth="user", website=True)
    def o2o_pickups(self, scan="", **_kwargs):
        """What waits for customers, and the camera."""
        dealer = self._o2o_dealer_or_404()
        scan = self._o2o_text(scan, 200).strip()
        if PICKUP_URL in scan:
            return request.redirect(f"{PICKUP_URL}/{scan.rsplit('/', 1)[1]}")
        # sudo: dealers have no rights on legs; the domain lets their own through
        legs = request.env["o2o.dispatch"].sudo()
        domain = legs._get_dealer_domain(dealer) & Domain("state", "=", "ready")
        waiting = legs.search(domain, order="ready_at, id", limit=LIST_SIZE)
        found = waiting.filtered(lambda leg: self._pickup_matches(leg, scan))
        if scan and len(found) == 1:
            return request.redirect(f"/my/o2o/dispatches/{found.id}")
        return self._o2o_render(
            "o2o_channel.portal_pickups",
            "o2o_dispatches",
            waiting=[self._waiting_values(leg) for leg in found],
            scan=scan,
        )

    def _pickup_matches(self, leg, text):
        """A part of the number, or the end of the customer's phone number."""
        digits = "".join(char for char in self._pickup_phone(leg) if char.isdigit())
        return text.lower() in leg.name.lower() or (
            len(text) >= 4 and text.isdecimal() and digits.endswith(text)
        )

    def _pickup_phone(self, leg):
        order = leg.order_id
        return order.o2o_consumer_phone or order.partner_shipping_id.phone or ""

    def _waiting_values(self, leg):
        return {
            "url": f"/my/o2o/dispatches/{leg.id}",
            "name": leg.name,
            "store": leg.warehouse_id.name,
            "consumer": mask_name(leg.order_id.partner_shipping_id.name or ""),
            "phone": mask_phone(self._pickup_phone(leg)),
            "goods": leg.goods,
            "until": leg.pickup_until and leg._local_time(leg.pickup_until),
        }

    def _get_by_token(self, token):
        """The dealer's own leg of this QR code; anybody else's does not exist."""
        dealer = self._o2o_dealer_or_404()
        # sudo: dealers have no rights on legs; the domain lets their own through
        legs = request.env["o2o.dispatch"].sudo()
        leg = legs._find_by_pickup_token(
            self._o2o_text(token, 100), legs._get_dealer_domain(dealer)
        )
        if not leg:
            raise NotFound()
        return leg

    @http.route(f"{PICKUP_URL}/<string:token>", type="http", auth="user", website=True)
    def o2o_pickup(self, token, **_kwargs):
        """What the clerk checks before handing over. Looking uses nothing up."""
        leg = self._get_by_token(token)
        return self._o2o_render(
            "o2o_channel.portal_pickup",
            "o2o_dispatches",
            leg=self._waiting_values(leg),
            lines=[self._line_values(line) for line in leg.line_ids],
            serials=self._serial_values(leg),
            problem=leg._get_pickup_problem(),
            action=f"{PICKUP_URL}/{self._o2o_text(token, 100)}/hand",
        )

    @http.route(
        f"{PICKUP_URL}/<string:token>/hand",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def o2o_pickup_hand(self, token, **form):
        leg = self._get_by_token(token)
        try:
            with request.env.cr.savepoint():
                serials = leg._read_serial_form(form)
                checked = leg._for_action().with_context(o2o_serials=serials)
                problem = checked._try_pickup_token(token)
        except UserError as error:
            problem = error.args[0]
        if problem:
            return self._o2o_redirect(f"/my/o2o/dispatches/{leg.id}", problem, "danger")
        return self._o2o_redirect(
            f"/my/o2o/dispatches/{leg.id}",
            request.env._("The QR code is right. Hand the goods over."),
        )

from math import ceil

from werkzeug.exceptions import NotFound

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools.image import image_data_uri

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..engine.privacy import mask_name
from ..models.routing.o2o_dispatch import ENDED_STATES, OPENED_STATES, UNDER_WAY_STATES
from .network_portal import O2oPortal

URL = "/my/o2o/dispatches"
PAGE_SIZE = 20
TABS = {
    "new": ("offered",),
    "progress": UNDER_WAY_STATES,
    "done": ("delivered", *ENDED_STATES),
}
ACTIONS = ("accept", "reject", "pick", "ship", "ready", "pickup", "deliver", "hand")


class O2oDispatchPortal(O2oPortal):
    """A dealer's people serve their legs on a phone.

    The pages get plain values, never records: what is not in `_leg_values` can't be
    shown by mistake."""

    def _prepare_home_portal_values(self, counters):
        """Override of portal: how many offers wait for an answer."""
        values = super()._prepare_home_portal_values(counters)
        if "o2o_offer_count" in counters:
            dealer = self._o2o_find_dealer()
            values["o2o_offer_count"] = self._count(dealer, "new") if dealer else 0
        return values

    # Reading

    def _search_domain(self, dealer, tab):
        # sudo in the callers: dealers have no rights on legs; this domain is the door
        legs = request.env["o2o.dispatch"]
        return legs._get_dealer_domain(dealer) & Domain("state", "in", TABS[tab])

    def _count(self, dealer, tab):
        # sudo: see _search_domain
        return (
            request.env["o2o.dispatch"]
            .sudo()
            .search_count(self._search_domain(dealer, tab))
        )

    @http.route([URL, f"{URL}/page/<int:page>"], type="http", auth="user", website=True)
    def o2o_dispatches(self, page=1, tab="new", **_kwargs):
        dealer = self._o2o_dealer_or_404()
        tab = tab if tab in TABS else "new"
        counts = {name: self._count(dealer, name) for name in TABS}
        pager = portal_pager(
            url=URL, total=counts[tab], page=page, step=PAGE_SIZE, url_args={"tab": tab}
        )
        # sudo: see _search_domain
        legs = (
            request.env["o2o.dispatch"]
            .sudo()
            .search(
                self._search_domain(dealer, tab),
                limit=PAGE_SIZE,
                offset=pager["offset"],
                order="deadline, id" if tab == "new" else "id desc",
            )
        )
        return self._o2o_render(
            "o2o_channel.portal_dispatches",
            "o2o_dispatches",
            legs=[self._leg_values(leg) for leg in legs],
            tab=tab,
            counts=counts,
            pager=pager,
        )

    def _get_leg(self, leg_id):
        """The dealer's own leg, sudoed; anybody else's does not exist."""
        dealer = self._o2o_dealer_or_404()
        # sudo: dealers have no rights on legs; the domain lets their own through
        legs = request.env["o2o.dispatch"].sudo()
        leg = legs.search(legs._get_dealer_domain(dealer) & Domain("id", "=", leg_id))
        if not leg:
            raise NotFound()
        return leg

    @http.route(f"{URL}/<int:leg_id>", type="http", auth="user", website=True)
    def o2o_dispatch(self, leg_id, **_kwargs):
        leg = self._get_leg(leg_id)
        reasons = request.env["o2o.reject.reason"].sudo().search([])
        return self._o2o_render(
            "o2o_channel.portal_dispatch",
            "o2o_dispatches",
            leg=self._leg_values(leg),
            lines=[self._line_values(line) for line in leg.line_ids],
            history=[self._event_values(event) for event in self._own_events(leg)],
            reasons=[(reason.id, reason.name) for reason in reasons],
        )

    def _leg_values(self, leg):
        """What the pages show of a leg; the consumer only once it is accepted."""
        left = leg.deadline and (leg.deadline - fields.Datetime.now()).total_seconds()
        labels = dict(leg._fields["state"]._description_selection(request.env))
        return {
            "id": leg.id,
            "url": f"{URL}/{leg.id}",
            "name": leg.name,
            "state": leg.state,
            "state_label": labels[leg.state],
            "pickup": leg.delivery_mode == "pickup",
            "store": leg.warehouse_id.name,
            "area": leg.region_id.display_name or "",
            "goods": ", ".join(
                f"{line.quantity:g} × {line.product_id.display_name}"
                for line in leg.line_ids
            ),
            "until": leg.deadline and leg._local_time(leg.deadline),
            "seconds_left": ceil(left) if left and left > 0 else 0,
            "tracking_ref": leg.tracking_ref,
            "reject": leg.reject_reason_id.name,
            "serials": [
                {"name": f"serial_{product.id}", "label": product.name, "count": count}
                for product, count in leg._get_serial_needs()
            ],
            **self._consumer_values(leg),
        }

    def _consumer_values(self, leg):
        order = leg.order_id
        address = order.partner_shipping_id
        if leg.state not in OPENED_STATES:
            return {
                "consumer": mask_name(address.name or ""),
                "phone": "",
                "address": "",
            }
        parts = (address.state_id.name, address.city, address.street, address.street2)
        return {
            "consumer": address.name or "",
            "phone": order.o2o_consumer_phone or address.phone or "",
            "address": " ".join(filter(None, parts)),
        }

    def _line_values(self, line):
        product = line.product_id
        return {
            "name": product.display_name,
            "quantity": f"{line.quantity:g}",
            "unit": line.product_uom_id.name,
            "image": image_data_uri(product.image_128) if product.image_128 else None,
        }

    def _own_events(self, leg):
        """What happened while the leg was the dealer's; it may have come from another."""
        return leg.event_ids.filtered(
            lambda event: event.warehouse_id.dealer_id == leg.dealer_id
        )

    def _event_values(self, event):
        labels = dict(event._fields["state_to"]._description_selection(request.env))
        return {
            "when": event.dispatch_id._local_time(event.date),
            "what": labels.get(event.state_to, ""),
            # headquarters' notes name other dealers' stores
            "note": self._is_own_note(event) and event.note or "",
        }

    def _is_own_note(self, event):
        author = event.user_id.partner_id
        return author._o2o_dealer() == event.warehouse_id.dealer_id

    # Acting

    @http.route(
        f"{URL}/<int:leg_id>/<string:action>",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def o2o_dispatch_act(self, leg_id, action, **form):
        """Do one step and say what came of it; a second click is told of the first."""
        leg = self._get_leg(leg_id)
        if action not in ACTIONS:
            raise NotFound()
        try:
            with request.env.cr.savepoint():
                message, level = getattr(self, f"_act_{action}")(leg, form)
        except UserError as error:
            message, level = error.args[0], "warning"
        # a leg that was handed back or moved is no longer the dealer's to see
        own = leg.dealer_id == self._o2o_dealer_or_404()
        return self._o2o_redirect(f"{URL}/{leg.id}" if own else URL, message, level)

    def _act_accept(self, leg, _form):
        leg.action_accept()
        return request.env._("Accepted. The customer's address is below."), "success"

    def _act_reject(self, leg, form):
        reason = self._o2o_text(form.get("reason"), 40)
        leg.action_reject(reason, self._o2o_text(form.get("note"), 500))
        return request.env._("Rejected. Another store is asked."), "info"

    def _act_pick(self, leg, _form):
        leg.action_pick()
        return request.env._("Picked."), "success"

    def _act_ship(self, leg, form):
        tracking_ref = self._o2o_text(form.get("tracking_ref"), 64)
        leg.action_ship(tracking_ref, leg._read_serial_form(form))
        return request.env._("Shipped."), "success"

    def _act_ready(self, leg, _form):
        leg.action_ready()
        return (
            request.env._("The customer gets a pickup code and shows it in the store."),
            "success",
        )

    def _act_pickup(self, leg, form):
        # not action_verify_pickup: a wrong code must be counted, not rolled back
        serials = leg._read_serial_form(form)
        checked = leg._for_action().with_context(o2o_serials=serials)
        problem = checked._try_pickup(self._o2o_text(form.get("code"), 20))
        if problem:
            return problem, "danger"
        return request.env._("The code is right. Hand the goods over."), "success"

    def _act_deliver(self, leg, _form):
        leg.action_deliver()
        return request.env._("Delivered. Thank you."), "success"

    def _act_hand(self, leg, form):
        leg.action_hand_to_hq(self._o2o_text(form.get("note"), 500))
        return request.env._("Handed back. Headquarters finds another store."), "info"

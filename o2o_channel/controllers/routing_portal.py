from math import ceil

from werkzeug.exceptions import NotFound

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools.image import image_data_uri

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..engine.privacy import mask_name
from ..models.routing.o2o_dispatch import ENDED_STATES, OPENED_STATES
from .stock_stores import O2oStoresPortal

URL = "/my/o2o/dispatches"
PAGE_SIZE = 20
PICKUP = Domain("delivery_mode", "=", "pickup")
TABS = {
    "new": Domain("state", "=", "offered"),
    "pick": Domain("state", "=", "accepted"),
    "ship": Domain("state", "=", "shipped")
    | (Domain("state", "=", "picked") & ~PICKUP),
    "pickup": Domain("state", "=", "ready") | (Domain("state", "=", "picked") & PICKUP),
    "done": Domain("state", "in", ("delivered", *ENDED_STATES)),
}
ACTIONS = ("accept", "reject", "pick", "ship", "ready", "pickup", "deliver", "hand")


class O2oDispatchPortal(O2oStoresPortal):
    """A dealer's people serve their legs on a phone.

    The pages get plain values, never records: what is not in `_dispatch_values` can't be
    shown by mistake."""

    def _prepare_home_portal_values(self, counters):
        """Override of portal: how many offers wait for an answer."""
        values = super()._prepare_home_portal_values(counters)
        if "o2o_offer_count" in counters:
            dealer = self._o2o_find_dealer()
            values["o2o_offer_count"] = self._count_legs(dealer, "new") if dealer else 0
        return values

    # Reading

    def _leg_domain(self, dealer, tab):
        # sudo in the callers: dealers have no rights on legs; this domain is the door
        return request.env["o2o.dispatch"]._get_dealer_domain(dealer) & TABS[tab]

    def _count_legs(self, dealer, tab):
        # sudo: see _leg_domain
        return (
            request.env["o2o.dispatch"]
            .sudo()
            .search_count(self._leg_domain(dealer, tab))
        )

    def _get_counts(self, dealer):
        """Of the tabs where something waits; what is done is not counted."""
        return {name: self._count_legs(dealer, name) for name in TABS if name != "done"}

    @http.route([URL, f"{URL}/page/<int:page>"], type="http", auth="user", website=True)
    def o2o_dispatches(self, page=1, tab="new", search="", **_kwargs):
        dealer = self._o2o_dealer_or_404()
        tab = tab if tab in TABS else "new"
        search = self._o2o_text(search, 64).strip()
        legs, pager = self._find_legs(dealer, page, tab, search)
        return self._o2o_render(
            "o2o_channel.portal_dispatches",
            "o2o_dispatches",
            legs=[self._dispatch_values(leg) for leg in legs],
            tab=tab,
            search=search,
            counts=self._get_counts(dealer),
            newest=self._get_newest(dealer),
            paused=self._get_paused(),
            pager=pager,
        )

    def _find_legs(self, dealer, page, tab, search):
        """A number is looked for in every tab."""
        # sudo: see _leg_domain
        legs = request.env["o2o.dispatch"].sudo()
        if search:
            domain = legs._get_dealer_domain(dealer) & Domain("name", "ilike", search)
        else:
            domain = self._leg_domain(dealer, tab)
        pager = portal_pager(
            url=URL,
            total=legs.search_count(domain),
            page=page,
            step=PAGE_SIZE,
            url_args={"search": search} if search else {"tab": tab},
        )
        order = "deadline, id" if tab == "new" and not search else "id desc"
        return legs.search(
            domain, limit=PAGE_SIZE, offset=pager["offset"], order=order
        ), pager

    @http.route(
        "/my/o2o/board",
        type="http",
        auth="user",
        website=True,
        readonly=True,
        save_session=False,
    )
    def o2o_board(self, **_kwargs):
        """What an open page asks for every few seconds: counters, nothing else."""
        dealer = self._o2o_dealer_or_404()
        values = {
            "counts": self._get_counts(dealer),
            "newest": self._get_newest(dealer),
        }
        return request.make_json_response(values, [("Cache-Control", "no-store")])

    def _get_newest(self, dealer):
        """Grows when an offer comes that was not there before."""
        # sudo: see _leg_domain
        legs = request.env["o2o.dispatch"].sudo()
        newest = legs.search(
            self._leg_domain(dealer, "new"),
            order="offered_at desc, id desc",
            limit=1,
        )
        return f"{newest.offered_at} {newest.id}" if newest else ""

    def _get_paused(self):
        """Names of the dealer's stores that take no orders now."""
        # sudo: dealers have no rights on stores; their own are found by the domain
        stores = request.env["stock.warehouse"].sudo()
        paused = stores.search(
            self._o2o_stores_domain() & Domain("o2o_is_paused", "=", True)
        )
        return ", ".join(paused.mapped("name"))

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
        # sudo: reasons are headquarters' list, of which names are shown
        reasons = request.env["o2o.reject.reason"].sudo().search([])
        return self._o2o_render(
            "o2o_channel.portal_dispatch",
            "o2o_dispatches",
            leg=self._dispatch_values(leg),
            lines=[self._line_values(line) for line in leg.line_ids],
            history=[self._event_values(event) for event in self._own_events(leg)],
            reasons=[(reason.id, reason.name) for reason in reasons],
            counts=self._get_counts(self._o2o_dealer_or_404()),
            newest=self._get_newest(self._o2o_dealer_or_404()),
        )

    def _dispatch_values(self, leg):
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
            "store": ", ".join(store.name for store in self._get_leg_stores(leg)),
            "grab": [(store.id, store.name) for store in self._get_grab_stores(leg)],
            "unsure": leg.is_ask_first,
            "area": leg.region_id.display_name or "",
            "goods": ", ".join(
                f"{line.quantity:g} × {line.product_id.display_name}"
                for line in leg.line_ids
            ),
            "until": leg.deadline and leg._local_time(leg.deadline),
            "seconds_left": ceil(left) if left and left > 0 else 0,
            "due": leg.due_at and leg._local_time(leg.due_at),
            "late": leg.is_late,
            "papers": leg.state in OPENED_STATES,
            "tracking_ref": leg.tracking_ref,
            "reject": leg.reject_reason_id.name,
            "serials": self._serial_values(leg),
            **self._consumer_values(leg),
        }

    def _serial_values(self, leg):
        return [
            {"name": f"serial_{product.id}", "label": product.name, "count": count}
            for product, count in leg._get_serial_needs()
        ]

    def _get_grab_stores(self, leg):
        """The dealer's stores that may take a leg which no store has yet."""
        if leg.warehouse_id or leg.state != "offered":
            return leg.warehouse_id.browse()
        mine = leg._get_open_offer_domain(self._o2o_dealer_or_404())
        return leg.offer_ids.filtered_domain(mine).warehouse_id

    def _get_leg_stores(self, leg):
        return leg.warehouse_id or self._get_grab_stores(leg)

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
            "product": product.id,
            "name": product.display_name,
            "quantity": f"{line.quantity:g}",
            "unit": line.product_uom_id.name,
            "image": image_data_uri(product.image_128) if product.image_128 else None,
        }

    def _own_events(self, leg):
        """What happened while the leg was the dealer's; it may have come from another."""
        dealer = self._o2o_dealer_or_404()
        return leg.event_ids.filtered(
            lambda event: event.warehouse_id.dealer_id == dealer
        )

    def _event_values(self, event):
        labels = dict(event._fields["state_to"]._description_selection(request.env))
        # headquarters' notes name other dealers' stores
        own = event.user_id.partner_id._o2o_dealer() == event.warehouse_id.dealer_id
        return {
            "when": event.dispatch_id._local_time(event.date),
            "what": labels.get(event.state_to, ""),
            "note": own and event.note or "",
        }

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
        if action not in ACTIONS:
            raise NotFound()
        lost = self._get_lost(leg_id)
        if lost:
            return self._o2o_redirect(URL, lost, "warning")
        leg = self._get_leg(leg_id)
        try:
            with request.env.cr.savepoint():
                message, level = getattr(self, f"_act_{action}")(leg, form)
        except UserError as error:
            message, level = error.args[0], "warning"
        # a leg that was handed back or moved is no longer the dealer's to see
        dealer = self._o2o_dealer_or_404()
        own = leg.filtered_domain(leg._get_dealer_domain(dealer))
        return self._o2o_redirect(f"{URL}/{leg.id}" if own else URL, message, level)

    def _get_lost(self, leg_id):
        """What to say when another store was faster, or the offer is over."""
        dealer = self._o2o_dealer_or_404()
        # sudo: see _leg_domain; the dealer's own offers
        offers = request.env["o2o.dispatch.offer"].sudo()
        lost = offers.search(
            [
                ("dispatch_id", "=", leg_id),
                ("dealer_id", "=", dealer.id),
                ("state", "not in", ("open", "accepted")),
            ],
            limit=1,
        )
        leg = lost.dispatch_id
        if not leg or leg.filtered_domain(leg._get_dealer_domain(dealer)):
            return None
        try:
            leg._check_not_taken(lost)
        except UserError as error:
            return error.args[0]
        return None

    def _act_accept(self, leg, form):
        leg._accept_for(self._choose_store(leg, form))
        return request.env._("Accepted. The customer's address is below."), "success"

    def _choose_store(self, leg, form):
        """The store that answers; who has several of those asked names one."""
        stores = self._get_leg_stores(leg)
        if len(stores) > 1:
            chosen = self._o2o_text(form.get("store"), 20)
            stores = stores.filtered(lambda store: str(store.id) == chosen)
        if not stores:
            raise UserError(request.env._("Choose which of your stores takes it."))
        return stores

    def _act_reject(self, leg, form):
        reason = self._o2o_text(form.get("reason"), 40)
        note = self._o2o_text(form.get("note"), 500)
        named = request.httprequest.form.getlist("missing")
        missing = [int(one) for one in named[:100] if one.isdecimal()]
        leg = leg.with_context(o2o_missing_product_ids=missing)
        for store in self._get_leg_stores(leg):
            leg._reject_for(store, reason, note)
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
        told = request.env._(
            "The customer gets a pickup code and shows it in the store."
        )
        if not leg._get_consumer_email():
            told = request.env._("Headquarters tells the customer the pickup code.")
        return told, "success"

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

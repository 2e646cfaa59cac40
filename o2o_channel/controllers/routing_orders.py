from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..engine.privacy import mask_name
from .network_portal import O2oPortal

URL = "/my/o2o/orders"
PAGE_SIZE = 20


class O2oOrderPortal(O2oPortal):
    """A dealer follows the orders that it took, and hands to headquarters what it
    can't serve. The pages get plain values, never records."""

    def _get_orders(self):
        # sudo in the callers: dealers have no rights on orders; this domain is the door
        return request.env["sale.order"].sudo()

    @http.route([URL, f"{URL}/page/<int:page>"], type="http", auth="user", website=True)
    def o2o_orders(self, page=1, **_kwargs):
        dealer = self._o2o_dealer_or_404()
        orders = self._get_orders()
        domain = orders._o2o_get_origin_domain(dealer)
        total = orders.search_count(domain)
        pager = portal_pager(url=URL, total=total, page=page, step=PAGE_SIZE)
        found = orders.search(
            domain,
            limit=PAGE_SIZE,
            offset=pager["offset"],
            order="date_order desc, id desc",
        )
        return self._o2o_render(
            "o2o_channel.portal_orders",
            "o2o_orders",
            orders=[self._order_values(order, dealer) for order in found],
            pager=pager,
        )

    def _get_order(self, order_id, dealer):
        """The order, sudoed; one that the dealer did not take does not exist."""
        orders = self._get_orders()
        domain = orders._o2o_get_origin_domain(dealer) & Domain("id", "=", order_id)
        order = orders.search(domain)
        if not order:
            raise NotFound()
        return order

    @http.route(f"{URL}/<int:order_id>", type="http", auth="user", website=True)
    def o2o_order(self, order_id, **_kwargs):
        dealer = self._o2o_dealer_or_404()
        order = self._get_order(order_id, dealer)
        return self._o2o_render(
            "o2o_channel.portal_order",
            "o2o_orders",
            order=self._order_values(order, dealer),
            legs=[self._leg_values(leg, dealer) for leg in order._o2o_get_live_legs()],
        )

    def _order_values(self, order, dealer):
        """What the dealer sees: the consumer is masked, other dealers are not named."""
        state, label = order._o2o_get_plain_state()
        handed = order._o2o_get_handed_legs(dealer)
        return {
            "id": order.id,
            "url": f"{URL}/{order.id}",
            "name": order.name,
            "date": order.date_order.date(),
            "reference": order.o2o_external_ref or "",
            "channel": order.o2o_channel_id.name,
            "state": state,
            "state_label": label,
            "consumer": mask_name(order.partner_shipping_id.name or ""),
            "area": order.o2o_region_id.display_name or "",
            "goods": ", ".join(
                f"{line.product_uom_qty:g} × {line.product_id.display_name}"
                for line in order.order_line
                if line.product_id
            ),
            "share": order._o2o_get_origin_share(dealer),
            "may_hand": order.state == "sale" and bool(handed),
        }

    def _leg_values(self, leg, dealer):
        own = leg.dealer_id == dealer
        labels = dict(leg._fields["state"]._description_selection(request.env))
        return {
            "goods": ", ".join(
                f"{line.quantity:g} × {line.product_id.display_name}"
                for line in leg.line_ids
            ),
            # that it waits for headquarters is said already
            "state_label": "" if leg.state == "exception" else labels[leg.state],
            "store": leg.warehouse_id.name if own else "",
            "url": f"/my/o2o/dispatches/{leg.id}" if own else "",
            "waits": leg.state == "exception",
        }

    @http.route(
        f"{URL}/<int:order_id>/hand",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def o2o_order_hand(self, order_id, note=None, **_form):
        dealer = self._o2o_dealer_or_404()
        order = self._get_order(order_id, dealer)
        try:
            with request.env.cr.savepoint():
                order._o2o_hand_to_hq(dealer, self._o2o_text(note, 500))
        except UserError as error:
            return self._o2o_redirect(f"{URL}/{order.id}", error.args[0], "warning")
        message = request.env._(
            "Headquarters has it. The order stays yours, and so does your share."
        )
        return self._o2o_redirect(f"{URL}/{order.id}", message)

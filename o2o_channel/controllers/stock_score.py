from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import format_date, format_datetime

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.stock.stock_warehouse_score import MINIMUM, NEXT_OFFERS
from .stock_stores import O2oStoresPortal

URL = "/my/o2o/score"
PAGE_SIZE = 20
REASON_LENGTH = 1000


class O2oScorePortal(O2oStoresPortal):
    """A dealer sees how far its stores' figures are believed, why, and may object."""

    def _o2o_score_stores(self):
        # sudo: dealers have no rights on stores; the domain lets their own through
        return (
            request.env["stock.warehouse"]
            .sudo()
            .search(self._o2o_stores_domain(), order="code")
        )

    @http.route(
        [URL, f"{URL}/<int:store_id>", f"{URL}/<int:store_id>/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def o2o_score(self, store_id=None, page=1, **_kwargs):
        stores = self._o2o_score_stores()
        store = (
            stores.filtered(lambda one: one.id == store_id) if store_id else stores[:1]
        )
        if store_id and not store:
            raise NotFound()
        values = self._score_values(store, page) if store else {}
        return self._o2o_render(
            "o2o_channel.portal_stock_score",
            "o2o_score",
            stores=[(one.id, one.name, f"{one.o2o_trust:.2f}") for one in stores],
            store_id=store.id,
            minimum=f"{MINIMUM:.2f}",
            next_offers=NEXT_OFFERS,
            reason_length=REASON_LENGTH,
            **values,
        )

    def _score_values(self, store, page):
        """What the page shows of a store; plain values, never records."""
        offers, filled, counts = store._o2o_event_counts()
        basis = store._o2o_score_basis()
        total = store.env["o2o.trust.event"].search_count(
            [("warehouse_id", "=", store.id)]
        )
        pager = portal_pager(
            url=f"{URL}/{store.id}", total=total, page=page, step=PAGE_SIZE
        )
        events = store.env["o2o.trust.event"].search(
            [("warehouse_id", "=", store.id)],
            limit=PAGE_SIZE,
            offset=pager["offset"],
        )
        return {
            "score": {
                "trust": store.o2o_trust,
                "percent": f"{100 * store.o2o_trust:.0f}",
                "is_low": store.o2o_trust < MINIMUM,
                "feed_state": store.o2o_feed_state,
                "max_age": store.o2o_feed_max_age,
                "last_feed": self._score_moment(store, store.o2o_last_feed),
                "parts": self._score_part_values(store),
                "offers": offers,
                "filled": filled,
                "counts": counts,
                "half_life": f"{store.company_id.o2o_trust_half_life:g}",
                "advice": [
                    (what, f"{gain:.3f}")
                    for what, gain in store._o2o_score_advice(basis)
                    if gain >= 0.0005
                ],
            },
            "bonus": self._score_bonus_values(store),
            "holds": self._score_hold_values(store),
            "events": [self._score_event_values(store, basis, one) for one in events],
            "pager": pager,
        }

    def _score_part_values(self, store):
        parts = (
            ("fill", store.o2o_trust_fill, 0.5),
            ("count", store.o2o_trust_count, 0.3),
            ("fresh", store.o2o_trust_freshness, 0.2),
        )
        return [
            {
                "key": key,
                "percent": f"{100 * part:.0f}",
                "points": f"{part * weight:.2f}",
                "most": f"{weight:.2f}",
            }
            for key, part, weight in parts
        ]

    def _score_bonus_values(self, store):
        months = store.env["o2o.trust.month"].search(
            [("warehouse_id", "=", store.id)], limit=6
        )
        start = store.company_id._o2o_today().replace(day=1)
        [[mean]] = store.env["o2o.trust.history"]._read_group(
            [("warehouse_id", "=", store.id), ("date", ">=", start)],
            [],
            ["trust:avg"],
        )
        return {
            "now": store.o2o_routing_bonus,
            "threshold": f"{store.company_id.o2o_bonus_threshold:.2f}",
            "size": f"{store.company_id.o2o_bonus_size:.2f}",
            "mean": f"{mean:.3f}" if mean else "",
            "months": [
                (
                    format_date(request.env, one.month, date_format="MMMM yyyy"),
                    f"{one.trust:.3f}",
                    f"{one.bonus:.2f}" if one.bonus else "",
                )
                for one in months
            ],
        }

    def _score_hold_values(self, store):
        holds = store.env["o2o.stock.hold"].search(
            [("warehouse_id", "=", store.id), ("ended_at", "=", False)], limit=50
        )
        return [
            {
                "product": one.product_id.with_context(
                    lang=request.lang.code
                ).display_name,
                "quantity": "" if one.everything else f"{one.quantity:g}",
                "reason": one.reason,
                "since": self._score_moment(store, one.date),
            }
            for one in holds
        ]

    def _score_event_values(self, store, basis, event):
        effect = store._o2o_event_effect(basis, event)
        appeal = event.appeal_ids[:1]
        return {
            "id": event.id,
            "date": self._score_moment(store, event.date),
            "kind": event.kind,
            "product": event.product_id.display_name or "",
            "ok": f"{event.ok_qty:g}",
            "asked": f"{event.asked_qty:g}",
            "right": event.ok_qty == event.asked_qty,
            "reference": event.reference or "",
            "note": event.note or "",
            "effect": f"{effect:+.3f}" if abs(effect) >= 0.0005 else "",
            "state": event.state,
            "appeal": appeal.reason or "",
            "appeal_state": appeal.state or "",
            "decision": appeal.decision or "",
        }

    def _score_moment(self, store, moment):
        zone = store.company_id.partner_id.tz or "UTC"
        if not moment:
            return ""
        return format_datetime(
            request.env, moment, tz=zone, dt_format="yyyy-MM-dd HH:mm"
        )

    @http.route(
        f"{URL}/event/<int:event_id>/appeal",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def o2o_score_appeal(self, event_id, **form):
        """Object to an event of one of the own stores."""
        stores = self._o2o_score_stores()
        event = stores.env["o2o.trust.event"].search(
            [("id", "=", event_id), ("warehouse_id", "in", stores.ids)]
        )
        if not event:
            raise NotFound()
        url = f"{URL}/{event.warehouse_id.id}"
        try:
            with request.env.cr.savepoint():
                request.env["o2o.trust.appeal"]._appeal(
                    event, self._o2o_text(form.get("reason"), REASON_LENGTH)
                )
        except UserError as error:
            return self._o2o_redirect(url, error.args[0], "warning")
        return self._o2o_redirect(
            url,
            request.env._(
                "Your appeal is with headquarters. Until it is decided, the event counts."
            ),
        )

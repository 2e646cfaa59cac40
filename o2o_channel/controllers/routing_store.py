from datetime import datetime, timedelta, timezone

from werkzeug.exceptions import NotFound

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request

from .stock_stores import O2oStoresPortal

URL = "/my/o2o/store"
DAYS = 30  # of the figures shown


class O2oStorePortal(O2oStoresPortal):
    """A dealer's own stores: pause, notices, and how they answer and deliver."""

    def _get_dealer_stores(self):
        # sudo: dealers have no rights on stores; their own are found by the domain
        return (
            request.env["stock.warehouse"]
            .sudo()
            .search(self._o2o_stores_domain(), order="code")
        )

    def _get_own_store(self, store_id):
        """One of the dealer's stores; anybody else's does not exist."""
        store = self._get_dealer_stores().filtered(lambda one: one.id == store_id)
        if not store:
            raise NotFound()
        return store

    @http.route(URL, type="http", auth="user", website=True)
    def o2o_store(self, **_kwargs):
        stores = self._get_dealer_stores()
        # sudo: a preference of the user's own, which portal users can't read
        partner = request.env.user.partner_id.sudo()
        return self._o2o_render(
            "o2o_channel.portal_store",
            "o2o_dispatches",
            stores=[self._own_store_values(store) for store in stores],
            total=self._store_figure_values([("warehouse_id", "in", stores.ids)]),
            days=DAYS,
            mails=not partner.o2o_no_offer_mail,
            email=partner.email,
        )

    def _own_store_values(self, store):
        return {
            "url": f"{URL}/{store.id}",
            "name": store.name,
            "paused": store.o2o_is_paused
            and format_moment(store, store.o2o_paused_until),
            "reason": store.o2o_pause_reason,
            "figures": self._store_figure_values([("warehouse_id", "=", store.id)]),
        }

    def _store_figure_values(self, domain):
        """Ready to show; a dash where nothing counts yet."""
        since = fields.Datetime.subtract(fields.Datetime.now(), days=DAYS)
        # sudo: dealers have no rights on figures; the domain names their own stores
        report = request.env["o2o.store.report"].sudo()
        figures = report._get_figures([*domain, ("date", ">=", since)])
        rates = ("accept_rate", "fill_rate", "on_time_rate")
        minutes = ("minutes_to_accept", "minutes_median")
        counts = figures.keys() - {*rates, *minutes}
        unit = request.env._(" min")
        return {
            **{name: figures[name] or 0 for name in counts},
            **{name: _show(figures[name], " %") for name in rates},
            **{name: _show(figures[name], unit) for name in minutes},
        }

    @http.route(
        f"{URL}/<int:store_id>/<string:action>",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def o2o_store_act(self, store_id, action, **form):
        store = self._get_own_store(store_id)
        if action not in ("pause", "resume"):
            raise NotFound()
        try:
            with request.env.cr.savepoint():
                message = getattr(self, f"_act_store_{action}")(store, form)
        except UserError as error:
            return self._o2o_redirect(URL, error.args[0], "warning")
        return self._o2o_redirect(URL, message)

    def _act_store_pause(self, store, form):
        until = self._read_until(store, form)
        store._o2o_pause(until, self._o2o_text(form.get("reason"), 200))
        return request.env._(
            "%(store)s takes no orders until %(until)s. What it has accepted it serves.",
            store=store.name,
            until=format_moment(store, until),
        )

    def _read_until(self, store, form):
        """Some hours from now, or the moment typed in the store's time."""
        hours = self._o2o_text(form.get("hours"), 3)
        if hours.isdecimal() and int(hours):
            return fields.Datetime.add(fields.Datetime.now(), hours=int(hours))
        try:
            local = datetime.fromisoformat(self._o2o_text(form.get("until"), 16))
            zone = store.company_id._o2o_timezone()
            moment = local.replace(tzinfo=zone).astimezone(timezone.utc)
        except (ValueError, OverflowError):
            return None
        moment = moment.replace(tzinfo=None)
        # a store that stops for longer is closed by headquarters
        limit = fields.Datetime.now() + timedelta(days=366)
        if moment > limit:
            raise UserError(request.env._("Pause for a year at most."))
        return moment

    def _act_store_resume(self, store, _form):
        store.action_o2o_resume()
        return request.env._("%(store)s takes orders again.", store=store.name)

    @http.route(
        f"{URL}/notices", type="http", auth="user", methods=["POST"], website=True
    )
    def o2o_store_notices(self, mails=None, **_form):
        """Whether this person gets a mail on each offer."""
        self._o2o_dealer_or_404()
        # sudo: the user's own preference, see above
        request.env.user.partner_id.sudo().o2o_no_offer_mail = not mails
        return self._o2o_redirect(URL, request.env._("Saved."))


def format_moment(store, moment):
    """In the time of the dealers' company, as every page shows it."""
    zone = store.company_id._o2o_timezone()
    local = moment.replace(tzinfo=timezone.utc).astimezone(zone)
    return local.strftime("%Y-%m-%d %H:%M")


def _show(value, unit):
    return "–" if value is None else f"{value:.0f}{unit}"

from collections import namedtuple
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from werkzeug.exceptions import NotFound

from odoo import Command, http
from odoo.exceptions import LockError, UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .network_portal import O2oPortal

URL = "/my/o2o/authorizations"
PAGE_SIZE = 20
MAX_SKUS = 200
MAX_PRICE = Decimal("99999999.99")
EDITABLE_STATES = ("draft", "refused")
Limits = namedtuple("Limits", "shop_ref shop_url note product_codes")
LIMITS = Limits(shop_ref=120, shop_url=300, note=2000, product_codes=8000)


class ApplicationForm:
    """A dealer's application as typed: values for the record, errors by field."""

    def __init__(self, env, post):
        self.env = env
        self.post = post
        self.errors = {}
        self.vals = {}
        for read in (
            self._read_platform,
            self._read_texts,
            self._read_categories,
            self._read_products,
            self._read_prices,
            self._read_dates,
        ):
            read()

    def _text(self, name):
        value = (self.post.get(name) or "").strip()
        limit = getattr(LIMITS, name, 40)
        if len(value) > limit or "\0" in value:
            self.errors[name] = self.env._("Use at most %s characters.", limit)
            return ""
        return value

    def _read_platform(self):
        model = self.env["o2o.online.authorization"]
        platform = self._text("platform")
        if platform not in dict(model._fields["platform"].selection):
            self.errors["platform"] = self.env._("Choose a platform from the list.")
        self.vals["platform"] = platform

    def _read_texts(self):
        self.vals["shop_ref"] = self._text("shop_ref")
        if not self.vals["shop_ref"]:
            self.errors.setdefault(
                "shop_ref", self.env._("Enter the shop's name or number.")
            )
        url = self._text("shop_url")
        try:
            parts = urlsplit(url)
        except ValueError:
            parts = urlsplit("")
        if url and not (parts.scheme in ("http", "https") and parts.hostname):
            self.errors["shop_url"] = self.env._(
                "Enter a web address that begins with https://"
            )
        self.vals.update(shop_url=url, note=self._text("note"))

    def _read_categories(self):
        # sudo: portal users may not read product categories; names are shown to them
        categories = self.env["product.category"].sudo()
        ids = [int(one) for one in self.post.getlist("categ_ids") if one.isdecimal()]
        found = categories.browse(ids).exists()
        if len(found) != len(self.post.getlist("categ_ids")):
            self.errors["categ_ids"] = self.env._("Choose product lines from the list.")
        self.vals["categ_ids"] = [Command.set(found.ids)]

    def _read_products(self):
        codes = list(dict.fromkeys(self._text("product_codes").split()))
        if len(codes) > MAX_SKUS:
            self.errors["product_codes"] = self.env._(
                "Name at most %s products, or choose product lines.", MAX_SKUS
            )
            return
        # sudo: the dealer names products by code and learns only whether they exist
        products = (
            self.env["product.product"]
            .sudo()
            .search([("default_code", "in", codes), ("sale_ok", "=", True)])
        )
        unknown = set(codes) - set(products.mapped("default_code"))
        if unknown:
            self.errors["product_codes"] = self.env._(
                "We know no product with code %s.", ", ".join(sorted(unknown)[:5])
            )
        self.vals["product_ids"] = [Command.set(products.ids)]

    def _read_prices(self):
        for name in ("price_min", "price_max"):
            self.vals[name] = self._read_price(name)
        low, high = self.vals["price_min"], self.vals["price_max"]
        if high and low > high:
            self.errors["price_max"] = self.env._(
                "The highest price is below the lowest."
            )

    def _read_price(self, name):
        text = self._text(name)
        if not text:
            return 0.0
        try:
            price = Decimal(text)
        except InvalidOperation:
            price = Decimal("NaN")
        if not price.is_finite() or not 0 <= price <= MAX_PRICE:
            self.errors[name] = self.env._("Enter a price such as 1130.00.")
            return 0.0
        return float(price)

    def _read_dates(self):
        for name in ("date_from", "date_to"):
            try:
                self.vals[name] = date.fromisoformat(self._text(name))
            except ValueError:
                self.errors[name] = self.env._("Enter a date.")
        if {"date_from", "date_to"} & self.errors.keys():
            return
        if self.vals["date_to"] < self.vals["date_from"]:
            self.errors["date_to"] = self.env._("The end is before the start.")
        elif self.vals["date_to"] < self.env.company._o2o_today():
            self.errors["date_to"] = self.env._("The end is already over.")


class O2oAuthorizationPortal(O2oPortal):
    """A dealer applies for online shops and follows its applications."""

    def _o2o_own_authorization(self, authorization_id):
        """The authorisation, sudoed, if it is the user's own dealer's; else 404."""
        dealer = self._o2o_dealer_or_404()
        # sudo: searched by the user's own dealer
        found = (
            request.env["o2o.online.authorization"]
            .sudo()
            .search([("id", "=", authorization_id), ("dealer_id", "=", dealer.id)])
        )
        if not found:
            raise NotFound()
        return found

    @http.route([URL, f"{URL}/page/<int:page>"], type="http", auth="user", website=True)
    def o2o_authorizations(self, page=1, **_kwargs):
        dealer = self._o2o_dealer_or_404()
        # sudo: searched by the user's own dealer
        model = request.env["o2o.online.authorization"].sudo()
        domain = [("dealer_id", "=", dealer.id)]
        pager = portal_pager(
            url=URL, total=model.search_count(domain), page=page, step=PAGE_SIZE
        )
        records = model.search(
            domain, order="id desc", limit=PAGE_SIZE, offset=pager["offset"]
        )
        return self._o2o_render(
            "o2o_channel.portal_authorizations",
            "o2o_authorizations",
            authorizations=records,
            pager=pager,
        )

    @http.route(f"{URL}/new", type="http", auth="user", website=True)
    def o2o_authorization_new(self, again=None, **_kwargs):
        """An empty form, or that of an earlier authorisation to apply again."""
        self._o2o_dealer_or_404()
        values = {}
        if again and again.isdecimal():
            values = self._o2o_form_values(self._o2o_own_authorization(int(again)))
            values.update(date_from="", date_to="")
        return self._o2o_form(values)

    @http.route(
        f"{URL}/create", type="http", auth="user", website=True, methods=["POST"]
    )
    def o2o_authorization_create(self, **_kwargs):
        dealer = self._o2o_dealer_or_404()
        form = ApplicationForm(request.env, request.httprequest.form)

        def save():
            # sudo: dealers have no rights on the model; the form has checked values
            model = request.env["o2o.online.authorization"].sudo()
            company = dealer.company_id or request.env.company
            return model.create(
                {**form.vals, "dealer_id": dealer.id, "company_id": company.id}
            )

        return self._o2o_submit(form, save)

    @http.route(f"{URL}/<int:authorization_id>", type="http", auth="user", website=True)
    def o2o_authorization(self, authorization_id, **_kwargs):
        return self._o2o_render(
            "o2o_channel.portal_authorization",
            "o2o_authorizations",
            authorization=self._o2o_own_authorization(authorization_id),
        )

    @http.route(
        f"{URL}/<int:authorization_id>/edit", type="http", auth="user", website=True
    )
    def o2o_authorization_edit(self, authorization_id, **_kwargs):
        record = self._o2o_own_authorization(authorization_id)
        if record.state not in EDITABLE_STATES:
            return self._o2o_moved_on(record)
        return self._o2o_form(self._o2o_form_values(record), record)

    @http.route(
        f"{URL}/<int:authorization_id>/save",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def o2o_authorization_save(self, authorization_id, **_kwargs):
        record = self._o2o_own_authorization(authorization_id)
        if record.state not in EDITABLE_STATES:
            return self._o2o_moved_on(record)
        form = ApplicationForm(request.env, request.httprequest.form)

        def save():
            record.write(form.vals)
            return record

        return self._o2o_submit(form, save, record)

    @http.route(
        f"{URL}/<int:authorization_id>/withdraw",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def o2o_authorization_withdraw(self, authorization_id, **_kwargs):
        record = self._o2o_own_authorization(authorization_id)
        try:
            record.lock_for_update(allow_referencing=True)
            record.action_withdraw()
        except (LockError, UserError):
            return self._o2o_moved_on(record)
        return self._o2o_redirect(
            f"{URL}/{record.id}", request.env._("The application is withdrawn.")
        )

    def _o2o_submit(self, form, save, record=None):
        """Save and submit; show the form with its errors if either is refused."""
        if not form.errors:
            try:
                with request.env.cr.savepoint():
                    saved = save()
                    saved.action_submit()
                return self._o2o_redirect(
                    f"{URL}/{saved.id}", request.env._("We have your application.")
                )
            except UserError as refused:
                form.errors["form"] = str(refused)
        values = dict(form.post.items())
        values["categ_ids"] = form.vals["categ_ids"][0][2]
        return self._o2o_form(values, record, form.errors)

    def _o2o_moved_on(self, record):
        return self._o2o_redirect(
            f"{URL}/{record.id}",
            request.env._("This has changed in the meantime. Here is how it stands."),
            "warning",
        )

    def _o2o_form_values(self, record):
        return {
            "platform": record.platform,
            "shop_ref": record.shop_ref,
            "shop_url": record.shop_url or "",
            "categ_ids": record.categ_ids.ids,
            "product_codes": " ".join(
                code for code in record.product_ids.mapped("default_code") if code
            ),
            "price_min": f"{record.price_min:.2f}" if record.price_min else "",
            "price_max": f"{record.price_max:.2f}" if record.price_max else "",
            "date_from": str(record.date_from),
            "date_to": str(record.date_to),
            "note": record.note or "",
        }

    def _o2o_form(self, values, record=None, errors=None):
        # sudo: names of product lines to choose from
        categories = request.env["product.category"].sudo().search([], limit=200)
        model = request.env["o2o.online.authorization"]
        return self._o2o_render(
            "o2o_channel.portal_authorization_form",
            "o2o_authorizations",
            authorization=record,
            values=values,
            errors=errors or {},
            categories=categories,
            platforms=model._fields["platform"]._description_selection(request.env),
            limits=LIMITS,
        )

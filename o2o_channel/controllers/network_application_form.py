from collections import namedtuple
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from odoo import Command

MAX_SKUS = 200
MAX_PRICE = Decimal("99999999.99")
# Characters in the fields of free text.
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

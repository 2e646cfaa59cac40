from collections import defaultdict
from datetime import datetime, timezone
from decimal import Decimal
from types import SimpleNamespace

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from ...engine import order_check
from ...engine.order_check import Problem, pointer
from .exceptions import OrderRefused

ERRORS_IN_DETAIL = 3  # how many errors the one-sentence summary quotes


class O2oOrderIntake(models.AbstractModel):
    """All that may be wrong with an order, found before anything is written."""

    _inherit = "o2o.order.intake"

    @api.model
    def _check_many(self, channel, payloads):
        """For each payload None, the result of a repeat, or the refusal.

        A fixed number of queries whatever the number of orders and lines.
        """
        results = [self._refuse_if(order_check.check_shape(p)) for p in payloads]
        shaped = [
            p for p, refusal in zip(payloads, results, strict=True) if not refusal
        ]
        known = self._find_known(channel, shaped)
        references = self._load_references(channel, shaped)
        for index, payload in enumerate(payloads):
            if results[index]:
                continue
            order = known.get(payload["external_ref"])
            if order:
                results[index] = self._result_of_known(order, payload)
            else:
                problems = self._find_problems(channel, payload, references)
                results[index] = self._refuse_if(problems)
        return results

    @api.model
    def _find_problems(self, channel, payload, references):
        currency = channel.currency_id
        problems = []
        if payload["currency"] != currency.name:
            parts = {"currency": currency.name}
            problems.append(
                Problem("/currency", payload["currency"], "currency", parts)
            )
        now = datetime.now(timezone.utc)
        problems += order_check.check_sense(payload, currency.decimal_places, now)
        problems += self._check_consumer(payload)
        problems += self._check_origin(channel, payload, references)
        problems += self._check_delivery(payload, references)
        for index, line in enumerate(payload["lines"]):
            problems += self._check_line(index, line, references)
        return problems

    @api.model
    def _load_references(self, channel, payloads):
        """The records that payloads name, by what they are named."""
        lines = [line for payload in payloads for line in payload["lines"]]
        products = self.env["product.product"].search_fetch(
            [
                *self.env["product.product"]._check_company_domain(channel.company_id),
                ("default_code", "in", list({line["sku"] for line in lines})),
                ("sale_ok", "=", True),
            ],
            ["default_code", "uom_id"],
        )
        by_sku = defaultdict(lambda: self.env["product.product"])
        for product in products:
            by_sku[product.default_code] += product
        company = [("company_id", "=", channel.company_id.id)]
        dealers = {payload.get("origin_dealer") for payload in payloads}
        stores = {payload["delivery"].get("store") for payload in payloads}
        guides = {payload.get("guide") for payload in payloads}
        analytic_models = self.env["account.analytic.distribution.model"]
        return SimpleNamespace(
            has_analytic_models=bool(analytic_models.search_count([], limit=1)),
            products=by_sku,
            dealers=self._records_by_code(
                "res.partner", "dealer_code", dealers, [("is_dealer", "=", True)]
            ),
            stores=self._records_by_code(
                "stock.warehouse",
                "code",
                stores,
                [*company, ("dealer_id", "!=", False)],
            ),
            guides=self._records_by_code("o2o.guide", "code", guides, company),
        )

    @api.model
    def _records_by_code(self, model, code_field, codes, domain):
        codes = list(codes - {None})
        if not codes:
            return {}
        found = self.env[model].search([*domain, (code_field, "in", codes)])
        return {record[code_field]: record for record in found}

    @api.model
    def _check_consumer(self, payload):
        phone = payload["consumer"].get("phone")
        country = self._country_code(payload)
        known = self.env["res.country"]._o2o_by_code(country)
        try:
            if known:
                self._format_phone(phone, country)
        except UserError:
            yield Problem("/consumer/phone", phone, "phone", {"country": country})

    @api.model
    def _check_origin(self, channel, payload, references):
        code = payload.get("origin_dealer")
        guide = payload.get("guide")
        if guide and guide not in references.guides:
            yield Problem("/guide", guide, "guide")
        if not code:
            return
        dealer = references.dealers.get(code)
        if not dealer:
            yield Problem("/origin_dealer", code, "dealer")
        elif dealer.dealer_state not in ("active", "suspended"):
            yield Problem("/origin_dealer", code, "dealer_state")
        else:
            yield from self._check_ban(channel, payload, dealer)

    @api.model
    def _check_ban(self, channel, payload, dealer):
        """The contract's online-sales ban, in the words of the network."""
        try:
            moment = order_check.moment(payload["ordered_at"]).replace(tzinfo=None)
        except (ValueError, OverflowError):
            return  # reported as the order's date
        day = channel.company_id._o2o_date(moment)
        try:
            if not channel._authorization_ended(dealer, day):
                dealer._check_online_allowed(channel, day)
        except UserError as error:
            parts = {"text": str(error)}
            yield Problem("/origin_dealer", dealer.dealer_code, "text", parts)

    @api.model
    def _check_delivery(self, payload, references):
        delivery = payload["delivery"]
        address, store = delivery.get("address"), delivery.get("store")
        if delivery["mode"] == "pickup" and store and store not in references.stores:
            yield Problem("/delivery/store", store, "store")
        if address and not self.env["res.country"]._o2o_by_code(address["country"]):
            yield Problem("/delivery/address/country", address["country"], "country")

    @api.model
    def _check_line(self, index, line, references):
        products = references.products.get(line["sku"])
        if not products:
            yield Problem(pointer("lines", index, "sku"), line["sku"], "sku")
            return
        if len(products) > 1:
            parts = {"count": len(products)}
            field = pointer("lines", index, "sku")
            yield Problem(field, line["sku"], "sku_ambiguous", parts)
        unit = products[0].uom_id
        quantity = float(line["quantity"])
        if Decimal(str(unit.round(quantity))) != Decimal(str(line["quantity"])) and (
            float_compare(unit.round(quantity), quantity, precision_digits=9)
        ):
            parts = {"rounding": unit.rounding, "unit": unit.name}
            field = pointer("lines", index, "quantity")
            yield Problem(field, line["quantity"], "quantity_step", parts)

    @api.model
    def _refuse_if(self, problems):
        return self._refusal(*problems) if problems else None

    @api.model
    def _refusal(self, *problems):
        """The refusal that tells of all problems, in the user's language."""
        errors = [
            {
                "field": problem.field or "/",
                "value": order_check.shorten(problem.value),
                "message": self._problem_text(problem),
            }
            for problem in problems[: order_check.MAX_PROBLEMS]
        ]
        summary = " ".join(
            f"{error['field']}: {error['message']}"
            for error in errors[:ERRORS_IN_DETAIL]
        )
        return OrderRefused(summary, errors)

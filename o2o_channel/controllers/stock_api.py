from datetime import datetime, timezone

from jsonschema import Draft202012Validator

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..engine import openapi, order_check
from ..engine.stock_schema import STOCK
from ..models.intake.exceptions import OrderRefused
from ..models.intake.http_answer import json_response
from .intake_api import MAX_BODY

STOCK_VALIDATOR = Draft202012Validator(STOCK)


class StockApi(http.Controller):
    """Stock of stores in, described by /o2o/api/v1/openapi.json."""

    @http.route(
        openapi.STOCK_PATH,
        type="json2",
        auth="bearer",
        methods=["POST"],
        save_session=False,
        max_content_length=MAX_BODY,
        o2o_json_body=True,
    )
    def declare_stock(self):
        """Take the declaration in the body; see ``engine.openapi`` for the answers."""
        try:
            one, is_new = self._take(request.o2o_payload)
        except OrderRefused as error:
            return _problem(422, error, error.errors)
        except UserError as error:
            return _problem(int(error.http_status), error)
        status = 200 if not is_new else 202 if one.state == "running" else 201
        return json_response(one.sudo()._answer(), status)

    def _take(self, payload):
        declarations = request.env["o2o.stock.declaration"]
        store = declarations._store_for_api(payload.get("store"))
        problems = order_check.check_shape(payload, STOCK_VALIDATOR)
        fields_named = {problem.field for problem in problems}
        if not store and "/store" not in fields_named:
            code = payload.get("store")
            problems.append(order_check.Problem("/store", code, "store"))
        if "counted_at" in payload and "/counted_at" not in fields_named:
            now = datetime.now(timezone.utc)
            text = payload["counted_at"]
            problems += order_check.check_date(text, now, "/counted_at")
        if problems:
            raise request.env["o2o.order.intake"]._refusal(*problems)
        return declarations._take_payload(store, payload)

    @http.route(
        f"{openapi.STOCK_PATH}/<int:declaration_id>",
        type="json2",
        auth="bearer",
        methods=["GET"],
        save_session=False,
        readonly=True,
    )
    def read_declaration(self, declaration_id):
        """What became of a declaration."""
        declarations = request.env["o2o.stock.declaration"]
        try:
            declarations._store_for_api(None)  # who declares no stock is told so
        except UserError as error:
            return _problem(int(error.http_status), error)
        one = declaration_id < 2**31 and declarations._find_for_api(declaration_id)
        if not one:
            return _problem(404, f"No declaration {declaration_id} of your stores.")
        return json_response(one._answer())


def _problem(status, error, errors=None):
    return json_response(openapi.problem(status, str(error), errors), status)

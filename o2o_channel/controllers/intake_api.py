from odoo import http
from odoo.http import request

from ..engine import openapi, order_check
from ..models.intake.exceptions import ChannelForbidden, OrderConflict, OrderRefused
from ..models.intake.http_answer import json_response

MAX_BODY = 5 * 1024 * 1024  # bytes; an order of 2,000 lines has some 400 kB


class OrderApi(http.Controller):
    """Orders in and their state out, described by /o2o/api/v1/openapi.json."""

    @http.route(
        "/o2o/api/v1/orders",
        type="json2",
        auth="bearer",
        methods=["POST"],
        save_session=False,
        max_content_length=MAX_BODY,
        o2o_json_body=True,
    )
    def take_order(self):
        """Take the order in the body; see ``engine.openapi`` for the answers."""
        payload = request.o2o_payload
        try:
            order, created = self._take(payload)
        except OrderRefused as error:
            return _problem(422, error, error.errors)
        except OrderConflict as error:
            return _problem(409, error)
        except ChannelForbidden as error:
            return _problem(403, error)
        return json_response(order._o2o_answer(), 201 if created else 200)

    def _take(self, payload):
        intake = request.env["o2o.order.intake"]
        code = payload.get("channel")
        channels = request.env["o2o.channel"]
        channel = channels._for_intake(code if isinstance(code, str) else "")
        if not channel:
            problems = order_check.check_shape(payload)
            if not any(problem.field == "/channel" for problem in problems):
                problems.append(order_check.Problem("/channel", code, "channel"))
            raise intake._refusal(*problems)
        return intake._take(channel, payload)

    @http.route(
        "/o2o/api/v1/orders/<string:channel>/<path:external_ref>",
        type="json2",
        auth="bearer",
        methods=["GET"],
        save_session=False,
        readonly=True,
    )
    def read_order(self, channel, external_ref):
        """The state of an order and its legs."""
        try:
            record = request.env["o2o.channel"]._for_intake(channel)
        except ChannelForbidden as error:
            return _problem(403, error)
        order = self._find(record, external_ref)
        if not order:
            return _problem(404, f"No order {external_ref} in channel {channel}.")
        return json_response(order._o2o_answer())

    def _find(self, channel, external_ref):
        # sudo: an integration user reads the orders of its channels here only
        orders = request.env["sale.order"].sudo()
        if not channel or order_check.UNPRINTABLE.search(external_ref):
            return orders
        return orders.search(
            [
                ("o2o_channel_id", "=", channel.id),
                ("o2o_external_ref", "=", external_ref),
            ]
        )

    @http.route(
        "/o2o/api/v1/openapi.json",
        type="http",
        auth="none",
        methods=["GET"],
        save_session=False,
    )
    def describe(self):
        """The description of this API."""
        return json_response(openapi.document(request.httprequest.host_url.rstrip("/")))


def _problem(status, error, errors=None):
    return json_response(openapi.problem(status, str(error), errors), status)

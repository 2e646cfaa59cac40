from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    MethodNotAllowed,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

from odoo import models
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import SessionExpiredException, request

from ...engine import order_check
from ...engine.openapi import problem
from .http_answer import json_response

API_PREFIX = "/o2o/api/"
# Read and thrown away of a body that is too large, so that the client gets to read
# why; beyond that the connection is cut.
MAX_DISCARDED = 64 * 1024 * 1024


class IrHttp(models.AbstractModel):
    """Errors of the API are problem documents, whoever finds them.

    Odoo answers a wrong method, a wrong type of content, a missing key or broken JSON
    before a controller is asked, each in its own way. Only paths of the API change.
    """

    _inherit = "ir.http"

    @classmethod
    def _match(cls, path_info):
        """Override of base: 405 and 415 of the API as problem documents."""
        if not path_info.startswith(API_PREFIX):
            return super()._match(path_info)
        try:
            rule, args = super()._match(path_info)
            cls._o2o_check_content_type(rule)
        except (MethodNotAllowed, UnsupportedMediaType) as error:
            error.error_response = cls._o2o_problem_of(error)
            raise
        return rule, args

    @classmethod
    def _o2o_check_content_type(cls, rule):
        http_request = request.httprequest
        if rule.endpoint.routing["type"] != "json2" or http_request.method != "POST":
            return
        if http_request.mimetype != "application/json":
            raise UnsupportedMediaType(
                "Send JSON with the header Content-Type: application/json."
            )

    @classmethod
    def _pre_dispatch(cls, rule, args):
        """Override of base: read the body strictly, and only once."""
        super()._pre_dispatch(rule, args)
        if rule.endpoint.routing.get("o2o_json_body"):
            try:
                request.o2o_payload = order_check.read_body(
                    request.httprequest.get_data()
                )
            except order_check.BodyError as error:
                raise BadRequest(str(error)) from error

    @classmethod
    def _dispatch(cls, endpoint):
        """Override of base: the body's fields are no arguments of the controller."""
        if endpoint.routing.get("o2o_json_body"):
            request.params = {}
        return super()._dispatch(endpoint)

    @classmethod
    def _handle_error(cls, exception):
        """Override of base: see the class."""
        if request.httprequest.path.startswith(API_PREFIX):
            return cls._o2o_problem_of(exception)
        return super()._handle_error(exception)

    @classmethod
    def _o2o_problem_of(cls, error):
        headers = []
        if isinstance(error, HTTPException):
            status, detail = error.code, error.description
            headers = [
                (name, value)
                for name, value in error.get_headers()
                if name not in ("Content-Type", "Content-Length")
            ]
            if isinstance(error, RequestEntityTooLarge):
                detail = "The body is larger than 5 MB. Send fewer lines at once."
                cls._o2o_discard_body()
        elif isinstance(error, SessionExpiredException):
            status, detail = 401, "Send an API key as Authorization: Bearer <key>."
        elif isinstance(error, (AccessError, MissingError)):
            status = 403 if isinstance(error, AccessError) else 404
            detail = str(error)
        elif isinstance(error, UserError):
            status, detail = int(error.http_status), str(error)
        else:
            status, detail = 500, "The server failed. Nothing was written; try again."
        return json_response(problem(status, detail), status, headers)

    @classmethod
    def _o2o_discard_body(cls):
        stream = request.httprequest.environ.get("wsgi.input")
        left = min(request.httprequest.content_length or 0, MAX_DISCARDED)
        while stream and left > 0:
            chunk = stream.read(min(left, 65536))
            if not chunk:
                break
            left -= len(chunk)

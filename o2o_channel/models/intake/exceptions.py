"""Why an order is not taken; each knows its HTTP status."""

from http import HTTPStatus

from odoo.exceptions import UserError


class OrderRefused(UserError):
    """The order can't be taken as it is.

    ``errors`` is a list of ``{"field", "value", "message"}``, as in the API's answer.
    """

    http_status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, message, errors=()):
        super().__init__(message)
        self.errors = list(errors)


class OrderConflict(UserError):
    """An order with this reference was taken, with another content."""

    http_status = HTTPStatus.CONFLICT


class ChannelForbidden(UserError):
    """The user may not hand in orders of this channel."""

    http_status = HTTPStatus.FORBIDDEN

"""Why a declaration is not taken; each knows its HTTP status."""

from http import HTTPStatus

from odoo.exceptions import UserError


class DeclarationConflict(UserError):
    """A declaration with this reference was taken, with another content."""

    http_status = HTTPStatus.CONFLICT


class StoreForbidden(UserError):
    """The user may not declare stock of any store."""

    http_status = HTTPStatus.FORBIDDEN

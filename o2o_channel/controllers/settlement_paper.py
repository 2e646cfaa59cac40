from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request

from ..models.settlement.o2o_settlement_seal import SHOWN, VERIFY_URL
from .settlement_portal import URL, O2oStatementPortal

TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class O2oStatementPaper(O2oStatementPortal):
    """Statements as files, and the page that the code on a paper leads to."""

    @http.route(
        "/o2o/statements/<int:statement_id>/<any(pdf,xlsx):kind>",
        type="http",
        auth="user",
    )
    def o2o_statement_file(self, statement_id, kind, **_kwargs):
        """A file for an employee with the right to read the statement."""
        statement = request.env["o2o.settlement"].browse(statement_id)
        try:
            statement.check_access("read")
            name = statement.name
        except (AccessError, MissingError):
            name = ""
        if not name:
            raise NotFound()
        return self._o2o_file(statement, kind)

    @http.route(
        f"{URL}/<int:statement_id>/<any(pdf,xlsx):kind>",
        type="http",
        auth="user",
        website=True,
    )
    def o2o_statement_own_file(self, statement_id, kind, **_kwargs):
        """A file for the payee whose statement it is."""
        return self._o2o_file(self._o2o_statement_or_404(statement_id), kind)

    def _o2o_file(self, statement, kind):
        data = statement._pdf() if kind == "pdf" else statement._xlsx()
        return request.make_response(
            data,
            [
                ("Content-Type", TYPES[kind]),
                (
                    "Content-Disposition",
                    content_disposition(statement._paper_name(kind)),
                ),
                ("Cache-Control", "no-store"),
            ],
        )

    @http.route(
        f"{VERIFY_URL}/<string:token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
    )
    def o2o_verify(self, token, **_kwargs):
        """Say whether the paper is what headquarters has; whoever holds it may ask."""
        # sudo: anybody with the paper's long random code may compare its sums
        seal = (
            request.env["o2o.settlement.seal"]
            .sudo()
            .search([("token", "=", token)], limit=1)
        )
        response = request.render(
            "o2o_channel.portal_verify",
            {"page_name": "o2o_verify", "seal": seal and self._o2o_seal_values(seal)},
            status=200 if seal else 404,
        )
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    def _o2o_seal_values(self, seal):
        sealed, found = seal._sealed(), seal._verify()
        return {
            "good": found["intact"]
            and found["current"]
            and not found["newer"]
            and not found["cancelled"],
            "intact": found["intact"],
            "cancelled": found["cancelled"],
            "kind": sealed.get("kind", "statement"),
            "name": sealed["statement"],
            "date_from": sealed["from"],
            "date_to": sealed["to"],
            "company": seal.company_id.name,
            "currency": sealed["currency"],
            "total": sealed["total"],
            "payable": sealed["payable"],
            "sealed_on": seal.create_date,
            "number": seal.number,
            "digest": seal.digest[:SHOWN],
        }

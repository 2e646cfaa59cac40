from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.http import request

from .settlement_portal import URL, O2oStatementPortal

REASON_LENGTH = 1000
LINE_MODELS = {"share": "o2o.split.line", "offset": "o2o.clearing.line"}


class O2oStatementDispute(O2oStatementPortal):
    """A payee objects to single lines of the own statement and reads the answers."""

    def _o2o_statement_details(self, statement):
        """Override: what was objected to, and until when one may."""
        labels = dict(
            statement.dispute_ids._fields["state"]._description_selection(request.env)
        )
        return super()._o2o_statement_details(statement) | {
            "confirm_by": statement.confirm_by if statement.state == "sent" else None,
            "disputes": [
                {
                    "subject": dispute.order_id.name or dispute._line().display_name,
                    "amount": dispute.amount,
                    "reason": dispute.reason,
                    "state": dispute.state,
                    "state_label": labels[dispute.state],
                    "answer": dispute.answer if dispute.state != "open" else "",
                    "deadline": dispute.deadline,
                    "adjustment": dispute.adjustment
                    if dispute.state == "accepted"
                    else 0.0,
                }
                for dispute in statement.dispute_ids.sorted("id")
            ],
        }

    def _o2o_line_values(self, line):
        """Override: the address of the form in which to object to the line."""
        url = f"{URL}/{line.statement_id.id}/dispute/share/{line.id}"
        return super()._o2o_line_values(line) | {"dispute_url": url}

    @http.route(
        f"{URL}/<int:statement_id>/dispute/<string:kind>/<int:line_id>",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
    )
    def o2o_statement_dispute(self, statement_id, kind, line_id, **form):
        statement = self._o2o_statement_or_404(statement_id)
        line = self._o2o_disputable_or_404(statement, kind, line_id)
        error = None
        if request.httprequest.method == "POST":
            reason = (form.get("reason") or "").strip()[:REASON_LENGTH]
            try:
                with request.env.cr.savepoint():
                    statement._dispute_line(line, reason)
            except (UserError, ValidationError) as refused:
                error = str(refused)
            else:
                return self._o2o_redirect(
                    f"{URL}/{statement.id}",
                    request.env._(
                        "Headquarters looks at this line. You can confirm the rest now."
                    ),
                )
        return self._o2o_render_payee(
            "o2o_channel.portal_dispute",
            "o2o_statements",
            statement=self._o2o_statement_values(statement),
            line=self._o2o_disputed_values(line),
            error=error,
            reason=form.get("reason", ""),
            url=f"{URL}/{statement.id}/dispute/{kind}/{line_id}",
        )

    def _o2o_disputable_or_404(self, statement, kind, line_id):
        """Return the sudoed line, which must stand on this very statement."""
        if kind not in LINE_MODELS or line_id >= 2**31:
            raise NotFound()
        # sudo: dealers have no rights on lines; the statement is the own one
        lines = request.env[LINE_MODELS[kind]].sudo()
        own = statement.line_ids if kind == "share" else statement.clearing_line_ids
        line = lines.browse(line_id)
        if line not in own:
            raise NotFound()
        return line

    def _o2o_disputed_values(self, line):
        is_share = line._name == "o2o.split.line"
        name = "role" if is_share else "kind"
        labels = dict(line._fields[name]._description_selection(request.env))
        return {
            "subject": line.order_id.name or "" if is_share else line.name,
            "label": labels[line[name]],
            "date": line.date,
            "amount": line.amount,
        }

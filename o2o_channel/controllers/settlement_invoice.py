from decimal import Decimal, InvalidOperation

from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.http import request

from .settlement_portal import URL, O2oStatementPortal

NUMBER_LENGTH = 40
HIGHEST = Decimal("1e12")


class O2oStatementInvoice(O2oStatementPortal):
    """A payee enters the number and amount of the own tax invoice for a statement."""

    def _o2o_statement_details(self, statement):
        """Override: what is entered already, and whether another may be."""
        labels = dict(
            statement._fields["invoice_state"]._description_selection(request.env)
        )
        return super()._o2o_statement_details(statement) | {
            "may_invoice": statement.bill_id.state == "posted"
            and statement.state == "billed"
            and statement.invoice_state != "matched",
            "invoice_state": statement.invoice_state,
            "invoice_label": labels[statement.invoice_state],
            "invoices": [
                {"number": invoice.number, "amount": invoice.amount}
                for invoice in statement.invoice_ids
            ],
        }

    @http.route(
        f"{URL}/<int:statement_id>/invoice",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def o2o_statement_invoice(self, statement_id, number="", amount="", **_kwargs):
        statement = self._o2o_statement_or_404(statement_id)
        url = f"{URL}/{statement.id}"
        try:
            with request.env.cr.savepoint():
                self._o2o_enter_invoice(statement, number, amount)
        except (UserError, ValidationError) as error:
            return self._o2o_redirect(url, str(error), "warning")
        return self._o2o_redirect(
            url, request.env._("Thank you, the tax invoice is entered.")
        )

    def _o2o_enter_invoice(self, statement, number, amount):
        if not self._o2o_statement_details(statement)["may_invoice"]:
            raise UserError(
                request.env._("This statement takes no tax invoice at present.")
            )
        number = "".join(self._o2o_text(number, NUMBER_LENGTH).split())
        invoices = statement.invoice_ids
        domain = [
            ("company_id", "=", statement.company_id.id),
            ("partner_id", "=", statement.partner_id.id),
            ("number", "=", number),
        ]
        if invoices.search_count(domain):
            raise UserError(
                request.env._(
                    "Tax invoice %(number)s is entered already.", number=number
                )
            )
        invoices.create(
            {
                "settlement_id": statement.id,
                "number": number,
                "amount": self._o2o_invoice_amount(amount),
            }
        )

    def _o2o_invoice_amount(self, text):
        text = self._o2o_text(text, NUMBER_LENGTH).strip()
        try:
            amount = Decimal(text)
        except InvalidOperation:
            amount = Decimal(0)
        # one comparison also refuses infinity and what is no number
        if not amount.is_finite() or not 0 < amount < HIGHEST:
            raise UserError(
                request.env._(
                    "“%(amount)s” is no amount. Enter it like 926.60.", amount=text
                )
            )
        return float(amount)

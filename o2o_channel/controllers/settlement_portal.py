from werkzeug.exceptions import NotFound
from werkzeug.urls import url_encode

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .settlement_payee import O2oPayeePortal

URL = "/my/o2o/statements"
STATEMENTS_PER_PAGE = 24  # two years of months
LINES_PER_PAGE = 100
SEARCH_LENGTH = 64


class O2oStatementPortal(O2oPayeePortal):
    """A payee's statements on the portal: list, detail, confirm.

    Pages show plain values picked here, never records, so that no consumer data and nobody
    else's share can slip out.
    """

    @http.route([URL, f"{URL}/page/<int:page>"], type="http", auth="user", website=True)
    def o2o_statements(self, page=1, search="", filterby="all", **_kwargs):
        statements, domain = self._o2o_own_statements()
        search, filters = (
            self._o2o_text(search, SEARCH_LENGTH).strip(),
            self._o2o_filters(),
        )
        filterby = filterby if filterby in filters else "all"
        domain += filters[filterby]["domain"] + self._o2o_search_domain(search)
        pager = portal_pager(
            URL,
            statements.search_count(domain),
            page,
            step=STATEMENTS_PER_PAGE,
            url_args={"search": search, "filterby": filterby},
        )
        found = statements.search(
            domain, limit=STATEMENTS_PER_PAGE, offset=pager["offset"]
        )
        return self._o2o_render_payee(
            "o2o_channel.portal_statements",
            "o2o_statements",
            pager=pager,
            search=search,
            filterby=filterby,
            filters=filters,
            balance=self._o2o_balance_values(),
            statements=[self._o2o_statement_values(statement) for statement in found],
            several=len(self._o2o_find_payees()) > 1,
        )

    @http.route(f"{URL}/<int:statement_id>", type="http", auth="user", website=True)
    def o2o_statement(self, statement_id, page=1, search="", **_kwargs):
        statement = self._o2o_statement_or_404(statement_id)
        page = int(page) if str(page).isdecimal() else 1
        search = self._o2o_text(search, SEARCH_LENGTH).strip()
        domain = [
            ("statement_id", "=", statement.id),
            *self._o2o_line_search_domain(search),
        ]
        [(count, total)] = statement.line_ids._read_group(
            domain, [], ["__count", "amount:sum"]
        )
        pager = portal_pager(f"{URL}/{statement.id}", count, page, step=LINES_PER_PAGE)
        lines = statement.line_ids.search(
            domain,
            order="date, order_id, id",
            limit=LINES_PER_PAGE,
            offset=pager["offset"],
        )
        return self._o2o_render_payee(
            "o2o_channel.portal_statement",
            "o2o_statements",
            pager=pager,
            statement=self._o2o_statement_values(statement)
            | self._o2o_statement_details(statement),
            lines=[self._o2o_line_values(line) for line in lines],
            search=search,
            query=url_encode({"search": search}) if search else "",
            found={"count": count, "total": total},
        )

    @http.route(
        f"{URL}/<int:statement_id>/confirm",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def o2o_statement_confirm(self, statement_id, **_kwargs):
        statement = self._o2o_statement_or_404(statement_id)
        url = f"{URL}/{statement.id}"
        try:
            with request.env.cr.savepoint():
                statement.action_confirm()
        except UserError as error:
            return self._o2o_redirect(url, str(error), "warning")
        return self._o2o_redirect(
            url, request.env._("Thank you, the statement is confirmed.")
        )

    # === The payee's own ===
    def _o2o_own_statements(self):
        """Return the sudoed model and the domain of what the payee who looks may see."""
        payees = self._o2o_payees_or_404()
        # sudo: payees have no rights on statements; the domain keeps to the own ones that
        # have been sent
        return request.env["o2o.settlement"].sudo(), [
            ("partner_id", "in", payees.ids),
            ("state", "not in", ("draft", "cancelled")),
        ]

    def _o2o_filters(self):
        _ = request.env._
        return {
            "all": {"label": _("All"), "domain": []},
            "sent": {"label": _("To confirm"), "domain": [("state", "=", "sent")]},
            "open": {
                "label": _("To be paid"),
                "domain": [("state", "in", ("confirmed", "billed"))],
            },
            "paid": {"label": _("Paid"), "domain": [("state", "=", "paid")]},
        }

    def _o2o_search_domain(self, search):
        """Statements by their reference, or by an order on them."""
        if not search:
            return []
        return [
            "|",
            ("name", "ilike", search),
            ("line_ids.order_id.name", "ilike", search),
        ]

    def _o2o_line_search_domain(self, search):
        """Lines by the order or the product; nothing else of an order can be asked for."""
        if not search:
            return []
        return [
            "|",
            ("order_id.name", "ilike", search),
            ("order_line_id.product_id.product_tmpl_id.name", "ilike", search),
        ]

    def _o2o_balance_values(self):
        """What isn't on a statement yet: shares that wait, shares that are free, offsets."""
        payees, company = self._o2o_payees_or_404(), request.env.company
        own = [("partner_id", "in", payees.ids), ("company_id", "=", company.id)]
        # sudo: payees have no rights on lines; the domain keeps to the own ones
        env = request.env(su=True)
        sums = {
            state: amount
            for state, amount in env["o2o.split.line"]._read_group(
                [*own, ("state", "in", ("pending", "released"))],
                ["state"],
                ["amount:sum"],
            )
        }
        [(offsets,)] = env["o2o.clearing.line"]._read_group(
            [*own, ("state", "=", "open")], [], ["amount:sum"]
        )
        return {
            "currency": company.currency_id,
            "pending": sums.get("pending", 0.0),
            "released": sums.get("released", 0.0),
            "offsets": offsets,
        }

    def _o2o_statement_or_404(self, statement_id):
        statements, domain = self._o2o_own_statements()
        if statement_id >= 2**31:
            raise NotFound()
        statement = statements.search([("id", "=", statement_id), *domain])
        if not statement:
            raise NotFound()
        return statement

    # === What a page may show ===
    def _o2o_statement_values(self, statement):
        labels = dict(statement._fields["state"]._description_selection(request.env))
        return {
            "name": statement.name,
            "url": f"{URL}/{statement.id}",
            "payee": statement.partner_id.name,
            "date_from": statement.date_from,
            "date_to": statement.date_to,
            "state": statement.state,
            "state_label": labels[statement.state],
            "carried": statement.carried,
            "currency": statement.currency_id,
            "amount_lines": statement.amount_lines,
            "amount_total": statement.amount_total,
        }

    def _o2o_statement_details(self, statement):
        return {
            "may_confirm": statement.state == "sent",
            "individual": statement.payee_kind == "individual",
            "amount_withheld": statement.amount_withheld,
            "amount_payable": statement.amount_payable,
            "amount_owed": statement.amount_owed,
            "offset_sums": statement._paper_offset_rows(),
            "amount_billed": statement.amount_total + statement.amount_tax,
            "offsets": [
                self._o2o_offset_values(statement, line)
                for line in statement._shown_offsets().sorted("date")
            ],
            "roles": [
                {key: row[key] for key in ("label", "amount", "tax_amount")}
                for row in statement._role_rows()[statement]
            ],
            "carried_from": [
                {"name": part.name, "amount": part.amount_total}
                for part in statement.carried_ids
            ],
            "bill": statement.bill_id.name
            if statement.bill_id.state == "posted"
            else "",
        }

    def _o2o_offset_values(self, statement, line):
        labels = dict(line._fields["kind"]._description_selection(request.env))
        return {
            "line": line.id if line.settlement_id == statement else False,
            "date": line.date,
            "kind": labels[line.kind],
            "name": line.name,
            "amount": line.amount,
        }

    def _o2o_line_values(self, line):
        labels = dict(line._fields["role"]._description_selection(request.env))
        return {
            "date": line.date,
            "happened": line.original_date if line.late else None,
            "released": line.release_date,
            "order": line.order_id.name,
            "product": line.product_id.display_name,
            "why_url": f"/my/o2o/shares/{line.id}",
            "role": labels[line.role],
            "rate": line.rate_label,
            "instead_of": labels.get(line.moved_from, ""),
            "reversal": line.kind == "reversal",
            "base": line.base,
            "amount": line.amount,
        }

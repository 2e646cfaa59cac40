from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .download import download
from .stock_portal import DECLARATIONS, KINDS, PAGE_SIZE, O2oStockPortal

SHOWN_LINES = 50


class O2oDeclarationPortal(O2oStockPortal):
    """What became of the stock that a dealer's people declared."""

    def _search_declarations(self, domain=()):
        # sudo: dealers have no rights on declarations; these are of their own stores
        stores = self._get_stores()
        return (
            request.env["o2o.stock.declaration"].sudo(),
            [("warehouse_id", "in", stores.ids), *domain],
        )

    def _get_declaration(self, declaration_id):
        model, domain = self._search_declarations([("id", "=", declaration_id)])
        one = model.search(domain)
        if not one:
            raise NotFound()
        return one

    @http.route(
        [DECLARATIONS, f"{DECLARATIONS}/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def o2o_declarations(self, page=1, **_kwargs):
        model, domain = self._search_declarations([("kind", "in", KINDS)])
        total = model.search_count(domain)
        pager = portal_pager(url=DECLARATIONS, total=total, page=page, step=PAGE_SIZE)
        found = model.search(domain, limit=PAGE_SIZE, offset=pager["offset"])
        return self._o2o_render(
            "o2o_channel.portal_declarations",
            "o2o_stock",
            declarations=[self._declaration_values(one) for one in found],
            pager=pager,
        )

    @http.route(
        f"{DECLARATIONS}/<int:declaration_id>", type="http", auth="user", website=True
    )
    def o2o_declaration(self, declaration_id, counted=None, **_kwargs):
        one = self._get_declaration(declaration_id)
        lines = one.line_ids.search(
            [
                ("declaration_id", "=", one.id),
                "|",
                ("outcome", "in", ("refused", "outdated")),
                ("problem", "!=", False),
            ],
            limit=SHOWN_LINES,
        )
        return self._o2o_render(
            "o2o_channel.portal_declaration",
            "o2o_stock",
            one=self._declaration_values(one),
            lines=[self._declared_line_values(line) for line in lines],
            counted=one.warehouse_id.id if counted else False,
        )

    def _declaration_values(self, one):
        labels = {
            name: dict(one._fields[name]._description_selection(request.env))
            for name in ("kind", "source", "state")
        }
        return {
            "id": one.id,
            "url": f"{DECLARATIONS}/{one.id}",
            "store_id": one.warehouse_id.id,
            "store": one.warehouse_id.name,
            "when": self._moment(one.warehouse_id, one.counted_at),
            "kind": labels["kind"][one.kind],
            "source": labels["source"][one.source],
            "state": one.state,
            "state_label": labels["state"][one.state],
            "user": one.user_id.name,
            "progress": round(one.progress),
            "total": max(one.row_total, one.line_count),
            "applied": one.applied_count,
            "unchanged": one.unchanged_count,
            "outdated": one.outdated_count,
            "refused": one.refused_count,
            "failure": one.failure,
        }

    def _declared_line_values(self, line):
        labels = dict(line._fields["outcome"]._description_selection(request.env))
        return {
            "number": line.number,
            "sku": line.sku,
            "quantity": line.quantity_text,
            "outcome": line.outcome,
            "label": labels[line.outcome],
            # the names of legs and transfers are the store's own
            "problem": line.problem,
        }

    @http.route(
        f"{DECLARATIONS}/<int:declaration_id>/refused.xlsx",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def o2o_declaration_refused(self, declaration_id):
        """The refused rows of an own declaration, to be corrected."""
        one = self._get_declaration(declaration_id)
        return download(one._refused_table(), f"stock-{one.id}-refused", "xlsx")

    @http.route(
        f"{DECLARATIONS}/<int:declaration_id>/progress", type="jsonrpc", auth="user"
    )
    def o2o_declaration_progress(self, declaration_id):
        """How far a long file is."""
        one = self._get_declaration(declaration_id)
        return {"state": one.state, "progress": round(one.progress)}

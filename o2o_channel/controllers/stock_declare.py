from odoo import http
from odoo.http import request

from ..engine import stock_file
from .download import KINDS, download


class StockFiles(http.Controller):
    """Files of declarations: the template and the rows that were refused."""

    @http.route(
        [f"/o2o/stock/template.{kind}" for kind in KINDS],
        type="http",
        auth="user",
        methods=["GET"],
    )
    def o2o_stock_template(self):
        """An empty table with one example row."""
        kind = request.httprequest.path.rsplit(".", 1)[1]
        return download(stock_file.template(kind), "stock", kind)

    @http.route(
        "/o2o/stock/<int:declaration_id>/refused.xlsx",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def o2o_stock_refused(self, declaration_id):
        """The refused rows of a declaration that the user may read."""
        model = request.env["o2o.stock.declaration"]
        one = model.has_access("read") and model.search([("id", "=", declaration_id)])
        if not one:
            raise request.not_found()
        return download(one._refused_table(), f"stock-{one.id}-refused", "xlsx")

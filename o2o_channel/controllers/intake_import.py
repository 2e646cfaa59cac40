from odoo import http
from odoo.http import request

from ..engine import order_file
from .download import KINDS, download


class OrderImportFiles(http.Controller):
    """Files of the import: its template and the rows that it rejected."""

    @http.route(
        [f"/o2o/import/template.{kind}" for kind in KINDS],
        type="http",
        auth="user",
        methods=["GET"],
    )
    def template(self):
        """An empty table with one example row."""
        kind = request.httprequest.path.rsplit(".", 1)[1]
        return download(order_file.template(kind), "orders", kind)

    @http.route(
        "/o2o/import/<int:import_id>/rejected.xlsx",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def rejected(self, import_id):
        """The rejected rows of an import that the user may read."""
        job = request.env["o2o.order.import"].search([("id", "=", import_id)])
        if not job:
            raise request.not_found()
        stem = job.name.rsplit(".", 1)[0]
        return download(job._rejected_table(), f"{stem}-rejected", "xlsx")

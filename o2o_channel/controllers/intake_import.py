from odoo import http
from odoo.http import content_disposition, request

from ..engine import order_file

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


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
        return _download(order_file.template(kind), "orders", kind)

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
        return _download(job._rejected_table(), f"{stem}-rejected", "xlsx")


def _download(content, stem, kind):
    return request.make_response(
        content,
        headers=[
            ("Content-Type", KINDS[kind]),
            ("Content-Length", str(len(content))),
            ("Content-Disposition", content_disposition(f"{stem}.{kind}")),
        ],
    )

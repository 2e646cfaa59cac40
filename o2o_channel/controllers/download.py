from odoo.http import content_disposition, request

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def download(content, stem, kind):
    """The answer that hands out a file of one of ``KINDS``."""
    return request.make_response(
        content,
        headers=[
            ("Content-Type", KINDS[kind]),
            ("Content-Length", str(len(content))),
            ("Content-Disposition", content_disposition(f"{stem}.{kind}")),
        ],
    )

"""JSON answers with the right length.

``Request.make_json_response`` counts characters, not bytes; any name in Chinese would
be cut off.
"""

import json

from odoo.http import request


def json_response(content, status=200, headers=()):
    """A response of ``content``; a problem document from status 400 on."""
    kind = "application/json" if status < 400 else "application/problem+json"
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    return request.make_response(
        body,
        headers=[("Content-Type", kind), ("Content-Length", str(len(body))), *headers],
        status=status,
    )

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Provisions that are asked for but not booked yet wait for their approval."""
    claims = api.Environment(cr, SUPERUSER_ID, {})["o2o.claim"].search(
        [
            ("state", "in", ("open", "allocated")),
            ("provided", "=", False),
            ("provision_reason", "!=", False),
        ]
    )
    claims.env.add_to_compute(claims._fields["approval_state"], claims)
    claims.flush_recordset(["approval_state"])

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_datetime


class O2oClaim(models.Model):
    """The chain of responsibility behind a claim: who did what to the order, and when."""

    _inherit = "o2o.claim"

    chain = fields.Html(
        string="Responsibility",
        compute="_compute_chain",
        help="Who promised, picked, carried and handed over.",
    )

    @api.depends("order_id", "dispatch_id")
    def _compute_chain(self):
        for claim in self:
            legs = claim.dispatch_id or claim.order_id.dispatch_ids
            rows = [row for leg in legs for row in claim._chain_rows(leg)]
            claim.chain = (
                Markup(
                    '<table class="table table-sm"><thead><tr>%s</tr></thead>%s</table>'
                )
                % (
                    Markup("").join(
                        Markup("<th>%s</th>") % head
                        for head in (
                            self.env._("Leg"),
                            self.env._("Step"),
                            self.env._("Who"),
                            self.env._("When"),
                        )
                    ),
                    Markup("").join(
                        Markup("<tr>%s</tr>")
                        % Markup("").join(Markup("<td>%s</td>") % cell for cell in row)
                        for row in rows
                    ),
                )
                if rows
                else False
            )

    def _chain_rows(self, leg):
        """Return ``(leg, step, who, when)`` of what happened to a leg, the earliest first."""
        # sudo: the record of events belongs to the leg, which the reader may read
        events = leg.sudo().event_ids.sorted("id")
        done = {event.state_to: event for event in events}
        steps = [
            ("accepted", self.env._("Promised")),
            ("picked", self.env._("Picked")),
            ("shipped", self.env._("Carried")),
            ("delivered", self.env._("Handed Over")),
        ]
        rows = []
        for state, label in steps:
            event = done.get(state)
            if event:
                who = ", ".join(filter(None, [leg.dealer_id.name, event.user_id.name]))
                if state == "shipped" and leg.tracking_ref:
                    who = f"{who} · {leg.tracking_ref}"
                rows.append(
                    (leg.name, label, who, format_datetime(self.env, event.date))
                )
        return rows

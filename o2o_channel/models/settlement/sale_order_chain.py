from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date, format_datetime

STEPS = ("accepted", "picked", "shipped", "delivered")


class SaleOrder(models.Model):
    """The chain of responsibility: who sold, promised, picked, carried, installed (R9.7)."""

    _inherit = "sale.order"

    o2o_chain = fields.Html(
        string="Responsibility",
        compute="_compute_o2o_chain",
        sanitize=False,
        groups="base.group_user",
        help="Who sold, promised, picked, carried, handed over and installed.",
    )

    @api.depends("dispatch_ids", "o2o_crew_id")
    def _compute_o2o_chain(self):
        for order in self:
            order.o2o_chain = order._o2o_chain_table(order.dispatch_ids)

    def _o2o_chain_table(self, legs):
        """Return the chain of these legs as a table, or False when nothing was done."""
        self.ensure_one()
        rows = [row for leg in legs.sorted("id") for row in self._o2o_chain_leg(leg)]
        if not rows:
            return False
        heads = ("Leg", "Step", "Who", "When")
        titles = {
            "Leg": self.env._("Leg"),
            "Step": self.env._("Step"),
            "Who": self.env._("Who"),
            "When": self.env._("When"),
        }
        rows = [self._o2o_chain_sold(), *rows, *self._o2o_chain_crew()]
        return Markup(
            '<table class="table table-sm o_o2o_chain"><thead><tr>%s</tr></thead>'
            "<tbody>%s</tbody></table>"
        ) % (
            Markup("").join(Markup("<th>%s</th>") % titles[head] for head in heads),
            Markup("").join(
                Markup("<tr>%s</tr>")
                % Markup("").join(Markup("<td>%s</td>") % cell for cell in row)
                for row in rows
            ),
        )

    def _o2o_chain_sold(self):
        who = [self.o2o_origin_dealer_id.name, self.o2o_guide_id.display_name]
        sellers = ", ".join(filter(None, who)) or self.company_id.name
        when = format_datetime(self.env, self.date_order)
        return (self.name, self.env._("Sold By"), sellers, when)

    def _o2o_chain_leg(self, leg):
        """Return ``(leg, step, who, when)`` of what happened to a leg, the earliest first."""
        # sudo: the record of events belongs to the leg, which the reader may read
        events = leg.sudo().event_ids.sorted("id")
        done = {event.state_to: event for event in events}
        labels = {
            "accepted": self.env._("Promised By"),
            "picked": self.env._("Picked By"),
            "shipped": self.env._("Carried By"),
            "delivered": self.env._("Handed Over By"),
        }
        rows = []
        for state in STEPS:
            event = done.get(state)
            if event:
                who = ", ".join(filter(None, [leg.dealer_id.name, event.user_id.name]))
                if state == "shipped" and leg.tracking_ref:
                    who = f"{who} · {leg.tracking_ref}"
                when = format_datetime(self.env, event.date)
                rows.append((leg.name, labels[state], who, when))
        return rows

    def _o2o_chain_crew(self):
        """Return the row of the crew, on the day its first share is of."""
        if not self.o2o_crew_id:
            return []
        # sudo: who may see the order sees what its crew did, not the share
        shares = self.sudo().o2o_split_line_ids.filtered(
            lambda share: share.role == "crew"
        )
        days = shares.mapped("original_date")
        when = format_date(self.env, min(days)) if days else self.env._("Not yet")
        return [(self.name, self.env._("Installed By"), self.o2o_crew_id.name, when)]

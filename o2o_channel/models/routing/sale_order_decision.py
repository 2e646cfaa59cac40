from odoo import api, fields, models

from .o2o_dispatch import ENDED_STATES

# Who may read decisions; sales people read legs only.
GROUPS = (
    "o2o_channel.o2o_group_auditor,o2o_channel.o2o_group_manager,"
    "o2o_channel.o2o_group_accountant,o2o_channel.o2o_group_approver"
)


class SaleOrder(models.Model):
    """What was decided about an order, and how that looks."""

    _inherit = "sale.order"

    # narrower than before: whoever may not read candidates could not open the order
    o2o_candidate_ids = fields.One2many(groups=GROUPS)
    o2o_decision_ids = fields.One2many(
        "o2o.routing.decision",
        "order_id",
        string="Routing Decisions",
        groups=GROUPS,
    )
    o2o_route_picture = fields.Json(compute="_compute_o2o_route_picture", groups=GROUPS)

    @api.depends("dispatch_ids.state", "dispatch_ids.candidate_ids")
    @api.depends_context("lang")
    def _compute_o2o_route_picture(self):
        for order in self:
            legs = order._get_legs_shown()
            order.o2o_route_picture = legs._get_route_picture()

    def _get_legs_shown(self):
        """The legs that count; of an order without any, the last one."""
        live = self.dispatch_ids.filtered(lambda leg: leg.state not in ENDED_STATES)
        return live or self.dispatch_ids[:1]

    def action_o2o_why(self):
        decision = self._get_legs_shown().decision_id.sorted("id", reverse=True)[:1]
        return self.env["o2o.routing.why"]._open(decision)

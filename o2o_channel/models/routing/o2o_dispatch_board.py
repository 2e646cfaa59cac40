from odoo import api, fields, models
from odoo.fields import Domain

TO_SHIP_STATES = ("accepted", "picked")


class O2oDispatch(models.Model):
    """What the boards show at a glance: the goods, and by when something is due."""

    _inherit = "o2o.dispatch"

    goods = fields.Char(compute="_compute_goods")
    due_at = fields.Datetime(
        string="Time Left",
        compute="_compute_due_at",
        help="To accept; then to ship or have ready; then to be collected.",
    )
    is_late = fields.Boolean(
        string="Late",
        compute="_compute_due_at",
        search="_search_is_late",
        help="An offer past its deadline, or goods not shipped in time.",
    )

    @api.depends("line_ids.quantity", "line_ids.product_id")
    def _compute_goods(self):
        for leg in self:
            leg.goods = ", ".join(
                f"{line.quantity:g} × {line.product_id.display_name}"
                for line in leg.line_ids
            )

    @api.depends("state", "deadline", "accepted_at", "pickup_until")
    def _compute_due_at(self):
        now = fields.Datetime.now()
        for leg in self:
            due = False
            if leg.state == "offered":
                due = leg.deadline
            elif leg.state in TO_SHIP_STATES:
                due = leg._get_ship_by()
            elif leg.state == "ready":
                due = leg.pickup_until
            leg.due_at = due
            leg.is_late = bool(due and leg.state != "ready" and due < now)

    def _get_ship_by(self):
        # sudo: whoever sees the leg may not read the company's settings
        hours = self.company_id.sudo().o2o_ship_hours
        return self.accepted_at and fields.Datetime.add(self.accepted_at, hours=hours)

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        late = Domain("state", "=", "offered") & Domain("deadline", "<", now)
        # sudo: see _get_ship_by; domains of other companies find nothing
        for company in self.env["res.company"].sudo().search([]):
            limit = fields.Datetime.subtract(now, hours=company.o2o_ship_hours)
            late |= (
                Domain("company_id", "=", company.id)
                & Domain("state", "in", TO_SHIP_STATES)
                & Domain("accepted_at", "<", limit)
            )
        return late if True in value else ~late

from odoo import api, fields, models


class O2oRoutingSimulationOrder(models.Model):
    """One order under one rule on trial, beside the present rules and history."""

    _name = "o2o.routing.simulation.order"
    _description = "Order of a Routing Simulation"
    _order = "simulation_id, rule_id, is_changed desc, id"
    _rec_name = "order_id"
    # written in bulk; the simulation knows who and when
    _log_access = False

    simulation_id = fields.Many2one(
        "o2o.routing.simulation",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="simulation_id.company_id")
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, ondelete="cascade"
    )
    decision_ref = fields.Integer(
        string="Decision Number", readonly=True, aggregator=False
    )
    rule_id = fields.Many2one(
        "o2o.routing.rule", string="Rule on Trial", readonly=True, ondelete="cascade"
    )
    is_tried = fields.Boolean(
        string="Rule Applies",
        readonly=True,
        help="The rule on trial would have routed this order; the others stay with the "
        "present rules.",
    )
    is_changed = fields.Boolean(string="Would Change Store", readonly=True)
    history_warehouse_id = fields.Many2one(
        "stock.warehouse", string="As It Was", readonly=True, ondelete="set null"
    )
    present_warehouse_id = fields.Many2one(
        "stock.warehouse", string="Present Rules", readonly=True, ondelete="set null"
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", string="On Trial", readonly=True, ondelete="set null"
    )
    present_km = fields.Float(string="Km, Present Rules", digits=(10, 1), readonly=True)
    km = fields.Float(string="Km, on Trial", digits=(10, 1), readonly=True)
    difference_km = fields.Float(
        string="Difference (km)", digits=(10, 1), readonly=True
    )
    facts = fields.Json(readonly=True)  # {side: facts of the engine}
    trails = fields.Json(readonly=True)  # {side: what each part came to}
    story = fields.Html(compute="_compute_story", sanitize=False)

    @api.depends("facts", "trails")
    @api.depends_context("lang")
    def _compute_story(self):
        for row in self:
            row.story = row._get_story()

    def _get_story(self):
        return False

    def action_view_order(self):
        """Open the order itself."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "views": [(False, "form")],
        }

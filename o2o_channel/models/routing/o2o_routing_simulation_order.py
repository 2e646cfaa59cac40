from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

ANSWERS = {
    "accepted": _lt("accepts"),
    "rejected": _lt("rejects"),
    "expired": _lt("does not answer"),
    "handed_back": _lt("accepts, and gives it back to headquarters"),
}


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
        """Who was asked under the present rules and on trial, and what they said."""
        self.ensure_one()
        titles = {
            "present": self.env._("Present Rules"),
            "trial": self.env._("On Trial"),
        }
        columns = [
            Markup('<div class="col-12 col-md-6"><h3>%s</h3>%s</div>')
            % (title, Markup().join(map(self._get_part_text, self.trails[side])))
            for side, title in titles.items()
        ]
        return Markup('<div class="row">%s</div>') % Markup().join(columns)

    def _get_part_text(self, part):
        """One leg: a line for each store asked, and what it came to."""
        lines = [self._get_answer_text(*asked) for asked in part["asked"]]
        if part["store"] is None:
            lines.append(
                self.env._("Headquarters' own warehouse ships it")
                if part["end"] == "fallback"
                else self.env._("No store takes it: headquarters decides")
            )
        items = Markup().join(Markup("<li>%s</li>") % line for line in lines)
        return Markup("<ol>%s</ol>") % items

    def _get_answer_text(self, store_id, kind, minutes, known):
        store = self.env["stock.warehouse"].browse(store_id).exists()
        text = self.env._(
            "%(store)s: %(answer)s after %(minutes)s min",
            store=store.name or self.env._("a store that is no longer there"),
            answer=self.env._(ANSWERS[kind]),
            minutes=f"{minutes:.0f}",
        )
        source = (
            self.env._("as it really answered")
            if known
            else self.env._("drawn from its habits")
        )
        return Markup('%s <span class="text-muted">(%s)</span>') % (text, source)

    def action_view_order(self):
        """Open the order itself."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "views": [(False, "form")],
        }

from odoo import api, fields, models

MEASURES = [
    ("km_mean", "Kilometres per Leg"),
    ("km_total", "Kilometres in All"),
    ("reject_rate", "Offers Rejected (%)"),
    ("expiry_rate", "Offers Expired (%)"),
    ("minutes_mean", "Minutes to Accept, Mean"),
    ("minutes_median", "Minutes to Accept, Median"),
    ("unfilled_rate", "Orders Not Taken (%)"),
    ("legs_mean", "Legs per Order"),
]
PERCENT = ("reject_rate", "expiry_rate", "unfilled_rate")
VERDICTS = [
    ("lower", "Lower"),
    ("higher", "Higher"),
    ("chance", "No Difference beyond Chance"),
    ("same", "The Same"),
    ("unknown", "Too Little to Tell"),
]


class O2oRoutingSimulationMeasure(models.Model):
    """One figure as it was, under the present rules and under the rule on trial."""

    _name = "o2o.routing.simulation.measure"
    _description = "Measure of a Routing Simulation"
    _order = "simulation_id, rule_id, sequence, id"

    simulation_id = fields.Many2one(
        "o2o.routing.simulation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="simulation_id.company_id")
    rule_id = fields.Many2one(
        "o2o.routing.rule", string="Rule on Trial", ondelete="cascade"
    )
    sequence = fields.Integer()
    measure = fields.Selection(MEASURES, required=True)
    history = fields.Float(
        string="As It Was",
        digits=(16, 2),
        help="What really happened, by the clock on the wall. For reading beside it: "
        "the difference is taken from the present rules, replayed in the same way.",
    )
    present = fields.Float(string="Present Rules", digits=(16, 2))
    trial = fields.Float(string="On Trial", digits=(16, 2))
    difference = fields.Float(digits=(16, 2))
    low = fields.Float(string="At Least", digits=(16, 2))
    high = fields.Float(string="At Most", digits=(16, 2))
    interval = fields.Char(
        string="95 % Interval",
        compute="_compute_interval",
        help="Where the difference lies with a certainty of 95 %. If 0 lies in it, the "
        "rules may as well be equal.",
    )
    verdict = fields.Selection(VERDICTS)
    is_better = fields.Selection(
        [("better", "Better"), ("worse", "Worse")], compute="_compute_is_better"
    )

    @api.depends("low", "high", "verdict")
    def _compute_interval(self):
        for row in self:
            known = row.verdict != "unknown" or row.low or row.high
            row.interval = f"{row.low:+.2f} … {row.high:+.2f}" if known else "–"

    @api.depends("verdict", "measure")
    def _compute_is_better(self):
        """Less is better of all but the number of legs, which is neither."""
        verdicts = {"lower": "better", "higher": "worse"}
        for row in self:
            judged = row.measure != "legs_mean"
            row.is_better = verdicts.get(row.verdict, False) if judged else False


class O2oRoutingSimulationShare(models.Model):
    """How much of the orders a dealer serves."""

    _name = "o2o.routing.simulation.share"
    _description = "Dealer's Share in a Routing Simulation"
    _order = "simulation_id, rule_id, present desc, id"

    simulation_id = fields.Many2one(
        "o2o.routing.simulation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="simulation_id.company_id")
    rule_id = fields.Many2one(
        "o2o.routing.rule", string="Rule on Trial", ondelete="cascade"
    )
    dealer_id = fields.Many2one("res.partner", ondelete="cascade")
    history_count = fields.Integer(string="Legs as It Was")
    present_count = fields.Integer(string="Legs, Present Rules")
    trial_count = fields.Integer(string="Legs, on Trial")
    history = fields.Float(string="As It Was (%)", digits=(5, 1))
    present = fields.Float(string="Present Rules (%)", digits=(5, 1))
    trial = fields.Float(string="On Trial (%)", digits=(5, 1))
    difference = fields.Float(
        string="Difference (Points)",
        digits=(5, 1),
        compute="_compute_difference",
        store=True,
    )

    @api.depends("present", "trial")
    def _compute_difference(self):
        for row in self:
            row.difference = row.trial - row.present

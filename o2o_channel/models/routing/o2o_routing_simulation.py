import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

CRON = "o2o_channel.ir_cron_o2o_routing_simulation"
MOST_ORDERS = 100_000
MOST_RULES = 5  # more can't be read side by side

# Written by the job, which runs with all rights.
JOB_FIELDS = frozenset("state queue memory habits user_id".split())


class O2oRoutingSimulation(models.Model):
    """Past orders once more, under another version of a routing rule.

    It reads decisions, answers of stores and rules, and writes nothing but itself. The
    orders are replayed in chunks that are committed one by one; after a crash the next
    run of the scheduled action goes on where the last commit was.
    """

    _name = "o2o.routing.simulation"
    _description = "Routing Simulation"
    _inherit = ["o2o.background.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(
        required=True,
        copy=False,
        default=lambda self: self.env._("New Simulation"),
        help="What you want to find out.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Asked By",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self.env.user,
    )
    basis = fields.Selection(
        [("last", "The Last Orders"), ("dates", "Orders of a Time")],
        string="Orders",
        required=True,
        default="last",
    )
    order_limit = fields.Integer(
        string="How Many",
        default=1000,
        help="The latest orders that were routed, counted backwards from now.",
    )
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="To", help="The last day, included.")
    rule_count = fields.Integer(compute="_compute_rule_count")
    channel_ids = fields.Many2many(
        "o2o.channel",
        relation="o2o_routing_simulation_channel_rel",
        string="Channels",
        check_company=True,
        help="Empty: orders of every channel.",
    )
    rule_ids = fields.Many2many(
        "o2o.routing.rule",
        relation="o2o_routing_simulation_rule_rel",
        string="Rules to Try",
        check_company=True,
        context={"active_test": False},
        help="Each is put in the place of the version that is in force, or beside the "
        "rules that are, and compared with the rules as they are now.",
    )
    state = fields.Selection(
        [
            ("draft", "New"),
            ("running", "Running"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        copy=False,
    )
    failure = fields.Text(string="Failed Because", readonly=True, copy=False)
    seed = fields.Integer(
        required=True,
        default=lambda self: secrets.randbelow(10**6),
        copy=True,
        help="Answers that history doesn't know are drawn from it: the same seed gives "
        "the same result.",
    )
    started_at = fields.Datetime(readonly=True, copy=False)
    finished_at = fields.Datetime(readonly=True, copy=False)
    queue = fields.Json(readonly=True, copy=False)  # decisions to replay, oldest first
    memory = fields.Json(readonly=True, copy=False)  # what the next chunk has to know
    habits = fields.Json(readonly=True, copy=False)  # how stores answer, at the start
    order_count = fields.Integer(string="Orders Found", readonly=True, copy=False)
    done_count = fields.Integer(string="Orders Looked At", readonly=True, copy=False)
    dropped_count = fields.Integer(
        string="Without Inputs",
        readonly=True,
        copy=False,
        help="The inputs of these decisions were removed as old, or can't be read: the "
        "orders can't be replayed and are in no figure.",
    )
    unrecorded_count = fields.Integer(
        string="Without Decision",
        readonly=True,
        copy=False,
        help="Orders of that time that were never decided by a rule, or before decisions "
        "were recorded: they are in no figure.",
    )
    replayed_count = fields.Integer(compute="_compute_progress")
    progress = fields.Float(string="Progress (%)", compute="_compute_progress")
    measure_ids = fields.One2many(
        "o2o.routing.simulation.measure", "simulation_id", readonly=True
    )
    share_ids = fields.One2many(
        "o2o.routing.simulation.share", "simulation_id", readonly=True
    )
    changed_count = fields.Integer(
        string="Would Change Store", compute="_compute_changed_count"
    )
    summary = fields.Html(compute="_compute_summary", sanitize=False)

    _order_limit_positive = models.Constraint(
        "CHECK(basis != 'last' OR order_limit BETWEEN 1 AND 100000)",
        "Say how many orders to replay: 1 to 100,000.",
    )

    @api.depends("rule_ids")
    def _compute_rule_count(self):
        for job in self:
            job.rule_count = len(job.rule_ids)

    @api.depends("done_count", "order_count", "dropped_count")
    def _compute_progress(self):
        for job in self:
            job.replayed_count = job.done_count - job.dropped_count
            total = job.order_count
            job.progress = 100.0 * job.done_count / total if total else 0.0

    def _compute_changed_count(self):
        groups = self.env["o2o.routing.simulation.order"]._read_group(
            [("simulation_id", "in", self.ids), ("is_changed", "=", True)],
            ["simulation_id"],
            ["__count"],
        )
        counts = {job.id: count for job, count in groups}
        for job in self:
            job.changed_count = counts.get(job.id, 0)

    @api.depends("measure_ids")
    @api.depends_context("lang")
    def _compute_summary(self):
        for job in self:
            job.summary = job._get_summary() if job.state == "done" else False

    @api.constrains("date_from", "date_to", "basis")
    def _check_dates(self):
        for job in self.filtered(lambda job: job.basis == "dates"):
            if not (job.date_from and job.date_to):
                raise ValidationError(
                    self.env._(
                        "Orders of a time need its first and last day: fill in From "
                        "and To."
                    )
                )
            if job.date_to < job.date_from:
                raise ValidationError(
                    self.env._(
                        "The time ends on %(end)s, before it starts on %(start)s.",
                        end=job.date_to,
                        start=job.date_from,
                    )
                )

    @api.constrains("rule_ids")
    def _check_rule_count(self):
        for job in self:
            if len(job.rule_ids) > MOST_RULES:
                raise ValidationError(
                    self.env._(
                        "%(count)s rules can't be read side by side; choose at most "
                        "%(most)s.",
                        count=len(job.rule_ids),
                        most=MOST_RULES,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Begin as a new one, whatever the context or a kept default says."""
        if not self.env.su:
            if any(JOB_FIELDS & vals.keys() for vals in vals_list):
                raise UserError(
                    self.env._("A simulation begins as a new one: press Run.")
                )
            new = dict.fromkeys(JOB_FIELDS, False)
            new |= {"state": "draft", "user_id": self.env.uid}
            new |= dict.fromkeys(("order_count", "done_count", "dropped_count"), 0)
            vals_list = [vals | new for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        """Refuse another question while it runs, and what the job alone writes."""
        if not self.env.su and JOB_FIELDS & vals.keys():
            raise UserError(self.env._("Use the buttons Run and Cancel."))
        kept = {"name", "measure_ids", "share_ids"}
        if not self.env.su and set(vals) - kept:
            for job in self:
                if job.state not in ("draft", "cancelled", "failed"):
                    raise UserError(
                        self.env._(
                            "%(name)s runs or has run; its question can't be changed. "
                            "Duplicate it to ask another one.",
                            name=job.name,
                        )
                    )
        return super().write(vals)

    def action_run(self):
        """Button: replay the orders in the background."""
        self.check_access("write")
        for job in self:
            job._begin()
        # sudo: the scheduled action is the system's
        self.env.ref(CRON).sudo()._trigger()
        return True

    def action_cancel(self):
        """Button: stop after the chunk that is being replayed."""
        self.check_access("write")
        for job in self:
            if job.state != "running":
                raise UserError(self.env._("%(name)s is not running.", name=job.name))
        # sudo: the question can't be changed while it runs, but it may be withdrawn
        self.sudo().write({"state": "cancelled", "memory": False})
        return True

    def action_refresh(self):
        """Button: look at the figures again."""
        return True

    def action_view_orders(self):
        """Open the orders, those first whose store would change."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_routing_simulation_order_action"
        )
        return action | {
            "domain": [("simulation_id", "=", self.id)],
            "context": {
                "search_default_changed": int(bool(self.changed_count)),
                "search_default_group_rule": int(len(self.rule_ids) > 1),
            },
        }

    def _begin(self):
        """Freeze what is asked, or say what is missing."""
        self.ensure_one()
        if self.state == "running":
            raise UserError(self.env._("%(name)s is running already.", name=self.name))
        if not self.rule_ids:
            raise UserError(
                self.env._(
                    "Choose at least one rule to try. A new version of a rule is made "
                    "with New Version on the rule."
                )
            )
        self._clear()
        queue, unrecorded = self._get_queue()
        if not queue:
            raise UserError(self._empty_text(unrecorded))
        # sudo: see write
        self.sudo().write(
            {
                "state": "running",
                "failure": False,
                "started_at": fields.Datetime.now(),
                "finished_at": False,
                "queue": queue,
                "memory": {},
                "habits": self._read_habits(),
                "order_count": len(queue),
                "unrecorded_count": unrecorded,
                "done_count": 0,
                "dropped_count": 0,
            }
        )

    def _clear(self):
        # sudo: results are written by the scheduled action alone
        results = self.sudo()
        results.measure_ids.unlink()
        results.share_ids.unlink()
        self.env["o2o.routing.simulation.order"].sudo().search(
            [("simulation_id", "in", self.ids)]
        ).unlink()

    def _empty_text(self, unrecorded):
        if unrecorded:
            return self.env._(
                "None of these %(count)s orders has a recorded decision: they were routed "
                "before decisions were recorded, or by hand. Choose a later time, or wait "
                "for new orders.",
                count=unrecorded,
            )
        return self.env._(
            "There are no routed orders of these channels and that time. Choose more days "
            "or other channels."
        )

    def _get_order_domain(self):
        """Orders of the choice that were offered to stores."""
        domain = Domain("company_id", "=", self.company_id.id)
        domain &= Domain("dispatch_ids", "!=", False)
        if self.channel_ids:
            domain &= Domain("o2o_channel_id", "in", self.channel_ids.ids)
        if self.basis == "dates":
            begin, end = self._get_span()
            domain &= Domain("date_order", ">=", begin)
            domain &= Domain("date_order", "<", end)
        return domain

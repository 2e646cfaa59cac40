from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .o2o_split_role import SPLIT_ROLES

CRON = "o2o_channel.ir_cron_o2o_split_simulation"


class O2oSplitSimulation(models.Model):
    """What was split already once more, under another version of a rule.

    It reads shares, deliveries and credit notes, and writes nothing but itself.
    """

    _name = "o2o.split.simulation"
    _description = "Split Simulation"
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
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Asked By",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self.env.user,
    )
    rule_id = fields.Many2one(
        "o2o.split.rule",
        string="Rule to Try",
        required=True,
        check_company=True,
        ondelete="cascade",
        help="It takes the place of its version in force, or stands beside the rules that "
        "are, by its sequence. Its dates don't count.",
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
        help="The latest orders that were split, counted backwards from now.",
    )
    date_from = fields.Date(
        string="From",
        default=lambda self: fields.Date.subtract(
            fields.Date.context_today(self), months=1
        ).replace(day=1),
    )
    date_to = fields.Date(
        string="To",
        default=lambda self: fields.Date.subtract(
            fields.Date.context_today(self).replace(day=1), days=1
        ),
        help="The last day, included.",
    )
    channel_ids = fields.Many2many(
        "o2o.channel",
        relation="o2o_split_simulation_channel_rel",
        string="Channels",
        check_company=True,
        help="Empty: orders of every channel.",
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
    started_at = fields.Datetime(readonly=True, copy=False)
    finished_at = fields.Datetime(readonly=True, copy=False)
    queue = fields.Json(readonly=True, copy=False)  # order lines
    memory = fields.Json(readonly=True, copy=False)  # sums of the chunks so far
    line_count = fields.Integer(string="Order Lines Found", readonly=True, copy=False)
    done_count = fields.Integer(
        string="Order Lines Looked At", readonly=True, copy=False
    )
    tried_count = fields.Integer(
        string="Under This Rule",
        readonly=True,
        copy=False,
        help="Order lines that the rule would apply to. The others keep what they have.",
    )
    failed_count = fields.Integer(
        string="Can't Be Split by It",
        readonly=True,
        copy=False,
        help="The rule needs a price that isn't known of these: they keep what they have.",
    )
    failed_reason = fields.Char(readonly=True, copy=False)
    progress = fields.Float(string="Progress (%)", compute="_compute_progress")
    share_ids = fields.One2many(
        "o2o.split.simulation.share", "simulation_id", readonly=True
    )

    _order_limit_positive = models.Constraint(
        "CHECK(basis != 'last' OR order_limit BETWEEN 1 AND 100000)",
        "Say how many orders to split again: 1 to 100,000.",
    )

    @api.depends("done_count", "line_count")
    def _compute_progress(self):
        for job in self:
            total = job.line_count
            job.progress = 100.0 * job.done_count / total if total else 0.0

    @api.constrains("date_from", "date_to", "basis")
    def _check_dates(self):
        for job in self.filtered(lambda job: job.basis == "dates"):
            if not (job.date_from and job.date_to) or job.date_to < job.date_from:
                raise ValidationError(
                    self.env._(
                        "%(name)s: From %(start)s, To %(end)s is no time. Fill in its first "
                        "and last day.",
                        name=job.name,
                        start=job.date_from or "…",
                        end=job.date_to or "…",
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Begin as a new one, whatever the context or a kept default says."""
        own = {"state", "queue", "memory", "user_id", "share_ids"}
        if not self.env.su:
            if any(set(vals) & own for vals in vals_list):
                raise UserError(
                    self.env._("A simulation begins as a new one: press Run.")
                )
            new = {
                "state": "draft", "user_id": self.env.uid, "queue": False,
                "memory": False, "line_count": 0, "done_count": 0,
            }  # fmt: skip
            vals_list = [vals | new for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        """Refuse another question while it runs or once it was answered."""
        if not self.env.su and set(vals) - {"name"}:
            for job in self.filtered(lambda job: job.state in ("running", "done")):
                raise UserError(
                    self.env._(
                        "%(name)s runs or has run; its question can't be changed. "
                        "Duplicate it to ask another one.",
                        name=job.name,
                    )
                )
            if set(vals) & {"state", "queue", "memory", "user_id", "share_ids"}:
                raise UserError(self.env._("Use the buttons Run and Cancel."))
        return super().write(vals)

    def action_run(self):
        """Button: split the orders again in the background."""
        self.check_access("write")
        for job in self:
            job._begin()
        # sudo: the scheduled action is the system's
        self.env.ref(CRON).sudo()._trigger()
        return True

    def action_cancel(self):
        """Button: stop after the chunk that is being worked on."""
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

    def _begin(self):
        """Freeze which order lines are asked about, or say that there are none."""
        self.ensure_one()
        if self.state in ("running", "done"):
            raise UserError(
                self.env._(
                    "%(name)s runs or has run. Duplicate it to ask again.",
                    name=self.name,
                )
            )
        self.rule_id._to_engine()
        queue = self._get_queue()
        if not queue:
            raise UserError(
                self.env._(
                    "No orders of these channels and that time were split. Choose more "
                    "days or other channels."
                )
            )
        # sudo: see write
        job = self.sudo()
        job.share_ids.unlink()
        job.write(
            {
                "state": "running",
                "failure": False,
                "started_at": fields.Datetime.now(),
                "finished_at": False,
                "queue": queue,
                "memory": {},
                "line_count": len(queue),
                "done_count": 0,
                "tried_count": 0,
                "failed_count": 0,
                "failed_reason": False,
            }
        )

    def _get_queue(self):
        """Return the ids of the order lines in question, the oldest first."""
        domain = Domain("company_id", "=", self.company_id.id)
        if self.channel_ids:
            domain &= Domain("order_id.o2o_channel_id", "in", self.channel_ids.ids)
        # sudo: a manager asks about all shares of the company, as reports do
        shares = self.env["o2o.split.line"].sudo()
        if self.basis == "dates":
            domain &= Domain("date", ">=", self.date_from)
            domain &= Domain("date", "<=", self.date_to)
        else:
            orders = shares._read_group(
                domain, ["order_id"], order="id:max DESC", limit=self.order_limit
            )
            domain &= Domain("order_id", "in", [order.id for (order,) in orders])
        lines = shares._read_group(domain, ["order_line_id"], order="order_line_id ASC")
        return sorted(line.id for (line,) in lines)


class O2oSplitSimulationShare(models.Model):
    """What one party has of the orders, and what it would have."""

    _name = "o2o.split.simulation.share"
    _description = "Share in a Split Simulation"
    _order = "simulation_id, role, id"

    simulation_id = fields.Many2one(
        "o2o.split.simulation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="simulation_id.company_id", store=True)
    currency_id = fields.Many2one(related="simulation_id.currency_id")
    role = fields.Selection(SPLIT_ROLES, required=True)
    partner_id = fields.Many2one("res.partner", string="Party", required=True)
    present = fields.Monetary(string="As Posted")
    trial = fields.Monetary(string="Would Be")
    difference = fields.Monetary()
    line_count = fields.Integer(
        string="Order Lines Changed", help="Lines of which this party's share differs."
    )

    _party_uniq = models.UniqueIndex(
        "(simulation_id, role, partner_id)",
        "A party has one row for each of its roles.",
    )

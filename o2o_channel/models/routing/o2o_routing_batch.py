from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

CRON = "o2o_channel.ir_cron_o2o_routing_batch"
AT_ONCE = 200  # orders that are planned while the planner waits
ACTIVE_STATES = ("planning", "applying")


class O2oRoutingBatch(models.Model):
    """Orders that wait, assigned together: chosen, planned, looked at, applied.

    The plan is the optimum over all of them, with its proof; nothing is offered before
    it is applied. Applying goes order by order with a commit each: what was applied is
    marked, so a rerun after a crash goes on where it stopped.
    """

    _name = "o2o.routing.batch"
    _description = "Batch Assignment"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Planner",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    state = fields.Selection(
        [
            ("draft", "New"),
            ("planning", "Planning"),
            ("planned", "To Apply"),
            ("applying", "Applying"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        tracking=True,
    )
    failure = fields.Text(string="Failed Because", readonly=True)
    is_nightly = fields.Boolean(string="Nightly", readonly=True)
    take_waiting = fields.Boolean(
        string="Orders to Route", default=True, help="Not offered to any store yet."
    )
    take_exceptions = fields.Boolean(
        string="Exception Queue", default=True, help="No store could serve them so far."
    )
    channel_ids = fields.Many2many(
        "o2o.channel", string="Channels", check_company=True, help="Empty: all."
    )
    region_ids = fields.Many2many(
        "o2o.region", string="Regions", help="With all that lies in them. Empty: all."
    )
    date_from = fields.Date(string="Ordered From")
    date_to = fields.Date(string="Ordered Until", help="The last day, included.")
    open_count = fields.Integer(
        string="Orders Found", compute="_compute_open_count", help="Waiting now."
    )
    line_ids = fields.One2many("o2o.routing.batch.line", "batch_id", readonly=True)
    price_ids = fields.One2many("o2o.routing.batch.price", "batch_id", readonly=True)
    order_count = fields.Integer(string="Orders", readonly=True)
    planned_at = fields.Datetime(string="Planned on", readonly=True)
    seconds = fields.Float(digits=(8, 2), readonly=True)
    solver = fields.Char(readonly=True)
    is_fallback = fields.Boolean(string="Without Solver", readonly=True)
    objective_km = fields.Float(
        string="Objective (km)",
        digits=(14, 1),
        readonly=True,
        help="Distance, load, risk, splits and duty, in kilometres; a line that nobody "
        "gets counts 30,000.",
    )
    bound_km = fields.Float(
        string="Lower Bound (km)",
        digits=(14, 1),
        readonly=True,
        help="No plan for these orders can have a lower objective. This is proved.",
    )
    gap_km = fields.Float(
        string="Gap (km)",
        digits=(14, 1),
        readonly=True,
        help="What a better plan could save at the very most. 0: this is the best one.",
    )
    gap_percent = fields.Float(string="Gap (%)", digits=(6, 2), readonly=True)
    is_optimal = fields.Boolean(string="Proved Optimal", readonly=True)
    distance_km = fields.Float(string="Distance (km)", digits=(14, 1), readonly=True)
    first_km = fields.Float(
        string="First Come (km)",
        digits=(14, 1),
        readonly=True,
        help="If each order in its turn took the nearest store that is left.",
    )
    saved_km = fields.Float(
        string="Saved (km)",
        digits=(14, 1),
        readonly=True,
        help="Against first come, when both serve the same number of lines.",
    )
    first_unassigned = fields.Integer(string="First Come: Lines Left", readonly=True)
    unassigned_count = fields.Integer(string="Lines Left", readonly=True)
    has_shares = fields.Boolean(readonly=True)
    share_km = fields.Float(
        string="Fair Shares Cost (km)",
        digits=(14, 1),
        readonly=True,
        help="Distance of this plan less that of the best plan without fair shares.",
    )
    done_count = fields.Integer(string="Legs Offered", compute="_compute_progress")
    stale_count = fields.Integer(string="Overtaken", compute="_compute_progress")
    progress = fields.Float(string="Progress (%)", compute="_compute_progress")

    @api.depends("create_date", "is_nightly")
    @api.depends_context("tz", "lang")
    def _compute_name(self):
        for batch in self:
            moment = batch.create_date or fields.Datetime.now()
            when = fields.Datetime.context_timestamp(batch, moment)
            label = (
                self.env._("Night of") if batch.is_nightly else self.env._("Batch of")
            )
            batch.name = f"{label} {when:%Y-%m-%d %H:%M}"

    @api.depends(
        "take_waiting", "take_exceptions", "channel_ids", "region_ids", "date_from",
        "date_to", "company_id",
    )  # fmt: skip
    def _compute_open_count(self):
        for batch in self:
            batch.open_count = self.env["sale.order"].search_count(
                batch._get_order_domain()
            )

    @api.depends("line_ids.state")
    def _compute_progress(self):
        groups = self.env["o2o.routing.batch.line"]._read_group(
            [("batch_id", "in", self.ids)], ["batch_id", "state"], ["__count"]
        )
        counts = {(batch.id, state): count for batch, state, count in groups}
        for batch in self:
            planned, done, stale = (
                counts.get((batch.id, state), 0)
                for state in ("planned", "applied", "stale")
            )
            batch.done_count, batch.stale_count = done, stale
            total = planned + done + stale
            batch.progress = 100.0 * (done + stale) / total if total else 0.0

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for batch in self:
            if batch.date_from and batch.date_to and batch.date_to < batch.date_from:
                raise UserError(
                    self.env._(
                        "The orders would have to be taken until %(end)s, before "
                        "%(start)s. Correct one of the dates.",
                        end=batch.date_to,
                        start=batch.date_from,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        if self.filtered(lambda batch: batch.state in ("applying", "done")):
            raise UserError(
                self.env._("What was applied stays on record. Nothing was deleted.")
            )

    def _get_order_domain(self):
        """Orders that wait: nothing of what they lack is offered to anybody."""
        states = []
        if self.take_waiting:
            states.append("to_route")
        if self.take_exceptions:
            states.append("exception")
        domain = Domain("state", "=", "sale") & Domain("o2o_route_state", "in", states)
        domain &= Domain("company_id", "=", self.company_id.id)
        if self.channel_ids:
            domain &= Domain("o2o_channel_id", "in", self.channel_ids.ids)
        else:
            domain &= Domain("o2o_channel_id", "!=", False)
        if self.region_ids:
            domain &= Domain("o2o_region_id", "child_of", self.region_ids.ids)
        share = self.env["o2o.routing.share"]
        if self.date_from:
            domain &= Domain(
                "date_order", ">=", share._get_midnight(self.company_id, self.date_from)
            )
        if self.date_to:
            after = fields.Date.add(self.date_to, days=1)
            domain &= Domain(
                "date_order", "<", share._get_midnight(self.company_id, after)
            )
        if self.is_nightly:
            domain &= Domain("o2o_wait_batch", "=", True)
        return domain

    # Buttons

    def action_plan(self):
        """Button: work out the plan; a large one in the background."""
        self.ensure_one()
        self._lock_in("draft", "planned", "failed", "cancelled")
        self.check_access("write")
        number = self.env["sale.order"].search_count(self._get_order_domain())
        if not number:
            raise UserError(
                self.env._(
                    "No order waits that fits. Widen the filters, or come back when "
                    "orders are in the exception queue or wait for the batch."
                )
            )
        self._reset()
        self.state = "planning"
        if number > AT_ONCE:
            # sudo: the scheduled action is the system's
            self.env.ref(CRON).sudo()._trigger()
        else:
            # sudo: the plan reads stock and areas that planners need not see
            self.sudo()._make_plan()
        return True

    def action_apply(self):
        """Button: offer the legs as planned, in the background."""
        self.ensure_one()
        self.check_access("write")
        self._lock_in("planned")
        if not self.line_ids.filtered(lambda line: line.state == "planned"):
            raise UserError(
                self.env._(
                    "This plan assigns nothing. Look at the reasons, put them right and "
                    "plan again."
                )
            )
        self.state = "applying"
        # sudo: the scheduled action is the system's
        self.env.ref(CRON).sudo()._trigger()
        return True

    def action_cancel(self):
        """Button: stop here. What was offered already stays offered."""
        self.ensure_one()
        self.check_access("write")
        self._lock_in("draft", "planning", "planned", "applying", "failed")
        self.state = "cancelled"
        return True

    def action_refresh(self):
        """Button: look at the figures again."""
        return True

    def action_view_legs(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_dispatch_action"
        )
        legs = self.line_ids.dispatch_id.ids
        return action | {"domain": [("id", "in", legs)], "context": {}}

    def _lock_in(self, *states):
        """Go on only from these states; two clicks at once meet on the row."""
        self.lock_for_update(allow_referencing=True)
        self.invalidate_recordset(["state"])
        if self.state not in states:
            label = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(batch)s is in state %(state)s; that is not possible now. Reload "
                    "the page.",
                    batch=self.name,
                    state=label[self.state],
                )
            )

    def _reset(self):
        # sudo: lines and prices are written by the plan only
        self.sudo().line_ids.unlink()
        self.sudo().price_ids.unlink()
        self.failure = False

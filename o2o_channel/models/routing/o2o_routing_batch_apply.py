import logging
from dataclasses import replace

from odoo import api, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...engine import routing as engine
from ...engine.cascade import Step
from .o2o_routing_batch import ACTIVE_STATES

_logger = logging.getLogger(__name__)

MAX_RETRIES = 5  # of an order that other transactions got in the way of


class O2oRoutingBatch(models.Model):
    """Applying a plan: each order looked at again, offered, committed."""

    _inherit = "o2o.routing.batch"

    @api.model
    def _cron_process(self):
        """Go on with every batch under way, until time is up."""
        cron = self.env["ir.cron"]
        batches = self.search([("state", "in", ACTIVE_STATES)], order="id")
        cron._commit_progress(remaining=len(batches))
        for batch in batches:
            if not batch._process_and_commit():
                return
            cron._commit_progress(1)

    def _process_and_commit(self):
        """Do what is left of a batch; False when time is up before."""
        self.ensure_one()
        cron, retries = self.env["ir.cron"], 0
        while True:
            try:
                if self.state == "planning":
                    if self.try_lock_for_update():
                        self._make_plan()
                        self._apply_at_night()
                elif self.state == "applying":
                    if not self._apply_next():
                        return True
                else:
                    return True
                retries = 0
                # a batch is one of the cron's records, whatever its number of orders
                if not cron._commit_progress():
                    return False
            except (ConcurrencyError, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
                self.env.cr.rollback()
                retries += 1
                if retries > MAX_RETRIES:
                    raise
            except Exception as error:
                self.env.cr.rollback()
                _logger.exception("Batch assignment %s stopped", self.id)
                self._fail(str(error))
                return True

    def _fail(self, reason):
        """Say why. The orders of a night don't wait for the next one."""
        self.write({"state": "failed", "failure": reason[:1000]})
        if self.is_nightly:
            orders = self.env["sale.order"].search(self._get_order_domain())
            self._route_alone(orders)

    def _apply_next(self):
        """Apply one order's lines; False when another worker is at it."""
        if not self.try_lock_for_update(allow_referencing=True):
            return False
        self.invalidate_recordset(["state"])
        if self.state != "applying":
            return False
        lines = self.env["o2o.routing.batch.line"]
        first = lines.search(
            [("batch_id", "=", self.id), ("state", "=", "planned")], limit=1, order="id"
        )
        if not first:
            self._finish()
            return True
        own = lines.search(
            [("batch_id", "=", self.id), ("order_id", "=", first.order_id.id)]
        )
        planned = own.filtered(lambda line: line.state == "planned")
        try:
            with self.env.cr.savepoint():
                problem = self._apply_order(first.order_id, own, planned)
        except UserError as error:
            problem = str(error)
        if problem:
            planned.write({"state": "stale", "note": problem})
        return True

    def _finish(self):
        self.state = "done"
        self.message_post(
            body=self.env._(
                "%(done)s legs offered, %(stale)s overtaken by what happened since.",
                done=self.done_count,
                stale=self.stale_count,
            )
        )
        if self.is_nightly:
            self._route_the_rest()

    def _route_the_rest(self):
        """In the morning nothing waits any more: the single routing has the rest."""
        rest = self.line_ids.filtered(
            lambda line: line.state in ("unassigned", "stale")
        )
        self._route_alone(rest.order_id.filtered("o2o_wait_batch"))

    def _route_alone(self, orders):
        orders.o2o_wait_batch = False
        if orders:
            self.env.ref("o2o_channel.ir_cron_o2o_route_pending")._trigger()

    # One order

    def _apply_order(self, order, own, planned):
        """Offer an order's legs as planned. Returns why not, or nothing.

        ``own``: all lines of the order in the plan, ``planned``: those with a store."""
        order._o2o_lock_route()
        order.invalidate_recordset()
        if order.state != "sale" or order.o2o_route_state not in (
            "to_route",
            "exception",
        ):
            return self.env._("The order no longer waits")
        needs, declined = order._o2o_get_batch_needs()
        foreseen = {}
        for line in own:
            foreseen.update(line.parts)
        if {str(line.id): quantity for line, quantity in needs.items()} != foreseen:
            return self.env._("What the order needs has changed")
        run = self.env["o2o.router"]._decide(order, needs, declined)
        if run.rule != planned[:1].rule_id:
            return self.env._(
                "Another routing rule holds now: %(rule)s",
                rule=run.rule.name or self.env._("none"),
            )
        for line in planned:
            problem = self._get_problem(run, line)
            if problem:
                return problem
        parts = [self._get_part(run, line) for line in planned]
        self._offer(order, own, planned, parts, run, needs, declined)
        return None

    def _get_part(self, run, line):
        """The engine's leg for a line of the plan, judged on what holds now."""
        keys = {int(key) for key in line.parts}
        lines = tuple(one for one in run.request.lines if one.key in keys)
        request = replace(run.request, lines=lines)
        candidates = engine.rank(request, run.nodes, run.engine_rule).candidates
        shares = tuple(engine.Part(one.key, one.quantity) for one in lines)
        return engine.Leg(line.warehouse_id.id, shares, candidates)

    def _get_problem(self, run, line):
        """Why the store can't be asked any more. It is judged alone: others of its
        area may be meant for other orders of the plan."""
        keys = {int(key) for key in line.parts}
        lines = tuple(one for one in run.request.lines if one.key in keys)
        nodes = [node for node in run.nodes if node.key == line.warehouse_id.id]
        if not nodes:
            return self.env._(
                "%(store)s is no dealer's store any more", store=line.warehouse_id.name
            )
        request = replace(run.request, lines=lines)
        found = engine.rank(request, nodes, run.engine_rule).candidates[0]
        if found.eligible:
            return None
        return f"{line.warehouse_id.name}: {self._get_text(found)}"

    def _get_text(self, candidate):
        return (
            self.env["o2o.dispatch.candidate"]
            .new(
                {
                    "reason_code": candidate.reason,
                    "parts": candidate.parts,
                    "available": float(candidate.available),
                    "needed": float(candidate.needed),
                    "distance_km": candidate.distance_km or 0.0,
                }
            )
            .reason
        )

    def _offer(self, order, own, planned, parts, run, needs, declined):
        queued = order.dispatch_ids.filtered(lambda leg: leg.state == "exception")
        previous = queued[:1] if len(queued) == 1 else None
        for leg in queued:
            leg._cancel(self.env._("Assigned together with others"))
        plan = [(part, Step("offer", (part.node,))) for part in parts]
        rest = {key for line in own - planned for key in line.parts}
        if rest:
            plan.append((self._get_rest(run, rest), Step("exception")))
        legs = self.env["o2o.dispatch"]
        for part, step in plan:
            legs += order._o2o_create_leg(part, step, run, needs, declined, previous)
        self.env["o2o.routing.decision"]._record(order, run, "batch", legs)
        for leg, (_part, step) in zip(legs, plan, strict=True):
            leg._start(step)
        for line, leg in zip(planned, legs, strict=False):
            self._mark(line, leg)
        order.o2o_wait_batch = False
        order._o2o_update_route_state()

    def _get_rest(self, run, keys):
        lines = tuple(one for one in run.request.lines if str(one.key) in keys)
        shares = tuple(engine.Part(one.key, one.quantity) for one in lines)
        request = replace(run.request, lines=lines)
        candidates = engine.rank(request, run.nodes, run.engine_rule).candidates
        return engine.Leg(None, shares, candidates)

    def _mark(self, line, leg):
        """A store that could not be asked after all has been passed over by then."""
        values = {"state": "applied", "dispatch_id": leg.id}
        if leg.state in ("cancelled", "exception"):
            note = leg.event_ids.sorted("id")[-1:].note
            values.update(
                state="stale", note=note or self.env._("Could not be offered")
            )
        line.write(values)

    # At night

    @api.model
    def _cron_nightly(self):
        """Have what waited for the batch planned and applied, company by company."""
        orders = self.env["sale.order"]
        groups = orders._read_group(
            [("state", "=", "sale"), ("o2o_wait_batch", "=", True)], ["company_id"]
        )
        for [company] in groups:
            batch = self.with_company(company).create(
                {"company_id": company.id, "is_nightly": True, "take_exceptions": False}
            )
            batch.state = "planning"
        self.env.ref("o2o_channel.ir_cron_o2o_routing_batch")._trigger()

    def _apply_at_night(self):
        """Nobody looks at the plan of a night: it is applied at once."""
        if not self.is_nightly:
            return
        planned = self.line_ids.filtered(lambda line: line.state == "planned")
        self.state = "applying" if planned else "done"
        if not planned:
            self._route_the_rest()

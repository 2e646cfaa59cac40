import base64
import zlib

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.modules import get_manifest
from odoo.tools import SQL

from ...engine import record

TRIGGERS = [
    ("confirm", "Confirmed"),
    ("manual", "Routed Again"),
    ("reject", "Rejected"),
    ("expire", "Expired"),
    ("retry", "Retried"),
    ("batch", "Batch"),
]
# What asked for a decision, by the state of the leg that it replaces.
TRIGGER_OF_STATE = {"rejected": "reject", "expired": "expire", "cancelled": "retry"}
OUTCOMES = [
    ("single", "One Store"),
    ("divided", "Several Stores"),
    ("partial", "Not All of It"),
    ("nobody", "No Store"),
]


class O2oRoutingDecision(models.Model):
    """Who serves an order and why, with all that the answer follows from.

    Append-only. The inputs are kept as the bytes of `engine.record`, so the decision
    can be taken again on what was known then, whatever stores and rules say today.
    """

    _name = "o2o.routing.decision"
    _description = "Routing Decision"
    _order = "id desc"
    _check_company_auto = True

    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.uid,
    )
    trigger = fields.Selection(TRIGGERS, string="Because", required=True, readonly=True)
    rule_id = fields.Many2one("o2o.routing.rule", readonly=True, ondelete="restrict")
    rule_version = fields.Integer(readonly=True)
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Store",
        readonly=True,
        ondelete="set null",
        help="The store that was asked; of several, the first.",
    )
    chosen = fields.Char(
        string="Stores Chosen", readonly=True, help="Their codes at that time."
    )
    store_count = fields.Integer(string="Stores Considered", readonly=True)
    eligible_count = fields.Integer(string="Could Serve It", readonly=True)
    engine_version = fields.Char(string="Computed By", readonly=True)
    inputs = fields.Binary(attachment=False, readonly=True)
    inputs_digest = fields.Char(
        readonly=True, required=True, help="SHA-256 of all that was known."
    )
    result = fields.Binary(attachment=False, readonly=True)
    result_digest = fields.Char(
        readonly=True, required=True, help="SHA-256 of the answer with every figure."
    )
    has_inputs = fields.Boolean(
        string="Can Be Run Again", compute="_compute_has_inputs"
    )
    leg_ids = fields.One2many(
        "o2o.dispatch", "decision_id", string="Legs", readonly=True
    )

    candidate_ids = fields.One2many(
        "o2o.dispatch.candidate",
        string="Stores in Question",
        compute="_compute_candidate_ids",
    )
    route_picture = fields.Json(compute="_compute_candidate_ids")

    @api.depends("leg_ids.candidate_ids")
    @api.depends_context("lang")
    def _compute_candidate_ids(self):
        for decision in self:
            legs = decision._get_first_legs()
            decision.candidate_ids = legs.candidate_ids
            decision.route_picture = legs._get_route_picture()

    @api.depends("order_id.name", "date")
    @api.depends_context("tz")
    def _compute_display_name(self):
        for decision in self:
            moment = fields.Datetime.context_timestamp(decision, decision.date)
            decision.display_name = (
                f"{decision.order_id.name} · {moment:%Y-%m-%d %H:%M:%S}"
            )

    @api.depends("inputs_digest")
    def _compute_has_inputs(self):
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM o2o_routing_decision"
                " WHERE id IN %s AND inputs IS NOT NULL",
                self._ids or (0,),
            )
        )
        kept = {row[0] for row in rows}
        for decision in self:
            decision.has_inputs = decision.id in kept

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._("Routing decisions are a record and can't be changed.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Routing decisions are a record and can't be deleted.")
        )

    # Writing

    @api.model
    def _record(self, order, run, trigger, legs):
        """Keep a run of the engine: inputs, answer, who asked for it and why.

        :param run: what `o2o.router._decide` returned
        :param trigger: one of `TRIGGERS`
        :param legs: the legs that were made of it
        """
        inputs = record.dump_inputs(run.request, run.nodes, run.engine_rule)
        result = record.dump(run.decision)
        stores = self._get_chosen(run)
        if trigger == "batch":
            # the plan for all orders chose, not the ranking for this one
            stores = {leg.warehouse_id.id: leg.warehouse_id.code for leg in legs}
            stores.pop(False, None)
        # sudo: nobody may write decisions; confirming an order makes one
        decision = self.sudo().create(
            {
                "order_id": order.id,
                "company_id": order.company_id.id,
                "trigger": trigger,
                "rule_id": run.rule.id,
                "rule_version": self._get_rule_version(run.rule),
                "outcome": self._get_outcome(run.decision),
                "warehouse_id": next(iter(stores), False),
                "chosen": ", ".join(stores.values()),
                "store_count": len(run.nodes),
                "eligible_count": sum(c.eligible for c in run.decision.candidates),
                "engine_version": get_manifest("o2o_channel")["version"],
                "inputs": _pack(inputs),
                "inputs_digest": record.digest(inputs),
                "result": _pack(result),
                "result_digest": record.digest(result),
            }
        )
        legs.decision_id = decision
        return decision

    @api.model
    def _get_trigger(self, legs, order, previous):
        """Why an order is routed: said by the caller, else by what went before."""
        told = self.env.context.get("o2o_route_trigger")
        if told:
            return told
        if previous:
            return TRIGGER_OF_STATE.get(previous.state, "retry")
        return "manual" if order.dispatch_ids - legs else "confirm"

    @api.model
    def _get_chosen(self, run):
        """{store id: code} of the stores that are asked, first asked first."""
        codes = {node.key: node.code for node in run.nodes}
        return {leg.node: codes[leg.node] for leg in run.decision.legs}

    @api.model
    def _get_outcome(self, decision):
        if not decision.legs:
            return "nobody"
        if decision.unserved:
            return "partial"
        return "divided" if len(decision.legs) > 1 else "single"

    @api.model
    def _get_rule_version(self, rule):
        return rule.version if "version" in rule._fields else 1

    # Reading

    def _load(self):
        """(request, nodes, engine rule) as they were: what `engine.rank` takes."""
        return record.load(self._get_inputs())

    def _load_result(self):
        """The engine's Decision as it was taken."""
        self.ensure_one()
        return record.load(self._get_result())

    def _get_result(self):
        # clients read binary fields as their size
        return _unpack(self.with_context(bin_size=False).result)

    def _get_inputs(self):
        self.ensure_one()
        inputs = self.with_context(bin_size=False).inputs
        if not inputs:
            raise UserError(
                self.env._(
                    "The inputs of decision %(decision)s are no longer kept (settings: "
                    "Keep Routing Inputs). Its digests and candidates are.",
                    decision=self.display_name,
                )
            )
        return _unpack(inputs)

    # Retention

    @api.model
    def _cron_drop_inputs(self, batch=1000):
        """Forget what old decisions followed from, where a company wants that.

        Digests, answers and candidates stay. Commits each batch."""
        cron = self.env["ir.cron"]
        for company in self.env["res.company"].search(
            [("o2o_decision_months", ">", 0)]
        ):
            age = relativedelta(months=company.o2o_decision_months)
            domain = [
                ("company_id", "=", company.id),
                ("date", "<", fields.Datetime.now() - age),
                ("inputs", "!=", False),
            ]
            while old := self.search(domain, limit=batch, order="id"):
                # past `write`, which refuses: this is the one change there is
                self.env.cr.execute(
                    SQL(
                        "UPDATE o2o_routing_decision SET inputs = NULL WHERE id IN %s",
                        old._ids,
                    )
                )
                old.invalidate_recordset()
                if not cron._commit_progress(len(old)):
                    return


def _pack(data):
    """Small, in the form that a binary field takes."""
    return base64.b64encode(zlib.compress(data, 1))


def _unpack(field):
    return zlib.decompress(base64.b64decode(field))

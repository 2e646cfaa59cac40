import logging
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..order.o2o_match_mixin import FLOWS
from .o2o_dispatch import ENDED_STATES

_logger = logging.getLogger(__name__)


class SaleOrder(models.Model):
    """Orders are cut into legs, as often as needed until each line is in one."""

    _inherit = "sale.order"

    dispatch_ids = fields.One2many(
        "o2o.dispatch",
        "order_id",
        string="Legs",
        copy=False,
        groups="base.group_user",
    )
    o2o_dispatch_count = fields.Integer(
        compute="_compute_o2o_dispatch_count", groups="base.group_user"
    )
    o2o_candidate_ids = fields.One2many(
        "o2o.dispatch.candidate",
        string="Stores Considered",
        compute="_compute_o2o_candidate_ids",
        groups="base.group_user",
        help="Why this store and none of the others, for the legs that count.",
    )
    o2o_route_runs = fields.Integer(
        string="Routing Runs", readonly=True, copy=False, groups="base.group_user"
    )
    o2o_served_by_hq = fields.Boolean(
        string="Shipped by Headquarters",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="A part of the order was shipped from headquarters' own warehouse.",
    )
    o2o_flow = fields.Selection(
        FLOWS,
        string="Flow",
        compute="_compute_o2o_flow",
        store=True,
        groups="base.group_user",
        help="Where the order was taken and from where it is served. An online order is "
        "served offline by a dealer's store; a QR code leads a customer of a store "
        "online; a counter stays offline.",
    )

    @api.depends("dispatch_ids")
    def _compute_o2o_dispatch_count(self):
        for order in self:
            order.o2o_dispatch_count = len(order.dispatch_ids)

    @api.depends("dispatch_ids.state", "dispatch_ids.candidate_ids")
    def _compute_o2o_candidate_ids(self):
        for order in self:
            live = order.dispatch_ids.filtered(
                lambda leg: leg.state not in ENDED_STATES
            )
            order.o2o_candidate_ids = (live or order.dispatch_ids[:1]).candidate_ids

    @api.depends("o2o_channel_id.kind", "o2o_served_by_hq")
    def _compute_o2o_flow(self):
        by_kind = {"store_qr": "off2on", "counter": "off2off"}
        for order in self:
            channel = order.o2o_channel_id
            online = "on2on" if order.o2o_served_by_hq else "on2off"
            order.o2o_flow = by_kind.get(channel.kind, online) if channel else False

    def _o2o_route(self):
        """Override: offer to stores what no live leg covers; see `_o2o_place`."""
        result = super()._o2o_route()
        if self.env.context.get("o2o_route_later"):
            self.env.ref("o2o_channel.ir_cron_o2o_route_pending")._trigger()
            return result
        for order in self:
            # sudo: whoever confirms an order has it routed, and may not write legs
            order.sudo()._o2o_route_one()
        return result

    def _o2o_route_one(self):
        self.ensure_one()
        self._o2o_lock_route()
        self._o2o_take_back_surplus()
        for leg in self.dispatch_ids.filtered(lambda leg: leg.state == "exception"):
            leg._retry()
        needs = self._o2o_get_needs()
        if needs:
            self._o2o_place(needs, self.env["stock.warehouse"])
        self._o2o_update_route_state()

    def _o2o_lock_route(self):
        """One run at a time per order: the second waits, is refused and replayed.

        The counter makes sure that the first run has changed the row."""
        self.env.cr.execute(
            SQL("SELECT id FROM sale_order WHERE id = %s FOR NO KEY UPDATE", self.id),
            log_exceptions=False,
        )
        self.o2o_route_runs += 1

    def _o2o_get_covered(self):
        """{line: quantity in its unit} that live legs serve."""
        covered = defaultdict(float)
        legs = self.dispatch_ids.filtered(lambda leg: leg.state not in ENDED_STATES)
        for part in legs.line_ids:
            covered[part.order_line_id] += part.quantity
        return covered

    def _o2o_take_back_surplus(self):
        """Cancel offers of lines that were reduced; what is left is routed anew.

        A store that has accepted already works on it: it has to be asked first."""
        for line, quantity in self._o2o_get_covered().items():
            legs = line.o2o_dispatch_line_ids.dispatch_id.sorted("id", reverse=True)
            for leg in legs.filtered(lambda leg: leg.state in ("exception", "offered")):
                if line.product_uom_id.compare(quantity, line.product_uom_qty) <= 0:
                    break
                parts = leg.line_ids & line.o2o_dispatch_line_ids
                quantity -= sum(parts.mapped("quantity"))
                leg._cancel(self.env._("The order was reduced"))
            if line.product_uom_id.compare(quantity, line.product_uom_qty) > 0:
                raise UserError(
                    self.env._(
                        "%(product)s of order %(order)s can't be reduced to %(quantity)s: "
                        "stores have accepted %(accepted)s. Cancel the leg first.",
                        product=line.product_id.display_name,
                        order=self.name,
                        quantity=line.product_uom_qty,
                        accepted=quantity,
                    )
                )

    def _o2o_get_needs(self):
        """{line: quantity in its unit} of goods that are in no live leg."""
        self.ensure_one()
        lines = self.order_line.filtered(
            lambda line: (
                not line.display_type
                and not line.is_downpayment
                and line.product_id.type == "consu"
                and line.product_uom_qty > 0
            )
        )
        covered = self._o2o_get_covered()
        needs = {}
        for line in lines:
            missing = line.product_uom_id.round(line.product_uom_qty - covered[line])
            if line.product_uom_id.compare(missing, 0) > 0:
                needs[line] = missing
        return needs

    def _o2o_place(self, needs, declined, previous=None, again=False):
        """Decide who serves `needs` and ask them; what nobody can serve is queued.

        :param needs: {sale.order.line: quantity in its unit}
        :param declined: stores that are not asked (again)
        :param previous: the leg that the new ones replace; its rule is used again
        :param again: headquarters starts the chain of offers anew
        """
        self.ensure_one()
        legs = self.env["o2o.dispatch"]
        run = self._o2o_decide(needs, declined, previous)
        plan = legs._plan(self, run, previous, again)
        for part, step in plan:
            legs += self._o2o_create_leg(part, step, run, needs, declined, previous)
        decisions = self.env["o2o.routing.decision"]
        trigger = decisions._get_trigger(legs, self, previous)
        decisions._record(self, run, trigger, legs)
        for leg, (_part, step) in zip(legs, plan, strict=True):
            leg._start(step)
        return legs

    def _o2o_decide(self, needs, declined, previous=None):
        """Ask the router; a cascade keeps the version of the rule that it began with."""
        rule = previous.rule_id if previous else None
        return self.env["o2o.router"]._decide(self, needs, declined, rule=rule)

    def _o2o_create_leg(self, part, step, run, needs, declined, previous):
        """A leg in state draft from one of the engine's, with its candidates."""
        lines = {line.id: line for line in needs}
        quantities = {}
        for share in part.parts:
            line = lines[share.line]
            # a whole line keeps its own figure, free of rounding between units
            undivided = line.product_uom_id != line.product_id.uom_id
            quantities[line] = needs[line] if undivided else float(share.quantity)
        node = step.nodes[:1] if step.kind in ("offer", "ask") else ()
        store = self.env["stock.warehouse"].browse(node)
        leg = self.env["o2o.dispatch"].create(
            {
                **self._prepare_dispatch_vals(
                    quantities, store, run.rule, declined, previous
                ),
                "mode": self._o2o_leg_mode(run.rule, step),
                "is_ask_first": step.kind == "ask",
                "is_pool": step.is_pool,
            }
        )
        self.env["o2o.dispatch.candidate"]._record(leg, part.candidates)
        return leg

    def _o2o_leg_mode(self, rule, step):
        mode = rule._cascade_rule(self).mode
        if step.kind == "grab" or mode != "grab":
            return "grab" if step.kind == "grab" else mode
        return "assign"  # what several stores share can't be grabbed as one

    def _prepare_dispatch_vals(self, quantities, store, rule, declined, previous=None):
        return {
            "name": f"{self.name}/{len(self.dispatch_ids) + 1}",
            "order_id": self.id,
            "warehouse_id": store.id,
            "dealer_id": store.dealer_id.id,
            "rule_id": rule.id,
            "previous_id": previous.id if previous else False,
            "declined_warehouse_ids": [fields.Command.set(declined.ids)],
            "line_ids": [
                fields.Command.create({"order_line_id": line.id, "quantity": quantity})
                for line, quantity in quantities.items()
            ],
        }

    def _o2o_update_route_state(self):
        """Say how far the routing of confirmed orders is, from their legs."""
        for order in self:
            if order.state != "sale" or order.o2o_route_state in ("unplaced", "held"):
                continue
            stuck = any(leg.state == "exception" for leg in order.dispatch_ids)
            open_needs = stuck or order._o2o_get_needs()
            order.o2o_route_state = "exception" if open_needs else "routed"

    def _action_cancel(self):
        """Override of sale: the legs end with the order and free their stock."""
        # sudo: whoever may cancel the order cancels what hangs on it
        legs = self.sudo().dispatch_ids.filtered(
            lambda leg: "cancelled" in leg._get_next_states()
        )
        for leg in legs._for_action():
            leg._cancel(self.env._("The order was cancelled"))
        return super()._action_cancel()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_dispatched(self):
        # sudo: whoever deletes an order may not see its legs
        kept = self.sudo().filtered("dispatch_ids")
        if kept:
            raise UserError(
                self.env._(
                    "Order %(order)s has been offered to stores, which stays on record. "
                    "Leave it cancelled instead of deleting it.",
                    order=kept[0].name,
                )
            )

    @api.model
    def _cron_route_pending(self, batch=100):
        """Finish orders whose routing was put off or broken off. Commits each.

        An order that fails leaves the queue with its reason: it can't block others.
        """
        domain = [
            ("state", "=", "sale"),
            ("o2o_route_state", "=", "to_route"),
            ("o2o_wait_batch", "=", False),
        ]
        cron = self.env["ir.cron"]
        todo = self.search(domain, limit=batch, order="id")
        cron._commit_progress(remaining=self.search_count(domain))
        for order in todo:
            # a recordset of one: after each commit the cache is empty
            order[0]._o2o_route_pending(domain)
            if not cron._commit_progress(1):
                break

    def _o2o_route_pending(self, domain):
        try:
            order = self.try_lock_for_update(allow_referencing=True)
            if order.filtered_domain(domain):
                with self.env.cr.savepoint():
                    order._o2o_route_one()
        except UserError as error:
            order._o2o_note_route_failure(str(error))
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # somebody was faster; the next run sees what is left
            self.env.cr.rollback()
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("Order %s could not be routed", self.id)
            self._o2o_note_route_failure(str(error))

    def _o2o_note_route_failure(self, message):
        self.o2o_route_state = "exception"
        self.message_post(body=self.env._("Routing failed: %(error)s", error=message))
        user = self._o2o_manager_of(self.o2o_channel_id)
        if user:
            self.activity_schedule(
                "o2o_channel.mail_activity_type_o2o_exception",
                user_id=user.id,
                note=message,
            )

    def action_view_o2o_dispatches(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_dispatch_action"
        )
        action["domain"] = [("order_id", "in", self.ids)]
        action["context"] = {}
        return action

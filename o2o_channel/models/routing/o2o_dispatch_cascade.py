from dataclasses import replace

from odoo import api, fields, models

from ...engine import routing
from ...engine.cascade import TRANSITIONS, Answer, Step, next_step
from ...engine.routing_values import askable_nodes

# Of `routing.SOFT_REASONS`, those for which a store is asked before all may take it.
ASK_FIRST_REASONS = frozenset({"no_feed", "stale"})


class O2oDispatch(models.Model):
    """From one store to the next, by `engine.cascade`: what a leg's end leads to.

    A cascade is a chain of legs (`previous_id`). It keeps the rule it began with."""

    _inherit = "o2o.dispatch"

    is_pool = fields.Boolean(
        string="Open to All",
        readonly=True,
        help="Every store that was not asked before may take it.",
    )

    def _get_next_states(self):
        return TRANSITIONS[self.state]

    # Planning: which legs come next

    @api.model
    def _plan(self, order, run, previous=None, again=False):
        """The parts of an order's needs with what to do for each.

        :param run: the router's; its ranking says who can serve all of it, its legs
            how it is divided when nobody can
        :param previous: the leg that ended, the last of its cascade
        :param again: headquarters has it routed once more: whoever was asked stays
            asked, and the chain begins anew
        :return: [(engine.routing.Leg, engine.cascade.Step)]
        """
        decision = run.decision
        whole = tuple(c.node for c in decision.candidates if c.eligible)
        legs = tuple(leg.node for leg in decision.legs)
        everything = routing.Leg(None, _parts(run.request), decision.candidates)
        step = self._next_step(order, run, previous, again, whole or legs)
        if whole or step.is_pool or step.kind not in ("offer", "grab"):
            return [(everything, step)]
        plan = [(leg, Step("offer", (leg.node,))) for leg in decision.legs]
        if decision.unserved:
            rest = self._next_step(order, run, previous, again, (), decision.unserved)
            plan.append((decision.unserved, rest))
        return plan

    @api.model
    def _next_step(self, order, run, previous, again, eligible, part=None):
        rule = run.rule._cascade_rule(order)
        asked, grabbed = (), False
        if previous:
            asked, grabbed = previous._get_answers(), previous._was_pooled()
        if again:
            asked = tuple(replace(answer, kind="failed") for answer in asked)
            grabbed = False
        if rule.mode == "choice":
            chosen = order.o2o_pickup_warehouse_id.id
            eligible = tuple(node for node in eligible if node == chosen)
        step = next_step(rule, asked, eligible, (), grabbed)
        if step.kind == "offer" or (step.kind == "grab" and not step.is_pool):
            return step
        # only now: who could take it without being promised anything
        candidates = (part or run.decision).candidates
        unsure = askable_nodes(candidates, ASK_FIRST_REASONS)
        pool = askable_nodes(candidates)
        return next_step(rule, asked, eligible, pool, grabbed, unsure)

    def _get_chain(self):
        """The legs of the cascade up to this one, the last first."""
        chain, leg = self.browse(), self
        while leg and leg not in chain:
            chain += leg
            leg = leg.previous_id
        return chain

    def _get_answers(self):
        """What became of every store asked in this cascade."""
        kinds = dict.fromkeys(self._get_declined().ids, "failed")
        for leg in self._get_chain():
            for offer in leg.offer_ids:
                kinds[offer.warehouse_id.id] = _OFFER_KINDS.get(offer.state, "lost")
            if leg.warehouse_id and leg.state in ("rejected", "expired"):
                kinds[leg.warehouse_id.id] = leg.state
        return tuple(Answer(node, kind) for node, kind in sorted(kinds.items()))

    def _was_pooled(self):
        return any(leg.is_pool for leg in self._get_chain())

    def _get_declined(self):
        """Stores that are not asked again: they had their chance."""
        return (
            self.declined_warehouse_ids
            | self.warehouse_id
            | self.offer_ids.warehouse_id
        )

    # Taking the step

    def _start(self, step):
        """Do for a new leg what the engine says."""
        if step.kind in ("offer", "ask"):
            problem = self._offer()
            if problem:
                self._skip(problem)
        elif step.kind == "grab":
            self._open_to_grab(self.env["stock.warehouse"].browse(step.nodes))
        elif self.mode == "manual":
            self._move_to_exception(self.env._("Headquarters chooses the store"))
        else:
            note = self.env._("No store can serve it")
            self._move_to_exception(note, to_fallback=step.kind == "fallback")

    def _skip(self, problem):
        """The store can't be asked after all (its stock or its day is gone, it has no
        opening hours): the next one is."""
        self._release()
        self._move_to("cancelled", problem)
        self._continue()

    def _end_and_continue(self, state, note, **values):
        """End the leg in `state`, free its stock and ask the next store."""
        self._check_may(state)
        self._release()
        self.offer_ids._answer("expired" if state == "expired" else "withdrawn")
        self._move_to(state, note, deadline=False, **values)
        self._continue()

    def _continue(self):
        if self.order_id.state == "cancel":
            return
        self.order_id._o2o_place(self._get_needs(), self._get_declined(), previous=self)
        self.order_id._o2o_update_route_state()

    def _get_needs(self):
        return {line.order_line_id: line.quantity for line in self.line_ids}

    def _create_next(self, warehouse):
        """The leg that takes this one's place, in state draft."""
        order = self.order_id
        values = order._prepare_dispatch_vals(
            self._get_needs(),
            warehouse,
            self.rule_id,
            declined=self._get_declined(),
            previous=self,
        )
        following = self.create(values)
        self.env["o2o.dispatch.candidate"]._copy_to(self, following)
        return following

    # The queue of headquarters

    def _move_to_exception(self, note, to_fallback=False):
        """Take the leg from its store and queue it for headquarters, or let the rule's
        own warehouse ship it."""
        declined = self._get_declined()
        self.offer_ids._answer("withdrawn")
        self._move_to(
            "exception",
            note,
            warehouse_id=False,
            dealer_id=False,
            is_ask_first=False,
            deadline=False,
            declined_warehouse_ids=[fields.Command.set(declined.ids)],
        )
        if not (to_fallback and self._serve_from_hq()):
            self._queue_exception(note)
        self.order_id._o2o_update_route_state()

    def _retry(self):
        """Offer a leg of the exception queue again, if a store can serve it by now."""
        order, needs, declined = self.order_id, self._get_needs(), self._get_declined()
        run = order._o2o_decide(needs, declined, self)
        plan = self._plan(order, run, self, again=True)
        if all(step.kind == "exception" for _part, step in plan):
            return
        self._cancel(self.env._("Routed again"))
        order._o2o_place(needs, declined, previous=self, again=True)

    def _get_manager(self):
        """Who at headquarters sees to the leg: by the rule, else by the channel."""
        order = self.order_id
        return self.rule_id.user_id or order._o2o_manager_of(self.channel_id)

    def _queue_exception(self, note):
        user = self._get_manager()
        if user:
            self.activity_schedule(
                "o2o_channel.mail_activity_type_o2o_exception",
                user_id=user.id,
                note=note,
            )

    def _close_exception(self):
        self.activity_unlink(["o2o_channel.mail_activity_type_o2o_exception"])


_OFFER_KINDS = {
    "rejected": "rejected",
    "expired": "expired",
    "withdrawn": "failed",
    "accepted": "handed_back",
}


def _parts(request):
    return tuple(routing.Part(line.key, line.quantity) for line in request.lines)

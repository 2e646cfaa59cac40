from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...engine.cascade import TRANSITIONS
from .o2o_dispatch import DEFAULT_ACCEPT_MINUTES


class O2oDispatch(models.Model):
    """From one store to the next: reject, expiry, the exception queue."""

    _inherit = "o2o.dispatch"

    def _default_accept_minutes(self):
        return DEFAULT_ACCEPT_MINUTES

    def _get_next_states(self):
        return TRANSITIONS[self.state]

    def _end_and_continue(self, state, note, **values):
        """End the leg in `state`, free its stock and ask the next store."""
        self._check_may(state)
        self._release()
        self._move_to(state, note, deadline=False, **values)
        if self.order_id.state == "cancel":
            return
        needs = {line.order_line_id: line.quantity for line in self.line_ids}
        declined = self.declined_warehouse_ids | self.warehouse_id
        self.order_id._o2o_place(needs, declined, previous=self)
        self.order_id._o2o_update_route_state()

    def _create_next(self, warehouse):
        """The leg that takes this one's place, in state draft."""
        order = self.order_id
        values = order._prepare_dispatch_vals(
            {line.order_line_id: line.quantity for line in self.line_ids},
            warehouse,
            self.rule_id,
            declined=self.declined_warehouse_ids | self.warehouse_id,
            previous=self,
        )
        following = self.create(values)
        self.env["o2o.dispatch.candidate"]._copy_to(self, following)
        return following

    def _move_to_exception(self, note):
        """Take the leg from its store and queue it for headquarters."""
        declined = self.declined_warehouse_ids | self.warehouse_id
        self._move_to(
            "exception",
            note,
            warehouse_id=False,
            dealer_id=False,
            deadline=False,
            declined_warehouse_ids=[fields.Command.set(declined.ids)],
        )
        self._queue_exception(note)
        self.order_id._o2o_update_route_state()

    def _retry(self):
        """Offer a leg of the exception queue again, if a store can serve it by now."""
        needs = {line.order_line_id: line.quantity for line in self.line_ids}
        declined = self.declined_warehouse_ids
        run = self.env["o2o.router"]._decide(self.order_id, needs, declined)
        if run.decision.legs:
            self._cancel(self.env._("Routed again"))
            self.order_id._o2o_place(needs, declined, previous=self)

    def _queue_exception(self, note):
        order = self.order_id
        user = self.rule_id.user_id or order._o2o_manager_of(self.channel_id)
        if user:
            self.activity_schedule(
                "o2o_channel.mail_activity_type_o2o_exception",
                user_id=user.id,
                note=note,
            )

    def _close_exception(self):
        self.activity_unlink(["o2o_channel.mail_activity_type_o2o_exception"])

    # Expiry

    def _trigger_expiry(self):
        """Have the expiry run in the second after the deadline."""
        cron = self.env.ref("o2o_channel.ir_cron_o2o_expire_offers")
        cron._trigger(at=fields.Datetime.add(self.deadline, seconds=1))

    @api.model
    def _cron_expire_offers(self, batch=200):
        """Ask the next store where one let its offer pass. Commits leg by leg."""
        self._run_leg_by_leg(
            Domain("state", "=", "offered")
            & Domain("deadline", "<", fields.Datetime.now()),
            lambda leg: leg._expire(),
            batch,
        )

    def _expire(self):
        if self.state == "offered" and self._is_overdue():
            self._end_and_continue("expired", self.env._("No answer in time"))

    @api.model
    def _run_leg_by_leg(self, domain, step, batch):
        cron = self.env["ir.cron"]
        todo = self.search(domain, limit=batch, order="deadline, id")
        cron._commit_progress(remaining=self.search_count(domain))
        for leg in todo:
            try:
                # a recordset of one: after each commit the cache is empty
                leg = leg[0].try_lock_for_update(allow_referencing=True)
                if not leg.filtered_domain(domain):
                    continue
                with self.env.cr.savepoint():
                    step(leg)
            except UserError as error:
                leg._release()
                leg._move_to_exception(str(error))
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # somebody was faster; the next run sees what is left
                self.env.cr.rollback()
                continue
            if not cron._commit_progress(1):
                break

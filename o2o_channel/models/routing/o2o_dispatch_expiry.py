import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)


class O2oDispatch(models.Model):
    """Offers that nobody answers in time. Each leg is committed by itself, so a run
    that is broken off loses nothing and does nothing twice."""

    _inherit = "o2o.dispatch"

    def _is_overdue(self):
        """The second of the deadline itself still belongs to the store."""
        return bool(self.deadline) and self.deadline < fields.Datetime.now()

    def _trigger_expiry(self):
        """Have the expiry run in the second after the deadline."""
        self.env["ir.cron"]._o2o_trigger(
            "o2o_channel.ir_cron_o2o_expire_offers",
            fields.Datetime.add(self.deadline, seconds=1),
        )

    @api.model
    def _cron_expire_offers(self, batch=200):
        """Ask the next store where one let its offer pass. Commits leg by leg."""
        self._run_leg_by_leg(
            Domain("state", "=", "offered")
            & Domain("deadline", "<", fields.Datetime.now()),
            lambda leg: leg._expire(),
            batch,
            "o2o_channel.ir_cron_o2o_expire_offers",
        )

    def _expire(self):
        if self.state == "offered" and self._is_overdue():
            self._end_and_continue("expired", self.env._("No answer in time"))

    @api.model
    def _run_leg_by_leg(self, domain, step, batch, job):
        """Do ``step`` with each leg of ``domain`` and commit it; ``job`` is the XML id
        of the scheduled action, which comes back for legs that were in use."""
        cron = self.env["ir.cron"]
        todo = self.search(domain, limit=batch, order="deadline, id")
        cron._commit_progress(remaining=self.search_count(domain))
        busy = False
        for leg in todo:
            busy |= not self._run_leg(leg, domain, step)
            if not cron._commit_progress(1):
                break
        if busy:
            # whoever holds it may fail: look again when that is over
            soon = fields.Datetime.add(fields.Datetime.now(), seconds=2)
            cron._o2o_trigger(job, soon)
            cron._commit_progress()

    def _run_leg(self, leg, domain, step):
        """Do one step with a leg; False when somebody else has it in hand just now.

        A leg that fails stays as it is and in the log: it can't block others."""
        try:
            # a recordset of one: after each commit the cache is empty
            locked = leg[0].try_lock_for_update(allow_referencing=True)
            if locked.filtered_domain(domain):
                locked._do_step(step)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self.env.cr.rollback()
            return False
        except Exception:
            self.env.cr.rollback()
            _logger.exception("Leg %s could not go on", leg.id)
            return True
        return bool(locked)

    def _do_step(self, step):
        try:
            with self.env.cr.savepoint():
                step(self)
        except UserError as error:
            self._release()
            self._move_to_exception(str(error))

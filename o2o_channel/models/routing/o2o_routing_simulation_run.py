import logging

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)

CHUNK = 250  # orders per commit: about a second
MAX_RETRIES = 5  # of a chunk that another transaction got in the way of


class O2oRoutingSimulation(models.Model):
    """The work in the background: chunk by chunk, committed, resumable."""

    _inherit = "o2o.routing.simulation"

    @api.model
    def _cron_process(self):
        """Go on with every simulation, committing each chunk, until time is up."""
        cron = self.env["ir.cron"]
        jobs = self.search([("state", "=", "running")], order="id")
        cron._commit_progress(remaining=len(jobs))
        for job in jobs:
            if not job._process_and_commit():
                cron._commit_progress(remaining=1)
                return
            cron._commit_progress(1)

    def _process_and_commit(self):
        """Run all that is left of a simulation; False when time is up before."""
        self.ensure_one()
        cron, retries = self.env["ir.cron"], 0
        while True:
            try:
                for _orders in self._process():
                    retries = 0
                    if not cron._commit_progress():
                        return False
                return True
            except (ConcurrencyError, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
                self.env.cr.rollback()
                retries += 1
                if retries > MAX_RETRIES:
                    raise
            except UserError as error:
                self.env.cr.rollback()
                self._fail(error)
                return True
            except Exception as error:
                self.env.cr.rollback()
                _logger.exception("Routing simulation %s stopped", self.id)
                self._fail(error)
                return True

    def _fail(self, error):
        # sudo: see write
        self.sudo().write({"state": "failed", "failure": str(error)[:1000]})

    def _process(self):
        """Generator of the chunks that are left; yields after each.

        What the next chunk has to know is in the record, so that it makes no
        difference whether the same process goes on or another one."""
        self.ensure_one()
        # sudo: results are written by the scheduled action alone; the language is
        # that of who asked
        job = self.sudo().with_company(self.company_id)
        job = job.with_context(lang=self.user_id.lang)
        while job.state == "running" and job.done_count < job.order_count:
            if not job.try_lock_for_update():
                return  # another worker is at it, or it is being cancelled
            job._replay_chunk(job.queue[job.done_count : job.done_count + CHUNK])
            yield job.done_count
            job.invalidate_recordset()
        if job.state == "running":
            job._finish()
            yield job.done_count

    def _finish(self):
        """Add up all that was replayed."""
        if not self.replayed_count:
            raise UserError(
                self.env._(
                    "None of these %(count)s orders can be replayed: the inputs of their "
                    "decisions are no longer kept (settings: Keep Routing Inputs). Choose "
                    "later orders.",
                    count=self.order_count,
                )
            )
        self._summarise()
        self.write(
            {
                "state": "done",
                "finished_at": fields.Datetime.now(),
                "queue": False,
                "memory": False,
                "habits": False,
            }
        )

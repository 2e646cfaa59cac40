import logging

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

CHUNK = 250  # orders per commit: about a second
MAX_RETRIES = 5  # of a chunk that another transaction got in the way of


class O2oRoutingSimulation(models.Model):
    """The work in the background: chunk by chunk, committed, resumable."""

    _inherit = "o2o.routing.simulation"

    def _get_queue(self):
        """([first decision of each order, oldest first], orders without decision)."""
        orders = self.env["sale.order"]._search(self._get_order_domain())
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (d.order_id) d.id
                     FROM o2o_routing_decision d
                    WHERE d.order_id IN %s
                    ORDER BY d.order_id, d.id""",
                orders.subselect(),
            )
        )
        return [row[0] for row in rows], 0

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
            except Exception as error:
                self.env.cr.rollback()
                if not isinstance(error, UserError):
                    _logger.exception("Routing simulation %s stopped", self.id)
                self._fail(error)
                return True

    def _fail(self, error):
        self.sudo().write({"state": "failed", "failure": str(error)[:1000]})

    def _process(self):
        """Generator of the chunks that are left; yields after each."""
        self.ensure_one()
        # sudo: results are written by the scheduled action alone
        job = self.sudo().with_company(self.company_id)
        while job.state == "running" and job.done_count < job.order_count:
            if not job.try_lock_for_update():
                return  # another worker is at it
            job._replay_chunk(job.queue[job.done_count : job.done_count + CHUNK])
            yield job.done_count
            job.invalidate_recordset()
        if job.state == "running":
            job._finish()
            yield job.done_count

    def _replay_chunk(self, decision_ids):
        self.done_count += len(decision_ids)

    def _finish(self):
        self.write(
            {
                "state": "done",
                "finished_at": fields.Datetime.now(),
                "queue": False,
                "memory": False,
            }
        )

    def _get_summary(self):
        return False

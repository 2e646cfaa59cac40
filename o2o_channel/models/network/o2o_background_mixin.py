import logging

from odoo import api, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)

MAX_RETRIES = 5  # of a chunk that another transaction got in the way of


class O2oBackgroundMixin(models.AbstractModel):
    """Long work in the background: chunk by chunk, committed, resumable.

    A model gives `_process` and the fields ``state`` ("running", "failed") and
    ``failure``; a scheduled action calls `_cron_process`.
    """

    _name = "o2o.background.mixin"
    _description = "Work in the Background"

    @api.model
    def _cron_process(self):
        """Go on with everything that runs, committing each chunk, until time is up."""
        cron = self.env["ir.cron"]
        jobs = self.search([("state", "=", "running")], order="id")
        cron._commit_progress(remaining=len(jobs))
        for job in jobs:
            if not job._process_and_commit():
                cron._commit_progress(remaining=1)
                return
            cron._commit_progress(1)

    def _process(self):
        """Generator of the chunks that are left; yields after each.

        What the next chunk has to know is in the record, so that it makes no
        difference whether the same process goes on or another one.
        """
        raise NotImplementedError

    def _process_and_commit(self):
        """Run all that is left; False when time is up before."""
        self.ensure_one()
        cron, retries = self.env["ir.cron"], 0
        while True:
            try:
                for _done in self._process():
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
                _logger.exception("%s %s stopped", self._description, self.id)
                self._fail(error)
                return True

    def _fail(self, error):
        # sudo: the state is set by the job alone
        self.sudo().write({"state": "failed", "failure": str(error)[:1000]})

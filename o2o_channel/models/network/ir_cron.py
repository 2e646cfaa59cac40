import logging
import random
import time

from odoo import models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)
TRIES = 5
FIRST_PAUSE = 0.2  # seconds at most; doubles with each try


class IrCron(models.Model):
    _inherit = "ir.cron"

    def _callback(self, cron_name, server_action_id):
        """Override of base: a job of ours that met another transaction is run again.

        Requests are repeated by Odoo itself, jobs aren't: without this a store that
        declares at the wrong moment makes the job count as failed, and a job that fails
        five times is switched off.
        """
        tries = TRIES if self._o2o_is_ours() else 1
        for attempt in range(1, tries):
            try:
                return super()._callback(cron_name, server_action_id)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
                # base has rolled back; what the job had committed before stays done
                self.env.transaction.reset()
                pause = random.uniform(0, FIRST_PAUSE * 2**attempt)
                _logger.info(
                    "Job %r: %s; try %s of %s in %.2f s",
                    cron_name,
                    type(error).__name__,
                    attempt + 1,
                    tries,
                    pause,
                )
                time.sleep(pause)
        return super()._callback(cron_name, server_action_id)

    def _o2o_is_ours(self):
        return self.get_external_id()[self.id].startswith("o2o_channel.")

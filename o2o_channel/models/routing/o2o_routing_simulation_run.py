from odoo import fields, models
from odoo.exceptions import UserError

CHUNK = 250  # orders per commit: about a second


class O2oRoutingSimulation(models.Model):
    """The work in the background: chunk by chunk, committed, resumable."""

    _inherit = "o2o.routing.simulation"

    def _process(self):
        """Override of the background mixin: replay chunk by chunk, then add up."""
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

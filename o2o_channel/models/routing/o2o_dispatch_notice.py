import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class O2oDispatchNotice(models.Model):
    """One store has to hear of one offer. Written with the offer, sent by a scheduled
    action right after: confirming an order renders no mail."""

    _name = "o2o.dispatch.notice"
    _description = "Notice of an Offer"
    _order = "id desc"
    _rec_name = "dispatch_id"

    dispatch_id = fields.Many2one(
        "o2o.dispatch", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="dispatch_id.company_id")
    warehouse_id = fields.Many2one(
        "stock.warehouse", string="Store", required=True, readonly=True
    )
    state = fields.Selection(
        [
            ("todo", "To Do"),
            ("sent", "Told"),
            ("late", "Not Needed"),
            ("failed", "Failed"),
        ],
        default="todo",
        required=True,
        readonly=True,
    )
    recipients = fields.Integer(string="Mails", readonly=True)
    problem = fields.Char(readonly=True)

    _todo_idx = models.UniqueIndex(
        "(dispatch_id, warehouse_id) WHERE state = 'todo'", "A store is told once."
    )

    @api.model
    def _queue(self, leg, stores):
        """A statement without the ORM: this is part of confirming an order."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO o2o_dispatch_notice
                          (dispatch_id, warehouse_id, state, create_uid, create_date,
                           write_uid, write_date)
                   SELECT %(leg)s, id, 'todo', %(user)s, now() AT TIME ZONE 'UTC',
                          %(user)s, now() AT TIME ZONE 'UTC'
                     FROM unnest(%(stores)s) AS id
                       ON CONFLICT DO NOTHING""",
                leg=leg.id,
                user=self.env.uid,
                stores=stores.ids,
            )
        )
        data = self.env.cr.precommit.data
        if not data.get("o2o_notice_triggered"):
            data["o2o_notice_triggered"] = True
            self.env["ir.cron"]._o2o_trigger("o2o_channel.ir_cron_o2o_offer_notice")

    @api.model
    def _cron_send(self, batch=100):
        """Tell the stores of their offers. Commits each; a notice that fails is kept
        with its reason and blocks no other."""
        domain = [("state", "=", "todo")]
        cron = self.env["ir.cron"]
        todo = self.search(domain, limit=batch, order="id")
        cron._commit_progress(remaining=self.search_count(domain))
        for notice in todo:
            try:
                notice = notice[0].try_lock_for_update().filtered_domain(domain)
                if notice:
                    with self.env.cr.savepoint():
                        notice._send()
            except UserError as error:
                notice.write({"state": "failed", "problem": str(error)})
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                continue
            except Exception as error:
                self.env.cr.rollback()
                _logger.exception("Notice %s could not be sent", notice.id)
                notice.write({"state": "failed", "problem": str(error)[:1000]})
            if not cron._commit_progress(1):
                break

    def _send(self):
        """Tell whom it concerns, unless the offer is answered by now."""
        leg, store = self.dispatch_id, self.warehouse_id
        if not leg._is_open_for(store):
            self.state = "late"
            return
        told = 0
        if store.o2o_offer_notice == "activity":
            leg._ask_to_call(store)
        elif store.o2o_offer_notice == "mail":
            told = leg._mail_offer(store)
        self.write({"state": "sent", "recipients": told})

    @api.autovacuum
    def _gc_told(self):
        """What was told is of interest for some weeks."""
        self.search([("state", "!=", "todo"), ("create_date", "<", "-60d")]).unlink()

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)


class O2oSettlement(models.Model):
    """A sent statement that nobody objects to is confirmed after some days."""

    _inherit = "o2o.settlement"

    confirm_by = fields.Date(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="After this day the statement is confirmed without the payee. Empty: it waits.",
    )
    auto_confirmed = fields.Boolean(
        string="Confirmed Automatically", readonly=True, copy=False
    )

    def write(self, vals):
        """Override: the clock is set by sending."""
        self._check_not_fixed(vals, ("confirm_by", "auto_confirmed"))
        return super().write(vals)

    def action_send(self):
        """Override: from now on the payee has the company's days to object."""
        result = super().action_send()
        for company, statements in self.grouped("company_id").items():
            days = company.o2o_auto_confirm_days
            today = company._o2o_today()
            statements._set(confirm_by=days and today + timedelta(days=days))
        return result

    @api.model
    def _send_short_cycles(self):
        """Send the drafts of days, weeks and half months that are over, one by one.

        One that can't be sent stops no other and is tried again by the next run.
        """
        for company in self.env["res.company"].search([("o2o_send_short", "=", True)]):
            drafts = self.search(
                [
                    ("company_id", "=", company.id),
                    ("state", "=", "draft"),
                    ("period_id.state", "!=", "closed"),
                    ("date_to", "<", company._o2o_today()),
                ],
                order="date_to, id",
            )
            for statement in drafts.filtered(lambda draft: draft._is_of_short_cycle()):
                try:
                    with self.env.cr.savepoint():
                        statement.action_send()
                except Exception:
                    _logger.exception("Statement %s: not sent", statement.name)

    def _is_of_short_cycle(self):
        """Tell whether the statement is of a part of its period."""
        self.ensure_one()
        period = self.period_id
        return self.date_from > period.date_from or self.date_to < period.date_to

    @api.model
    def _cron_confirm(self):
        """Confirm the statements whose time to object is over, one by one.

        Who is killed in the middle has confirmed whole statements; one that can't be
        confirmed stops no other and is tried again the next day.
        """
        due = self.browse()
        for company in self.env["res.company"].search([]):
            due |= self.search(
                [
                    ("company_id", "=", company.id),
                    ("state", "=", "sent"),
                    ("confirm_by", "<", company._o2o_today()),
                ],
                order="confirm_by, id",
            )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(due))
        for statement in due:
            try:
                statement._confirm_unanswered()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()  # somebody decides on it just now
            except Exception:
                self.env.cr.rollback()
                _logger.exception("Statement %s: not confirmed", statement.name)
            if not cron._commit_progress(1):
                break

    def _confirm_unanswered(self):
        self.ensure_one()
        self._lock()
        if self.state != "sent":
            return
        days = (self.confirm_by - fields.Date.to_date(self.sent_on)).days
        self.action_confirm()
        self._set(auto_confirmed=True)
        self.message_post(
            body=self.env._(
                "Nobody objected within %(days)s days: the statement is confirmed. What you "
                "find wrong later is put right on the next one.",
                days=days,
            ),
            partner_ids=self.partner_id.ids,
            subtype_xmlid="mail.mt_comment",
        )


class O2oSettlementPeriod(models.Model):
    _inherit = "o2o.settlement.period"

    @api.model
    def _cron_make_statements(self):
        """Override: where the company wants it, what was made is sent as well."""
        super()._cron_make_statements()
        self.env["o2o.settlement"]._send_short_cycles()

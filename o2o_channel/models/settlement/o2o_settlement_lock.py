from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.tools import SQL
from odoo.tools.misc import format_date

from odoo.addons.account.models.account_move import BYPASS_LOCK_CHECK
from odoo.addons.account.models.company import LOCK_DATE_FIELDS

from .o2o_settlement import INTERNAL


class ResCompany(models.Model):
    """The day until which the books of splits and settlement are closed.

    Whoever posts takes the company's row for reading until the commit, whoever closes takes
    it for writing. So a close waits for postings under way, and a posting that began before
    a close is replayed by Odoo after it and dated on the first open day.
    """

    _inherit = "res.company"

    o2o_closed_until = fields.Date(
        string="Settlement Closed Until",
        readonly=True,
        copy=False,
        help="Splits, statements, dealers' bills and claims are posted after this day. Closing "
        "and reopening settlement periods sets it.",
    )

    def write(self, vals):
        """Override: only a close and a reopening set the day."""
        if (
            "o2o_closed_until" in vals
            and self.env.context.get("o2o_internal") is not INTERNAL
        ):
            raise UserError(
                self.env._(
                    "The day until which settlement is closed can't be entered: close or "
                    "reopen settlement periods."
                )
            )
        return super().write(vals)

    def _o2o_read_closed_until(self):
        """Return the day until which the books are closed, and keep it so until the commit."""
        self.ensure_one()
        self.flush_recordset(["o2o_closed_until"])
        self.env.cr.execute(
            SQL(
                "SELECT o2o_closed_until FROM res_company WHERE id = %s FOR SHARE",
                self.id,
            ),
            log_exceptions=False,
        )
        [day] = self.env.cr.fetchone()
        return day

    def _o2o_first_open_date(self, date):
        """Override of the split room: closed settlement periods are locked as well."""
        closed = self._o2o_read_closed_until()
        if closed and date <= closed:
            date = closed + timedelta(days=1)
        return super()._o2o_first_open_date(date)

    def _o2o_is_closed(self, move):
        """Tell whether the entry is one of splits or settlement on a closed day."""
        # sudo: journals and accounts are set-up
        company = self.sudo()
        own = move.journal_id in company._o2o_own_journals()
        if not own and company.o2o_clearing_account_id not in move.line_ids.account_id:
            return False
        closed = company._o2o_read_closed_until()
        return bool(closed and move.date <= closed)


class AccountMove(models.Model):
    _inherit = "account.move"

    def _check_fiscal_lock_dates(self):
        """Override of account: nobody adds to or changes a closed month by hand either."""
        result = super()._check_fiscal_lock_dates()
        if self.env.context.get("bypass_lock_check") is BYPASS_LOCK_CHECK:
            return result
        for move in self:
            company = move.company_id
            if company._o2o_is_closed(move):
                closed = company.sudo().o2o_closed_until
                raise UserError(
                    self.env._(
                        "%(move)s is dated %(date)s, and the settlement is closed until "
                        "%(closed)s. Give it the date %(open)s or a later one, or have an "
                        "approver reopen the period.",
                        move=move.display_name,
                        date=format_date(self.env, move.date),
                        closed=format_date(self.env, closed),
                        open=format_date(self.env, closed + timedelta(days=1)),
                    )
                )
        return result


class O2oSettlementPeriod(models.Model):
    """Locking the books at the close, and unlocking them."""

    _inherit = "o2o.settlement.period"

    def action_close(self):
        """Override: the books are locked last, so that postings wait for a moment only.

        Checks and report are of one moment; what was posted since makes Odoo begin again.
        """
        result = super().action_close()
        self._hold_books()
        self._mark_closed(self.company_id)
        return result

    def _hold_books(self):
        """Wait for postings under way, and keep further ones waiting until the commit.

        :raise ConcurrencyError: one of them was committed after this transaction began, so
            it isn't seen here; Odoo replays the request
        """
        for company in self.company_id:
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "UPDATE res_company SET o2o_closed_until = o2o_closed_until WHERE id = %s",
                    company.id,
                ),
                log_exceptions=False,
            )
        for period in self:
            if period._count_ledger(self.env.cr) < period._count_ledger_now():
                raise ConcurrencyError("Something was posted while the period closed")

    def _count_ledger(self, cr):
        """Return the number of posted items that the transaction of ``cr`` sees."""
        # sudo: the accounts are set-up
        account = self.company_id.sudo().o2o_clearing_account_id
        cr.execute(
            SQL(
                """SELECT COUNT(*) FROM account_move_line
                    WHERE account_id = %s AND company_id = %s AND parent_state = 'posted'
                      AND date BETWEEN %s AND %s""",
                account.id or None,
                self.company_id.id,
                self.date_from,
                self.date_to,
            )
        )
        return cr.fetchone()[0]

    def _count_ledger_now(self):
        """Return the number of posted items that were committed until now.

        While modules are installed there is nobody else, and this transaction holds locks on
        the table that a second one would wait for.
        """
        if not self.env.registry.ready:
            return 0
        with self.env.registry.cursor() as cr:
            cr.execute("SET LOCAL lock_timeout = '5s'")
            return self._count_ledger(cr)

    @api.model
    def _mark_closed(self, companies):
        """Note on the companies until when their periods are closed."""
        for company in companies:
            [(day,)] = self._read_group(
                [("company_id", "=", company.id), ("state", "=", "closed")],
                aggregates=["date_to:max"],
            )
            # sudo: who closes need not have a right on companies
            company.sudo().with_context(o2o_internal=INTERNAL).o2o_closed_until = (
                day or False
            )

    def _odoo_locks_text(self):
        """Name Odoo's lock dates that reach into the period, as the accountant knows them."""
        self.ensure_one()
        # sudo: lock dates are set-up
        company = self.company_id.sudo()
        locks = [
            (company[name], name)
            for name in LOCK_DATE_FIELDS
            if company[name] and company[name] >= self.date_from
        ]
        return company._format_lock_dates(locks) if locks else ""

    @api.constrains("date_from", "company_id")
    def _check_not_before_closed(self):
        """No period is squeezed in before one that is closed."""
        for period in self:
            closed = period.company_id.sudo().o2o_closed_until
            if closed and period.date_from <= closed:
                raise ValidationError(
                    self.env._(
                        "The books are closed until %(closed)s: a new period begins after it.",
                        closed=format_date(self.env, closed),
                    )
                )

import logging
from collections import defaultdict

from odoo import Command, api, models
from odoo.exceptions import LockError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from .o2o_split_line import UNPOSTED_STATES

_logger = logging.getLogger(__name__)
# So many shares are posted faster all together than record by record.
SET_BASED_FROM = 500


class O2oSplitLine(models.Model):
    """Split lines into the general ledger: one entry per leg, day and kind (case GA, J3),
    or one per day for all of them where the company posts daily."""

    _inherit = "o2o.split.line"

    def action_post(self):
        """Post the selected lines that have no entry yet."""
        self.order_id._o2o_check_may_post_split()
        self._internal()._post_entries()
        return True

    def _post_events(self):
        """Post what has just happened, unless the company's day is posted as a whole."""
        return self.filtered(
            lambda line: line.company_id.o2o_split_posting != "daily"
        )._post_entries()

    def _post_entries(self):
        """Post lines that are owed and have no entry yet; return the entries.

        A company whose accounting isn't set up keeps its lines unposted until it is: a
        delivery mustn't fail for it.
        """
        todo = self.filtered(
            lambda line: (
                not line.move_id and line.state not in UNPOSTED_STATES and line.amount
            )
        )
        moves = self.env["account.move"]
        for company, lines in todo.grouped("company_id").items():
            if len(lines) >= SET_BASED_FROM:
                moves |= self._post_set_based(company, SQL("l.id = ANY(%s)", lines.ids))
            elif company._o2o_is_split_ready() and lines._are_roles_ready():
                moves |= lines.with_company(company)._post_company_entries()
        return moves

    def _are_roles_ready(self):
        """Tell whether each role of the lines has an expense account."""
        accounts = self.env["o2o.split.role"]._accounts(self.company_id)
        return set(self.mapped("role")) <= set(accounts)

    def _entry_key(self):
        """Return what the lines of one journal entry have in common."""
        self.ensure_one()
        if self.company_id.o2o_split_posting == "daily":
            return self.company_id, self.original_date
        return self.company_id, self.dispatch_id, self.original_date, self.kind

    def _post_company_entries(self):
        groups = list(self.grouped(lambda line: line._entry_key()).values())
        moves = self.env["account.move"].create(
            [lines._prepare_entry_vals() for lines in groups]
        )
        for lines, move in zip(groups, moves, strict=True):
            lines._link_entry(move)
        moves._post(soft=False)
        if "reversal" in self.mapped("kind"):
            moves._o2o_link_corrected()
        return moves

    def _prepare_entry_vals(self):
        """Return the values of the entry: expense by account against clearing by party.

        Never a tax on it: Odoo would add a balancing line of its own.
        """
        company, first = self.company_id, self[0]
        return {
            "move_type": "entry",
            "journal_id": company.o2o_split_journal_id.id,
            "company_id": company.id,
            "date": company._o2o_first_open_date(first.original_date),
            "o2o_original_date": first.original_date,
            "ref": self._entry_ref(),
            "line_ids": [
                Command.create(dict(vals, analytic_distribution=False))
                for vals in self._prepare_expense_vals() + self._prepare_clearing_vals()
            ],
        }

    def _entry_ref(self):
        """Name the orders and the leg, or the day where thousands of orders share it."""
        first = self[0]
        if self.company_id.o2o_split_posting == "daily":
            return str(first.original_date)
        return " ".join(
            filter(None, self.order_id.mapped("name") + [first.dispatch_id.name])
        )

    def _clearing_label(self):
        """Return the label of one party's item."""
        company = self.company_id
        if company.o2o_split_posting == "daily":
            return self._posting_label(company, str(self[0].original_date))
        return self._posting_label(company, ", ".join(self.order_id.mapped("name")))

    @api.model
    def _posting_label(self, company, subject):
        """Return the label of items of these orders, or of this day."""
        if company.o2o_split_posting == "daily":
            return self.env._("Split of %(day)s", day=subject)
        return self.env._("Split of %(orders)s", orders=subject)

    def _prepare_expense_vals(self):
        accounts = self.env["o2o.split.role"]._accounts(self.company_id)
        sums = defaultdict(float)
        for line in self:
            sums[accounts[line.role]] += line.amount
        return [
            {
                "account_id": account.id,
                "name": account.name,
                "balance": self.currency_id.round(amount),
            }
            for account, amount in sums.items()
            if not self.currency_id.is_zero(amount)
        ]

    def _prepare_clearing_vals(self):
        return [
            {
                "account_id": self.company_id.o2o_clearing_account_id.id,
                "partner_id": partner.id,
                "name": lines._clearing_label(),
                "balance": -self.currency_id.round(sum(lines.mapped("amount"))),
            }
            for partner, lines in self._clearing_groups()
        ]

    def _clearing_groups(self):
        """Return ``(partner, lines)``: shares that may be settled together, not netting to zero."""
        groups = self.grouped(
            lambda line: (line.partner_id, line.release_date, line.amount > 0)
        )
        return [
            (partner, lines) for (partner, _release, _sign), lines in groups.items()
        ]

    def _link_entry(self, move):
        """Tell each line its journal item; the items stand in the order of the groups."""
        account = self.company_id.o2o_clearing_account_id
        items = move.line_ids.filtered(lambda item: item.account_id == account).sorted(
            "id"
        )
        for (_partner, lines), item in zip(self._clearing_groups(), items, strict=True):
            lines.write(
                {"move_id": move.id, "move_line_id": item.id, "date": move.date}
            )

    @api.model
    def _cron_post(self):
        """Post each company's finished days, and what was left when accounting wasn't set up.

        One transaction per company and day: who is killed in the middle has posted whole
        days, and the next run goes on with the others. A day that fails stops no other.
        """
        cron = self.env["ir.cron"]
        days = self._unposted_days()
        cron._commit_progress(remaining=len(days))
        for company, day in days:
            try:
                self._post_day(company, day)
            except (LockError, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
                # somebody posts it just now: what is left of it is found by the next run
                self.env.cr.rollback()
            except Exception:
                self.env.cr.rollback()
                _logger.exception("Shares of %s: not posted", day)
            if not cron._commit_progress(1):
                break

    @api.model
    def _unposted_days(self):
        """Return ``[(company, day)]`` to post; a daily company's today isn't over yet."""
        groups = self._read_group(
            self._unposted_domain(), ["company_id", "original_date:day"]
        )
        return [
            (company, day)
            for company, day in groups
            if company.o2o_split_posting != "daily"
            or not day
            or day < company._o2o_today()
        ]

    @api.model
    def _unposted_domain(self):
        return [
            ("move_id", "=", False),
            ("state", "not in", UNPOSTED_STATES),
            ("amount", "!=", 0),
        ]

    @api.model
    def _post_day(self, company, day):
        """Post what a company's day has left; nothing is left for a second run."""
        # Of two that post a day at once the second fails in here and finds nothing later.
        return self._post_set_based(
            company, SQL("l.original_date IS NOT DISTINCT FROM %s", day or None)
        )

    @api.model
    def _o2o_unposted(self, company, date):
        """Return the company's shares of ``date`` or earlier that have no entry yet.

        The period close asks for them: what isn't in the ledger isn't on any statement.
        """
        return self.search(
            [
                *self._unposted_domain(),
                ("company_id", "=", company.id),
                ("original_date", "<=", date),
            ],
            order="original_date, id",
        )

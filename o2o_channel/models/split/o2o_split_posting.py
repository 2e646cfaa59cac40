from collections import defaultdict

from odoo import Command, api, models


class O2oSplitLine(models.Model):
    """Split lines into the general ledger: one entry per leg, day and kind (case GA, J3)."""

    _inherit = "o2o.split.line"

    def action_post(self):
        """Post the selected lines that have no entry yet."""
        self.order_id._o2o_check_may_post_split()
        self._internal()._post_entries()
        return True

    def _post_entries(self):
        """Post lines that are owed and have no entry yet; return the entries.

        A company whose accounting isn't set up keeps its lines unposted until it is: a
        delivery mustn't fail for it. Compound entries of a day are posted by calling this
        on all lines of that day with another `_entry_key`.
        """
        todo = self.filtered(
            lambda line: not line.move_id and line.state != "kept" and line.amount
        )
        moves = self.env["account.move"]
        for company, lines in todo.grouped("company_id").items():
            if company._o2o_is_split_ready() and lines._are_roles_ready():
                moves |= lines.with_company(company)._post_company_entries()
        return moves

    def _are_roles_ready(self):
        """Tell whether each role of the lines has an expense account."""
        accounts = self.env["o2o.split.role"]._accounts(self.company_id)
        return set(self.mapped("role")) <= set(accounts)

    def _entry_key(self):
        """Return what the lines of one journal entry have in common."""
        self.ensure_one()
        return self.company_id, self.dispatch_id, self.original_date, self.kind

    def _post_company_entries(self):
        groups = list(self.grouped(lambda line: line._entry_key()).values())
        moves = self.env["account.move"].create(
            [lines._prepare_entry_vals() for lines in groups]
        )
        for lines, move in zip(groups, moves, strict=True):
            lines._link_entry(move)
        moves._post(soft=False)
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
            "ref": " ".join(
                filter(None, self.order_id.mapped("name") + [first.dispatch_id.name])
            ),
            "line_ids": [
                Command.create(dict(vals, analytic_distribution=False))
                for vals in self._prepare_expense_vals() + self._prepare_clearing_vals()
            ],
        }

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
                "name": self.env._(
                    "Split of %(orders)s",
                    orders=", ".join(lines.order_id.mapped("name")),
                ),
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
        """Post what was left unposted because accounting wasn't set up at the time."""
        self.search(
            [("move_id", "=", False), ("state", "!=", "kept")]
        )._internal()._post_entries()

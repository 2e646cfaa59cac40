"""The story's second half: statements, bills, clearing."""

from calendar import monthrange
from datetime import date, timedelta

from . import case
from .client import StoryError
from .table import money


def month_end(day):
    """Return the last day of a day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


class SettlementSteps:
    """Steps of ``tell.Story``, which gives the users and shows and compares the rows."""

    def _settle(self):
        released = date.fromisoformat(
            max(line["release_date"] or "" for line in self.lines)
        )
        period = self._make_period(released)
        statements = self._statements(period)
        self._say("Accounting makes the statements of the month and confirms them")
        self.accountant.call("o2o.settlement", "action_send", list(statements.values()))
        self.accountant.call(
            "o2o.settlement", "action_confirm", list(statements.values())
        )
        found = {}
        for party, statement in statements.items():
            [found[party]] = self.accountant.read(
                "o2o.settlement",
                [["id", "=", statement]],
                ["name", "amount_total", "amount_tax", "amount_payable", "state", "bill_id", "move_id"],
            )  # fmt: skip
        self._show(
            ("statement", "party", "net", "VAT", "payable", "state", "document"),
            [
                (
                    row["name"],
                    party,
                    money(row["amount_total"]),
                    money(row["amount_tax"]),
                    money(row["amount_payable"]),
                    row["state"],
                    (row["bill_id"] or row["move_id"])[1],
                )
                for party, row in found.items()
            ],
            right=(2, 3, 4),
        )
        self._say("The bills (J4) and the entry for the guide (J4')")
        for party, row in found.items():
            amounts = [row["amount_total"], row["amount_tax"], row["amount_payable"]]
            expected = list(case.STATEMENTS[party])
            self._expect(f"statement of {party}", expected, list(map(money, amounts)))
            document = (row["bill_id"] or row["move_id"])[0]
            self._show_entry(f"document of {party}", [document], case.BILLS[party])

    def _make_period(self, released):
        """The month in which the shares are released; the one after the last if that is taken.

        The return window isn't bent: a statement for a month to come takes what will be
        released by its end.
        """
        first = released.replace(day=1)
        [last] = self.accountant.call(
            "o2o.settlement.period", "search_read", [["company_id", "=", self.company]],
            ["date_to"], limit=1, order="date_to desc",
        ) or [{"date_to": "1970-01-01"}]  # fmt: skip
        first = max(first, date.fromisoformat(last["date_to"]) + timedelta(days=1))
        period = self.accountant.call(
            "o2o.settlement.period",
            "create",
            {
                "company_id": self.company,
                "date_from": str(first),
                "date_to": str(month_end(first)),
            },
        )
        period = period[0] if isinstance(period, list) else period
        self.accountant.call(
            "o2o.settlement.period", "action_make_statements", [period]
        )
        return period

    def _statements(self, period):
        """``{party: statement id}`` of this order's parties, in the order of the split."""
        rows = self.accountant.read(
            "o2o.settlement", [["period_id", "=", period]], ["partner_id"]
        )
        by_party = {self._party(row["partner_id"]): row["id"] for row in rows}
        missing = [party for party in case.STATEMENTS if party not in by_party]
        if missing:
            raise StoryError(f"no statement for {', '.join(missing)}.")
        return {party: by_party[party] for party in case.STATEMENTS}

    def _show_clearing(self):
        self._say(
            "Split clearing by partner, from the general ledger and the sub-ledger"
        )
        rows = self.accountant.read(
            "o2o.clearing.report",
            [["company_id", "=", self.company]],
            ["partner_id", "gl_balance", "open_amount", "difference"],
        )
        shown = [
            (
                self._party(row["partner_id"]),
                money(row["gl_balance"]),
                money(row["open_amount"]),
                money(row["difference"]),
            )
            for row in rows
        ]
        self._show(
            ("party", "ledger", "open lines", "difference"), shown, right=(1, 2, 3)
        )
        for party, _ledger, _open, difference in shown:
            self._expect(f"clearing difference of {party}", "0.00", difference)
        items = [line["move_line_id"][0] for line in self.lines if line["move_line_id"]]
        for item in self.accountant.read(
            "account.move.line",
            [["id", "in", items]],
            ["partner_id", "amount_residual"],
        ):
            party = self._party(item["partner_id"])
            self._expect(
                f"what clearing still holds of this order for {party}",
                "0.00",
                money(item["amount_residual"]),
            )

from datetime import date

from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_split import O2oSplitCommon


@tagged("post_install", "-at_install")
class TestSplitClearing(O2oSplitCommon):
    """Movements of the clearing account that are no shares."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expense = cls.company._o2o_account("560110")

    def _row(self, amount=-200.0, key="test/1", **values):
        return {
            "company_id": self.company.id,
            "partner_id": self.dealer_c2.id,
            "kind": "claim",
            "amount": amount,
            "date": date(2026, 11, 20),
            "name": "Broken panel",
            "key": key,
            "counterparts": [(self.expense.id, amount, {})],
            **values,
        }

    def _book(self, *rows):
        return self.env["o2o.clearing.line"]._book(list(rows))

    def test_a_movement_is_an_entry_and_a_line(self):
        line = self._book(self._row())
        self.assertEqual((line.amount, line.state), (-200.0, "open"))
        self.assertEqual(line.move_id.state, "posted")
        self.assertEqual(line.move_line_id.debit, 200.0)
        self.assertEqual(line.move_line_id.partner_id, self.dealer_c2)
        self.assertEqual(self._clearing(self.dealer_c2), -200.0)
        report = self.env["o2o.clearing.report"].search(
            [("partner_id", "=", self.dealer_c2.id)]
        )
        self.assertEqual(
            (report.gl_balance, report.line_amount, report.difference),
            (-200.0, -200.0, 0.0),
        )

    def test_booking_twice_books_once(self):
        line = self._book(self._row())
        again = self._book(self._row(), self._row(), self._row(key="test/2"))
        self.assertEqual(again[:1], line)
        self.assertEqual(again.ids[0], again.ids[1])
        self.assertEqual(self._clearing(self.dealer_c2), -400.0)

    def test_rows_may_share_an_entry(self):
        lines = self._book(
            self._row(-60.0, "t/a", entry="t", counterparts=[]),
            self._row(
                60.0,
                "t/b",
                entry="t",
                counterparts=[],
                partner_id=self.dealer_b1.id,
            ),
        )
        self.assertEqual(len(lines.move_id), 1)
        self.assertEqual(lines.move_line_id.mapped("balance"), [60.0, -60.0])
        self.assertEqual(lines.move_line_id.partner_id, self.dealer_c2 + self.dealer_b1)

    def test_what_does_not_balance_is_refused(self):
        row = self._row(counterparts=[(self.expense.id, -199.0, {})])
        with self.assertRaisesRegex(ValidationError, "test/1.*differ by"):
            self._book(row)
        self.assertFalse(self.env["o2o.clearing.line"].search([]))

    def test_a_locked_day_is_booked_on_the_first_open_one(self):
        self.company.fiscalyear_lock_date = date(2026, 11, 30)
        line = self._book(self._row())
        self.assertEqual(line.date, date(2026, 12, 1))
        self.assertEqual(line.original_date, date(2026, 11, 20))
        self.assertTrue(line.late)

    def test_nobody_changes_or_deletes_a_line_or_its_entry(self):
        line = self._book(self._row())
        for attempt in (
            lambda: line.write({"amount": 1.0}),
            line.unlink,
            lambda: line.copy(),
            line.move_id.button_draft,
            line.move_id._reverse_moves,
            lambda: line.move_line_id.write({"name": "other"}),
        ):
            with self.assertRaises(UserError):
                attempt()

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_too(self):
        line = self._book(self._row())
        for query in (
            "UPDATE o2o_clearing_line SET amount = 1 WHERE id = %s",
            "DELETE FROM o2o_clearing_line WHERE id = %s",
        ):
            with self.assertRaises(CheckViolation), self.cr.savepoint():
                self.cr.execute(query, [line.id])

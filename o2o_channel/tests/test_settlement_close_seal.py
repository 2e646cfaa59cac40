import json

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .common_settlement import O2oSettlementCommon


@tagged("post_install", "-at_install")
class TestCloseSeal(O2oSettlementCommon, HttpCase):
    """The close report carries a code that tells whether the books still say the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.share = cls._share(cls.dealer_c2, 820.0)
        cls.period = cls._create_period()

    def _close(self):
        self._state_period(self.period)
        self.period.with_user(self.accountant).action_close()
        return self.period.seal_ids.sorted("number")[-1]

    def _page(self, seal):
        self.env.flush_all()
        response = self.url_open(f"/o2o/v/{seal.token}")
        self.assertEqual(response.status_code, 200)
        return response.text

    def test_a_close_is_sealed_in_the_chain_of_statements(self):
        statement = self._state_period(self.period)
        before = statement._seal()[statement]
        seal = self._close()
        self.assertEqual(seal.previous_digest, before.digest)
        sealed = json.loads(seal.content)
        self.assertEqual(
            (sealed["kind"], sealed["total"], sealed["payable"], sealed["accrued"]),
            ("close", "820.00", "926.60", "0.00"),
        )
        seal.with_user(self.accountant).action_check_chain()
        paper = self.period._close_paper()
        self.assertIn(seal.digest[:16], paper["footer"])
        self.assertTrue(paper["code"]["url"].endswith(seal.token))
        self.assertEqual(self.period.seal_ids, seal)

    def test_the_page_says_unchanged_whatever_comes_later(self):
        """December's business, late bills and payments don't touch November's report."""
        self.company.o2o_post_bills = False
        statement = self._state_period(self.period)
        statement.with_user(self.accountant)._accrue("The tax number is missing.")
        seal = self._close()
        page = self._page(seal)
        for shown in ("Unchanged", "Check of a period", "820.00", seal.digest[:16]):
            self.assertIn(shown, page)
        self._share(self.dealer_c2, 55.0, day="2026-12-02")
        statement.bill_id._post(soft=False)
        self._state_period(self._create_period("2026-12-01"))
        self.assertIn("Unchanged", self._page(seal))

    def test_a_changed_book_is_told(self):
        seal = self._close()
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE account_move_line SET date = '2026-12-01'
                WHERE move_id = %s""",
            [self.period.statement_ids.bill_id.id],
        )
        self.env.invalidate_all()
        self.assertIn("Out of date", self._page(seal))

    def test_a_second_close_gets_another_seal(self):
        first = self._close()
        approver = self._create_user("o2o_channel.o2o_group_approver")
        self.period.with_user(approver)._reopen("An invoice came late.")
        second = self._close()
        self.assertNotEqual(first, second)
        self.assertIn("Out of date", self._page(first))
        self.assertIn("Unchanged", self._page(second))

    def test_nobody_changes_the_seal_of_a_close(self):
        seal = self._close()
        with self.assertRaisesRegex(UserError, "stays as it is"):
            seal.write({"period_id": False})
        with self.assertRaisesRegex(UserError, "stays as it is"):
            seal.unlink()

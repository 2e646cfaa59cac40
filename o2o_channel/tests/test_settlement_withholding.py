from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_settlement import O2oSettlementCommon


@tagged("post_install", "-at_install")
class TestWithholding(O2oSettlementCommon):
    """Income tax by the month, across several statements of one person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["o2o.withholding.bracket"].search(
            [("date_from", ">", "2026-11-01")]
        ).unlink()

    def _pay_of(self, amount, first, last, partner=None, confirm=True, company=None):
        """A statement of ``partner`` for the days, made by hand with a posted share."""
        partner = partner or self.guide
        self._share(partner, amount, "guide", day=first)
        statement = self.env["o2o.settlement"].create(
            {
                "name": f"ST/{partner.id}/{first}",
                "company_id": self.company.id,
                "partner_id": partner.id,
                "date_from": first,
                "date_to": last,
                "payee_kind": "individual",
                "amount_lines": amount,
                "amount_total": amount,
            }
        )
        line = self.env["o2o.split.line"].search(
            [("partner_id", "=", partner.id), ("statement_id", "=", False)]
        )
        line._mark_stated(statement)
        if confirm:
            statement.with_user(self.accountant).action_confirm()
        return statement

    def test_two_halves_are_taxed_like_the_whole_month(self):
        first = self._pay_of(2500.0, "2026-11-01", "2026-11-15")
        second = self._pay_of(2500.0, "2026-11-16", "2026-11-30")
        self.assertEqual((first.amount_withheld, first.amount_payable), (340.0, 2160.0))
        self.assertEqual((second.month_paid, second.month_withheld), (2500.0, 340.0))
        self.assertEqual(
            (second.amount_withheld, second.amount_payable), (460.0, 2040.0)
        )
        items = self._journal_items(second.move_id)
        self.assertEqual(
            items,
            {
                ("224110", self.guide): 2500.0,
                ("224120", self.guide): -2040.0,
                ("222112", self.guide): -460.0,
            },
        )
        # what the first kept doesn't change with the second
        first.invalidate_recordset()
        self.assertEqual(first.amount_withheld, 340.0)

    def test_a_draft_shows_what_it_will_keep(self):
        self._pay_of(2500.0, "2026-11-01", "2026-11-15")
        draft = self._pay_of(2500.0, "2026-11-16", "2026-11-30", confirm=False)
        self.assertEqual(draft.amount_withheld, 460.0)

    def test_small_weeks_reach_the_taxed_part_together(self):
        taxes = [
            self._pay_of(500.0, f"2026-11-{day:02}", f"2026-11-{day + 6:02}")
            for day in (1, 8, 15, 22)
        ]
        self.assertEqual(
            [statement.amount_withheld for statement in taxes],
            [0.0, 40.0, 100.0, 100.0],  # 2,000.00 - 800.00 = 1,200.00 at 20 %
        )

    def test_confirmed_in_one_go_is_confirmed_in_turn(self):
        second = self._pay_of(2500.0, "2026-11-16", "2026-11-30", confirm=False)
        first = self._pay_of(2500.0, "2026-11-01", "2026-11-15", confirm=False)
        (second | first).with_user(self.accountant).action_confirm()
        self.assertEqual((first.amount_withheld, second.amount_withheld), (340, 460))
        entries = (first | second).move_id
        kept = entries.line_ids.filtered(
            lambda item: item.account_id == self.company.o2o_iit_account_id
        )
        self.assertEqual(sorted(kept.mapped("credit")), [340.0, 460.0])

    def test_other_months_and_other_people_do_not_count(self):
        self._pay_of(2500.0, "2026-10-16", "2026-10-31")
        other = self.env["res.partner"].create({"name": "Zhao Lei"})
        self._pay_of(2500.0, "2026-11-01", "2026-11-15", partner=other)
        mine = self._pay_of(2500.0, "2026-11-16", "2026-11-30")
        self.assertEqual((mine.month_paid, mine.amount_withheld), (0.0, 340.0))

    def test_nobody_writes_what_the_tax_was_counted_on(self):
        statement = self._pay_of(2500.0, "2026-11-01", "2026-11-15")
        for field in ("month_paid", "month_withheld", "withholding_fixed"):
            with self.assertRaisesRegex(UserError, "can't be edited by hand"):
                statement.with_user(self.accountant).write({field: 0})

    def test_a_statement_of_before_the_month_rule_keeps_its_tax(self):
        old = self._pay_of(2500.0, "2026-11-01", "2026-11-15")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE o2o_settlement SET month_paid = NULL, month_withheld = NULL,"
            " withholding_fixed = NULL WHERE id = %s",
            [old.id],
        )
        self.env.invalidate_all()
        self.assertEqual(old.amount_withheld, 340.0)
        later = self._pay_of(2500.0, "2026-11-16", "2026-11-30")
        self.assertEqual(later.amount_withheld, 460.0)

from datetime import date

import psycopg2
from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_settlement import O2oSettlementCommon


@tagged("post_install", "-at_install")
class TestCycle(O2oSettlementCommon):
    """Statements by the day, week, half month or month, each payee its own (R9.1)."""

    def _released(self, partner, amount, day, role="fulfiller"):
        """A share that is released on ``day`` of November."""
        return self._share(partner, amount, role, f"2026-11-{day - 7:02}")

    def _make(self, period, today="2026-12-01"):
        with freeze_time(f"{today} 04:00:00"):
            period.with_user(self.accountant).action_make_statements()
        return self._found(period)

    def _found(self, period):
        return {
            (s.partner_id, s.date_from.day, s.date_to.day): s.amount_total
            for s in period.statement_ids
        }

    def test_each_payee_has_its_own_cycle(self):
        self.dealer_c2.o2o_settlement_cycle = "half"
        self.dealer_b1.o2o_settlement_cycle = "week"
        self.guide.o2o_settlement_cycle = "day"
        for payee in (self.dealer_c2, self.dealer_c1, self.dealer_b1, self.guide):
            for day, amount in ((9, 1.0), (10, 2.0), (15, 4.0), (16, 8.0)):
                self._released(payee, amount, day)
        period = self._create_period()
        self.assertEqual(
            self._make(period),
            {
                (self.dealer_c1, 1, 30): 15.0,
                (self.dealer_c2, 1, 15): 7.0,
                (self.dealer_c2, 16, 30): 8.0,
                (self.dealer_b1, 9, 15): 7.0,
                (self.dealer_b1, 16, 22): 8.0,
                (self.guide, 9, 9): 1.0,
                (self.guide, 10, 10): 2.0,
                (self.guide, 15, 15): 4.0,
                (self.guide, 16, 16): 8.0,
            },
        )
        self.assertEqual(
            {s.name for s in period.statement_ids if s.partner_id == self.dealer_c2},
            {
                f"ST/2026/11/{days}/{self.dealer_c2.dealer_code}"
                for days in ("01-15", "16-30")
            },
        )
        before = period.statement_ids
        self._make(period)
        self.assertEqual(period.statement_ids, before, "a rerun makes nothing twice")
        period.statement_ids.with_user(self.accountant).action_confirm()
        dates = {s.bill_id.date for s in self._of(self.dealer_c2, period)}
        self.assertEqual(dates, {date(2026, 11, 15), date(2026, 11, 30)})
        self.assertEqual(
            set(self._assert_clearing_ties_out().values()), {0.0}, "all is billed"
        )

    def _of(self, partner, period):
        return self._statement(partner, period).sorted("date_from")

    def test_a_half_month_is_stated_once_it_is_over(self):
        self.dealer_c2.o2o_settlement_cycle = "half"
        self._released(self.dealer_c2, 100.0, 15)
        self._released(self.dealer_c2, 200.0, 16)
        period = self._create_period()
        self.assertEqual(self._make(period, "2026-11-15"), {})
        self.assertEqual(
            self._make(period, "2026-11-16"), {(self.dealer_c2, 1, 15): 100.0}
        )
        self.assertEqual(self._make(period, "2026-11-30"), self._found(period))
        self.assertEqual(len(period.statement_ids), 1)
        self._make(period, "2026-12-01")
        self.assertEqual(
            self._found(period),
            {(self.dealer_c2, 1, 15): 100.0, (self.dealer_c2, 16, 30): 200.0},
        )

    def test_what_comes_after_a_statement_was_sent_goes_on_the_next(self):
        self.dealer_c2.o2o_settlement_cycle = "half"
        self._released(self.dealer_c2, 100.0, 10)
        period = self._create_period()
        self._make(period, "2026-11-16")
        period.statement_ids.with_user(self.accountant).action_send()
        self._released(self.dealer_c2, 5.0, 12)
        self._make(period, "2026-11-20")
        self.assertEqual(len(period.statement_ids), 1)
        self.assertEqual(
            self._make(period),
            {(self.dealer_c2, 1, 15): 100.0, (self.dealer_c2, 16, 30): 5.0},
        )

    def test_a_draft_takes_what_still_comes_for_its_days(self):
        self.dealer_c2.o2o_settlement_cycle = "half"
        self._released(self.dealer_c2, 100.0, 10)
        period = self._create_period()
        self._make(period)
        self._released(self.dealer_c2, 5.0, 12)
        self.assertEqual(self._make(period), {(self.dealer_c2, 1, 15): 105.0})

    def test_a_negative_half_is_carried_to_the_next_of_the_same_month(self):
        self.dealer_c2.o2o_settlement_cycle = "half"
        self._share(self.dealer_c2, -95.06, day="2026-11-10")
        period = self._create_period()
        self._make(period, "2026-11-16")
        first = period.statement_ids
        first.with_user(self.accountant).action_confirm()
        self.assertTrue(first.carried)
        self._released(self.dealer_c2, 200.0, 20)
        self._make(period)
        second = period.statement_ids - first
        self.assertEqual(
            (second.date_from, second.opening_carry, second.amount_total),
            (date(2026, 11, 16), -95.06, 104.94),
        )
        second.with_user(self.accountant).action_confirm()
        self.assertEqual(second.bill_id.amount_untaxed, 104.94)
        self.assertEqual(self._assert_clearing_ties_out(), {self.dealer_c2: 0.0})

    def test_offsets_go_by_their_day(self):
        self.dealer_c2.o2o_settlement_cycle = "half"
        self.env["o2o.clearing.line"]._book(
            [
                {
                    "company_id": self.company.id,
                    "partner_id": self.dealer_c2.id,
                    "kind": "receipt",
                    "amount": amount,
                    "date": date(2026, 11, day),
                    "name": "Money held",
                    "key": f"case/{day}",
                    "counterparts": [
                        (self.company._o2o_account("560110").id, amount, {})
                    ],
                }
                for day, amount in ((15, 30.0), (16, 70.0))
            ]
        )
        period = self._create_period()
        self._make(period)
        self.assertEqual(
            self._of(self.dealer_c2, period).mapped("amount_offsets"), [30.0, 70.0]
        )

    def test_a_person_paid_by_the_week_is_taxed_by_the_month(self):
        """GK: 2,500.00 twice in a month keeps 800.00, as 5,000.00 at once does."""
        self.guide.o2o_settlement_cycle = "week"
        self._released(self.guide, 2500.0, 12, "guide")
        self._released(self.guide, 2500.0, 26, "guide")
        period = self._create_period()
        self._make(period)
        period.statement_ids.with_user(self.accountant).action_confirm()
        first, second = self._of(self.guide, period)
        self.assertEqual(
            (first.amount_withheld, second.amount_withheld), (340.0, 460.0)
        )
        self._assert_clearing_ties_out()

    def test_changing_the_cycle_loses_and_doubles_nothing(self):
        self._released(self.dealer_c2, 100.0, 10)
        period = self._create_period()
        self._make(period, "2026-11-12")
        self.dealer_c2.o2o_settlement_cycle = "week"
        self._released(self.dealer_c2, 20.0, 11)
        self._released(self.dealer_c2, 3.0, 25)
        self._make(period)
        statements = period.statement_ids
        self.assertEqual(sum(statements.mapped("amount_total")), 123.0)
        self.assertEqual(len(statements.line_ids), 3)
        statements.with_user(self.accountant).action_confirm()
        self.assertEqual(self._assert_clearing_ties_out(), {self.dealer_c2: 0.0})

    # === The scheduled job ===
    def _run_job(self, today):
        self.env.flush_all()
        with freeze_time(f"{today} 04:00:00"):
            self.env["o2o.settlement.period"]._cron_make_statements()
        return self.env["o2o.settlement.period"].search(
            [("company_id", "=", self.company.id)]
        )

    def test_the_job_sends_short_cycles_where_the_company_wants_it(self):
        self.dealer_c2.o2o_settlement_cycle = "week"
        self._released(self.dealer_c2, 100.0, 10)
        self._released(self.dealer_c1, 100.0, 10)
        period = self._run_job("2026-11-16")
        self.assertEqual(period.statement_ids.mapped("state"), ["draft"])
        self.company.o2o_send_short = True
        self._run_job("2026-11-16")
        self.assertEqual(period.statement_ids.mapped("state"), ["sent"])
        self.assertEqual(str(period.statement_ids.confirm_by), "2026-11-21")
        self._make(period, "2026-11-17")  # the month's, of the other dealer
        self._run_job("2026-12-01")
        months = period.statement_ids.filtered(lambda s: s.partner_id == self.dealer_c1)
        self.assertEqual(months.state, "draft", "accountants send the month's")

    def test_the_job_makes_the_month_and_only_short_cycles(self):
        self.dealer_c2.o2o_settlement_cycle = "week"
        self._released(self.dealer_c2, 100.0, 10)
        self._released(self.dealer_c1, 100.0, 10)
        period = self._run_job("2026-11-16")
        self.assertEqual((period.name, period.state), ("2026-11", "closing"))
        self.assertEqual(self._found(period), {(self.dealer_c2, 9, 15): 100.0})
        self._run_job("2026-11-16")
        self.assertEqual(len(period.statement_ids), 1)

    def test_the_job_makes_no_month_that_nobody_needs(self):
        self._released(self.dealer_c1, 100.0, 10)
        self.assertFalse(self._run_job("2026-11-16"))

    def test_the_job_leaves_closed_months_alone(self):
        self.dealer_c2.o2o_settlement_cycle = "week"
        period = self._create_period()
        period._set(state="closed")
        self._released(self.dealer_c2, 100.0, 10)
        self.assertFalse(self._run_job("2026-11-16").statement_ids)

    # === Minimum payout per payee ===
    def test_a_payees_own_minimum_comes_before_the_companys(self):
        self.company.o2o_minimum_payout = 50.0
        self.dealer_b1.o2o_minimum_payout = 10.0
        self.dealer_c1.o2o_minimum_payout = 500.0
        for dealer in (self.dealer_b1, self.dealer_c1, self.dealer_c2):
            self._share(dealer, 40.0, "origin")
        statements = self._state_period(self._create_period())
        carried = statements.filtered("carried").partner_id
        self.assertEqual(carried, self.dealer_c1 | self.dealer_c2)
        self.dealer_c2.o2o_minimum_payout = 40.0
        december = self._state_period(self._create_period("2026-12-01"))
        self.assertEqual(december.partner_id, self.dealer_c2)
        self.assertEqual(december.bill_id.amount_total, 42.4)

    @mute_logger("odoo.sql_db")
    def test_a_negative_minimum_is_refused(self):
        with self.assertRaises(psycopg2.errors.CheckViolation):
            self.dealer_c2.o2o_minimum_payout = -1.0
            self.env.flush_all()

from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .test_settlement_claim import ClaimCommon


@tagged("post_install", "-at_install")
class TestSettlementGuards(ClaimCommon):
    """What calls over RPC may not do to claims, periods and deposits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user("o2o_channel.o2o_group_manager", login="gm")
        cls.other = cls.env["res.company"].create({"name": "Elsewhere"})

    @classmethod
    def _stranger(cls, group):
        return new_test_user(
            cls.env,
            groups=f"o2o_channel.{group}",
            login=f"stranger_{group}",
            company_id=cls.other.id,
            company_ids=[Command.set(cls.other.ids)],
        )

    def test_a_claim_begins_as_a_draft_that_nobody_approved(self):
        entry = self.env["account.move"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        claim = (
            self.env["o2o.claim"]
            .with_user(self.manager)
            .with_context(
                default_state="closed",
                default_provided=True,
                default_closing=3,
                default_move_id=entry.id,
                default_approved_by_id=self.approver.id,
                default_approved_amount=1e6,
            )
            .create(
                {
                    "order_id": self.order.id,
                    "description": "Mine",
                    "amount": 200.0,
                }
            )
        )
        self.assertEqual((claim.state, claim.closing), ("draft", 0))
        self.assertFalse(claim.provided or claim.move_id or claim.approved_by_id)
        self.assertFalse(claim.approved_amount)

    def test_a_period_does_not_begin_closed(self):
        period = (
            self.env["o2o.settlement.period"]
            .with_user(self.accountant)
            .with_context(
                default_state="closed",
                default_closed_by_id=self.env.user.id,
                default_reopen_reason="x",
            )
            .create({"company_id": self.company.id, "date_from": "2026-11-01"})
        )
        self.assertEqual(period.state, "open")
        self.assertFalse(period.closed_by_id or period.reopen_reason)

    def test_a_charged_part_stays_with_its_claim(self):
        """Moved away, reopening the claim would take too little back."""
        claim = self._closed((self.crew, 60), (self.dealer_c2, 40))
        draft = self._claim()
        part = claim.liability_ids[0]
        with self.assertRaises(UserError):
            part.with_user(self.manager).write({"claim_id": draft.id})
        with self.assertRaises(UserError):
            draft.liability_ids = [Command.link(part.id)]
        loose = self._claim((self.crew, 60)).liability_ids
        with self.assertRaises(UserError):
            loose.write({"claim_id": claim.id})

    def test_a_cancelled_claim_says_what_was_booked_and_reversed(self):
        claim = self._claim((self.crew, 100))
        claim.action_open()
        claim.action_cancel()
        for values in ({"amount": 1.0}, {"order_id": self.order.copy().id}):
            with self.assertRaisesRegex(UserError, "can't be edited"):
                claim.with_user(self.accountant).write(values)

    def test_nobody_answers_for_a_party(self):
        claim = self._claim((self.crew, 100))
        claim.action_open()
        part = claim.liability_ids.with_user(self.manager)
        for values in (
            {"answer": "I did it"},
            {"answered_on": "2026-11-22 10:00:00"},
        ):
            with self.assertRaisesRegex(UserError, "portal"):
                part.write(values)
        with self.assertRaisesRegex(UserError, "portal"):
            claim.with_user(self.manager).write(
                {
                    "liability_ids": [
                        Command.create(
                            {
                                "partner_id": self.dealer_c2.id,
                                "percent": 1,
                                "answer": "x",
                            }
                        )
                    ]
                }
            )

    def test_who_raised_the_amount_does_not_approve_it(self):
        self.company.o2o_claim_limit = 1000.0
        both = self._create_user(
            "o2o_channel.o2o_group_accountant,o2o_channel.o2o_group_approver",
            login="both",
        )
        claim = self._claim((self.crew, 100), amount=100.0)
        claim.with_user(both).amount = 50000.0
        self.assertEqual(claim.approval_state, "needed")
        with self.assertRaisesRegex(UserError, "You entered"):
            claim.with_user(both).action_approve()
        claim.with_user(self.approver).action_approve()
        self.assertEqual(claim.approval_state, "given")

    def test_a_file_one_may_not_read_is_no_evidence(self):
        """The parties would see it on the portal."""
        private = self.env["ir.attachment"].create(
            {
                "name": "salaries.pdf",
                "raw": b"%PDF-1",
                "res_model": "res.company",
                "res_id": self.other.id,
            }
        )
        self.env.flush_all()
        claim = self._claim((self.crew, 100)).with_user(self.manager)
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            claim.write({"evidence_ids": [Command.link(private.id)]})
        public = self.env["ir.attachment"].create({"name": "a.pdf", "public": True})
        claim.write({"evidence_ids": [Command.link(public.id)]})
        with self.assertRaises(AccessError):
            claim.create(
                {
                    "order_id": self.order.id,
                    "description": "Mine",
                    "amount": 200.0,
                    "evidence_ids": [Command.link(private.id)],
                }
            )

    def test_deposits_of_another_company(self):
        """Neither seen nor booked: the wizard works with all rights."""
        stranger = self._stranger("o2o_group_accountant")
        wizards = self.env["o2o.deposit.move"].with_user(stranger)
        values = {
            "partner_id": self.dealer_c2.id,
            "company_id": self.company.id,
            "operation": "receive",
            "amount": 10.0,
            "date": "2026-11-05",
            "journal_id": self.bank.id,
        }
        before = self.env["account.move"].search_count([])
        with self.assertRaises(AccessError):
            wizards.create(values).action_apply()
        with self.assertRaises(AccessError):
            wizards.create(values).read(["balance", "owed"])
        with self.assertRaises(AccessError):
            wizards.new(values).balance  # noqa: B018
        self.assertEqual(self.env["account.move"].search_count([]), before)

    def test_accounts_and_journals_of_another_company(self):
        """Odoo doesn't check what a company itself links to."""
        names = [
            name
            for name, field in self.company._fields.items()
            if name.startswith("o2o_")
            and getattr(field, "comodel_name", "")
            in ("account.account", "account.journal", "account.tax")
        ]
        self.assertGreaterEqual(len(names), 11)
        for name in names:
            with self.assertRaisesRegex(UserError, "Elsewhere|crosses"):
                self.other[name] = self.company[name]

    def test_periods_of_another_company(self):
        period = self._create_period()
        period.with_user(self.accountant).action_check()
        stranger = self._stranger("o2o_group_accountant")
        close = self.env["o2o.settlement.close"].with_user(stranger)
        with self.assertRaises(AccessError):
            close.create({"period_id": period.id}).action_close()
        approver = self._stranger("o2o_group_approver")
        reopen = self.env["o2o.settlement.reopen"].with_user(approver)
        with self.assertRaises(AccessError):
            reopen.new({"period_id": period.id}).effects  # noqa: B018
        with self.assertRaises(AccessError):
            reopen.create({"period_id": period.id, "reason": "x"}).action_reopen()

    def test_who_agreed_and_when_is_not_edited(self):
        self._share(self.dealer_c2, 820.0)
        period = self._create_period()
        self._state_period(period)
        statement = self._statement(self.dealer_c2, period).with_user(self.accountant)
        for values in (
            {"confirmed_by_id": self.env.user.id},
            {"confirmed_on": "2026-01-01 00:00:00"},
            {"sent_on": "2026-01-01 00:00:00"},
            {"name": "ST/1"},
        ):
            with self.assertRaisesRegex(UserError, "can't be edited"):
                statement.write(values)
        with self.assertRaises(UserError):
            period.with_user(self.accountant).name = "2020-01"

    def test_a_dealer_does_not_read_what_headquarters_allows_itself(self):
        dealer = self._create_user("base.group_portal", login="portal")
        for name in ("o2o_claim_limit", "o2o_guaranteed_margin"):
            with self.assertRaises(AccessError):
                self.company.with_user(dealer).read([name])

    def test_a_leg_of_another_order(self):
        """Chosen before the order was changed, it would hold nothing."""
        other = self.order.copy()
        leg = self.env["o2o.dispatch"].create(
            {
                "name": "L/1",
                "order_id": other.id,
                "company_id": self.company.id,
                "dealer_id": self.dealer_c2.id,
            }
        )
        claim = self._claim((self.crew, 100))
        with self.assertRaisesRegex(ValidationError, other.name):
            claim.dispatch_id = leg
        claim.write({"order_id": other.id, "dispatch_id": leg.id})
        with self.assertRaises(ValidationError):
            claim.order_id = self.order


@tagged("post_install", "-at_install")
class TestSettlementPeriods(ClaimCommon):
    """What belongs to which month."""

    def test_a_provision_is_an_expense_of_the_claims_month(self):
        """Made in December so that November can be closed, it is November's."""
        claim = self._claim((self.crew, 60), (self.dealer_c2, 40))
        with freeze_time("2026-12-03 04:00:00"):
            claim.action_open()
            claim.provision_reason = "The insurer answers in January."
            if claim.approval_state == "needed":
                claim.with_user(self.approver).action_approve()
            claim.action_provide()
        self.assertEqual(claim.provision_move_id.date, date(2026, 11, 21))

    def test_a_provision_of_a_closed_month_is_of_the_first_open_day(self):
        claim = self._claim((self.crew, 60), (self.dealer_c2, 40))
        claim.date = "2026-10-20"
        period = self._create_period("2026-10-01")
        claim.date = "2026-11-21"  # not known yet when October is closed
        with freeze_time("2026-11-05 04:00:00"):
            period.with_user(self.accountant).action_close()
        claim.date = "2026-10-20"
        with freeze_time("2026-12-03 04:00:00"):
            claim.action_open()
            claim.provision_reason = "The insurer answers in January."
            if claim.approval_state == "needed":
                claim.with_user(self.approver).action_approve()
            claim.action_provide()
        move = claim.provision_move_id
        self.assertEqual(move.date, date(2026, 11, 1))
        self.assertEqual(move.o2o_original_date, date(2026, 10, 20))

    def test_a_gap_before_a_closed_period_stops_no_statements(self):
        """No period can be made in it: the job went on failing, for every company."""
        self.dealer_c2.o2o_settlement_cycle = "day"
        self._share(self.dealer_c2, 820.0, release_date="2027-02-01")
        december = self._create_period("2026-12-01")
        with freeze_time("2027-01-05 04:00:00"):
            december.with_user(self.accountant).action_close()
        periods = self.env["o2o.settlement.period"]
        with freeze_time("2026-11-29 04:00:00"):
            periods._cron_make_statements()
        self.assertEqual(
            periods.search([("company_id", "=", self.company.id)]), december
        )

    def test_an_account_with_entries_stays(self):
        """Statements, deposits and the close are read from it."""
        self._share(self.dealer_c2, 820.0)
        old = self.company.o2o_clearing_account_id
        self.company.o2o_clearing_account_id = old  # as settings do
        with self.assertRaisesRegex(UserError, "224110"):
            self.company.o2o_clearing_account_id = old.copy()
        with self.assertRaises(UserError):
            self.company.o2o_clearing_account_id = False
        self.company.o2o_deposit_account_id = old.copy()  # nothing was booked there
        self.env["o2o.deposit.move"].with_user(self.accountant).create(
            {
                "partner_id": self.dealer_c2.id,
                "company_id": self.company.id,
                "operation": "receive",
                "amount": 10.0,
                "date": "2026-11-05",
                "journal_id": self.bank.id,
            }
        ).action_apply()
        with self.assertRaisesRegex(UserError, "Dealer Deposits"):
            self.company.o2o_deposit_account_id = old.copy()

    def test_the_close_report_and_not_a_paper_filed_beside_it(self):
        period = self._create_period("2026-10-01").with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "no close report"):
            period.action_close_report()
        with freeze_time("2026-11-05 04:00:00"):
            period.action_close()
        url = period.action_close_report()["url"]
        period.message_post(attachments=[("letter.pdf", b"%PDF-1.4")])
        self.assertEqual(period.action_close_report()["url"], url)

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import HttpCase, tagged

from .common_settlement import O2oSettlementCommon


class DisputeCommon(O2oSettlementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.right = cls._share(cls.dealer_c2, 820.0, "fulfiller")
        cls.wrong = cls._share(cls.dealer_c2, 20.0, "tier1")
        cls.period = cls._create_period()
        with freeze_time("2026-12-01 04:00:00"):
            cls.period.with_user(cls.accountant).action_make_statements()
            cls.period.statement_ids.with_user(cls.accountant).action_send()
        cls.statement = cls.period.statement_ids
        cls.env.flush_all()

    def _run_confirm(self):
        job = self.env.ref("o2o_channel.ir_cron_settlement_confirm")
        with self.enter_registry_test_mode():
            job.method_direct_trigger()

    def _dispute(self, line=None, reason="The order was Chengdu's."):
        with freeze_time("2026-12-02 04:00:00"):
            return self.statement._dispute_line(line or self.wrong, reason)


@tagged("post_install", "-at_install")
class TestDispute(DisputeCommon):
    """A payee objects to a line: it waits, everything else goes on (R9.1)."""

    def test_the_line_leaves_and_the_rest_is_billed(self):
        sealed = self.statement._seal()[self.statement]
        dispute = self._dispute()
        self.assertEqual(dispute.amount, 20.0)
        self.assertEqual(str(dispute.deadline), "2026-12-07")
        self.assertEqual(self.statement.line_ids, self.right)
        self.assertEqual(self.statement.amount_total, 820.0)
        self.assertNotEqual(self.statement._seal()[self.statement], sealed)
        self.statement.action_confirm()
        self.assertEqual(self.statement.bill_id.amount_total, 926.6)
        self.assertEqual(self._assert_clearing_ties_out(), {self.dealer_c2: 20.0})

    def test_a_disputed_line_is_on_no_statement_until_it_is_answered(self):
        dispute = self._dispute()
        later = self._create_period("2026-12-01")
        self._state_period(later, confirm=False)
        self.assertFalse(self._statement(self.dealer_c2, later))
        dispute.answer = "The region's tier-1 dealer is C1: see the coverage."
        dispute.with_user(self.accountant).action_reject()
        self._state_period(later, confirm=False)
        self.assertEqual(self._statement(self.dealer_c2, later).line_ids, self.wrong)

    def test_an_accepted_dispute_books_the_adjustment(self):
        dispute = self._dispute()
        dispute.write({"answer": "You are right.", "adjustment": 5.5})
        with freeze_time("2026-12-03 04:00:00"):
            dispute.with_user(self.accountant).action_accept()
        line = dispute.adjustment_line_id
        self.assertEqual((line.kind, line.amount), ("adjustment", 5.5))
        self.assertEqual(
            self._journal_items(line.move_id),
            {
                ("224110", self.dealer_c2): -5.5,
                ("560110", self.env["res.partner"]): 5.5,
            },
        )
        later = self._create_period("2026-12-01")
        self._state_period(later)
        statement = self._statement(self.dealer_c2, later)
        self.assertEqual(
            (statement.amount_total, statement.amount_offsets), (20.0, 5.5)
        )
        self.assertEqual(statement.amount_payable, 26.7)
        self._assert_clearing_ties_out()

    def test_an_answer_says_why(self):
        dispute = self._dispute()
        with self.assertRaisesRegex(ValidationError, "write the Answer"):
            dispute.action_reject()
        dispute.answer = "Right."
        with self.assertRaisesRegex(ValidationError, "under Adjustment"):
            dispute.action_accept()
        dispute.action_reject()
        with self.assertRaisesRegex(UserError, "answered already"):
            dispute.action_reject()
        with self.assertRaisesRegex(UserError, "can't be edited"):
            dispute.answer = "Or not."

    def test_what_may_not_be_disputed(self):
        with self.assertRaisesRegex(ValidationError, "under Reason"):
            self._dispute(reason="  ")
        other = self._share(self.dealer_b1, 60.0, "origin")
        with self.assertRaisesRegex(UserError, "isn't on statement"):
            self._dispute(other)
        self._dispute()
        with self.assertRaisesRegex(UserError, "isn't on statement"):
            self._dispute()
        self.statement.action_confirm()
        with self.assertRaisesRegex(UserError, "This needs one that is"):
            self._dispute(self.right)

    def test_an_overdue_dispute_is_put_before_an_accountant_once(self):
        dispute = self._dispute()
        with freeze_time("2026-12-07 04:00:00"):
            self.env["o2o.settlement.dispute"]._cron_remind()
        self.assertFalse(dispute.activity_ids)
        for _run in range(2):
            with freeze_time("2026-12-08 04:00:00"):
                self.assertTrue(dispute.is_overdue)
                self.env["o2o.settlement.dispute"]._cron_remind()
        self.assertEqual(len(dispute.activity_ids), 1)

    def test_the_close_knows_of_it(self):
        self._dispute()
        self.statement.action_confirm()
        self.period.with_user(self.accountant).action_check()
        check = self.period.check_ids.filtered(lambda c: c.key == "disputes")
        self.assertEqual((check.ok, check.amount, check.count), (True, 20.0, 1))

    def test_after_five_days_a_statement_is_confirmed_without_the_payee(self):
        self.assertEqual(self.statement.confirm_by, date(2026, 12, 6))
        for day, state in (("06", "sent"), ("07", "billed")):
            with freeze_time(f"2026-12-{day} 04:00:00"):
                self._run_confirm()
            self.assertEqual(self.statement.state, state)
        self.assertTrue(self.statement.auto_confirmed)
        self.assertIn("Nobody objected", self.statement.message_ids[0].body)

    def test_nothing_is_confirmed_automatically_where_that_is_off(self):
        self.company.o2o_auto_confirm_days = 0
        self.statement.action_send()
        self.assertFalse(self.statement.confirm_by)
        with freeze_time("2027-03-01 04:00:00"):
            self._run_confirm()
        self.assertEqual(self.statement.state, "sent")

    def test_one_that_fails_stops_no_other(self):
        other = self._share(self.dealer_b1, 60.0, "origin")
        self.assertTrue(other)
        with freeze_time("2026-12-01 04:00:00"):
            self.period.with_user(self.accountant).action_make_statements()
            drafts = self.period.statement_ids.filtered(lambda s: s.state == "draft")
            drafts.with_user(self.accountant).action_send()
        # C2's payable account is out of use: its bill can't be posted
        account = self.env["account.account"].create(
            {"name": "Old", "code": "220299", "account_type": "liability_payable"}
        )
        payee = self.dealer_c2.with_company(self.company)
        payee.property_account_payable_id = account
        account.active = False
        with (
            freeze_time("2026-12-08 04:00:00"),
            self.assertLogs("odoo.addons.o2o_channel", "ERROR") as log,
        ):
            self._run_confirm()
        self.assertIn(self.statement.name, log.output[0])
        self.assertEqual(self.statement.state, "sent")
        self.assertEqual(self._statement(self.dealer_b1, self.period).state, "billed")


@tagged("post_install", "-at_install")
class TestDisputePortal(DisputeCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for dealer, login in ((cls.dealer_c2, "c2"), (cls.dealer_b1, "b1")):
            contact = cls.env["res.partner"].create(
                {
                    "name": login,
                    "parent_id": dealer.id,
                    "email": f"{login}@dealer.example",
                }
            )
            cls._create_user(
                "o2o_channel.o2o_group_dealer_portal",
                login=login,
                password=f"{login}-secret",
                partner_id=contact.id,
            )

    def _url(self, line=None):
        return f"{self.statement.access_url}/dispute/share/{(line or self.wrong).id}"

    def _open(self, login, path, status=200):
        self.authenticate(login, f"{login}-secret")
        response = self.url_open(path)
        self.assertEqual(response.status_code, status)
        return response.text

    def _post(self, login, path, **data):
        page = self._open(login, self.statement.access_url)
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        return self.url_open(path, data={"csrf_token": token, **data})

    def test_a_dealer_objects_to_a_line_and_confirms_the_rest(self):
        page = self._open("c2", self.statement.access_url)
        self.assertIn(self._url(), page)
        self.assertIn("20.00", self._open("c2", self._url()))
        answer = self._post("c2", self._url(), reason="That order wasn't mine.")
        self.assertIn("confirm the rest", answer.text)
        self.assertIn("That order wasn", answer.text)
        dispute = self.statement.dispute_ids
        self.assertEqual(dispute.split_line_id, self.wrong)
        self.assertEqual(self.statement.amount_total, 820.0)

    def test_the_answer_is_shown(self):
        dispute = self._dispute()
        dispute.write({"answer": "You are right.", "adjustment": 5.5})
        self.assertNotIn("You are right", self._open("c2", self.statement.access_url))
        dispute.action_accept()
        page = self._open("c2", self.statement.access_url)
        self.assertIn("You are right", page)
        self.assertIn("5.50", page)

    def test_without_a_reason_nothing_happens(self):
        answer = self._post("c2", self._url(), reason=" ")
        self.assertIn("Say under Reason", answer.text)
        self.assertFalse(self.statement.dispute_ids)

    def test_another_dealer_finds_nothing(self):
        self._open("b1", self._url(), status=404)
        self._open("c2", self._url(self._share(self.dealer_b1, 60.0)), status=404)
        self._open("c2", self._url().replace("share", "user"), status=404)
        self._open("c2", f"{self._url()}999999999999999999999", status=404)
        self.assertFalse(self.statement.dispute_ids)

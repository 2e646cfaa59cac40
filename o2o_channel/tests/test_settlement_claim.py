import base64

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common_settlement import O2oSettlementCommon, SettlementTools
from .common_split import O2oSplitCommon

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class ClaimCommon(O2oSettlementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.crew = cls.env["res.partner"].create({"name": "Crew W"})
        cls.bank = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "bank")], limit=1
        )
        cls.consumer = cls.order.partner_id
        cls.hq = cls.company.partner_id
        cls.approver = cls._create_user("o2o_channel.o2o_group_approver")

    def _claim(self, *parts, amount=200.0, **values):
        """A claim on the case's order; parts are ``(partner, percent)``."""
        return self.env["o2o.claim"].create(
            {
                "order_id": self.order.id,
                "description": "The door is scratched.",
                "date": "2026-11-21",
                "amount": amount,
                "journal_id": self.bank.id,
                "liability_ids": [
                    Command.create({"partner_id": partner.id, "percent": percent})
                    for partner, percent in parts
                ],
                **values,
            }
        )

    def _closed(self, *parts, **values):
        claim = self._claim(*parts, **values)
        with freeze_time("2026-11-25 04:00:00"):
            claim.action_open()
            if claim.approval_state == "needed":
                claim.with_user(self.approver).action_approve()
            claim.action_allocate()
            claim.action_close()
        return claim

    def _provide(self, claim, reason):
        claim.provision_reason = reason
        claim.with_user(self.approver).action_approve()
        claim.action_provide()

    def _nobody(self):
        return self.env["res.partner"]


@tagged("post_install", "-at_install")
class TestClaim(ClaimCommon):
    """R9.7: 200.00, crew 60 %, dealer 40 %."""

    def test_the_cost_then_each_partys_part(self):
        claim = self._closed((self.crew, 60), (self.dealer_c2, 40))
        cash = self.bank.default_account_id.with_company(self.company).code
        self.assertEqual(
            self._journal_items(claim.move_id),
            {("122110", self.consumer): 200.0, (cash, self.consumer): -200.0},
        )
        entry = claim.clearing_line_ids.move_id
        self.assertEqual(len(entry), 1)
        self.assertEqual(
            self._journal_items(entry),
            {
                ("224110", self.crew): 120.0,
                ("224110", self.dealer_c2): 80.0,
                ("122110", self.consumer): -200.0,
            },
        )
        self.assertEqual(claim.state, "closed")
        self.assertEqual(
            self._assert_clearing_ties_out(), {self.crew: -120.0, self.dealer_c2: -80.0}
        )

    def test_what_was_paid_waits_on_the_outstanding_account(self):
        _incoming, outgoing = self._set_outstanding(self.bank)
        claim = self._closed((self.dealer_c2, 100))
        self.assertEqual(
            self._journal_items(claim.move_id),
            {("122110", self.consumer): 200.0, (outgoing, self.consumer): -200.0},
        )

    def test_the_next_statement_recovers_it(self):
        self._share(self.dealer_c2, 820.0)
        self._closed((self.crew, 60), (self.dealer_c2, 40))
        period = self._create_period()
        self._state_period(period)
        statement = self._statement(self.dealer_c2, period)
        self.assertEqual(statement.bill_id.amount_total, 926.6)
        self.assertEqual(statement.amount_payable, 846.6)
        self.assertEqual(statement.bill_id.amount_residual, 846.6)
        self.assertEqual(self._statement(self.crew, period).amount_owed, 120.0)
        self._assert_clearing_ties_out()

    def test_ninety_percent_cannot_be_closed(self):
        claim = self._claim((self.crew, 60), (self.dealer_c2, 30))
        claim.action_open()
        with self.assertRaisesRegex(ValidationError, r"90\.00 %, not to 100"):
            claim.action_allocate()
        with self.assertRaisesRegex(UserError, "This needs one that is Allocated"):
            claim.action_close()

    def test_parts_come_to_the_claim_to_the_cent(self):
        claim = self._closed(
            (self.crew, 33.33),
            (self.dealer_c2, 33.33),
            (self.dealer_b1, 33.34),
            amount=100.01,
        )
        self.assertEqual(
            claim.liability_ids.mapped("amount"),
            [33.33, 33.33, 33.35],
        )
        self.assertEqual(sum(claim.clearing_line_ids.mapped("amount")), -100.01)

    def test_headquarters_bears_a_part_as_an_expense(self):
        claim = self._closed((self.hq, 25), (self.dealer_c2, 75))
        self.assertEqual(claim.clearing_line_ids.mapped("amount"), [-150.0])
        self.assertEqual(self._balance("560114"), 50.0)
        self.assertEqual(self._balance("122110"), 0.0)

    def _balance(self, code):
        items = self.env["account.move.line"].search(
            [("company_id", "=", self.company.id), ("parent_state", "=", "posted")]
        )
        own = items.filtered(
            lambda i: i.account_id.with_company(self.company).code == code
        )
        return self.currency.round(sum(own.mapped("balance")))

    def test_reopening_takes_the_charges_back(self):
        claim = self._closed((self.hq, 50), (self.dealer_c2, 50))
        claim.action_reopen()
        self.assertEqual(self._assert_clearing_ties_out(), {self.dealer_c2: 0.0})
        self.assertEqual(self._balance("122110"), 200.0)
        claim.liability_ids.filtered(lambda p: p.partner_id == self.hq).unlink()
        claim.liability_ids.percent = 100
        claim.action_allocate()
        claim.action_close()
        self.assertEqual(self._assert_clearing_ties_out(), {self.dealer_c2: -200.0})
        self.assertEqual(self._balance("122110"), 0.0)
        self.assertEqual(self._balance("560114"), 0.0)

    def test_a_claim_provided_for_lets_the_month_close(self):
        claim = self._claim((self.dealer_c2, 40))
        claim.action_open()
        period = self._create_period()
        self.assertFalse(self._claims_check(period).ok)
        with self.assertRaisesRegex(ValidationError, "under Provision Reason"):
            claim.action_provide()
        self._provide(claim, "The insurer answers in January.")
        self.assertTrue(self._claims_check(period).ok)
        self.assertEqual(self._balance("560114"), 200.0)
        claim.liability_ids.percent = 100
        claim.action_allocate()
        claim.action_close()
        self.assertEqual(self._balance("560114"), 0.0)
        self.assertEqual(self._balance("122110"), 0.0)

    def _claims_check(self, period):
        period.with_user(self.accountant).action_check()
        return period.check_ids.filtered(lambda check: check.key == "claims")

    def test_an_open_claim_holds_the_orders_shares(self):
        share = self._share(self.dealer_c2, 820.0)
        claim = self._claim((self.dealer_c2, 100))
        claim.action_open()
        with freeze_time("2026-12-20 04:00:00"):
            self.env["o2o.split.line"]._cron_release()
        self.assertEqual(share.state, "pending")
        period = self._create_period()
        self._state_period(period)
        self.assertFalse(self._statement(self.dealer_c2, period))
        claim.action_allocate()
        claim.action_close()
        with freeze_time("2026-12-20 04:00:00"):
            self.env["o2o.split.line"]._cron_release()
        self.assertEqual(share.state, "released")

    def test_cancelling_reverses_the_cost(self):
        claim = self._claim((self.dealer_c2, 100))
        claim.action_open()
        claim.action_cancel()
        self.assertEqual(self._balance("122110"), 0.0)
        self.assertEqual(claim.state, "cancelled")

    def test_what_is_owed_to_the_consumer_is_paid_later(self):
        claim = self._claim((self.dealer_c2, 100), journal_id=False)
        claim.action_open()
        payable = self.consumer.with_company(self.company).property_account_payable_id
        self.assertIn(
            (payable.with_company(self.company).code, self.consumer),
            self._journal_items(claim.move_id),
        )

    def test_what_is_booked_stays(self):
        claim = self._closed((self.dealer_c2, 100))
        with self.assertRaisesRegex(UserError, "can't be edited"):
            claim.amount = 1.0
        with self.assertRaisesRegex(UserError, "Reopen it"):
            claim.liability_ids.percent = 50
        with self.assertRaisesRegex(UserError, "Cancel it instead"):
            claim.unlink()

    def test_what_a_claim_booked_stays_in_the_books(self):
        """Only cancelling the claim takes its entries back, whoever asks."""
        claim = self._claim((self.dealer_c2, 100))
        claim.action_open()
        self._provide(claim, "The carrier doesn't answer")
        for move in claim.move_id | claim.provision_move_id:
            for change in (
                move.button_draft,
                move.button_cancel,
                move._reverse_moves,
                move.with_context(force_delete=True).unlink,
                lambda m=move: m.write({"date": "2026-11-01"}),
                lambda m=move: m.write({"o2o_booked_for": False}),
                lambda m=move: m.line_ids[0].write({"name": "Other"}),
            ):
                with self.assertRaisesRegex(UserError, "booked for a Claim"):
                    change()
        claim.action_cancel()
        self.assertEqual(self._balance("122110"), 0.0)

    def test_a_manager_enters_claims_and_an_accountant_books_them(self):
        manager = self._create_user("o2o_channel.o2o_group_manager")
        claim = self._claim((self.dealer_c2, 100))
        claim.with_user(manager).description = "And it is late."
        accountant = self.accountant
        claim.with_user(accountant).action_open()
        claim.with_user(accountant).action_allocate()
        claim.with_user(accountant).action_close()
        self.assertEqual(claim.state, "closed")
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            claim.with_user(self._create_user("base.group_portal")).read(["amount"])

    def test_a_manager_books_nothing_over_rpc_either(self):
        manager = self._create_user("o2o_channel.o2o_group_manager")
        claim = self._claim((self.dealer_c2, 100)).with_user(manager)
        with self.assertRaisesRegex(AccessError, "Only a channel accountant"):
            claim.action_open()
        self.assertFalse(claim.sudo().move_id)

    def test_what_the_buttons_write_is_written_by_nothing_else(self):
        claim = self._claim((self.dealer_c2, 100), state="closed", provided=True)
        self.assertEqual((claim.state, claim.provided), ("draft", False))
        claim.action_open()
        with self.assertRaisesRegex(UserError, "can't be edited"):
            claim.provided = True
        self._provide(claim, "The insurer answers in January.")
        with self.assertRaisesRegex(UserError, "can't be edited"):
            claim.provision_reason = "Another one"

    def test_an_answer_stays_that_of_its_party(self):
        claim = self._claim((self.dealer_c2, 100))
        claim.deadline = "2099-01-01"
        claim.action_open()
        claim.liability_ids._answer("Not us.")
        with self.assertRaisesRegex(UserError, "has answered claim"):
            claim.liability_ids.partner_id = self.dealer_b1

    def test_a_party_named_later_is_told(self):
        claim = self._claim((self.dealer_c2, 60))
        claim.action_open()
        before = len(claim.message_ids)
        claim.liability_ids = [
            Command.create({"partner_id": self.dealer_b1.id, "percent": 40})
        ]
        self.assertEqual(len(claim.message_ids), before + 1)
        self.assertIn(self.dealer_b1, claim.message_ids[0].partner_ids)

    def test_past_the_deadline_an_accountant_is_reminded_once(self):
        claim = self._claim((self.dealer_c2, 100))
        claim.action_open()
        self.assertEqual(str(claim.deadline), "2026-11-28")
        for _run in range(2):
            with freeze_time("2026-11-29 04:00:00"):
                self.env["o2o.claim"]._cron_remind()
        self.assertEqual(len(claim.activity_ids), 1)


@tagged("post_install", "-at_install")
class TestClaimChain(SettlementTools, O2oSplitCommon):
    def test_the_chain_says_who_promised_carried_and_handed_over(self):
        order = self._delivered(1, 1130.0)
        claim = self.env["o2o.claim"].create(
            {
                "order_id": order.id,
                "description": "Scratched",
                "date": "2026-11-21",
                "amount": 10.0,
            }
        )
        for step in ("Sold By", "Promised By", "Carried By", "Handed Over By"):
            self.assertIn(step, claim.chain)
        self.assertNotIn("Installed By", claim.chain)
        self.assertIn(self.dealer_c2.name, claim.chain)
        self.assertEqual(order.o2o_claim_count, 1)
        self.assertEqual(order.o2o_chain, claim.chain)

    def test_the_crew_is_the_last_of_the_chain(self):
        order = self._delivered(1, 1130.0)
        line = order.order_line
        self.env.cr.execute(
            "UPDATE sale_order SET o2o_crew_id = %s WHERE id = %s",
            (self.dealer_b1.id, order.id),
        )
        self.env.invalidate_all()
        last = line.order_id.o2o_chain.rsplit("<tr>", 1)[1]
        for text in ("Installed By", self.dealer_b1.name, "Not yet"):
            self.assertIn(text, last)

    def test_an_order_that_nobody_has_touched_has_no_chain(self):
        order = self.env["sale.order"].create({"partner_id": self.dealer_b1.id})
        self.assertFalse(order.o2o_chain)


@tagged("post_install", "-at_install")
class TestClaimPortal(ClaimCommon, HttpCase):
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

    def setUp(self):
        super().setUp()
        self.claim = self._claim((self.crew, 60), (self.dealer_c2, 40))
        self.part = self.claim.liability_ids[1]
        self.url = f"/my/o2o/claims/{self.part.id}"

    def _open_claim(self):
        self.claim.deadline = "2099-01-01"
        self.claim.action_open()
        self.env.flush_all()

    def _get(self, login, path, status=200):
        self.authenticate(login, f"{login}-secret")
        response = self.url_open(path)
        self.assertEqual(response.status_code, status)
        return response.text

    def _answer(self, text, files=None):
        page = self._get("c2", self.url)
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        return self.url_open(
            self.url, data={"csrf_token": token, "answer": text}, files=files
        ).text

    def test_a_dealer_sees_its_part_only_and_answers_with_a_photo(self):
        self._open_claim()
        self.assertIn(self.claim.name, self._get("c2", "/my/o2o/claims"))
        page = self._get("c2", self.url)
        self.assertIn("80.00", page)
        for hidden in ("120.00", "200.00", "Crew W", "Consumer"):
            self.assertNotIn(hidden, page)
        page = self._answer("It was whole when it left.", [("photos", ("a.png", PNG))])
        self.assertIn("headquarters has your answer", page)
        self.assertEqual(self.part.answer, "It was whole when it left.")
        self.assertEqual(self.part.attachment_ids.raw, PNG)

    def test_a_dealer_sees_the_evidence_and_nobody_elses_answer(self):
        self.claim.evidence_ids = [
            Command.create({"name": "door.png", "raw": PNG}),
            Command.create({"name": "label.html", "raw": b"<script>1</script>"}),
        ]
        self._open_claim()
        self.claim.liability_ids[0]._answer("Not us", [("theirs.png", PNG)])
        self.env.flush_all()
        page = self._get("c2", self.url)
        self.assertIn(f"{self.url}/files/1", page)
        self.assertNotIn(f"{self.url}/files/3", page)
        self.assertEqual(self.url_open(f"{self.url}/files/1").content, PNG)
        paper = self.url_open(f"{self.url}/files/2")
        self.assertIn("attachment", paper.headers["Content-Disposition"])
        for number in (0, 3, 99):
            self._get("c2", f"{self.url}/files/{number}", status=404)
        self._get("b1", f"{self.url}/files/1", status=404)

    def test_other_files_are_refused_and_nothing_is_kept(self):
        self._open_claim()
        page = self._answer("Look", [("photos", ("a.png", b"MZ not a picture"))])
        self.assertIn("send photos", page)
        self.assertFalse(self.part.answer)

    def test_another_dealer_finds_nothing(self):
        self._open_claim()
        self.assertIn("No claim concerns you", self._get("b1", "/my/o2o/claims"))
        self._get("b1", self.url, status=404)
        self._get("c2", f"{self.url}9999999999999", status=404)
        crews = f"/my/o2o/claims/{self.claim.liability_ids[0].id}"
        self._get("c2", crews, status=404)

    def test_a_draft_is_not_shown_and_a_late_answer_not_taken(self):
        self._get("c2", self.url, status=404)
        self.claim.deadline = "2020-01-01"
        self.claim.action_open()
        with self.assertRaisesRegex(UserError, "takes no answers any more"):
            self.part._answer("Too late")
        self.env.flush_all()
        self.assertNotIn("Send answer", self._get("c2", self.url))

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .test_settlement_claim import PNG, ClaimCommon


@tagged("post_install", "-at_install")
class TestClaimApproval(ClaimCommon):
    """Who enters a claim doesn't approve it."""

    def test_above_the_limit_nothing_is_paid_without_a_second_person(self):
        self.company.o2o_claim_limit = 199.99
        claim = self._claim((self.dealer_c2, 100)).with_user(self.accountant)
        self.assertEqual(claim.approval_state, "needed")
        with self.assertRaisesRegex(UserError, "needs a second person"):
            claim.action_open()
        self.assertFalse(claim.sudo().move_id)
        claim.with_user(self.approver).action_approve()
        self.assertEqual(claim.approval_state, "given")
        self.assertEqual(claim.approved_by_id, self.approver)
        claim.action_open()
        claim.action_allocate()
        claim.action_close()
        self.assertEqual(claim.state, "closed")

    def test_at_the_limit_nobody_is_asked(self):
        self.company.o2o_claim_limit = 200.0
        claim = self._claim((self.dealer_c2, 100))
        self.assertEqual(claim.approval_state, "none")
        claim.action_open()
        with self.assertRaisesRegex(UserError, "needs no approval"):
            claim.with_user(self.approver).action_approve()

    def test_a_limit_lowered_later_counts_for_drafts(self):
        claim = self._claim((self.dealer_c2, 100))
        self.company.o2o_claim_limit = 100.0
        self.assertEqual(claim.approval_state, "needed")

    def test_what_headquarters_bears_is_approved_before_it_is_charged(self):
        claim = self._claim((self.hq, 25), (self.dealer_c2, 75))
        claim.action_open()
        claim.action_allocate()
        with self.assertRaisesRegex(UserError, r"headquarters bears 25\.00 %"):
            claim.action_close()
        self.assertFalse(claim.clearing_line_ids)
        claim.with_user(self.approver).action_approve()
        claim.action_close()
        self.assertEqual(claim.clearing_line_ids.mapped("amount"), [-150.0])

    def test_an_approval_lapses_when_headquarters_part_or_the_amount_grows(self):
        claim = self._claim((self.hq, 25), (self.dealer_c2, 75))
        claim.with_user(self.approver).action_approve()
        own, other = claim.liability_ids
        own.percent, other.percent = 20, 80
        self.assertEqual(claim.approval_state, "given")
        own.percent, other.percent = 30, 70
        self.assertEqual(claim.approval_state, "needed")
        own.percent, other.percent = 25, 75
        self.assertEqual(claim.approval_state, "given")
        claim.amount = 201.0
        self.assertEqual(claim.approval_state, "needed")

    def test_what_headquarters_bears_for_now_is_approved_before_it_is_booked(self):
        both = self._create_user(
            "o2o_channel.o2o_group_manager,o2o_channel.o2o_group_approver"
        )
        claim = self._claim((self.dealer_c2, 100))
        claim.action_open()
        self.assertEqual(claim.approval_state, "none")
        claim.with_user(both).provision_reason = "The insurer answers in January."
        self.assertEqual(claim.approval_state, "needed")
        with self.assertRaisesRegex(UserError, "bears all of it: The insurer"):
            claim.with_user(self.accountant).action_provide()
        with self.assertRaisesRegex(UserError, "another approver decides"):
            claim.with_user(both).action_approve()
        self.assertFalse(claim.provision_move_id)
        claim.with_user(self.approver).action_approve()
        claim.provision_reason = "The carrier doesn't answer."
        with self.assertRaisesRegex(UserError, "needs a second person"):
            claim.with_user(self.accountant).action_provide()
        claim.with_user(self.approver).action_approve()
        claim.with_user(self.accountant).action_provide()
        self.assertEqual(
            self._journal_items(claim.provision_move_id),
            {("560114", self.consumer): 200.0, ("122110", self.consumer): -200.0},
        )
        self.assertEqual(claim.approval_state, "none")

    def test_a_provision_that_waits_stops_no_decision(self):
        claim = self._claim((self.dealer_c2, 100))
        claim.action_open()
        claim.provision_reason = "The insurer answers in January."
        claim.action_allocate()
        claim.action_close()
        self.assertEqual(claim.clearing_line_ids.mapped("amount"), [-200.0])

    def test_a_company_may_do_without_for_its_own_part(self):
        self.company.o2o_claim_approve_own = False
        claim = self._closed((self.hq, 25), (self.dealer_c2, 75))
        self.assertFalse(claim.approved_by_id)
        other = self._claim((self.dealer_c2, 100))
        other.action_open()
        other.provision_reason = "The insurer answers in January."
        other.action_provide()
        self.assertTrue(other.provided)

    def test_who_entered_it_or_its_parties_does_not_approve(self):
        self.company.o2o_claim_limit = 100.0
        both = self._create_user(
            "o2o_channel.o2o_group_manager,o2o_channel.o2o_group_approver"
        )
        claim = self._claim((self.dealer_c2, 100))
        claim.liability_ids.with_user(both).reason = "It left broken."
        with self.assertRaisesRegex(UserError, "another approver decides"):
            claim.with_user(both).action_approve()
        with self.assertRaisesRegex(AccessError, "Only an approver"):
            claim.with_user(self.accountant).action_approve()
        self.assertFalse(claim.approved_by_id)

    def test_approvals_are_written_by_nothing_else(self):
        claim = self._claim((self.dealer_c2, 100), approved_by_id=self.approver.id)
        self.assertFalse(claim.approved_by_id)
        with self.assertRaisesRegex(UserError, "can't be edited"):
            claim.with_user(self.accountant).approved_by_id = self.approver

    def test_asking_puts_it_before_an_approver_once_approved_it_is_done(self):
        self.company.o2o_claim_limit = 100.0
        claim = self._claim((self.dealer_c2, 100))
        claim.with_user(self.accountant).action_ask_approval()
        activity = claim.activity_ids
        self.assertEqual(activity.summary, "Approve claim")
        approver = activity.user_id
        self.assertTrue(approver.has_group("o2o_channel.o2o_group_approver"))
        claim.with_user(approver).action_approve()
        self.assertFalse(claim.activity_ids)


@tagged("post_install", "-at_install")
class TestClaimLate(ClaimCommon):
    """Claims that come when the books are closed or the shares are paid."""

    def test_a_cancelled_claim_is_reversed_on_the_first_open_day(self):
        claim = self._claim((self.dealer_c2, 100))
        with freeze_time("2026-11-25 04:00:00"):
            claim.action_open()
            self._provide(claim, "The insurer answers in January.")
        self.company.fiscalyear_lock_date = "2026-11-30"
        with freeze_time("2026-11-28 04:00:00"):
            claim.with_user(self.accountant).action_cancel()
        reversals = (claim.move_id | claim.provision_move_id).reversal_move_ids
        self.assertEqual(len(reversals), 2)
        for move in reversals:
            self.assertEqual(str(move.date), "2026-12-01")
            self.assertEqual(str(move.o2o_original_date), "2026-11-28")
            self.assertEqual(move.state, "posted")
            self.assertIn(claim.name, move.ref)

    def test_after_billing_and_payout_the_next_statement_recovers_it(self):
        self.company.o2o_require_dealer_invoice = False
        self._share(self.dealer_c2, 820.0)
        november = self._create_period()
        self._state_period(november)
        first = self._statement(self.dealer_c2, november)
        self.assertEqual(first.amount_payable, 926.6)
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=first.bill_id.ids
        ).create({"journal_id": self.bank.id})._create_payments()
        self.assertEqual(first.bill_id.amount_residual, 0.0)
        with freeze_time("2026-12-03 04:00:00"):
            claim = self._claim((self.dealer_c2, 100), date="2026-12-03")
            claim.action_open()
            claim.action_allocate()
            claim.action_close()
        self._share(self.dealer_c2, 500.0, day="2026-12-04")
        december = self._create_period("2026-12-01")
        self._state_period(december)
        second = self._statement(self.dealer_c2, december)
        self.assertEqual(second.bill_id.amount_total, 565.0)
        self.assertEqual(second.amount_offsets, -200.0)
        self.assertEqual(second.amount_payable, 365.0)
        self.assertEqual(first.amount_payable, 926.6)
        self._assert_clearing_ties_out()


@tagged("post_install", "-at_install")
class TestClaimEvidence(ClaimCommon):
    """What a claim must show, who sees it, and what the parties are told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user("o2o_channel.o2o_group_manager")
        cls.env["o2o.claim.evidence"].with_user(cls.manager).create(
            {"type": "transport", "minimum": 2, "what": "Parcel and label"}
        )

    def _files(self, *names):
        return [Command.create({"name": name, "raw": PNG}) for name in names]

    def test_a_type_that_needs_evidence_is_not_opened_without(self):
        claim = self._claim((self.dealer_c2, 100), type="transport")
        claim.evidence_ids = self._files("one.png")
        self.assertEqual(claim.evidence_wanted, "Parcel and label (1 of 2 files)")
        with self.assertRaisesRegex(
            ValidationError, r"lacks evidence: Parcel and label"
        ):
            claim.with_user(self.accountant).action_open()
        self.assertFalse(claim.move_id)
        claim.evidence_ids = self._files("two.png")
        self.assertFalse(claim.evidence_wanted)
        claim.with_user(self.accountant).action_open()
        self.assertEqual(claim.state, "open")

    def test_other_types_need_none(self):
        claim = self._claim((self.dealer_c2, 100), type="product")
        self.assertFalse(claim.evidence_wanted)
        claim.action_open()

    def test_evidence_of_an_open_claim_stays(self):
        claim = self._claim((self.dealer_c2, 100), type="transport")
        claim.evidence_ids = self._files("one.png", "two.png")
        claim.action_open()
        claim.evidence_ids = self._files("three.png")
        with self.assertRaisesRegex(UserError, "nothing can be taken away"):
            claim.evidence_ids = [Command.unlink(claim.evidence_ids[0].id)]

    def test_a_file_of_evidence_is_not_replaced_or_deleted(self):
        claim = self._claim((self.dealer_c2, 100), type="transport")
        claim.evidence_ids = self._files("one.png", "two.png")
        first, second = claim.evidence_ids
        second.raw = b"a better photo"  # a draft's may change
        claim.action_open()
        for change in (
            lambda: first.write({"raw": b"another"}),
            lambda: first.write({"res_id": False}),
            first.unlink,
        ):
            with self.assertRaisesRegex(UserError, f"evidence of claim {claim.name}"):
                change()
        first.description = "The broken corner"

    def test_a_partys_photo_is_not_replaced_or_deleted(self):
        claim = self._claim((self.dealer_c2, 100))
        claim.action_open()
        part = claim.liability_ids
        part.sudo()._answer("It was whole.", [("whole.png", b"photo")])
        with self.assertRaisesRegex(UserError, "evidence of claim"):
            part.attachment_ids.unlink()

    def test_a_file_that_was_uploaded_first_becomes_the_claims(self):
        file = (
            self.env["ir.attachment"]
            .with_user(self.manager)
            .create({"name": "a.png", "raw": PNG, "res_model": "o2o.claim"})
        )
        claim = self._claim((self.dealer_c2, 100)).with_user(self.manager)
        claim.evidence_ids = [Command.link(file.id)]
        self.assertEqual((file.res_model, file.res_id), ("o2o.claim", claim.id))
        self.assertEqual(claim.with_user(self.accountant).evidence_ids.raw, PNG)

    def test_each_party_is_told_its_own_part_in_its_own_mail(self):
        claim = self._claim((self.crew, 60), (self.dealer_c2, 40))
        claim.action_open()
        told = claim.message_ids.filtered("partner_ids")
        self.assertEqual(told.partner_ids, self.crew | self.dealer_c2)
        own = told.filtered(lambda note: note.partner_ids == self.dealer_c2)
        part = claim.liability_ids[1]
        for text in ("80.00", "40 %", claim.name, f"/my/o2o/claims/{part.id}"):
            self.assertIn(text, own.body)
        for hidden in ("120.00", "200.00", "Crew W"):
            self.assertNotIn(hidden, own.body)

    def test_each_party_is_told_what_it_is_charged(self):
        claim = self._claim((self.crew, 60), (self.dealer_c2, 40))
        claim.action_open()
        claim.action_allocate()
        before = claim.message_ids
        claim.with_user(self.accountant).action_close()
        told = (claim.message_ids - before).filtered("partner_ids")
        self.assertEqual(told.partner_ids, self.crew | self.dealer_c2)
        own = told.filtered(lambda note: note.partner_ids == self.dealer_c2)
        self.assertIn("is decided", own.body)
        self.assertIn("80.00", own.body)
        self.assertNotIn("120.00", own.body)

    def test_a_partner_opens_the_claims_it_was_named_in(self):
        claim = self._claim((self.crew, 60), (self.dealer_c2, 40))
        partner = self.crew.with_user(self.accountant)
        self.assertEqual(partner.o2o_claim_count, 1)
        action = partner.action_view_o2o_claims()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found, claim)
        self.assertEqual(self.dealer_b1.o2o_claim_count, 0)

from datetime import date, timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import O2oCommon


@tagged("post_install", "-at_install")
class TestDealerLifecycle(O2oCommon):
    def _change(self, dealers, operation, **values):
        wizard = self.env["o2o.dealer.change"].create(
            {
                "dealer_ids": dealers.ids,
                "operation": operation,
                "reason": "Agreed",
                **values,
            }
        )
        wizard.action_apply()

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("o2o_channel.ir_cron_network_validity").method_direct_trigger()

    def test_a_draft_dealer_is_activated_when_complete(self):
        dealer = self._create_dealer(dealer_state="draft", dealer_code="")
        with self.assertRaisesRegex(ValidationError, "no dealer code"):
            dealer.action_dealer_activate()
        dealer.dealer_code = "N1"
        dealer.action_dealer_activate()
        self.assertEqual(dealer.dealer_state, "active")

    def test_a_suspended_dealer_comes_back(self):
        self._change(self.dealer_c2, "suspend")
        self.assertEqual(self.dealer_c2.dealer_state, "suspended")
        self.dealer_c2.action_dealer_activate()
        self.assertEqual(self.dealer_c2.dealer_state, "active")

    def test_the_change_is_made_in_its_dialog(self):
        action = self.env.ref("o2o_channel.o2o_dealer_change_action")
        model = self.env[action.res_model].with_context(
            default_dealer_ids=self.dealer_c2.ids, default_operation="close"
        )
        with Form(model) as form:
            self.assertIn("Jinjiang Store", form.balance_info)
            form.reason = "Gives up the shop"
        form.record.action_apply()
        self.assertEqual(self.dealer_c2.dealer_state, "closed")
        last = self.dealer_c2.dealer_history_ids.sorted("date_from")[-1]
        self.assertEqual(last.reason, "Gives up the shop")
        self.assertIn("Gives up the shop", self.dealer_c2.message_ids[0].body)

    def test_only_an_active_dealer_is_suspended(self):
        self.dealer_c2.dealer_state = "suspended"
        with self.assertRaisesRegex(UserError, "not active"):
            self._change(self.dealer_c2, "suspend")

    def test_closing_ends_areas_and_shops_and_keeps_them(self):
        today = self.company._o2o_today()
        shop = self._create_authorization(
            self.dealer_c2, self.channel, date_to=today + timedelta(days=90)
        )
        later = self._create_coverage(
            self.dealer_c2, self.chaoyang, date_from=today + timedelta(days=9)
        )
        self._change(self.dealer_c2, "close")
        self.assertEqual(self.dealer_c2.dealer_state, "closed")
        self.assertEqual(self.coverage_c2.date_to, today)
        self.assertFalse(later.active)
        self.assertEqual((shop.state, shop.ended_on), ("revoked", today))
        self.assertTrue(shop.reason)

    def test_a_closed_dealer_stays_closed(self):
        self.dealer_c2.dealer_state = "closed"
        with self.assertRaisesRegex(UserError, "is closed"):
            self.dealer_c2.dealer_state = "active"
        with self.assertRaisesRegex(UserError, "closed for good"):
            self.dealer_c2.action_dealer_activate()

    def test_an_open_tier_1_dealer_above_others_is_not_closed(self):
        with self.assertRaisesRegex(UserError, "Jinjiang Store stand under it"):
            self._change(self.dealer_c1, "close")

    def test_a_tier_1_dealer_is_closed_together_with_those_under_it(self):
        self._change(self.dealer_c1 | self.dealer_c2, "close")
        self.assertEqual(self.dealer_c1.dealer_state, "closed")

    def test_nothing_changes_in_the_future(self):
        tomorrow = self.company._o2o_today() + timedelta(days=1)
        with self.assertRaisesRegex(UserError, "in the future"):
            self._change(self.dealer_c2, "suspend", effective_date=tomorrow)

    def test_a_move_needs_the_new_dealer_above(self):
        with self.assertRaisesRegex(UserError, "takes the dealers over"):
            self._change(self.dealer_c2, "move")

    def test_nobody_moves_under_a_closed_dealer(self):
        self.dealer_b1.dealer_state = "closed"
        with self.assertRaisesRegex(ValidationError, "is closed"):
            self._change(self.dealer_c2, "move", parent_id=self.dealer_b1.id)

    def test_a_dealer_in_business_is_not_archived_nor_unmarked(self):
        with self.assertRaisesRegex(ValidationError, "Close it before"):
            self.dealer_c2.active = False
        with self.assertRaisesRegex(ValidationError, "Close it before"):
            self.dealer_c2.is_dealer = False

    def test_a_dealer_with_a_past_is_not_deleted(self):
        with self.assertRaisesRegex(ValidationError, "has a history"):
            self.dealer_c2.unlink()

    def test_a_contract_s_end_is_told_once_for_each_end(self):
        today = self.company._o2o_today()
        self.company.o2o_manager_id = self._create_user("o2o_channel.o2o_group_manager")
        self.dealer_b1.dealer_contract_to = today + timedelta(days=30)
        self.dealer_c1.dealer_contract_to = today + timedelta(days=31)
        self._run_cron()
        self._run_cron()
        self.assertEqual(len(self.dealer_b1.activity_ids), 1)
        self.assertEqual(
            self.dealer_b1.activity_ids.user_id, self.company.o2o_manager_id
        )
        self.assertFalse(self.dealer_c1.activity_ids)
        self.dealer_b1.dealer_contract_to = today + timedelta(days=20)
        self._run_cron()
        self.assertEqual(len(self.dealer_b1.activity_ids), 2)


@tagged("post_install", "-at_install")
class TestDealerHistory(O2oCommon):
    @classmethod
    def setUpClass(cls):
        with freeze_time("2026-03-01 04:00:00"):
            super().setUpClass()

    def _change_on(self, day, **values):
        with freeze_time(f"{day} 04:00:00"):
            self.dealer_c2.write(values)

    def _parent_on(self, day):
        return self.dealer_c2._o2o_parent_on(date.fromisoformat(day))[self.dealer_c2.id]

    def _state_on(self, day):
        with freeze_time("2026-11-22 04:00:00"):
            return self.dealer_c2._o2o_state_on(date.fromisoformat(day))[
                self.dealer_c2.id
            ]

    def test_who_stood_above_on_a_day_is_known_after_a_move(self):
        self._change_on("2026-06-15", dealer_parent_id=self.dealer_b1.id)
        self.assertEqual(self._parent_on("2026-06-14"), self.dealer_c1)
        self.assertEqual(self._parent_on("2026-06-15"), self.dealer_b1)
        self.assertEqual(self._parent_on("2027-01-01"), self.dealer_b1)

    def test_before_the_record_began_the_first_row_holds(self):
        self.assertEqual(self._parent_on("2020-01-01"), self.dealer_c1)

    def test_states_are_known_by_day(self):
        self._change_on("2026-05-01", dealer_state="suspended")
        self._change_on("2026-05-11", dealer_state="active")
        self.assertEqual(self._state_on("2026-04-30"), "active")
        self.assertEqual(self._state_on("2026-05-10"), "suspended")
        self.assertEqual(self._state_on("2026-05-11"), "active")

    def test_two_changes_on_one_day_leave_one_row(self):
        self._change_on("2026-05-01", dealer_state="suspended")
        self._change_on("2026-05-01", dealer_state="active")
        rows = self.dealer_c2.dealer_history_ids.sorted("date_from")
        self.assertEqual(rows.mapped("state"), ["active", "active"])
        self.assertEqual(str(rows[0].date_to), "2026-04-30")

    def test_what_does_not_change_the_network_leaves_no_row(self):
        self._change_on("2026-05-01", dealer_deposit=100.0, online_ban=True)
        self.assertEqual(len(self.dealer_c2.dealer_history_ids), 1)

    def test_a_change_may_be_dated_back_but_not_before_the_last(self):
        self._change_on("2026-05-10", dealer_state="suspended")
        dealer = self.dealer_c2.with_context(
            o2o_effective_date=date(2026, 5, 20), o2o_reason="Paid"
        )
        with freeze_time("2026-06-01 04:00:00"):
            dealer.dealer_state = "active"
            latest = dealer.dealer_history_ids.sorted("date_from")[-1]
            self.assertEqual(latest.reason, "Paid")
            self.assertEqual(self._state_on("2026-05-19"), "suspended")
            with self.assertRaisesRegex(UserError, "changed on 2026-05-20"):
                dealer.with_context(
                    o2o_effective_date=date(2026, 5, 19)
                ).dealer_state = "suspended"

    def test_coverage_of_a_past_day_asks_who_was_in_business_then(self):
        self._change_on("2026-05-10", dealer_state="closed")
        with freeze_time("2026-06-01 04:00:00"):
            found = [
                self.env["o2o.coverage"]._covering_dealers(
                    self.jinjiang, self.category, ("sales",), day
                )[self.jinjiang.id, self.category.id]
                for day in (date(2026, 5, 9), date(2026, 5, 10))
            ]
        self.assertEqual(found, [self.dealer_c2, self.dealer_c1])

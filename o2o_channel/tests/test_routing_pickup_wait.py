from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import O2oRoutingCommon

START = datetime(2026, 11, 2, 7, 0)


@tagged("post_install", "-at_install")
class TestPickupWait(O2oRoutingCommon):
    """What nobody collects is reminded of, and goes back to the shelf."""

    def setUp(self):
        super().setUp()
        self.consumer.email = "fang@example.com"
        with freeze_time(START):
            self.order = self._confirm_order(
                o2o_delivery_mode="pickup", o2o_pickup_warehouse_id=self.store_c2.id
            )
            self.leg = self.order.dispatch_ids
            self.leg.action_accept()
            self.code = self.leg.action_ready()

    def _run(self, days, hours=0):
        """The scheduled action after so many days; how many mails it wrote."""
        mails = self.env["mail.mail"]
        known = mails.search([])
        with (
            freeze_time(START + timedelta(days=days, hours=hours)),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("o2o_channel.ir_cron_o2o_pickup_wait").method_direct_trigger()
        self.env.invalidate_all()
        return len(mails.search([]) - known)

    def test_the_customer_is_told_until_when(self):
        self.assertEqual(self.leg.pickup_until, START + timedelta(days=7))
        self.assertEqual(self.leg.pickup_next_at, START + timedelta(days=3))

    def test_reminders_on_day_three_and_six_once_each(self):
        sent = [self._run(day, 1) for day in (1, 3, 3, 4, 6, 6)]
        self.assertEqual(sent, [0, 1, 0, 0, 1, 0])
        self.assertEqual((self.leg.state, self.leg.pickup_reminded), ("ready", 2))
        mail = self.env["mail.mail"].search([("email_to", "=", "fang@example.com")])[0]
        self.assertIn(self.store_c2.name, mail.body_html)
        self.assertNotIn(self.code, mail.body_html)

    def test_after_an_outage_one_reminder_is_enough(self):
        self.assertEqual(self._run(6, 5), 1)
        self.assertEqual(self._run(6, 6), 0)

    def test_after_seven_days_the_goods_are_free_and_hq_refunds(self):
        self.assertEqual(self._free(self.store_c2), 9)
        self._run(7, 1)
        self.assertEqual((self.leg.state, self._free(self.store_c2)), ("cancelled", 10))
        self.assertTrue(self.leg.pickup_uncollected)
        kind = self.env.ref("o2o_channel.mail_activity_type_o2o_uncollected")
        self.assertEqual(self.order.activity_ids.activity_type_id, kind)
        self._run(7, 2)
        self.assertEqual(len(self.order.activity_ids), 1, "nothing twice")

    def test_what_was_not_collected_is_not_sent_by_anybody(self):
        self._run(8)
        self.order._o2o_route()
        self.assertEqual(self.order.dispatch_ids, self.leg)
        self.assertEqual(self.order.o2o_route_state, "routed")

    def test_the_order_can_be_cancelled_afterwards(self):
        self._run(8)
        self.order._action_cancel()
        self.assertEqual(self.order.state, "cancel")

    def test_hq_may_have_it_kept_ready_again(self):
        self._run(8)
        self.leg.with_user(self.manager).action_pickup_again()
        again = self.order.dispatch_ids - self.leg
        self.assertEqual((again.warehouse_id, again.state), (self.store_c2, "offered"))
        self.assertFalse(self.order.activity_ids)
        with self.assertRaisesRegex(UserError, "not waiting"):
            self.leg.action_pickup_again()

    def test_collected_in_time_nothing_more_happens(self):
        self.leg.action_verify_pickup(self.code)
        self.assertEqual(self._run(8), 0)
        self.assertEqual(self.leg.state, "delivered")

    def test_the_days_are_the_companys(self):
        self.company.write({"o2o_pickup_days": 2, "o2o_pickup_reminders": "1"})
        with freeze_time(START):
            leg = self._confirm_order(
                o2o_delivery_mode="pickup", o2o_pickup_warehouse_id=self.store_c2.id
            ).dispatch_ids
            leg.action_accept()
            leg.action_ready()
        self.assertEqual(leg.pickup_until, START + timedelta(days=2))
        self.assertEqual(leg.pickup_next_at, START + timedelta(days=1))

    def test_reminders_that_are_no_days_are_refused(self):
        for text in ("soon", "3, x", "-1", "0"):
            with self.assertRaisesRegex(ValidationError, "not a list of numbers"):
                self.company.o2o_pickup_reminders = text
        self.company.o2o_pickup_reminders = "5，2"
        self.assertEqual(self.company._o2o_get_reminder_days(), [2, 5])
        self.company.o2o_pickup_reminders = False
        self.assertEqual(self.company._o2o_get_reminder_days(), [])

    def test_a_handed_back_pickup_keeps_the_customers_store_in_sight(self):
        self.leg.action_hand_to_hq("burst pipe")
        self.assertEqual(self.leg.state, "exception")
        self.assertEqual(self.leg.wanted_warehouse_id, self.store_c2)
        self.assertIn(self.store_c2.name, self.leg.activity_ids[0].note)
        self.assertIn("chose to collect", self.leg.activity_ids[0].note)

    def test_the_mail_carries_the_qr_code(self):
        mail = self.env["mail.mail"].search([("email_to", "=", "fang@example.com")])
        picture = mail.attachment_ids
        self.assertEqual(picture.mimetype, "image/png")
        self.assertTrue(picture.raw.startswith(b"\x89PNG"))

    def test_a_customer_without_mail_is_called(self):
        kind = self.env.ref("o2o_channel.mail_activity_type_o2o_tell")
        self.assertFalse(self.leg.activity_ids, "who has a mail address got the code")
        self.consumer.email = False
        leg = self._confirm_order(
            o2o_delivery_mode="pickup", o2o_pickup_warehouse_id=self.store_c2.id
        ).dispatch_ids
        leg.action_accept()
        leg.action_ready()
        call = leg.activity_ids
        self.assertEqual((call.activity_type_id, call.user_id), (kind, self.manager))
        self.assertIn("138 0013 8000", call.note)
        leg.with_user(self.manager).action_new_pickup_code()
        self.assertFalse(leg.activity_ids)
        leg._wait_on()
        leg._wait_on()
        self.assertEqual(leg.activity_ids.activity_type_id, kind)
        leg.action_cancel()
        self.assertFalse(leg.activity_ids)

    def test_late_to_ship_is_found(self):
        leg = self._confirm_order().dispatch_ids
        leg.action_accept()
        self.assertEqual(leg.due_at, fields.Datetime.add(leg.accepted_at, hours=24))
        self.assertFalse(leg.is_late)
        found = self.env["o2o.dispatch"].search([("is_late", "=", True)])
        self.assertNotIn(leg, found)
        with freeze_time(fields.Datetime.now() + timedelta(hours=25)):
            leg.invalidate_recordset(["is_late"])
            self.assertTrue(leg.is_late)
            found = self.env["o2o.dispatch"].search([("is_late", "=", True)])
            self.assertIn(leg, found)

from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import O2oCommon


class AuthorizationCase(O2oCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._o2o_today()
        cls.manager = cls._create_user("o2o_channel.o2o_group_manager")
        cls.company.o2o_manager_id = cls.manager
        cls.dealer_c1.email = "c1@example.com"

    def _application(self, **values):
        return self._create_authorization(
            self.dealer_c1,
            self.channel,
            **{
                "state": "draft",
                "approved_on": False,
                "date_from": self.today,
                "date_to": self.today + timedelta(days=365),
                **values,
            },
        )

    def _approved(self, **values):
        authorization = self._application(**values)
        authorization.action_submit()
        authorization.action_approve()
        return authorization

    def _decide(self, authorization, decision, reason="Because"):
        self.env["o2o.authorization.decide"].create(
            {
                "authorization_ids": authorization.ids,
                "decision": decision,
                "reason": reason,
            }
        ).action_apply()

    def _authorized(self, day=None):
        return self.env["o2o.online.authorization"]._is_authorized(
            self.dealer_c1, self.channel, day or self.today
        )

    def _mails_to_dealer(self):
        return self.env["mail.mail"].search_count(
            [("recipient_ids", "in", self.dealer_c1.ids)]
        )


@tagged("post_install", "-at_install")
class TestOnlineAuthorization(AuthorizationCase):
    def test_an_application_asks_the_manager_to_review(self):
        authorization = self._application()
        authorization.action_submit()
        self.assertEqual(authorization.state, "submitted")
        self.assertEqual(authorization.activity_ids.user_id, self.manager)
        self.assertFalse(self._authorized())

    def test_a_shop_is_applied_for_once_at_a_time(self):
        self._application(shop_ref="My_Shop").action_submit()
        self._application(shop_ref="MyXShop").action_submit()
        second = self._application(shop_ref="my_shop")
        with self.assertRaisesRegex(UserError, "under review already"):
            second.action_submit()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            second.write({"state": "submitted"})
            second.flush_recordset()

    def test_an_approval_holds_within_its_dates(self):
        authorization = self._approved()
        self.assertEqual(authorization.state, "approved")
        self.assertFalse(authorization.activity_ids)
        self.assertTrue(self._authorized())
        self.assertTrue(self._authorized(authorization.date_to))
        self.assertFalse(self._authorized(authorization.date_to + timedelta(days=1)))
        self.assertFalse(self._authorized(self.today - timedelta(days=1)))

    def test_the_dealer_is_told_the_decision(self):
        before = self._mails_to_dealer()
        self._approved()
        self.assertEqual(self._mails_to_dealer(), before + 1)

    def test_it_holds_for_its_dealer_and_channel_only(self):
        self._approved()
        other = self._create_channel(code="JD", kind="platform")
        check = self.env["o2o.online.authorization"]._is_authorized
        self.assertFalse(check(self.dealer_b1, self.channel, self.today))
        self.assertFalse(check(self.dealer_c1, other, self.today))

    def test_an_approval_names_the_channel(self):
        authorization = self._application(channel_id=False)
        authorization.action_submit()
        with self.assertRaises(ValidationError):
            authorization.action_approve()
        authorization.action_create_channel()
        self.assertEqual(authorization.channel_id.owner_dealer_id, self.dealer_c1)
        authorization.action_approve()

    def test_what_would_be_over_is_not_approved(self):
        authorization = self._application(
            date_from="2025-01-01", date_to=self.today - timedelta(days=1)
        )
        with self.assertRaisesRegex(UserError, "would have ended"):
            authorization.action_approve()

    def test_a_dealer_that_is_not_active_is_not_authorised(self):
        authorization = self._application()
        self.dealer_c1.dealer_state = "suspended"
        with self.assertRaisesRegex(UserError, "not active"):
            authorization.action_submit()
        with self.assertRaisesRegex(UserError, "not active"):
            authorization.action_approve()

    def test_a_refusal_needs_a_reason(self):
        authorization = self._application()
        authorization.action_submit()
        with self.assertRaises(ValidationError):
            self._decide(authorization, "refuse", reason="  ")
        self._decide(authorization, "refuse", reason="Shop is not yours")
        self.assertEqual(
            (authorization.state, authorization.reason),
            ("refused", "Shop is not yours"),
        )

    def test_a_refused_application_may_be_submitted_again(self):
        authorization = self._application()
        authorization.action_submit()
        self._decide(authorization, "refuse")
        authorization.action_submit()
        self.assertEqual(
            (authorization.state, authorization.reason), ("submitted", False)
        )

    def test_a_suspension_stops_it_from_today_until_it_is_resumed(self):
        authorization = self._approved(date_from=self.today - timedelta(days=9))
        self._decide(authorization, "suspend")
        self.assertFalse(self._authorized())
        self.assertTrue(self._authorized(self.today - timedelta(days=1)))
        authorization.action_resume()
        self.assertTrue(self._authorized())

    def test_a_suspended_dealer_s_shop_is_not_served(self):
        self._approved()
        self.dealer_c1.dealer_state = "suspended"
        self.assertFalse(self._authorized())

    def test_revoking_keeps_the_day_of_the_suspension(self):
        authorization = self._approved()
        self._decide(authorization, "suspend")
        self._decide(authorization, "revoke")
        self.assertEqual(
            (authorization.state, authorization.ended_on), ("revoked", self.today)
        )

    def test_a_stop_written_past_the_buttons_still_stops(self):
        authorization = self._approved()
        authorization.write({"state": "suspended", "reason": "By import"})
        self.assertFalse(self._authorized())

    def test_decisions_are_made_once(self):
        authorization = self._approved()
        for action in ("action_submit", "action_withdraw", "action_approve"):
            with self.subTest(action), self.assertRaisesRegex(UserError, "by now"):
                getattr(authorization, action)()
        with self.assertRaisesRegex(UserError, "by now"):
            self._decide(authorization, "refuse")

    def test_what_was_in_force_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "stays on record"):
            self._approved().unlink()
        self._application().unlink()

    def test_the_price_band_is_checked(self):
        for low, high in ((-1, 0), (0, -1), (10, 9)):
            with self.subTest((low, high)), self.assertRaises(ValidationError):
                self._application(price_min=low, price_max=high)
        self._application(price_min=10, price_max=0)

    def test_a_channel_of_another_dealer_is_refused(self):
        shop = self._create_channel(
            code="S", kind="dealer_shop", owner_dealer_id=self.dealer_b1.id
        )
        with self.assertRaisesRegex(ValidationError, "shop of Beijing Trade"):
            self._application(channel_id=shop.id)


@tagged("post_install", "-at_install")
class TestAuthorizationCron(AuthorizationCase):
    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("o2o_channel.ir_cron_network_validity").method_direct_trigger()

    def test_what_has_ended_expires_and_was_valid_before(self):
        authorization = self._approved(date_from=date(2026, 1, 1))
        authorization.date_to = self.today - timedelta(days=1)
        self._run_cron()
        self.assertEqual(authorization.state, "expired")
        self.assertTrue(self._authorized(authorization.date_to))
        self.assertFalse(self._authorized())

    def test_the_end_is_told_thirty_days_before_and_once(self):
        soon = self._approved(date_to=self.today + timedelta(days=30))
        late = self._approved(date_to=self.today + timedelta(days=31))
        before = self._mails_to_dealer()
        self._run_cron()
        self._run_cron()
        self.assertEqual(soon.activity_ids.user_id, self.manager)
        self.assertFalse(late.activity_ids)
        self.assertEqual(self._mails_to_dealer(), before + 1)

    def test_a_new_end_is_told_again(self):
        authorization = self._approved(date_to=self.today + timedelta(days=30))
        self._run_cron()
        authorization.date_to = self.today + timedelta(days=20)
        self._run_cron()
        self.assertEqual(len(authorization.activity_ids), 2)

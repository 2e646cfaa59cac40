from odoo import Command
from odoo.tests import tagged

from .common import O2oRoutingCommon


@tagged("post_install", "-at_install")
class TestOfferNotice(O2oRoutingCommon):
    """A store hears of each offer once, and nobody else does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._portal_user("clerk", cls.dealer_c2)
        cls.rival = cls._portal_user("rival", cls.dealer_c1)
        cls.consumer.email = "fang@example.com"

    @classmethod
    def _portal_user(cls, login, dealer):
        contact = cls.env["res.partner"].create(
            {"name": login, "parent_id": dealer.id, "email": f"{login}@example.com"}
        )
        return cls._create_user("base.group_portal", login=login, partner_id=contact.id)

    def _notices(self, leg):
        return self.env["o2o.dispatch.notice"].search([("dispatch_id", "=", leg.id)])

    def _send(self):
        """Send what is queued; returns the mails."""
        known = self.env["mail.mail"].search([])
        for notice in self.env["o2o.dispatch.notice"].search([("state", "=", "todo")]):
            notice._send()
        return self.env["mail.mail"].search([]) - known

    def test_confirming_writes_no_mail(self):
        known = self.env["mail.mail"].search_count([])
        leg = self._confirm_order().dispatch_ids
        self.assertEqual(self._notices(leg).state, "todo")
        self.assertEqual(self.env["mail.mail"].search_count([]), known)
        trigger = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.env.ref("o2o_channel.ir_cron_o2o_offer_notice").id)]
        )
        self.assertTrue(trigger)

    def test_one_mail_to_the_dealers_people_without_the_consumer(self):
        leg = self._confirm_order().dispatch_ids
        mail = self._send()
        self.assertEqual(mail.email_to, self.clerk.email_formatted)
        text = f"{mail.subject} {mail.body_html}"
        self.assertIn(leg.name, text)
        self.assertIn("Rice Cooker", text)
        for secret in ("Wang", "Fang", "138", "Hongxing", "1130"):
            self.assertNotIn(secret, text)
        self.assertFalse(self._send(), "told once")
        self.assertEqual(self._notices(leg).recipients, 1)
        self.assertFalse(leg.message_ids.filtered(lambda m: m.message_type == "email"))

    def test_in_the_language_of_its_reader(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.clerk.lang = "zh_CN"
        template = self.env.ref("o2o_channel.mail_template_offer")
        template.with_context(lang="zh_CN").subject = "新订单"
        self._confirm_order()
        self.assertEqual(self._send().subject, "新订单")

    def test_who_opted_out_gets_none(self):
        self.clerk.partner_id.o2o_no_offer_mail = True
        leg = self._confirm_order().dispatch_ids
        self.assertFalse(self._send())
        self.assertEqual(self._notices(leg).state, "sent")
        self.assertEqual(self._notices(leg).recipients, 0)

    def test_a_store_that_wants_nothing_costs_nothing(self):
        self.store_c2.o2o_offer_notice = "none"
        leg = self._confirm_order().dispatch_ids
        self.assertFalse(self._notices(leg))

    def test_headquarters_calls_where_the_store_says_so(self):
        self.store_c2.o2o_offer_notice = "activity"
        leg = self._confirm_order().dispatch_ids
        self.assertNotIn(self.clerk.email_formatted, self._send().mapped("email_to"))
        call = self.env.ref("o2o_channel.mail_activity_type_o2o_call")
        self.assertEqual(leg.activity_ids.activity_type_id, call)
        self.assertIn(self.store_c2.name, leg.activity_ids.note)
        leg.action_accept()
        self.assertFalse(leg.activity_ids)

    def test_answered_before_the_mail_went_out(self):
        leg = self._confirm_order().dispatch_ids
        leg.action_accept()
        self.assertFalse(self._send())
        self.assertEqual(self._notices(leg).state, "late")

    def test_the_next_store_is_told_when_the_first_rejects(self):
        leg = self._confirm_order().dispatch_ids
        self._send()
        leg.action_reject(self.reason)
        following = leg.order_id.dispatch_ids - leg
        self.assertEqual(self._notices(following).warehouse_id, following.warehouse_id)
        self.assertEqual(self._send().email_to, self.clerk.email_formatted)

    def test_a_grab_tells_each_store_and_its_dealer(self):
        self.env["o2o.routing.rule"].create(
            {
                "name": "Grab",
                "mode": "grab",
                "company_id": self.company.id,
                "channel_ids": [Command.set(self.channel.ids)],
            }
        )
        leg = self._confirm_order().dispatch_ids
        self.assertEqual(self._notices(leg).warehouse_id, leg.offer_ids.warehouse_id)
        mails = self._send()
        self.assertEqual(len(mails), len(leg.offer_ids))
        self.assertIn("first to take it", mails[0].body_html)

    def test_the_cron_sends_what_waits_and_survives_a_bad_one(self):
        bad = self._confirm_order().dispatch_ids
        good = self._confirm_order().dispatch_ids
        template = self.env.ref("o2o_channel.mail_template_offer")
        template.body_html = (
            f'<p t-if="object.id == {bad.id}" t-out="object.no_such_field"/><p>x</p>'
        )
        with self.enter_registry_test_mode():
            self.env.ref("o2o_channel.ir_cron_o2o_offer_notice").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self._notices(good).state, "sent")
        self.assertEqual(self._notices(bad).state, "failed")
        self.assertTrue(self._notices(bad).problem)

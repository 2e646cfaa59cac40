import re

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import O2oRoutingCommon


@tagged("post_install", "-at_install")
class TestPickup(O2oRoutingCommon):
    """The customer collects against a code that works once."""

    def setUp(self):
        super().setUp()
        self.order = self._confirm_order(
            o2o_delivery_mode="pickup", o2o_pickup_warehouse_id=self.store_far.id
        )
        self.leg = self.order.dispatch_ids

    def _ready(self):
        self.leg.action_accept()
        return self.leg.action_ready()

    def test_only_the_chosen_store_is_asked(self):
        self.assertEqual(
            (self.leg.warehouse_id, self.leg.state), (self.store_far, "offered")
        )
        self.assertReasons(self.leg, {self.store_c2: "not_chosen"})

    def test_a_reject_of_the_chosen_store_ships_nothing_from_another(self):
        self.leg.action_reject(self.reason)
        self.assertEqual(
            self.order.dispatch_ids.sorted("id").mapped("state"),
            ["rejected", "exception"],
        )

    def test_the_right_code_hands_the_goods_over(self):
        code = self._ready()
        self.assertRegex(code, r"^\d{8}$")
        self.assertNotIn(code, self.leg.sudo().pickup_hash)
        self.leg.action_verify_pickup(f" {code} ")
        self.assertEqual(
            (self.leg.state, self.leg.picking_ids.state), ("delivered", "done")
        )
        self.assertEqual(self.order.order_line.qty_delivered, 1)

    def test_used_twice_it_says_when_and_by_whom(self):
        code = self._ready()
        with freeze_time("2026-11-20 07:02:00"):
            self.leg.with_user(self.manager).action_verify_pickup(code)
        message = (
            f"already collected 2026-11-20 15:02 by {re.escape(self.manager.name)}"
        )
        with self.assertRaisesRegex(UserError, message):
            self.leg.action_verify_pickup(code)

    def test_after_five_wrong_codes_hq_issues_a_new_one(self):
        code = self._ready()
        wrong = "00000000" if code != "00000000" else "11111111"
        for left in range(4, -1, -1):
            self.assertIn(f"{left} tries are left", self.leg._try_pickup(wrong))
        self.assertIn("blocked", self.leg._try_pickup(code))
        self.assertEqual(self.leg.state, "ready")
        action = self.leg.with_user(self.manager).action_new_pickup_code()
        fresh = action["params"]["message"][:8]
        self.assertIsNone(self.leg._try_pickup(fresh))
        self.assertEqual(self.leg.state, "delivered")

    def test_a_wrong_code_raises_and_delivers_nothing(self):
        self._ready()
        for code in ("1", "", None, "abcdefgh"):
            with self.assertRaisesRegex(UserError, "not the code"):
                self.leg.action_verify_pickup(code)
        self.assertEqual(self.leg.state, "ready")

    def test_no_code_before_the_goods_wait(self):
        with self.assertRaisesRegex(UserError, "already offered"):
            self.leg.action_verify_pickup("12345678")
        with self.assertRaises(UserError):
            self.leg.action_new_pickup_code()

    def test_a_pickup_is_not_shipped_nor_delivered_without_the_code(self):
        self._ready()
        with self.assertRaisesRegex(UserError, "ready for pickup"):
            self.leg.action_ship()
        with self.assertRaisesRegex(UserError, "pickup code"):
            self.leg.action_deliver()
        self.leg.picking_ids.move_ids.picked = True
        with self.assertRaisesRegex(UserError, "pickup code"):
            self.leg.picking_ids.button_validate()

    def test_the_consumer_gets_the_code_by_mail(self):
        self.consumer.email = "fang@example.com"
        code = self._ready()
        mail = self.env["mail.mail"].search([("email_to", "=", "fang@example.com")])
        self.assertIn(code, mail.body_html)
        self.assertTrue(mail.auto_delete)
        self.assertNotIn(code, str(self.leg.message_ids.mapped("body")))

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_the_clerk_does_not_read_the_mail_with_the_code(self):
        self.consumer.email = "fang@example.com"
        contact = self.dealer_c2.create({"name": "C", "parent_id": self.dealer_c2.id})
        clerk = self._create_user("base.group_portal", partner_id=contact.id)
        leg = self.leg.with_user(clerk).sudo()
        leg.action_accept()
        leg.action_ready()
        mail = self.env["mail.mail"].search([("email_to", "=", "fang@example.com")])
        self.assertEqual(mail.author_id, self.company.partner_id)
        self.assertNotIn(clerk.name, mail.email_from)
        with self.assertRaises(AccessError):
            mail.mail_message_id.with_user(clerk).read(["body"])
        with self.assertRaises(AccessError):
            mail.attachment_ids.with_user(clerk).read(["raw"])

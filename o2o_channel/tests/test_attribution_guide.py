from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import O2oStockCommon


@tagged("post_install", "-at_install")
class TestGuide(O2oStockCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls.env["res.partner"].create({"name": "Wang Fang"})

    def _create_guide(self, **values):
        return self.env["o2o.guide"].create(
            {"name": "Wang Fang", "code": "G1", "partner_id": self.person.id, **values}
        )

    def test_the_policy_decides_who_is_paid(self):
        guide = self._create_guide(dealer_id=self.dealer_b1.id)
        self.assertEqual(guide._o2o_payee(), self.person)
        guide.payee_policy = "store"
        self.assertEqual(guide._o2o_payee(), self.dealer_b1)
        self.assertFalse(self.env["o2o.guide"]._o2o_payee())

    def test_the_store_names_the_dealer(self):
        guide = self._create_guide(warehouse_id=self.store_b1.id, payee_policy="store")
        self.assertEqual(guide.dealer_id, self.dealer_b1)
        self.assertEqual(guide._o2o_payee(), self.dealer_b1)

    def test_a_payee_must_be_named(self):
        with self.assertRaisesRegex(ValidationError, "fill in the person"):
            self._create_guide(partner_id=False)
        with self.assertRaisesRegex(ValidationError, "fill in the dealer"):
            self._create_guide(code="G2", payee_policy="store")

    def test_the_store_belongs_to_the_dealer(self):
        with self.assertRaisesRegex(ValidationError, "belongs to Beijing Trade"):
            self._create_guide(
                warehouse_id=self.store_b1.id, dealer_id=self.dealer_c2.id
            )

    @mute_logger("odoo.sql_db")
    def test_a_code_is_given_once_per_company(self):
        self._create_guide()
        with self.assertRaises(IntegrityError):
            self._create_guide()

    def test_tokens_differ_and_are_long(self):
        one, two = self._create_guide(), self._create_guide(code="G2")
        self.assertNotEqual(one.token, two.token)
        self.assertGreaterEqual(len(one.token), 32)
        self.assertNotEqual(one.copy({"code": "G3"}).token, one.token)

    def test_a_token_can_be_revoked_and_reissued(self):
        guide = self._create_guide()
        first = guide.token
        guide.action_revoke_token()
        self.assertFalse(guide.token)
        self.assertFalse(guide.has_token)
        guide.action_reissue_token()
        self.assertTrue(guide.has_token)
        self.assertNotEqual(guide.token, first)

    def test_an_order_names_its_guide(self):
        guide = self._create_guide()
        order = self.env["sale.order"].create(
            {"partner_id": self.person.id, "o2o_guide_id": guide.id}
        )
        self.assertEqual(guide.order_count, 1)
        self.assertEqual(
            self.env[guide._name].search([("order_ids", "=", order.id)]), guide
        )
        with self.assertRaisesRegex(UserError, "Archive the guide"):
            guide.unlink()

    def test_managers_write_and_others_read_without_the_token(self):
        guide = self._create_guide()
        manager = self._create_user("o2o_channel.o2o_group_manager")
        guide.with_user(manager).name = "Wang Fang (Chaoyang)"
        self.assertTrue(guide.with_user(manager).token)
        for group in ("auditor", "accountant", "approver"):
            user = self._create_user(f"o2o_channel.o2o_group_{group}")
            self.assertEqual(guide.with_user(user).name, "Wang Fang (Chaoyang)")
            self.assertTrue(guide.with_user(user).has_token)
            with self.assertRaises(AccessError):
                guide.with_user(user).read(["token"])
            with self.assertRaises(AccessError):
                guide.with_user(user).name = "Nobody"

    def test_dealers_do_not_see_guides(self):
        guide = self._create_guide(dealer_id=self.dealer_b1.id)
        contact = self.env["res.partner"].create(
            {"name": "Boss", "parent_id": self.dealer_b1.id, "email": "boss@b1.example"}
        )
        dealer = self._create_user(
            "o2o_channel.o2o_group_dealer_portal", partner_id=contact.id
        )
        with self.assertRaises(AccessError):
            guide.with_user(dealer).read(["name"])

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .common import O2oCommon

CLERK = "base.group_user,base.group_partner_manager"


@tagged("post_install", "-at_install")
class TestDealer(O2oCommon):
    def test_tier_2_needs_a_dealer_above(self):
        with self.assertRaisesRegex(ValidationError, "no tier-1 dealer above"):
            self._create_dealer(dealer_code="T", dealer_tier="tier2")

    def test_tier_1_stands_under_nobody(self):
        with self.assertRaisesRegex(ValidationError, "not of tier 2"):
            self._create_dealer(dealer_code="T", dealer_parent_id=self.dealer_c1.id)

    def test_tier_2_cannot_stand_under_tier_2(self):
        with self.assertRaisesRegex(ValidationError, "the network has two tiers"):
            self._create_dealer(
                dealer_code="T",
                dealer_tier="tier2",
                dealer_parent_id=self.dealer_c2.id,
            )

    def test_a_dealer_cannot_stand_under_itself(self):
        with self.assertRaisesRegex(ValidationError, "above itself"):
            self.dealer_c2.dealer_parent_id = self.dealer_c2

    def test_two_dealers_cannot_stand_above_each_other(self):
        with self.assertRaises(ValidationError):
            self.dealer_c1.write(
                {"dealer_tier": "tier2", "dealer_parent_id": self.dealer_c2.id}
            )

    def test_a_tier_1_dealer_with_others_under_it_stays_tier_1(self):
        with self.assertRaisesRegex(ValidationError, "two tiers"):
            self.dealer_c1.write(
                {"dealer_tier": "tier2", "dealer_parent_id": self.dealer_b1.id}
            )

    def test_a_plain_contact_cannot_stand_under_a_dealer(self):
        contact = self.env["res.partner"].create({"name": "Somebody"})
        with self.assertRaisesRegex(ValidationError, "is no dealer"):
            contact.dealer_parent_id = self.dealer_c1

    def test_a_dealer_above_must_be_a_dealer(self):
        contact = self.env["res.partner"].create({"name": "Somebody"})
        with self.assertRaisesRegex(ValidationError, "not a tier-1 dealer"):
            self.dealer_c2.dealer_parent_id = contact

    def test_codes_are_kept_in_capitals_and_unique(self):
        dealer = self._create_dealer(dealer_code=" sc-1 ")
        self.assertEqual(dealer.dealer_code, "SC-1")
        with self.assertRaisesRegex(ValidationError, "already that of Beijing Trade"):
            dealer.dealer_code = "b1"

    def test_an_archived_dealer_keeps_its_code(self):
        self.dealer_b1.dealer_state = "closed"
        self.dealer_b1.active = False
        with self.assertRaisesRegex(ValidationError, "already"):
            self._create_dealer(dealer_code="B1")

    def test_codes_that_nobody_can_type_are_refused(self):
        for code in ("A B", "成都", "-X", "X" * 17, "<b>"):
            with self.subTest(code=code), self.assertRaises(ValidationError):
                self._create_dealer(dealer_code=code)

    def test_dealers_without_code_do_not_collide(self):
        draft = {"dealer_code": "", "dealer_state": "draft"}
        dealers = self._create_dealer(**draft) | self._create_dealer(**draft)
        self.assertEqual(dealers.mapped("dealer_code"), [False, False])

    def test_an_active_dealer_has_code_and_tier(self):
        with self.assertRaisesRegex(ValidationError, "no dealer code"):
            self._create_dealer()
        with self.assertRaisesRegex(ValidationError, "has no tier"):
            self._create_dealer(dealer_code="T", dealer_tier=False)

    def test_a_concession_counter_needs_no_tier(self):
        counter = self._create_dealer(
            dealer_code="K1", dealer_kind="concession", dealer_tier=False
        )
        self.assertEqual(counter.dealer_state, "active")

    def test_a_contact_of_a_company_cannot_be_a_dealer(self):
        with self.assertRaisesRegex(ValidationError, "company of its own"):
            self._create_dealer(
                dealer_code="T", is_company=False, parent_id=self.dealer_b1.id
            )

    def test_a_contract_ends_after_it_starts(self):
        with self.assertRaisesRegex(ValidationError, "before it starts"):
            self.dealer_b1.write(
                {
                    "dealer_contract_from": "2026-02-01",
                    "dealer_contract_to": "2026-01-31",
                }
            )

    def test_a_dealer_starts_as_draft(self):
        partner = self.env["res.partner"].create({"name": "New", "is_company": True})
        self.assertFalse(partner.dealer_state)
        partner.is_dealer = True
        self.assertEqual(partner.dealer_state, "draft")

    def test_the_people_and_branches_of_a_dealer_lead_to_it(self):
        branch = self.env["res.partner"].create(
            {"name": "Branch", "is_company": True, "parent_id": self.dealer_c2.id}
        )
        clerk = self.env["res.partner"].create(
            {"name": "Clerk", "parent_id": branch.id}
        )
        self.assertEqual(clerk._o2o_dealer(), self.dealer_c2)
        self.assertEqual(self.dealer_c2._o2o_dealer(), self.dealer_c2)
        self.assertFalse(self.env["res.partner"].create({"name": "X"})._o2o_dealer())

    def test_a_dealer_is_found_by_its_whole_code(self):
        found = self.env["res.partner"].name_search("c2", operator="=")
        self.assertEqual([one[0] for one in found], self.dealer_c2.ids)

    def test_an_import_row_of_a_known_code_updates_that_dealer(self):
        result = self.env["res.partner"].load(
            ["dealer_code", "name", "is_dealer", "dealer_tier", "dealer_parent_id"],
            [
                ["c2", "Jinjiang Store Ltd", "1", "Tier 2", "C1"],
                ["N1", "New Dealer", "1", "Tier 1", ""],
            ],
        )
        self.assertFalse(result["messages"])
        self.assertEqual(result["ids"][0], self.dealer_c2.id)
        self.assertEqual(self.dealer_c2.name, "Jinjiang Store Ltd")

    def test_the_dealer_form_saves(self):
        view = "o2o_channel.res_partner_view_form_dealer"
        model = self.env["res.partner"].with_context(
            default_is_dealer=True, default_is_company=True
        )
        with Form(model, view) as form:
            form.name = "By Form"
            form.dealer_code = "F1"
            form.dealer_tier = "tier2"
            form.dealer_parent_id = self.dealer_c1
        self.assertEqual(form.record.dealer_state, "draft")

    def test_the_contact_leads_to_the_dealer_s_screen(self):
        action = self.dealer_c2.action_open_dealer()
        self.assertEqual(action["res_id"], self.dealer_c2.id)
        with Form(self.dealer_c2, action["views"][0][0]) as form:
            form.dealer_deposit = 500.0
        self.assertEqual(self.dealer_c2.dealer_deposit, 500.0)


@tagged("post_install", "-at_install")
class TestDealerGrade(O2oCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pricelist = cls.env["product.pricelist"].create({"name": "Tier 2 prices"})
        cls.grade = cls.env["res.partner.grade"].create(
            {
                "name": "Tier 2 of the brand",
                "dealer_tier": "tier2",
                "default_pricelist_id": cls.pricelist.id,
                "company_id": cls.company.id,
            }
        )

    def _tier_2(self, **values):
        return self._create_dealer(
            dealer_code="T2",
            dealer_tier="tier2",
            dealer_parent_id=self.dealer_c1.id,
            **values,
        )

    def test_a_new_dealer_gets_its_tier_s_grade_and_price_list(self):
        dealer = self._tier_2()
        self.assertEqual(dealer.grade_id, self.grade)
        self.assertEqual(dealer.specific_property_product_pricelist, self.pricelist)

    def test_price_lists_are_on_so_that_grades_carry_prices(self):
        features = self.env["res.groups"]
        self.assertTrue(features._is_feature_enabled("product.group_product_pricelist"))
        self.assertEqual(self._tier_2().property_product_pricelist, self.pricelist)

    def test_a_price_list_of_its_own_is_left_alone(self):
        own = self.env["product.pricelist"].create({"name": "Own"})
        dealer = self._tier_2(specific_property_product_pricelist=own.id)
        self.assertEqual(dealer.specific_property_product_pricelist, own)
        self.assertFalse(dealer.grade_id)

    def test_another_tier_brings_its_grade_but_spares_other_grades(self):
        self.dealer_b1.write(
            {"dealer_tier": "tier2", "dealer_parent_id": self.dealer_c1.id}
        )
        self.assertEqual(self.dealer_b1.grade_id, self.grade)
        gold = self.env.ref("partnership.res_partner_grade_data_gold")
        other = self._create_dealer(dealer_code="G1", grade_id=gold.id)
        other.write({"dealer_tier": "tier2", "dealer_parent_id": self.dealer_c1.id})
        self.assertEqual(other.grade_id, gold)


@tagged("post_install", "-at_install")
class TestDealerAccess(O2oCommon):
    def test_who_keeps_contacts_may_not_keep_dealers(self):
        clerk = new_test_user(self.env, "clerk", groups=CLERK)
        with self.assertRaisesRegex(AccessError, "Only channel managers"):
            self.dealer_b1.with_user(clerk).dealer_deposit = 1
        with self.assertRaisesRegex(AccessError, "Only channel managers"):
            self.env["res.partner"].with_user(clerk).create(
                {"name": "Mine", "is_dealer": True}
            )

    def test_who_keeps_contacts_still_keeps_contacts(self):
        clerk = new_test_user(self.env, "clerk", groups=CLERK)
        contact = self.env["res.partner"].with_user(clerk).create({"name": "Mine"})
        self.dealer_b1.with_user(clerk).phone = "010 8888"
        self.assertFalse(contact.is_dealer)

    def test_a_channel_manager_keeps_dealers(self):
        manager = self._create_user("o2o_channel.o2o_group_manager")
        dealer = (
            self.env["res.partner"]
            .with_user(manager)
            .create(
                {
                    "name": "New",
                    "is_company": True,
                    "is_dealer": True,
                    "dealer_code": "M1",
                    "dealer_tier": "tier1",
                }
            )
        )
        dealer.action_dealer_activate()
        self.assertEqual(dealer.dealer_state, "active")

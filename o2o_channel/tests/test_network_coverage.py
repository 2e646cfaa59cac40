from datetime import date

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import O2oCommon

DAY = date(2026, 11, 20)
GOODS = ("sales", "logistics")


@tagged("post_install", "-at_install")
class TestCoverage(O2oCommon):
    def _dealers(self, region, categ=None, roles=GOODS, day=DAY):
        categ = categ or self.category
        found = self.env["o2o.coverage"]._covering_dealers(region, categ, roles, day)
        return found[region.id, categ.id]

    def _tier1(self, region, day=DAY):
        found = self.env["o2o.coverage"]._tier1_of(region, self.category, day)
        return found[region.id, self.category.id]

    def test_the_nearest_covered_region_decides(self):
        self.assertEqual(self._dealers(self.jinjiang), self.dealer_c2)
        self.assertEqual(self._dealers(self.chengdu), self.dealer_c1)

    def test_a_district_inherits_from_its_province(self):
        self.assertEqual(self._dealers(self.chaoyang), self.dealer_b1)

    def test_nobody_covers_an_unassigned_province(self):
        self.assertFalse(self._dealers(self.sichuan))

    def test_a_line_for_a_category_holds_for_those_below(self):
        below = self.env["product.category"].create(
            {"name": "Cookers", "parent_id": self.category.id}
        )
        self.coverage_c2.categ_id = self.category
        self.assertEqual(self._dealers(self.jinjiang, below), self.dealer_c2)

    def test_other_goods_pass_to_the_level_above(self):
        self.coverage_c2.categ_id = self.env["product.category"].create({"name": "X"})
        self.assertEqual(self._dealers(self.jinjiang), self.dealer_c1)

    def test_goods_without_category_are_answered_under_false(self):
        found = self.env["o2o.coverage"]._covering_dealers(
            self.jinjiang, self.env["product.category"], GOODS, DAY
        )
        self.assertEqual(found, {(self.jinjiang.id, False): self.dealer_c2})

    def test_a_line_that_has_ended_gives_way(self):
        self.coverage_c2.date_to = "2026-11-19"
        self.assertEqual(self._dealers(self.jinjiang), self.dealer_c1)
        self.assertEqual(
            self._dealers(self.jinjiang, day=date(2026, 11, 19)), self.dealer_c2
        )

    def test_a_service_line_is_no_answer_for_goods(self):
        self.coverage_c2.role = "service"
        self.assertEqual(self._dealers(self.jinjiang), self.dealer_c1)
        self.assertEqual(
            self._dealers(self.jinjiang, roles=("service",)), self.dealer_c2
        )

    def test_priority_then_code_orders_dealers(self):
        second = self._create_dealer(dealer_code="A9")
        self._create_coverage(second, self.chengdu)
        first = self._create_dealer(dealer_code="Z1")
        self._create_coverage(first, self.chengdu, priority=1)
        self.assertEqual(
            list(self._dealers(self.chengdu)), [first, second, self.dealer_c1]
        )

    def test_a_suspended_dealer_leaves_its_area_to_the_level_above(self):
        self.dealer_c2.dealer_state = "suspended"
        today = self.company._o2o_today()
        self.assertEqual(self._dealers(self.jinjiang, day=today), self.dealer_c1)

    def test_lines_of_another_company_do_not_count(self):
        other = self.env["res.company"].create({"name": "Other brand"})
        self.coverage_c2.company_id = other
        self.assertEqual(self._dealers(self.jinjiang), self.dealer_c1)

    def test_the_tier_1_share_looks_past_tier_2_lines(self):
        self.assertEqual(self._tier1(self.jinjiang), self.dealer_c1)

    def test_the_tier_1_share_is_one_dealer_by_priority(self):
        self._create_coverage(
            self._create_dealer(dealer_code="A0"), self.chengdu, priority=20
        )
        self.assertEqual(self._tier1(self.jinjiang), self.dealer_c1)

    def test_the_tier_1_share_needs_a_sales_line(self):
        self.coverage_c1.role = "logistics"
        self.assertFalse(self._tier1(self.jinjiang))

    def test_queries_do_not_grow_with_dealers_regions_or_categories(self):
        def count_queries(regions, categories):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["o2o.coverage"]._covering_dealers(regions, categories, GOODS, DAY)
            return self.env.cr.sql_log_count - before

        few = count_queries(self.jinjiang, self.category)
        categories = self.env["product.category"].create(
            [{"name": f"C{n}"} for n in range(20)]
        )
        for n in range(40):
            self._create_coverage(
                self._create_dealer(dealer_code=f"N{n}"), self.chengdu, priority=n
            )
        many = count_queries(
            self.jinjiang | self.chengdu | self.chaoyang, self.category | categories
        )
        self.assertEqual(many, few)
        self.assertLessEqual(many, 8)


@tagged("post_install", "-at_install")
class TestCoverageConflicts(O2oCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.aircon = cls.env["product.category"].create(
            {"name": "Air Conditioners", "parent_id": cls.category.id}
        )
        cls.coverage_c2.write(
            {"exclusive": True, "categ_id": cls.aircon.id, "date_from": "2026-01-01"}
        )
        cls.dealer_x = cls._create_dealer(name="Dealer X", dealer_code="X")

    def _exclusive(self, **values):
        return self._create_coverage(
            self.dealer_x, self.jinjiang, **{"exclusive": True, **values}
        )

    def test_a_second_exclusive_line_is_refused_and_says_all(self):
        with self.assertRaises(ValidationError) as refused:
            self._exclusive(categ_id=self.aircon.id, date_from="2026-06-01")
        message = str(refused.exception)
        for part in (
            "Dealer X",
            "Jinjiang Store",
            "锦江区",
            "Air Conditioners",
            "2026-01-01",
            "2026-06-01",
        ):
            self.assertIn(part, message)

    def test_exclusive_for_all_goods_overlaps_with_one_category(self):
        with self.assertRaises(ValidationError):
            self._exclusive()

    def test_making_a_line_exclusive_later_is_checked_too(self):
        line = self._exclusive(exclusive=False)
        with self.assertRaises(ValidationError):
            line.exclusive = True

    def test_prolonging_into_the_other_line_is_refused(self):
        line = self._exclusive(date_to="2025-12-31")
        with self.assertRaises(ValidationError):
            line.date_to = "2026-01-01"

    def test_other_goods_role_region_or_time_do_not_conflict(self):
        other = self.env["product.category"].create({"name": "Furniture"})
        self._exclusive(categ_id=other.id)
        self._exclusive(role="service")
        self._exclusive(date_to="2025-12-31")
        self._create_coverage(self.dealer_x, self.chengdu, exclusive=True)

    def test_an_archived_line_conflicts_only_when_it_returns(self):
        line = self._exclusive(active=False)
        with self.assertRaises(ValidationError):
            line.active = True

    def test_the_same_line_twice_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "already has this coverage"):
            self._create_coverage(
                self.dealer_c2, self.jinjiang, categ_id=self.aircon.id
            )

    def test_a_contact_that_is_no_dealer_gets_no_area(self):
        contact = self.env["res.partner"].create({"name": "Somebody"})
        with self.assertRaisesRegex(ValidationError, "Somebody is no dealer"):
            self._create_coverage(contact, self.jinjiang)

    def test_an_exclusive_line_shuts_out_open_ones(self):
        self._exclusive(exclusive=False)
        found = self.env["o2o.coverage"]._covering_dealers(
            self.jinjiang, self.aircon, GOODS, DAY
        )
        self.assertEqual(found[self.jinjiang.id, self.aircon.id], self.dealer_c2)

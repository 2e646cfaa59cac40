from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .common import O2oCommon


@tagged("post_install", "-at_install")
class TestRegion(O2oCommon):
    def test_parent_and_level_follow_from_the_code(self):
        town = self._create_region(code="510104999", name="某街道")
        self.assertEqual(town.parent_id, self.jinjiang)
        self.assertEqual((town.level, town.province_id), ("town", self.sichuan))

    def test_the_form_proposes_parent_and_level_while_one_types(self):
        with Form(self.env["o2o.region"]) as form:
            form.code = "510104998"
            form.name = "某街道"
            self.assertEqual(form.parent_id, self.jinjiang)
            self.assertEqual(form.level, "town")

    def test_a_region_opens_its_parts(self):
        action = self.chengdu.action_open_parts()
        self.assertIn(self.jinjiang, self.env["o2o.region"].search(action["domain"]))
        self.assertGreaterEqual(self.chengdu.child_count, 1)
        self.assertEqual(self.jinjiang.coverage_count, 1)

    def test_an_unknown_parent_is_replaced_by_the_nearest_known(self):
        self.assertEqual(
            self._create_region(code="519999", name="某县").parent_id, self.sichuan
        )

    def test_a_batch_may_name_parts_before_the_whole(self):
        district, province, city = self.env["o2o.region"].create(
            [
                {"code": "990101", "name": "某区"},
                {"code": "990000", "name": "某省"},
                {"code": "990100", "name": "某市"},
            ]
        )
        self.assertEqual(district.parent_id, city)
        self.assertEqual(city.parent_id, province)
        self.assertEqual(district.province_id, province)
        self.assertEqual(district._path_ids(), (province.id, city.id, district.id))

    def test_only_a_province_stands_on_its_own(self):
        with self.assertRaisesRegex(ValidationError, "name the region"):
            self._create_region(code="X-1", name="Somewhere", level="city")

    def test_levels_are_not_turned_round(self):
        with self.assertRaisesRegex(ValidationError, "can't lie in"):
            self._create_region(
                code="X-1", name="X", level="city", parent_id=self.jinjiang.id
            )

    def test_a_region_does_not_lie_in_itself(self):
        with self.assertRaises(UserError):
            self.chengdu.parent_id = self.jinjiang

    def test_codes_are_unique_and_typeable(self):
        for code in ("5 1", "1" * 13, "  "):
            with self.subTest(code=code), self.assertRaises(ValidationError):
                self._create_region(code=code, name="X", level="province")

    def test_positions_lie_on_the_earth(self):
        with self.assertRaisesRegex(ValidationError, "off the earth"):
            self.jinjiang.latitude = 104.08

    def test_names_follow_the_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.assertEqual(
            self.jinjiang.display_name, "Sichuan / Chengdu / Jinjiang (锦江区)"
        )
        self.assertEqual(
            self.jinjiang.with_context(lang="zh_CN").display_name,
            "四川省 / 成都市 / 锦江区",
        )

    def test_a_region_is_found_by_code_and_both_names(self):
        for text in ("510104", "锦江", "Jinjiang"):
            found = self.env["o2o.region"].name_search(text)
            self.assertIn(self.jinjiang.id, [one[0] for one in found])

    def test_an_import_row_of_a_known_code_updates_that_region(self):
        result = self.env["o2o.region"].load(
            ["code", "name", "latin_name"],
            [["990000", "某省", "Some"], ["510104", "锦江区", "Jin Jiang"]],
        )
        self.assertFalse(result["messages"])
        self.assertEqual(result["ids"][1], self.jinjiang.id)
        self.assertEqual(self.jinjiang.latin_name, "Jin Jiang")

    def test_an_import_may_name_the_parent_by_code(self):
        result = self.env["o2o.region"].load(
            ["code", "name", "level", "parent_id"],
            [["K-1", "开发区", "District or County", "510100"]],
        )
        self.assertFalse(result["messages"])
        region = self.env["o2o.region"].browse(result["ids"])
        self.assertEqual(region.parent_id, self.chengdu)

    def test_codes_are_found_or_else_the_nearest_above(self):
        found = self.env["o2o.region"]._find_by_codes(
            ["510104", "510104777", "519998", "889999", "", None, "junk"]
        )
        self.assertEqual(
            found,
            {
                "510104": self.jinjiang,
                "510104777": self.jinjiang,
                "519998": self.sichuan,
            },
        )

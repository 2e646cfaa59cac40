import io

from openpyxl import load_workbook

from odoo.tests import tagged
from odoo.tools.misc import file_open

from odoo.addons.o2o_channel.engine import region as region_rules

from .common import O2oCommon


@tagged("post_install", "-at_install")
class TestNetworkImport(O2oCommon):
    """The shipped templates can be imported as they are, and twice."""

    def _load(self, model, **context):
        model = self.env[model].with_context(**context)
        path = model.get_import_templates()[0]["template"].lstrip("/")
        with file_open(path, "rb") as template:
            sheet = load_workbook(io.BytesIO(template.read())).active
        header, *rows = [
            ["" if cell is None else str(cell) for cell in row]
            for row in sheet.iter_rows(values_only=True)
        ]
        result = model.load(header, rows)
        self.assertFalse(result["messages"])
        return model.browse(result["ids"])

    def test_regions_come_in_with_parents_from_their_codes(self):
        county, town = self._load("o2o.region")
        self.assertEqual(county.parent_id, self.sichuan)
        self.assertEqual(town.parent_id, county)
        self.assertEqual(self._load("o2o.region"), county + town)

    def test_dealers_come_in_under_their_dealer_above(self):
        above, below = self._load("res.partner", default_is_dealer=True)
        self.assertEqual(below.dealer_parent_id, above)
        self.assertEqual((above.dealer_state, above.online_ban), ("draft", True))
        self.assertEqual(
            self._load("res.partner", default_is_dealer=True), above + below
        )

    def test_areas_name_dealers_and_regions_by_code(self):
        self._load("res.partner", default_is_dealer=True)
        city, district = self._load("o2o.coverage")
        self.assertEqual(city.region_id, self.chengdu)
        self.assertEqual(
            (district.region_id, district.exclusive), (self.jinjiang, True)
        )
        self.assertEqual(district.dealer_id.dealer_code, "X2")

    def test_contacts_keep_their_own_template(self):
        template = self.env["res.partner"].get_import_templates()[0]["template"]
        self.assertNotIn("o2o_channel", template)


@tagged("post_install", "-at_install")
class TestShippedRegions(O2oCommon):
    def _shipped(self):
        ids = self.env["ir.model.data"].search_fetch(
            [("module", "=", "o2o_channel"), ("model", "=", "o2o.region")], ["res_id"]
        )
        return self.env["o2o.region"].browse(ids.mapped("res_id"))

    def test_all_provinces_are_there(self):
        provinces = self._shipped().filtered(lambda one: one.level == "province")
        self.assertEqual(len(provinces), 34)

    def test_each_place_lies_where_its_code_says(self):
        for region in self._shipped():
            with self.subTest(region.code):
                self.assertEqual(region.level, region_rules.level_of_code(region.code))
                above = region_rules.ancestor_codes(region.code)
                self.assertEqual(region.parent_id.code or None, next(iter(above), None))

    def test_positions_lie_near_the_place_above(self):
        for region in self._shipped().filtered("latitude"):
            above = region.parent_id
            if above.level == "city" and above.latitude:
                with self.subTest(region.code):
                    self.assertLess(abs(region.latitude - above.latitude), 2.5)
                    self.assertLess(abs(region.longitude - above.longitude), 2.5)

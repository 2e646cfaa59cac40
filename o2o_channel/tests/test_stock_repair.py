from odoo.tests import tagged

from .common import O2oStockCommon


@tagged("post_install", "-at_install")
class TestStoreRepair(O2oStockCommon):
    """Stores whose data keep orders away are listed, with what to do about it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store_c2.o2o_region_id = cls.chengdu
        cls.chengdu.write({"latitude": 30.57, "longitude": 104.07})

    def _broken(self):
        stores = self.store_b1 | self.store_c1 | self.store_c2
        found = self.env["stock.warehouse"].search([("o2o_needs_repair", "=", True)])
        return found & stores

    def test_a_store_in_order_is_not_listed(self):
        self.assertFalse(self.store_c2.o2o_problem)
        self.assertNotIn(self.store_c2, self._broken())

    def test_without_coordinates(self):
        self.store_c2.write({"o2o_latitude": 0, "o2o_longitude": 0})
        self.assertIn("No coordinates", self.store_c2.o2o_problem)
        self.assertIn(self.store_c2, self._broken())

    def test_swapped_coordinates(self):
        # 80 degrees East can be a latitude, 104 can't: such a value is refused at once
        west = self._create_region(
            code="659000", name="West", latitude=41.0, longitude=80.0
        )
        self.store_c2.o2o_region_id = west
        self.store_c2.write({"o2o_latitude": 80.0, "o2o_longitude": 41.0})
        self.assertIn("changed places", self.store_c2.o2o_problem)

    def test_in_the_sea(self):
        self.store_c2.write({"o2o_latitude": 10.5, "o2o_longitude": 114.08})
        self.assertRegex(self.store_c2.o2o_problem, r"lie \d+ km from")
        self.assertIn(self.store_c2, self._broken())

    def test_without_region_or_area(self):
        self.store_c1.o2o_region_id = False
        self.assertIn("No region", self.store_c1.o2o_problem)
        self.coverage_c2.date_to = "2020-01-01"
        self.coverage_c2.date_from = "2019-01-01"
        self.store_c2.invalidate_recordset(["o2o_problem", "o2o_needs_repair"])
        self.assertIn("has no area", self.store_c2.o2o_problem)

from lxml import html

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import O2oRoutingCommon
from .test_stock_declaration import DeclarationCommon
from .test_stock_portal import StockPortalCommon


@tagged("post_install", "-at_install")
class TestSizeMatrix(DeclarationCommon):
    """A shoe in three sizes and two colours; some sizes are missing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.size = cls._attribute("Size", "38", "39", "40")
        cls.colour = cls._attribute("Colour", "Red", "Blue")
        cls.shoe = cls.env["product.template"].create(
            {
                "name": "Shoe",
                "is_storable": True,
                "categ_id": cls.category.id,
                "attribute_line_ids": [
                    Command.create(
                        {
                            "attribute_id": attribute.id,
                            "value_ids": [Command.set(attribute.value_ids.ids)],
                        }
                    )
                    for attribute in (cls.size, cls.colour)
                ],
            }
        )

    @classmethod
    def _attribute(cls, name, *values):
        return cls.env["product.attribute"].create(
            {
                "name": name,
                "value_ids": [Command.create({"name": value}) for value in values],
            }
        )

    def _variant(self, size, colour):
        return self.shoe.product_variant_ids.filtered(
            lambda one: (
                {size, colour}
                == set(one.product_template_attribute_value_ids.mapped("name"))
            )
        )

    def _cells(self, **domain):
        domain = [(name, "=", value) for name, value in domain.items()]
        return self.env["o2o.size.report"].search(
            [("warehouse_id", "=", self.store.id), *domain]
        )

    def _stock(self):
        """Red: 38 and 40 there, 39 missing. Blue was there and is sold out."""
        self._declare((self._variant("38", "Blue"), 2), hours=3)
        self._declare(
            (self._variant("38", "Red"), 4),
            (self._variant("40", "Red"), 1),
            (self._variant("38", "Blue"), 0),
            hours=2,
        )

    def test_attributes_named_size_are_sizes(self):
        self.assertTrue(self.size.o2o_is_size)
        self.assertFalse(self.colour.o2o_is_size)
        self.assertTrue(self._attribute("尺码", "S").o2o_is_size)

    def test_holes_are_found(self):
        self._stock()
        states = {
            frozenset(
                c.product_id.product_template_attribute_value_ids.mapped("name")
            ): (
                c.state,
                c.hole,
            )
            for c in self._cells(product_tmpl_id=self.shoe.id)
        }
        self.assertEqual(states[frozenset(("38", "Red"))], ("there", 0))
        self.assertEqual(states[frozenset(("39", "Red"))], ("hole", 1))
        self.assertEqual(states[frozenset(("40", "Red"))], ("there", 0))
        self.assertEqual(states[frozenset(("38", "Blue"))], ("sold_out", 0))
        self.assertEqual(len(states), 6)

    def test_a_store_without_the_style_has_no_cells(self):
        self._stock()
        cells = self.env["o2o.size.report"].search(
            [("warehouse_id", "=", self.store_b1.id)]
        )
        self.assertFalse(cells)

    def test_matrix_marks_holes_and_shows_lost_demand(self):
        self._stock()
        missing = self._variant("39", "Red")
        self.env["o2o.stock.request"]._record(self.store, {missing: 3}, "scan")
        manager = self._create_user("o2o_channel.o2o_group_manager")
        with Form(self.env["o2o.size.matrix"].with_user(manager)) as form:
            form.warehouse_id = self.store
        page = html.fromstring(form.record.matrix)
        heads = [cell.text_content() for cell in page.xpath("//th")]
        self.assertEqual(heads, ["Style", "38", "39", "40", "Missing", "Lost demand"])
        [row] = page.xpath("//tbody/tr")
        texts = [" ".join(c.text_content().split()) for c in row.xpath("./td")]
        self.assertEqual(texts, ["Shoe Red", "4", "0lost 3", "1", "1", "3"])
        [hole] = row.xpath("./td[contains(@class, 'table-danger')]")
        self.assertIn("lost 3", hole.text_content())
        form.record.only_broken = False
        self.assertEqual(
            len(html.fromstring(form.record.matrix).xpath("//tbody/tr")), 2
        )

    def test_matrix_of_a_store_without_sizes(self):
        wizard = self.env["o2o.size.matrix"].create({"warehouse_id": self.store.id})
        self.assertIn("No broken style", wizard.matrix)
        wizard.only_broken = False
        self.assertIn("no style in sizes", wizard.matrix)

    def test_lost_demand_is_noted_once_and_stays(self):
        requests = self.env["o2o.stock.request"]
        one = requests._record(self.store, {self.product: 2}, "order", "S1")
        self.assertFalse(requests._record(self.store, {self.product: 2}, "order", "S1"))
        with self.assertRaisesRegex(UserError, "can't be changed"):
            one.quantity = 9


@tagged("post_install", "-at_install")
class TestLostDemand(O2oRoutingCommon):
    def test_an_order_nobody_can_serve_is_lost_demand(self):
        product = self._create_product(default_code="NONE")
        order = self._confirm_order((product, 2))
        self.assertEqual(order.o2o_route_state, "exception")
        lost = self.env["o2o.stock.request"].search([("product_id", "=", product.id)])
        self.assertEqual((lost.quantity, lost.source), (2, "order"))
        self.assertEqual(lost.reference, order.name)

    def test_a_rejection_for_want_of_stock_is_lost_demand(self):
        order = self._confirm_order((self.product, 1))
        leg = order.dispatch_ids
        store = leg.warehouse_id
        self.reason.stock_effect = "zero"
        leg.action_reject(self.reason)
        lost = self.env["o2o.stock.request"].search([("source", "=", "reject")])
        self.assertEqual((lost.warehouse_id, lost.quantity), (store, 1))


@tagged("post_install", "-at_install")
class TestAskedInVain(StockPortalCommon):
    def test_a_clerk_notes_what_customers_missed(self):
        page = self._page(self.url)
        values = {
            f"quantity-{self.second.id}": "2",
            "kind": "asked",
            "token": self._field(page, "token"),
        }
        for _click in range(2):
            response = self._post(f"{self.url}/declare", page=page, **values)
            self.assertIn("your customers miss", response.text)
        lost = self.env["o2o.stock.request"].search([])
        self.assertEqual((lost.product_id, lost.quantity), (self.second, 2))
        self.assertEqual((lost.source, self._on_hand(self.second)), ("store", 0))

    def test_odd_numbers(self):
        for text in ("0", "-1", "x"):
            values = {f"quantity-{self.second.id}": text, "kind": "asked"}
            response = self._post(f"{self.url}/declare", **values)
            self.assertIn("no number above 0", response.text)
        self.assertFalse(self.env["o2o.stock.request"].search([]))

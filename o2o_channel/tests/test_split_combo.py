from odoo import Command
from odoo.tests import tagged

from .common_split import O2oSplitCommon


@tagged("post_install", "-at_install")
class TestCombo(O2oSplitCommon):
    """A combo of a cooker and a pot for 1,130.00: its items are split, it has no price."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pot = cls._create_product(default_code="POT", list_price=282.5)
        cls.pot.invoice_policy = "order"
        cls._set_stock(cls.store_c2, cls.pot, 10)
        choices = [
            cls.env["product.combo"].create(
                {
                    "name": product.name,
                    "combo_item_ids": [Command.create({"product_id": product.id})],
                }
            )
            for product in (cls.product, cls.pot)
        ]
        cls.combo = cls.env["product.product"].create(
            {
                "name": "Kitchen set",
                "type": "combo",
                "list_price": 1130.0,
                "combo_ids": [Command.set([choice.id for choice in choices])],
                "taxes_id": [Command.set(cls.tax_13.ids)],
            }
        )
        cls.choices = choices

    def _combo_order(self):
        order = self._create_order(
            lines=[{"product_id": self.combo.id, "product_uom_qty": 1}]
        )
        head = order.order_line
        for choice in self.choices:
            item = choice.combo_item_ids
            self.env["sale.order.line"].create(
                {
                    "order_id": order.id,
                    "product_id": item.product_id.id,
                    "product_uom_qty": 1,
                    "combo_item_id": item.id,
                    "linked_line_id": head.id,
                }
            )
        return order, head

    def test_items_are_split_and_the_combo_itself_has_nothing_to_split(self):
        order, head = self._combo_order()
        self.assertEqual((order.amount_total, head.price_total), (1130.0, 0.0))
        order = self._deliver(order)
        items = order.order_line - head
        self.assertFalse(head.o2o_split_line_ids)
        self.assertEqual(order.dispatch_ids.line_ids.order_line_id, items)
        shares = self._shares(order)
        self.assertEqual(sum(shares.values()), order.amount_untaxed)
        self.assertEqual(sorted(items.mapped("price_total")), [226.0, 904.0])
        self.assertEqual(
            shares, {"C2": 820.0, "B1": 60.0, "C1": 20.0, "G": 30.0, "HQ": 70.0}
        )
        self._check_database()

    def test_a_credit_note_takes_all_of_it_back_once(self):
        order = self._deliver(self._combo_order()[0])
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_total, 1130.0)
        self._credit(invoice)
        self.assertEqual(set(self._shares(order).values()), {0.0})
        self.assertEqual(
            self._shares(order, "reversal"),
            {"C2": -820.0, "B1": -60.0, "C1": -20.0, "G": -30.0, "HQ": -70.0},
        )
        self._check_database()

    def test_one_item_comes_back(self):
        order, head = self._combo_order()
        order = self._deliver(order)
        pot = order.order_line.filtered(lambda line: line.product_id == self.pot)
        move = pot.move_ids.filtered(lambda move: move.state == "done")
        wizard = self.env["stock.return.picking"].create(
            {"picking_id": move.picking_id.id}
        )
        for row in wizard.product_return_moves:
            row.quantity = 1 if row.product_id == self.pot else 0
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        back.move_ids.quantity = 1
        back.move_ids.picked = True
        back.button_validate()
        shares = self._shares(order)
        self.assertEqual(sum(shares.values()), 800.0)
        self.assertEqual(shares["C2"], 656.0)
        self.assertFalse(head.o2o_split_line_ids)
        self._check_database()

from odoo import Command
from odoo.tests import tagged

from .common import O2oStockCommon


@tagged("post_install", "-at_install")
class TestDealerOwnedStock(O2oStockCommon):
    """Real-time valuation: a dealer's goods are neither HQ's asset nor HQ's cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_valuation()
        cls.own_store = cls.env["stock.warehouse"].create(
            {"name": "HQ", "code": "HQ", "company_id": cls.company.id}
        )
        cls.consumer = cls.env["res.partner"].create({"name": "Wang Fang"})

    @classmethod
    def _set_up_valuation(cls):
        def account(code, name, kind):
            return cls.env["account.account"].create(
                {"code": code, "name": name, "account_type": kind}
            )

        cls.stock_account = account("140590", "Goods", "asset_current")
        cls.cost_account = account("540190", "Cost of Goods", "expense_direct_cost")
        cls.category.write(
            {
                "property_valuation": "real_time",
                "property_cost_method": "standard",
                "property_stock_valuation_account_id": cls.stock_account.id,
                "property_account_expense_categ_id": cls.cost_account.id,
            }
        )
        cls.product.write({"standard_price": 650.0, "invoice_policy": "order"})

    def _order(self, *routes, quantity=2):
        """One line per route; without a route the order's own warehouse ships."""
        return self.env["sale.order"].create(
            {
                "partner_id": self.consumer.id,
                "warehouse_id": self.own_store.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": quantity,
                            "route_ids": [Command.set(route.ids)],
                        }
                    )
                    for route in routes
                ],
            }
        )

    def _deliver(self, order):
        for picking in order.picking_ids.filtered(lambda p: p.state != "done"):
            picking.move_ids.picked = True
            picking.button_validate()

    def _invoice(self, order):
        invoice = order._create_invoices()
        invoice.action_post()
        return invoice

    def _booked(self, account):
        lines = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        )
        return sum(lines.mapped("balance"))

    def test_a_dealers_goods_have_no_value_for_hq(self):
        self.assertEqual(self.product.total_value, 0)
        self.env["stock.quant"]._update_available_quantity(
            self.product, self.own_store.lot_stock_id, 4
        )
        self.product.invalidate_recordset()
        self.assertEqual(self.product.total_value, 4 * 650)
        valued = self.env["stock.location"].search([("is_valued_internal", "=", True)])
        self.assertIn(self.own_store.lot_stock_id, valued)
        self.assertNotIn(self.store_c2.o2o_location_id, valued)
        self.assertFalse(self.store_c2.o2o_location_id.is_valued_internal)

    def test_delivered_then_invoiced_costs_nothing(self):
        order = self._order(self.store_c2.o2o_route_id)
        order.action_confirm()
        self.assertEqual(order.picking_ids.location_id, self.store_c2.o2o_location_id)
        self._deliver(order)
        self.assertEqual(order.picking_ids.move_ids.value, 0)
        self._invoice(order)
        self.assertEqual(self._booked(self.cost_account), 0)
        self.assertEqual(self._booked(self.stock_account), 0)

    def test_invoiced_then_delivered_costs_nothing(self):
        order = self._order(self.store_c2.o2o_route_id)
        order.action_confirm()
        self._invoice(order)
        self._deliver(order)
        self.assertEqual(self._booked(self.cost_account), 0)
        self.assertEqual(self._booked(self.stock_account), 0)

    def test_hqs_own_goods_keep_their_cost(self):
        order = self._order(self.env["stock.route"])
        self.env["stock.quant"]._update_available_quantity(
            self.product, self.own_store.lot_stock_id, 4
        )
        order.action_confirm()
        self._deliver(order)
        self._invoice(order)
        self.assertEqual(self._booked(self.cost_account), 2 * 650)

    def test_a_return_into_the_dealers_pool_stays_without_value(self):
        order = self._order(self.store_c2.o2o_route_id)
        order.action_confirm()
        self._deliver(order)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=order.picking_ids.id, active_model="stock.picking")
            .create({"picking_id": order.picking_ids.id})
        )
        wizard.product_return_moves.quantity = 1
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        back.move_ids.picked = True
        back.button_validate()
        self.assertEqual(back.move_ids.location_dest_id.dealer_owned, True)
        self.assertEqual(back.move_ids.value, 0)
        self._invoice(order)
        self.assertEqual(self._booked(self.cost_account), 0)

    def test_of_a_line_shipped_by_both_only_hqs_part_has_a_cost(self):
        order = self._order(self.env["stock.route"], quantity=5)
        self.env["stock.quant"]._update_available_quantity(
            self.product, self.own_store.lot_stock_id, 2
        )
        order.action_confirm()
        self._deliver_part_then_rest_from_dealer(order, own=2)
        self._invoice(order)
        self.assertEqual(self._booked(self.cost_account), 2 * 650)
        self.assertEqual(self._booked(self.stock_account), -2 * 650)

    def _deliver_part_then_rest_from_dealer(self, order, own):
        line = order.order_line
        picking = order.picking_ids
        picking.move_ids.quantity = own
        picking.move_ids.picked = True
        result = picking.with_context(
            skip_backorder=True, picking_ids_not_to_backorder=picking.ids
        ).button_validate()
        self.assertIs(result, True)
        values = line._prepare_procurement_values()
        values.update(route_ids=self.store_c2.o2o_route_id, warehouse_id=self.store_c2)
        self.env["stock.rule"].run(
            line._create_procurements(3, line.product_uom_id, values)
        )
        self._deliver(order)
        self.assertEqual(line.qty_delivered, 5)

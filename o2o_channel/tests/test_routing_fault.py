from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_routing_chain import O2oChainCommon


@tagged("post_install", "-at_install")
class TestFaults(O2oChainCommon):
    """What goes wrong around a leg has a defined end; nothing is silently stuck."""

    def test_a_delivery_cancelled_in_inventory_sends_the_offer_on(self):
        order = self._confirm_order()
        leg = order.dispatch_ids
        leg.picking_ids.action_cancel()
        self.assertEqual(leg.state, "cancelled")
        self.assertIn("was cancelled in Inventory", leg.event_ids[-1].note)
        following = self._open(order)
        self.assertEqual(following.warehouse_id, self.store_far)
        self.assertEqual(self._free(self.store_c2), 10)

    def test_of_an_accepted_leg_as_well_and_of_one_move_of_it(self):
        other = self._create_product(name="Pan", default_code="E-2", is_storable=True)
        for store in self.store_c2 | self.store_far:
            self._set_stock(store, other, 5)
        order = self._confirm_order((self.product, 1), (other, 2))
        leg = order.dispatch_ids
        leg.action_accept()
        leg.action_pick()
        leg.picking_ids.move_ids[0]._action_cancel()
        self.assertEqual(leg.state, "cancelled")
        self.assertEqual(set(leg.picking_ids.move_ids.mapped("state")), {"cancel"})
        following = self._open(order)
        self.assertEqual(following.warehouse_id, self.store_far)
        self.assertEqual(sorted(following.line_ids.mapped("quantity")), [1, 2])

    def test_of_a_pickup_it_waits_for_headquarters(self):
        order = self._confirm_order(
            o2o_delivery_mode="pickup", o2o_pickup_warehouse_id=self.store_c2.id
        )
        leg = order.dispatch_ids
        leg.action_accept()
        leg.action_ready()
        leg.picking_ids.action_cancel()
        self.assertEqual(leg.state, "exception")
        self.assertTrue(leg.activity_ids)
        self.assertFalse(self._open(order))

    def test_a_delivery_validated_for_less_sends_the_rest_on(self):
        order = self._confirm_order((self.product, 3))
        leg = order.dispatch_ids
        leg.action_accept()
        picking = leg.picking_ids
        picking.move_ids.write({"quantity": 2, "picked": True})
        picking.with_context(
            skip_backorder=True, picking_ids_not_to_backorder=picking.ids
        ).button_validate()
        self.assertEqual((leg.state, leg.line_ids.quantity), ("shipped", 2))
        following = self._open(order)
        self.assertEqual(following.warehouse_id, self.store_far)
        self.assertEqual(following.line_ids.quantity, 1)
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertEqual(self._free(self.store_c2), 8)

    def test_a_back_order_cancelled_by_hand_sends_the_rest_on(self):
        order = self._confirm_order((self.product, 3))
        leg = order.dispatch_ids
        leg.action_accept()
        picking = leg.picking_ids
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual(leg.state, "accepted")
        (leg.picking_ids - picking).action_cancel()
        self.assertEqual((leg.state, leg.line_ids.quantity), ("shipped", 1))
        self.assertEqual(self._open(order).line_ids.quantity, 2)

    def test_an_archived_store_loses_its_offers(self):
        self.rule.ask_first = True
        for store in self.store_c2 | self.store_far:
            self._set_stock(store, self.product, 0)
        order = self._confirm_order()
        leg = order.dispatch_ids
        self.assertEqual(leg.warehouse_id, self.counter)
        self.counter.active = False
        self.assertEqual(leg.state, "cancelled")
        self.assertEqual(leg.event_ids[-1].note, "The store is closed")
        self.assertEqual(len(self._open(order, "exception")), 1)

    def test_a_store_with_work_left_can_not_be_archived(self):
        leg = self._confirm_order().dispatch_ids
        leg.action_accept()
        with self.assertRaisesRegex(UserError, f"still has to finish {leg.name}"):
            self.store_c2.active = False

    def test_an_archived_product_is_served_to_the_end(self):
        order = self._confirm_order()
        self.product.active = False
        order.dispatch_ids.action_reject(self.reason)
        leg = self._open(order)
        self.assertEqual(leg.warehouse_id, self.store_far)
        leg.action_accept()
        leg.action_ship()
        leg.action_deliver()
        self.assertEqual(order.order_line.qty_delivered, 1)

    def test_a_cancelled_order_answers_nobody(self):
        order = self._confirm_order()
        leg = order.dispatch_ids
        order._action_cancel()
        with self.assertRaisesRegex(UserError, "was cancelled"):
            leg.action_accept()
        with self.assertRaisesRegex(UserError, "already cancelled"):
            leg.action_reject(self.reason)

    def test_a_suspended_dealers_offer_is_no_turn_down(self):
        self.rule.max_offers = 1
        self._create_coverage(self.dealer_b1, self.jinjiang)
        order = self._confirm_order()
        self.dealer_c2.dealer_state = "suspended"
        following = self._open(order)
        self.assertEqual(
            (following.mode, following.warehouse_id), ("assign", self.store_b1)
        )


@tagged("post_install", "-at_install")
class TestSerials(O2oChainCommon):
    """Serial numbers are asked for when the goods leave, and checked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.camera = cls._create_product(
            name="Camera", default_code="CAM", is_storable=True, tracking="serial"
        )
        cls.lots = cls.env["stock.lot"].create(
            [
                {"name": name, "product_id": cls.camera.id}
                for name in ("SN1", "SN2", "SN3")
            ]
        )
        for lot in cls.lots:
            cls.env["stock.quant"]._update_available_quantity(
                cls.camera, cls.store_c2.o2o_location_id, 1, lot_id=lot
            )

    def setUp(self):
        super().setUp()
        self.leg = self._confirm_order((self.camera, 2)).dispatch_ids
        self.leg.action_accept()

    def _shipped(self):
        return self.leg.picking_ids.move_line_ids.lot_id.mapped("name")

    def test_the_numbers_told_are_those_that_leave(self):
        self.assertEqual(self.leg._get_serial_needs(), [(self.camera, 2)])
        self.leg.action_ship("SF1", "SN3, SN1")
        self.assertEqual(self.leg.state, "shipped")
        self.assertEqual(sorted(self._shipped()), ["SN1", "SN3"])
        quant = self.env["stock.quant"]._gather(
            self.camera, self.store_c2.o2o_location_id
        )
        left = quant.filtered("quantity")
        self.assertEqual(left.lot_id.name, "SN2")
        self.assertEqual(left.reserved_quantity, 0)

    def test_the_form_asks_for_them(self):
        leg = self.leg.with_user(self.manager)
        wizard = self.env["o2o.dispatch.ship"].browse(leg.action_open_ship()["res_id"])
        self.assertEqual(
            (wizard.line_ids.product_id, wizard.line_ids.count), (self.camera, 2)
        )
        wizard.line_ids.numbers = "SN2\nSN3"
        wizard.with_user(self.manager).action_confirm()
        self.assertEqual(
            (leg.state, sorted(self._shipped())), ("shipped", ["SN2", "SN3"])
        )
        other = self._confirm_order().dispatch_ids
        other.action_accept()
        self.assertIs(other.action_open_ship(), True)
        self.assertEqual(other.state, "shipped")

    def test_none_too_few_twice_and_unknown_are_refused(self):
        for serials, text in (
            (None, "enter the 2 that leave the store; there are 0"),
            ("SN1", "there are 1"),
            (["SN1", "SN1"], "SN1 of .* is entered twice"),
            ("SN1 SN9", "SN9 of .* is not in"),
        ):
            with (
                self.subTest(serials),
                self.assertRaisesRegex(UserError, text),
                self.env.cr.savepoint(),
            ):
                self.leg.action_ship(None, serials)
            self.assertEqual(self.leg.state, "accepted")

    def test_a_number_of_another_store_or_of_a_customer_is_refused(self):
        self.env["stock.quant"]._update_available_quantity(
            self.camera,
            self.store_far.o2o_location_id,
            1,
            lot_id=self.lots.create({"name": "SN7", "product_id": self.camera.id}),
        )
        with self.assertRaisesRegex(UserError, "SN7 of .* is not in"):
            self.leg.action_ship(None, "SN1 SN7")
        self.leg.action_ship(None, "SN1 SN2")
        self._set_stock(self.store_c2, self.camera, 1)
        second = self._confirm_order((self.camera, 1)).dispatch_ids
        second.action_accept()
        with self.assertRaisesRegex(UserError, "SN1 of .* is not in"):
            second.action_ship(None, "SN1")

    def test_pieces_declared_without_numbers_take_the_numbers_told(self):
        self._set_stock(self.store_far, self.camera, 1)
        leg = self._confirm_order((self.camera, 1)).dispatch_ids
        leg.with_user(self.manager).action_assign_to(self.store_far)
        leg = self._open(leg.order_id)
        leg.action_accept()
        leg.action_ship(None, {self.camera.id: ["NEW1"]})
        self.assertEqual(leg.picking_ids.move_line_ids.lot_id.name, "NEW1")
        quants = self.env["stock.quant"]._gather(
            self.camera, self.store_far.o2o_location_id
        )
        self.assertEqual(sum(quants.mapped("quantity")), 0)

    def test_two_products_are_told_apart(self):
        phone = self._create_product(
            name="Phone", default_code="PH", is_storable=True, tracking="serial"
        )
        self._set_stock(self.store_c2, phone, 1)
        order = self._create_order((self.camera, 1), (phone, 1))
        order.action_confirm()
        leg = order.dispatch_ids
        leg.action_accept()
        with self.assertRaisesRegex(UserError, "by product"):
            leg.action_ship(None, "SN3 P1")
        leg.action_ship(None, {self.camera.id: "SN3", phone.id: "P1"})
        self.assertEqual(
            sorted(leg.picking_ids.move_line_ids.lot_id.mapped("name")), ["P1", "SN3"]
        )

    def test_a_lot_goes_as_reserved(self):
        paint = self._create_product(
            name="Paint", default_code="PT", is_storable=True, tracking="lot"
        )
        lot = self.env["stock.lot"].create({"name": "L1", "product_id": paint.id})
        self.env["stock.quant"]._update_available_quantity(
            paint, self.store_c2.o2o_location_id, 5, lot_id=lot
        )
        leg = self._confirm_order((paint, 2)).dispatch_ids
        leg.action_accept()
        leg.action_ship()
        self.assertEqual(leg.picking_ids.move_line_ids.lot_id, lot)

    def test_a_pickup_asks_for_them_as_well(self):
        order = self._confirm_order(
            (self.camera, 1),
            o2o_delivery_mode="pickup",
            o2o_pickup_warehouse_id=self.store_c2.id,
        )
        leg = order.dispatch_ids
        leg.action_accept()
        code = leg.action_ready()
        with (
            self.assertRaisesRegex(UserError, "there are 0"),
            self.env.cr.savepoint(),
        ):
            leg._try_pickup(code)
        self.assertFalse(leg.with_context(o2o_serials="SN3")._try_pickup(code))
        self.assertEqual(leg.state, "delivered")

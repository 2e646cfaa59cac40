from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import O2oCommon


@tagged("post_install", "-at_install")
class TestOrderConfirm(O2oCommon):
    """Confirmation: checked, sold, then routed or queued with an activity."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.consumer = cls.env["res.partner"].create(
            {
                "name": "Li Lei",
                "o2o_region_code": "510104",
                "country_id": cls.env.ref("base.cn").id,
            }
        )
        cls.manager = cls._create_user("o2o_channel.o2o_group_manager")
        cls.shop = cls._create_channel(
            code="B1SHOP",
            name="B1 on Tmall",
            kind="dealer_shop",
            owner_dealer_id=cls.dealer_b1.id,
        )

    def _create_order(self, **values):
        line = {"product_id": self.product.id, "product_uom_qty": 1}
        return self.env["sale.order"].create(
            {
                "partner_id": self.consumer.id,
                "o2o_channel_id": self.channel.id,
                "company_id": self.company.id,
                "order_line": [Command.create({**line, **values.pop("line", {})})],
                **values,
            }
        )

    def _unplaced(self):
        self.consumer.o2o_region_code = False
        order = self._create_order()
        order.action_confirm()
        return order

    def test_placed_order_goes_to_the_routing(self):
        order = self._create_order()
        self.assertEqual(order.o2o_route_state, "none")
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertNotIn(order.o2o_route_state, ("none", "unplaced", "held"))

    def test_order_of_a_channel_procures_nothing_by_itself(self):
        order = self._create_order()
        order.action_confirm()
        pickings = order.picking_ids.filtered(
            lambda p: p.picking_type_id.warehouse_id == order.warehouse_id
        )
        self.assertFalse(pickings)

    def test_order_without_channel_is_odoo_s_own(self):
        order = self._create_order(o2o_channel_id=False)
        order.action_confirm()
        self.assertEqual(order.o2o_route_state, "none")
        self.assertTrue(order.picking_ids)

    def test_unplaced_order_is_sold_and_queued_with_an_activity(self):
        order = self._unplaced()
        self.assertEqual((order.state, order.o2o_route_state), ("sale", "unplaced"))
        self.assertEqual(order.activity_ids.user_id, self.manager)
        self.assertIn(order, self._queue("sale_order_o2o_unplaced_action"))

    def test_unplaced_order_is_routed_once_its_region_is_set(self):
        order = self._unplaced().with_user(self.manager)
        with self.assertRaisesRegex(UserError, "Service Region"):
            order.action_o2o_route()
        order.o2o_region_id = self.jinjiang
        order.action_o2o_route()
        self.assertNotEqual(order.o2o_route_state, "unplaced")
        self.assertFalse(order.activity_ids)

    def test_corrected_address_places_the_waiting_order(self):
        order = self._unplaced()
        self.consumer.o2o_region_code = "510104"
        self.assertEqual(order.o2o_region_id, self.jinjiang)
        order.action_o2o_route()
        self.assertNotEqual(order.o2o_route_state, "unplaced")

    def test_pickup_needs_a_store_but_no_region(self):
        self.consumer.o2o_region_code = False
        order = self._create_order(o2o_delivery_mode="pickup")
        with self.assertRaisesRegex(UserError, "Pickup Store"):
            order.action_confirm()
        order.o2o_pickup_warehouse_id = order.warehouse_id
        order.action_confirm()
        self.assertNotEqual(order.o2o_route_state, "unplaced")

    def test_online_ban_refuses_and_cites_the_contract(self):
        self.dealer_b1.write({"online_ban": True, "dealer_contract_ref": "HT-2026-7"})
        order = self._create_order(o2o_origin_dealer_id=self.dealer_b1.id)
        with self.assertRaisesRegex(UserError, "HT-2026-7"):
            order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_online_ban_does_not_hold_for_the_counter(self):
        self.dealer_b1.online_ban = True
        counter = self._create_channel(code="POS", kind="counter")
        order = self._create_order(
            o2o_origin_dealer_id=self.dealer_b1.id, o2o_channel_id=counter.id
        )
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_closed_dealer_originates_nothing(self):
        self.dealer_c2.dealer_state = "closed"
        order = self._create_order(o2o_origin_dealer_id=self.dealer_c2.id)
        with self.assertRaisesRegex(UserError, "C2|Jinjiang"):
            order.action_confirm()

    def test_shop_s_owner_originates_its_orders(self):
        order = self._create_order(o2o_channel_id=self.shop.id)
        self.assertEqual(order.o2o_origin_dealer_id, self.dealer_b1)

    def _ended_order(self, **values):
        self._create_authorization(self.dealer_b1, self.shop, date_to="2026-11-30")
        return self._create_order(
            o2o_channel_id=self.shop.id, o2o_ordered_at="2026-12-01 02:00:00", **values
        )

    def test_last_day_of_the_authorisation_is_routed(self):
        order = self._ended_order()
        # 23:59 on 30 November in Shanghai
        order.o2o_ordered_at = "2026-11-30 15:59:00"
        order.action_confirm()
        self.assertNotEqual(order.o2o_route_state, "held")

    def test_ended_authorisation_holds(self):
        order = self._ended_order()
        order.action_confirm()
        self.assertEqual((order.state, order.o2o_route_state), ("sale", "held"))
        self.assertEqual(order.o2o_hold_reason, "authorization")
        self.assertEqual(order.activity_ids.user_id, self.manager)
        self.assertIn(order, self._queue("sale_order_o2o_held_action"))

    def test_ended_authorisation_holds_under_a_ban_too(self):
        self.dealer_b1.online_ban = True
        order = self._ended_order()
        order.action_confirm()
        self.assertEqual(order.o2o_route_state, "held")

    def test_released_order_is_routed(self):
        order = self._ended_order()
        order.action_confirm()
        order.with_user(self.manager).action_o2o_release_hold()
        self.assertTrue(order.o2o_hold_released)
        self.assertNotEqual(order.o2o_route_state, "held")
        self.assertFalse(order.activity_ids)

    def test_renewed_authorisation_lets_it_go_on(self):
        order = self._ended_order()
        order.action_confirm()
        self._create_authorization(
            self.dealer_b1, self.shop, date_from="2026-12-01", date_to="2027-11-30"
        )
        order.action_o2o_route()
        self.assertNotEqual(order.o2o_route_state, "held")

    def test_cancelled_order_leaves_the_queue(self):
        order = self._unplaced()
        order.action_cancel()
        self.assertEqual(order.o2o_route_state, "none")
        self.assertFalse(order.activity_ids)

    def test_line_added_later_is_not_procured_by_odoo(self):
        order = self._unplaced()
        order.write(
            {
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "product_uom_qty": 2}
                    )
                ]
            }
        )
        self.assertEqual(order.o2o_route_state, "unplaced")
        self.assertFalse(order.picking_ids)

    def test_order_date_stays_that_of_the_consumer(self):
        order = self._create_order(o2o_ordered_at="2026-11-20 02:00:00")
        order.action_confirm()
        self.assertEqual(str(order.date_order), "2026-11-20 02:00:00")

    def test_reference_is_unique_in_its_channel(self):
        self._create_order(o2o_external_ref="T-1")
        self._create_order(o2o_external_ref="T-1", o2o_channel_id=self.shop.id)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._create_order(o2o_external_ref="T-1")

    def test_manager_enters_an_order_in_odoo_s_form(self):
        with Form(self.env["sale.order"].with_user(self.manager)) as form:
            form.partner_id = self.consumer
            form.o2o_channel_id = self.channel
            form.o2o_origin_dealer_id = self.dealer_b1
            form.o2o_external_ref = "PHONE-1"
            with form.order_line.new() as line:
                line.product_id = self.product
        order = form.save()
        self.assertEqual(order.o2o_region_id, self.jinjiang)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_channel_s_team_and_journal_are_taken(self):
        self.channel.write(
            {
                "team_id": self.env["crm.team"]
                .create({"name": "Online", "company_id": self.company.id})
                .id,
                "journal_id": self.env["account.journal"]
                .search(
                    [("type", "=", "sale"), ("company_id", "=", self.company.id)],
                    limit=1,
                )
                .id,
            }
        )
        order = self._create_order()
        self.assertEqual(order.team_id, self.channel.team_id)
        self.assertEqual(order.journal_id, self.channel.journal_id)

    def test_new_salesperson_does_not_move_the_warehouse(self):
        order = self._create_order()
        other = self.env["stock.warehouse"].create(
            {"name": "Other", "code": "OTH", "company_id": self.company.id}
        )
        order.warehouse_id = other
        order.user_id = self.manager
        self.assertEqual(order.warehouse_id, other)

    def test_auditor_reads_orders_and_changes_none(self):
        auditor = self._create_user("o2o_channel.o2o_group_auditor")
        order = self._create_order().with_user(auditor)
        self.assertTrue(order.o2o_channel_id.name)
        with self.assertRaises(AccessError):
            order.o2o_region_id = self.chengdu
        with self.assertRaises(AccessError):
            order.action_confirm()

    def _queue(self, action):
        domain = self.env.ref(f"o2o_channel.{action}").domain
        return self.env["sale.order"].search(eval(domain))  # noqa: S307


@tagged("post_install", "-at_install")
class TestGivenPrice(O2oCommon):
    """A price agreed with the consumer outlives price lists and quantities."""

    def _order_with_price(self, price, **line):
        self.env["product.pricelist"].create(
            {
                "name": "Half",
                "company_id": self.company.id,
                "sequence": 0,
                "item_ids": [
                    Command.create({"compute_price": "percentage", "percent_price": 50})
                ],
            }
        )
        return self.env["sale.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Li Lei"}).id,
                "company_id": self.company.id,
                "o2o_channel_id": self.channel.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 1,
                            "price_unit": price,
                            "technical_price_unit": 0.0,
                            "discount": 0.0,
                            "o2o_external_line": "1",
                            **line,
                        }
                    )
                ],
            }
        )

    def test_quantity_and_price_update_leave_it(self):
        for price in (7.77, 0.0, 1130.0):
            line = self._order_with_price(price).order_line
            line.product_uom_qty = 3
            self.assertEqual((line.price_unit, line.discount), (price, 0.0))
            line.order_id._recompute_prices()
            self.assertEqual((line.price_unit, line.discount), (price, 0.0))

    def test_line_without_channel_number_follows_the_price_list(self):
        line = self._order_with_price(7.77, o2o_external_line=False).order_line
        line.order_id._recompute_prices()
        self.assertNotEqual(line.price_unit, 7.77)

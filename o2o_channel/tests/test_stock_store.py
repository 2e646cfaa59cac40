from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import O2oStockCommon


@tagged("post_install", "-at_install")
class TestStore(O2oStockCommon):
    def test_a_new_store_gets_address_code_pool_and_route(self):
        self.dealer_c2.write({"street": "Chunxi Road 1", "partner_latitude": 30.6})
        store = self.env["stock.warehouse"].create({"dealer_id": self.dealer_c2.id})
        self.assertEqual(store.partner_id.parent_id, self.dealer_c2)
        self.assertEqual(store.partner_id.street, "Chunxi Road 1")
        self.assertEqual(store.o2o_latitude, 30.6)
        self.assertEqual(len(store.code), 5)
        self.assertTrue(store.code.startswith("C2"))
        self.assertEqual(store.o2o_location_id.location_id, store.lot_stock_id)
        rule = store.o2o_route_id.rule_ids
        self.assertEqual(rule.location_src_id, store.o2o_location_id)
        self.assertEqual(rule.location_dest_id.usage, "customer")
        self.assertEqual(rule.picking_type_id, store.out_type_id)

    def test_every_location_of_a_store_belongs_to_the_dealer(self):
        store = self.store_c2
        locations = self.env["stock.location"].search(
            [("location_id", "child_of", store.view_location_id.id)]
        )
        self.assertIn(store.o2o_location_id, locations)
        self.assertTrue(all(locations.mapped("dealer_owned")))
        own = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id), ("dealer_id", "=", False)], limit=1
        )
        self.assertFalse(own.lot_stock_id.dealer_owned)

    def test_codes_and_names_of_many_stores_differ(self):
        stores = self.env["stock.warehouse"].create(
            [{"dealer_id": self.dealer_c2.id} for _n in range(3)]
        )
        self.assertEqual(len(set(stores.mapped("code"))), 3)
        self.assertEqual(len(set(stores.mapped("name"))), 3)

    def test_a_warehouse_becomes_a_store_when_it_gets_a_dealer(self):
        store = self.env["stock.warehouse"].create(
            {"name": "Plain", "code": "PLAIN", "company_id": self.company.id}
        )
        self.assertFalse(store.o2o_location_id)
        store.dealer_id = self.dealer_c2
        self.assertTrue(store.o2o_location_id.dealer_owned)
        self.assertTrue(store.o2o_route_id)
        self.assertEqual(store.partner_id.parent_id, self.dealer_c2)

    def test_the_dealer_of_a_store_with_stock_stays(self):
        with self.assertRaisesRegex(UserError, "still has stock"):
            self.store_c2.dealer_id = self.dealer_c1
        self._set_stock(self.store_c2, self.product, 0)
        self.store_c2.dealer_id = self.dealer_c1
        self.assertEqual(self.store_c2.dealer_id, self.dealer_c1)

    def test_a_contact_that_is_no_dealer_is_refused(self):
        plain = self.env["res.partner"].create(
            {"name": "Plain Ltd", "is_company": True}
        )
        with self.assertRaisesRegex(ValidationError, "Plain Ltd.*is not a dealer"):
            self.env["stock.warehouse"].create({"dealer_id": plain.id})

    def test_channel_settings_without_a_dealer_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "Ghost has no dealer"):
            self.env["stock.warehouse"].create(
                {"name": "Ghost", "code": "GHOST", "o2o_auto_accept": True}
            )

    def test_the_dealer_itself_as_address_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "dealer .* itself"):
            self.env["stock.warehouse"].create(
                {"dealer_id": self.dealer_c2.id, "partner_id": self.dealer_c2.id}
            )

    def test_the_dealer_stays_a_customer_that_hq_can_ship_to(self):
        customers = self.env.ref("stock.stock_location_customers")
        self.assertEqual(self.dealer_c2.property_stock_customer, customers)
        self.assertEqual(self.store_c2.partner_id.property_stock_customer, customers)

    def test_a_pool_outside_the_store_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "not inside"):
            self.store_c2.o2o_location_id = self.store_c1.o2o_location_id

    def test_coordinates_off_the_globe_are_refused_by_value(self):
        with self.assertRaisesRegex(ValidationError, "95.0"):
            self.store_c2.o2o_latitude = 95.0
        with self.assertRaisesRegex(ValidationError, "-181.0"):
            self.store_c2.o2o_longitude = -181.0

    def test_trust_and_limit_out_of_range_are_refused(self):
        for values in (
            {"o2o_trust": 1.2},
            {"o2o_trust": -0.1},
            {"o2o_max_orders_day": -1},
        ):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.store_c2.write(values)
                self.store_c2.flush_recordset()

    def test_the_feed_sets_the_trust_and_a_counter_has_none(self):
        self.store_c2.o2o_feed_type = "api"
        self.assertEqual(self.store_c2.o2o_trust, 0.95)
        self.store_c2.o2o_trust = 0.5
        self.assertEqual(self.store_c2.o2o_trust, 0.5)
        counter = self._create_dealer(
            name="Counter",
            dealer_code="K1",
            dealer_kind="concession",
            dealer_tier=False,
        )
        store = self._create_store(counter)
        self.assertEqual((store.o2o_feed_type, store.o2o_trust), ("none", 0.0))

    def test_a_channel_manager_opens_a_store(self):
        manager = self._create_user("o2o_channel.o2o_group_manager")
        store = (
            self.env["stock.warehouse"]
            .with_user(manager)
            .create({"dealer_id": self.dealer_c2.id, "name": "Second"})
        )
        self.assertTrue(store.o2o_location_id)

    def test_an_auditor_and_an_accountant_do_not(self):
        for group in ("auditor", "accountant"):
            user = self._create_user(f"o2o_channel.o2o_group_{group}")
            with self.assertRaises(AccessError):
                self.env["stock.warehouse"].with_user(user).create(
                    {"dealer_id": self.dealer_c2.id, "name": group}
                )


@tagged("post_install", "-at_install")
class TestAvailable(O2oStockCommon):
    def test_only_the_pool_counts_less_what_is_reserved(self):
        Quant = self.env["stock.quant"]
        pool = self.store_c2.o2o_location_id
        shelf = self.env["stock.location"].create(
            {"name": "Bin 1", "location_id": pool.id}
        )
        Quant._update_available_quantity(self.product, shelf, 3)
        Quant._update_available_quantity(self.product, self.store_c2.lot_stock_id, 100)
        Quant._update_reserved_quantity(self.product, pool, 4)
        other = self._create_product(name="Other")
        stores = self.store_c1 | self.store_c2
        self.assertEqual(
            stores._o2o_available(self.product | other),
            {
                (self.store_c1.id, self.product.id): 10,
                (self.store_c2.id, self.product.id): 9,
                (self.store_c1.id, other.id): 0,
                (self.store_c2.id, other.id): 0,
            },
        )

    def test_nothing_asked_nothing_answered(self):
        empty = self.env["stock.warehouse"]
        self.assertEqual(empty._o2o_available(self.product), {})
        self.assertEqual(self.store_c2._o2o_available(self.env["product.product"]), {})

    def test_one_query_however_many_stores_and_products(self):
        products = self.product | self._create_product() | self._create_product()
        stores = self.store_b1 | self.store_c1 | self.store_c2
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.store_c2._o2o_available(self.product)
        with self.assertQueryCount(1):
            stores._o2o_available(products)

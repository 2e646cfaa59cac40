from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import O2oRoutingCommon, O2oStockCommon


class DeclarationCommon(O2oStockCommon):
    """C2's store has ten rice cookers; it declares at moments counted in hours ago."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.store_c2
        cls.second = cls._create_product(default_code="E-2002", name="Kettle")

    @classmethod
    def _ago(cls, hours):
        return fields.Datetime.now() - timedelta(hours=hours)

    def _declare(self, *rows, hours=0, source="guide", store=None, **options):
        """Declare rows of (product, quantity); one count of the rice cooker if none."""
        moment = self._ago(hours) if hours is not None else None
        return (store or self.store)._o2o_declare(rows, source, moment, **options)

    def _on_hand(self, product=None, store=None):
        product, store = product or self.product, store or self.store
        quants = self.env["stock.quant"]._gather(product, store.o2o_location_id)
        return sum(quants.mapped("quantity"))

    def _move(self, product, quantity, source, destination):
        """A transfer that is done now."""
        move = self.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "product_uom": product.uom_id.id,
                "location_id": source.id,
                "location_dest_id": destination.id,
                "company_id": self.company.id,
            }
        )
        move._action_confirm()
        move._action_assign()
        move.write({"quantity": quantity, "picked": True})
        move._action_done()
        return move


@tagged("post_install", "-at_install")
class TestDeclaration(DeclarationCommon):
    def test_a_count_sets_the_pool_and_odoo_s_history(self):
        one = self._declare((self.product, 7), (self.second, 3), hours=2)
        self.assertEqual((self._on_hand(), self._on_hand(self.second)), (7, 3))
        self.assertEqual(one.line_ids.mapped("outcome"), ["applied", "applied"])
        self.assertEqual(one.line_ids.mapped("quantity_before"), [10, 0])
        moves = self.env["stock.move"].search([("o2o_declaration_id", "=", one.id)])
        self.assertEqual(set(moves.mapped("is_inventory")), {True})
        self.assertEqual(set(moves.mapped("date")), {one.counted_at})
        self.assertEqual((one.state, one.user_id), ("done", self.env.user))
        self.assertEqual(self.store.o2o_last_feed, one.counted_at)

    def test_the_feed_is_as_fresh_as_what_was_believed(self):
        self._declare((self.product, 7), hours=30)
        stale = self.store.o2o_last_feed
        self.assertIn(self.store.id, self.store._o2o_ask_first())
        self._declare({"sku": "nonsense", "quantity": "1"})
        self.assertEqual(self.store.o2o_last_feed, stale, "nothing was believed")
        day_old = f"{self._ago(28):%Y-%m-%dT%H:%M:%S}+00:00"
        row = {"sku": "E-2002", "quantity": "1", "counted_at": day_old}
        self._declare(row)
        self.assertEqual(f"{self.store.o2o_last_feed:%Y-%m-%dT%H:%M:%S}", day_old[:19])
        self.assertIn(self.store.id, self.store._o2o_ask_first())

    def test_an_answer_about_one_product_does_not_freshen_the_others(self):
        self._declare((self.product, 7), hours=30)
        stale = self.store.o2o_last_feed
        for source in ("count", "accept"):
            one = self._declare((self.second, 3), source=source, hours=None)
            self.assertIn(one.line_ids.outcome, ("applied", "unchanged"))
            self.assertEqual(self.store.o2o_last_feed, stale, source)

    def test_dealers_goods_get_no_value_in_the_books(self):
        category = self.category
        category.property_cost_method = "average"
        category.property_valuation = "real_time"
        self.product.standard_price = 500
        entries = self.env["account.move"].search_count([])
        one = self._declare((self.product, 25), (self.second, 0))
        self._declare((self.product, 1), hours=-0.1)
        moves = self.env["stock.move"].search([("o2o_declaration_id", "=", one.id)])
        self.assertEqual(set(moves.mapped("value")), {0})
        self.assertEqual(self.env["account.move"].search_count([]), entries)
        self.assertEqual(self.product.standard_price, 500)

    def test_what_was_declared_again_changes_nothing(self):
        one = self._declare((self.product, 7), hours=2)
        customers = self.env.ref("stock.stock_location_customers")
        self._move(self.product, 2, self.store.o2o_location_id, customers)
        again = self.store._o2o_declare([(self.product, 7)], "guide", one.counted_at)
        self.assertEqual(again, one)
        self.assertEqual(self._on_hand(), 5)

    def test_an_older_count_never_overwrites_a_newer_one(self):
        self._declare((self.product, 7), hours=1)
        older = self._declare((self.product, 3), (self.second, 4), hours=2)
        self.assertEqual(older.line_ids.mapped("outcome"), ["outdated", "applied"])
        self.assertIn("counted on", older.line_ids[0].problem)
        self.assertEqual((self._on_hand(), self._on_hand(self.second)), (7, 4))
        self.assertEqual(self.store.o2o_last_feed.hour, self._ago(1).hour)

    def test_what_moved_since_the_count_is_taken_into_account(self):
        pool = self.store.o2o_location_id
        self._move(
            self.product, 4, pool, self.env.ref("stock.stock_location_customers")
        )
        self._move(
            self.product, 1, self.env.ref("stock.stock_location_suppliers"), pool
        )
        one = self._declare((self.product, 20), hours=1)
        self.assertEqual(one.line_ids.moved, -3)
        self.assertEqual(self._on_hand(), 17)
        more = self._declare((self.product, 2), hours=0.5)
        self.assertEqual(self._on_hand(), 0)
        self.assertIn("Count again", more.line_ids.problem)

    def test_an_adjustment_made_in_odoo_is_a_newer_count(self):
        quant = self.env["stock.quant"]._gather(
            self.product, self.store.o2o_location_id
        )
        quant.with_context(inventory_mode=True).inventory_quantity = 8
        quant.action_apply_inventory()
        one = self._declare((self.product, 3), hours=1)
        self.assertEqual(one.line_ids.outcome, "outdated")
        self.assertEqual(self._on_hand(), 8)

    def test_sales_in_the_store_lower_the_pool_once_counted_or_not(self):
        self._declare((self.product, 9), hours=3)
        sold = self._declare((self.product, 2), hours=2, kind="sold", source="scan")
        self.assertEqual(self._on_hand(), 7)
        self.assertEqual(sold.line_ids.outcome, "applied")
        before = self._declare((self.product, 1), hours=4, kind="sold", source="scan")
        self.assertEqual(before.line_ids.outcome, "unchanged")
        self.assertEqual(self._on_hand(), 7)
        self._declare((self.product, 9), hours=2.5)
        self.assertEqual(self._on_hand(), 7)
        too_many = self._declare((self.product, 90), kind="sold", source="scan")
        self.assertEqual(self._on_hand(), 0)
        self.assertIn("Count again", too_many.line_ids.problem)

    def _receive(self, store, quantity):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": store.in_type_id.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": store.o2o_location_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": quantity,
                            "product_uom": self.product.uom_id.id,
                            "location_id": self.env.ref(
                                "stock.stock_location_suppliers"
                            ).id,
                            "location_dest_id": store.o2o_location_id.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.button_validate()
        return picking

    def test_transfers_into_the_pool_are_news_of_a_store_that_declares(self):
        self._declare((self.product, 9), hours=30)
        picking = self._receive(self.store, 5)
        moved = self.env["o2o.stock.declaration"].search([("kind", "=", "moved")])
        self.assertEqual((moved.source, moved.name), ("picking", picking.name))
        line = moved.line_ids
        self.assertEqual((line.quantity_before, line.quantity_after), (9, 14))
        self.assertGreater(self.store.o2o_last_feed, self._ago(1))
        # a transfer is no count: one that was made in between is still taken
        self._declare((self.product, 7), hours=2)
        self.assertEqual(self._on_hand(), 12)

    def test_transfers_alone_do_not_make_a_store_declare(self):
        self._receive(self.store_b1, 5)
        self.assertFalse(self.store_b1.o2o_last_feed)
        self.assertEqual(self.store_b1.o2o_feed_state, "never")

    def test_goods_in_other_places_of_the_pool_are_counted_too(self):
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.store.o2o_location_id.id}
        )
        self.env["stock.quant"]._update_available_quantity(self.product, shelf, 5)
        self._declare((self.product, 3))
        self.assertEqual(self._on_hand(), 3)

    def test_lots_are_declared_by_their_number(self):
        serial = self._create_product(default_code="S-1", tracking="serial")
        rows = [
            {"product": serial, "lot": "A1", "quantity": 1},
            {"product": serial, "lot": "A2", "quantity": 1},
        ]
        self.store._o2o_declare(rows, "scan", self._ago(1))
        self.assertEqual(self._on_hand(serial), 2)
        gone = {"product": serial, "lot": "A1", "quantity": 0}
        self.store._o2o_declare([gone], "scan", self._ago(0))
        quants = self.env["stock.quant"].search(
            [("product_id", "=", serial.id), ("quantity", ">", 0)]
        )
        self.assertEqual(quants.lot_id.name, "A2")

    def test_only_stores_of_dealers_declare(self):
        plain = self.env["stock.warehouse"].create(
            {"name": "Plain", "code": "PLAIN", "company_id": self.company.id}
        )
        with self.assertRaisesRegex(UserError, "no dealer's store"):
            plain._o2o_declare([(self.product, 1)], "guide")

    def test_a_declaration_is_a_record(self):
        one = self._declare((self.product, 7))
        for vals in ({"counted_at": self._ago(9)}, {"digest": "x"}, {"kind": "sold"}):
            with self.assertRaisesRegex(UserError, "can't be"):
                one.sudo().write(vals)
        with self.assertRaisesRegex(UserError, "can't be"):
            one.line_ids.sudo().quantity = 70
        for record in (one, one.line_ids):
            with self.assertRaisesRegex(UserError, "can't be"):
                record.sudo().unlink()
        manager = self._create_user("o2o_channel.o2o_group_manager")
        for record in (one, one.line_ids):
            mine = record.with_user(manager)
            self.assertTrue(mine.read(["warehouse_id"]))
            with self.assertRaises(AccessError):
                mine.unlink()
            with self.assertRaises(AccessError):
                mine.create({"warehouse_id": self.store.id})
        with self.assertRaises(AccessError):
            one.with_user(manager).state = "failed"


@tagged("post_install", "-at_install")
class TestDeclarationProblems(DeclarationCommon):
    """Bad rows are named by field, value and remedy; good rows are taken."""

    def assertRefused(self, row, *words, **options):
        good = (self.second, 4)
        one = self.store._o2o_declare([row, good], "file", self._ago(1), **options)
        refused, taken = one.line_ids
        self.assertEqual(refused.outcome, "refused")
        self.assertIn(taken.outcome, ("applied", "unchanged"))
        for word in words:
            self.assertIn(word, refused.problem)
        self.assertEqual(self._on_hand(), 10)

    def test_unknown_sku(self):
        self.assertRefused({"sku": "<b>不存在", "quantity": "1"}, "sku:", "不存在")

    def test_empty_sku_and_quantity(self):
        self.assertRefused({"sku": "", "quantity": "1"}, "sku:", "empty")
        self.assertRefused({"sku": "E-1001", "quantity": ""}, "quantity:", "empty")

    def test_negative(self):
        self.assertRefused({"sku": "E-1001", "quantity": "-1"}, "-1", "below zero")

    def test_no_number(self):
        for text in ("many", "1e5", "NaN", "Infinity", "1,5", "٣"):
            with self.subTest(text=text), self.env.cr.savepoint():
                row = {"sku": "E-1001", "quantity": text}
                self.assertRefused(row, text, "digits")

    def test_absurd_number(self):
        row = {"sku": "E-1001", "quantity": "9" * 12}
        self.assertRefused(row, "999999999999", "10000000")

    def test_fraction_of_a_unit(self):
        self.assertRefused({"sku": "E-1001", "quantity": "1.5"}, "1.5", "multiple of 1")

    def test_future_and_odd_times(self):
        row = {"sku": "E-1001", "quantity": "1"}
        self.assertRefused({**row, "counted_at": "2099-01-01 10:00"}, "future")
        self.assertRefused({**row, "counted_at": "yesterday"}, "no date")
        self.assertRefused({**row, "counted_at": "1970-01-01"}, "before the year")
        with self.assertRaisesRegex(UserError, "future"):
            self._declare((self.product, 1), hours=-5)

    def test_the_same_product_twice(self):
        rows = [
            {"sku": "E-1001", "quantity": "1"},
            {"sku": "E-2002", "quantity": "2"},
            {"sku": "E-1001", "quantity": "3"},
        ]
        one = self.store._o2o_declare(rows, "file", self._ago(1))
        outcomes = one.line_ids.mapped("outcome")
        self.assertEqual(outcomes, ["refused", "applied", "refused"])
        self.assertIn("1, 3", one.line_ids[0].problem)
        sold = self.store._o2o_declare(rows, "file", self._ago(0), kind="sold")
        self.assertEqual((sold.refused_count, self._on_hand()), (0, 6))

    def test_archived_product(self):
        self.product.action_archive()
        row = {"sku": "E-1001", "quantity": "1"}
        self.assertRefused(row, "archived")

    def test_service_and_ambiguous_reference(self):
        self._create_product(default_code="SERV", type="service", is_storable=False)
        self.assertRefused({"sku": "SERV", "quantity": "1"}, "not tracked")
        self._create_product(default_code="E-1001", name="Twin")
        self.assertRefused({"sku": "E-1001", "quantity": "1"}, "2 products")

    def test_barcode_is_a_name_too(self):
        self.product.barcode = "6901234567892"
        rows = [{"sku": "6901234567892", "quantity": "4"}]
        self.store._o2o_declare(rows, "scan", self._ago(0))
        self.assertEqual(self._on_hand(), 4)

    def test_tracked_products_need_their_numbers(self):
        self._create_product(default_code="S-1", tracking="serial")
        self.assertRefused({"sku": "S-1", "quantity": "1"}, "lot:", "S-1")
        row = {"sku": "S-1", "quantity": "2", "lot": "A1"}
        self.assertRefused(row, "once or not at all")
        row = {"sku": "E-1001", "quantity": "2", "lot": "A1"}
        self.assertRefused(row, "lot:", "Leave")

    def test_another_store(self):
        row = {"sku": "E-1001", "quantity": "1", "store": "C1-01"}
        self.assertRefused(row, "store:", "C1-01", "C2-01")


@tagged("post_install", "-at_install")
class TestDeclarationReserved(O2oRoutingCommon):
    def test_reserved_goods_stay_reserved_and_headquarters_is_told(self):
        order = self._confirm_order((self.product, 4))
        leg = order.dispatch_ids
        store = leg.warehouse_id
        one = store._o2o_declare([(self.product, 1)], "guide")
        line = one.line_ids
        self.assertEqual((line.quantity_after, line.is_short), (1, True))
        self.assertIn(leg.name, line.problem)
        self.assertEqual(leg.move_ids.state, "assigned")
        self.assertEqual(leg.move_ids.quantity, 4)
        self.assertEqual(one.activity_ids.user_id, self.company._o2o_manager())
        self.assertLessEqual(self._free(store), 0)

    def test_more_than_reserved_is_no_case(self):
        order = self._confirm_order((self.product, 4))
        one = order.dispatch_ids.warehouse_id._o2o_declare([(self.product, 5)], "guide")
        self.assertFalse(one.line_ids.is_short or one.activity_ids)
        self.assertEqual(order.dispatch_ids.move_ids.quantity, 4)

    def test_company_of_others(self):
        one = self.store_c2._o2o_declare([(self.product, 5)], "guide")
        other = self.env["res.company"].create({"name": "Other"})
        manager = self._create_user("o2o_channel.o2o_group_manager", login="other")
        manager.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        self.assertFalse(
            one.with_user(manager)
            .with_context(allowed_company_ids=other.ids)
            .search([("id", "=", one.id)])
        )

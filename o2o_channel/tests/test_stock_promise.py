from datetime import datetime
from decimal import Decimal

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..engine import trust as engine
from .common import O2oRoutingCommon, O2oStockCommon

NOW = "2026-11-20 10:00:00"


@tagged("post_install", "-at_install")
class TestPromise(O2oStockCommon):
    """What a store promises: one formula, one query, the engine's figure."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.store_c2
        cls.holds = cls.env["o2o.stock.hold"]

    def _figures(self, product=None):
        product = product or self.product
        return self.store._o2o_stock_figures(product)[self.store.id, product.id]

    def _available(self, product=None):
        return self._figures(product).available

    def test_the_worked_example(self):
        """Declared 50, reserved 4, safety 2, trust .87: 38."""
        self._set_stock(self.store, self.product, 50)
        pool = self.store.o2o_location_id
        self.env["stock.quant"]._update_reserved_quantity(self.product, pool, 4)
        self.store.write({"o2o_safety_qty": 2, "o2o_trust": 0.87})
        found = self._figures()
        self.assertEqual(
            (found.declared, found.reserved, found.safety, found.held), (50, 4, 2, 0)
        )
        self.assertEqual((found.trust, found.available), (0.87, 38))

    def test_a_new_store_is_fed_by_transfers_and_promises_all_it_has(self):
        self.assertEqual(self.store.o2o_feed_type, "scan")
        self.assertEqual(self.store.o2o_feed_state, "never")
        self.assertEqual(self._available(), 10)

    def test_sql_and_engine_agree_on_every_figure(self):
        cases = [
            (declared, safety, held, trust)
            for declared in (0, 1, 7, 100)
            for safety in (0, 1.5, 20)
            for held in (0, 2)
            for trust in (0, 0.29, 0.5501, 0.87, 1)
        ]
        hold = self.holds.create(
            {
                "warehouse_id": self.store.id,
                "product_id": self.product.id,
                "quantity": 1,
                "reason": "Test",
            }
        )
        for declared, safety, held, trust in cases:
            if declared != self._figures().declared:
                self._set_stock(self.store, self.product, declared)
            self.store.write({"o2o_safety_qty": safety, "o2o_trust": trust})
            hold.write({"quantity": held or 1, "ended_at": False if held else NOW})
            for negative in (False, True):
                self.store.o2o_allow_negative = negative
                exact = [Decimal(str(n)) for n in (declared, 0, safety, held, trust)]
                expected = float(engine.promise(*exact, allow_negative=negative))
                self.assertEqual(
                    self._available(), expected, (declared, safety, held, trust)
                )

    def test_the_narrowest_safety_stock_holds(self):
        parent = self.env["product.category"].create({"name": "All Appliances"})
        self.category.parent_id = parent
        self.store.o2o_safety_qty = 1
        self.assertEqual(self._available(), 9)
        for scope, quantity in (
            ({"categ_id": parent.id}, 2),
            ({"categ_id": self.category.id}, 3),
            ({"product_id": self.product.id}, 4),
        ):
            self.store.o2o_safety_ids = [
                Command.create({**scope, "quantity": quantity})
            ]
            self.assertEqual(self._available(), 10 - quantity, scope)
        other = self._create_product(
            name="Other", categ_id=self.env["product.category"].create({"name": "X"}).id
        )
        self._set_stock(self.store, other, 10)
        self.assertEqual(self._available(other), 9)

    def test_a_safety_stock_is_of_a_product_or_a_category_once_and_not_negative(self):
        product = {"product_id": self.product.id}
        self.store.o2o_safety_ids = [Command.create({**product, "quantity": 1})]
        for values in (
            {"quantity": 1},
            {**product, "categ_id": self.category.id, "quantity": 1},
            {**product, "quantity": 1},
            {"categ_id": self.category.id, "quantity": -1},
        ):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.env["o2o.stock.safety"].create(
                    {"warehouse_id": self.store.id, **values}
                )

    def test_the_trust_of_a_category_goes_before_the_stores(self):
        self.store.o2o_trust = 0.5
        self.assertEqual(self._available(), 5)
        self.env["o2o.stock.trust"].create(
            {
                "warehouse_id": self.store.id,
                "categ_id": self.category.id,
                "trust": 0.9,
            }
        )
        self.assertEqual(self._available(), 9)

    def test_what_is_held_back_is_promised_again_by_hand(self):
        manager = self._create_user("o2o_channel.o2o_group_manager")
        hold = self.holds.with_user(manager).create(
            {
                "warehouse_id": self.store.id,
                "product_id": self.product.id,
                "everything": True,
                "reason": "Recall",
            }
        )
        found = self._figures()
        self.assertEqual((found.held, found.available), (10, 0))
        hold.action_end()
        self.assertEqual(self._available(), 10)
        self.assertEqual(hold.end_reason, manager.name)
        with self.assertRaisesRegex(UserError, "not held back any more"):
            hold.action_end()

    def test_a_hold_of_nothing_is_refused(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.holds.create(
                {
                    "warehouse_id": self.store.id,
                    "product_id": self.product.id,
                    "reason": "Test",
                }
            )

    @freeze_time(NOW)
    def test_only_a_count_after_it_ends_a_hold(self):
        self.holds._hold(self.store, {self.product: 3}, "Damaged", "L/1")
        self.assertEqual(self._available(), 7)
        before = datetime(2026, 11, 20, 9)
        self.store._o2o_declare([(self.product, 10)], "scan", before)
        self.assertEqual(self._figures().held, 3)
        with freeze_time("2026-11-20 12:00:00"):
            self.store._o2o_declare([(self.product, 8)], "scan")
            self.assertEqual(self._available(), 8)

    def test_an_inventory_count_in_the_pool_ends_a_hold(self):
        self.holds._hold(self.store, {self.product: 1}, "Gone", "L/1", everything=True)
        self.assertEqual(self._available(), 0)
        quant = self.env["stock.quant"]._gather(
            self.product, self.store.o2o_location_id
        )
        quant.inventory_quantity = 6
        quant.action_apply_inventory()
        self.assertEqual(self._available(), 6)

    @freeze_time(NOW)
    def test_states_of_the_feed_and_who_is_asked_first(self):
        stores = self.store_b1 | self.store_c1 | self.store_c2
        self.store_b1.o2o_feed_type = "none"
        self.store_c1.o2o_last_feed = "2026-11-19 09:59:59"
        self.store_c2.o2o_last_feed = "2026-11-19 10:00:00"
        self.assertEqual(
            [store.o2o_feed_state for store in stores], ["none", "stale", "fresh"]
        )
        self.assertEqual(stores._o2o_ask_first(), {self.store_b1.id, self.store_c1.id})
        found = stores.search(
            [("o2o_feed_state", "in", ("none", "stale")), ("id", "in", stores.ids)]
        )
        self.assertEqual(found, self.store_b1 | self.store_c1)
        self.assertEqual(self.env["stock.warehouse"]._o2o_ask_first(), set())

    def test_impossible_settings_are_refused(self):
        for values in (
            {"o2o_feed_max_age": 0},
            {"o2o_safety_qty": -1},
            {"o2o_rating": 0.5},
            {"o2o_rating": 5.1},
        ):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.store.write(values)
                self.store.flush_recordset()

    def test_one_query_for_3_stores_and_for_300(self):
        few = self.store_b1 | self.store_c1 | self.store_c2
        # plain copies of the row: making 297 stores by the ORM takes a minute
        self.env.cr.execute(
            """INSERT INTO stock_warehouse
               SELECT (jsonb_populate_record(w, jsonb_build_object(
                          'id', nextval('stock_warehouse_id_seq'),
                          'name', 'S' || n, 'code', 'Z' || n))).*
                 FROM stock_warehouse w, generate_series(1, 297) n WHERE w.id = %s
            RETURNING id""",
            [self.store.id],
        )
        ids = [store_id for (store_id,) in self.env.cr.fetchall()]
        many = few | self.env["stock.warehouse"].browse(ids)
        products = self.product
        for number in range(4):
            products |= self._create_product(name=f"P{number}")
        self.env.flush_all()
        for stores in (few, many):
            with self.assertQueryCount(1):
                figures = stores._o2o_stock_figures(products)
            self.assertEqual(len(figures), len(stores) * 5)
            with self.assertQueryCount(1):
                self.assertEqual(
                    stores._o2o_available(products),
                    {key: figure.available for key, figure in figures.items()},
                )
            with self.assertQueryCount(1):
                stores._o2o_ask_first()


@tagged("post_install", "-at_install")
class TestRejectEffects(O2oRoutingCommon):
    """R5.4: what becomes of the goods that a store turns down."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reasons = {
            code: cls.env.ref(f"o2o_channel.o2o_reject_reason_{code}")
            for code in ("no_stock", "mismatch", "damaged", "too_far")
        }

    def _on_hand(self, store):
        quants = self.env["stock.quant"]._gather(self.product, store.o2o_location_id)
        return sum(quants.mapped("quantity"))

    def _reject(self, code, quantity=2):
        """Reject the first offer; returns the leg."""
        leg = self._confirm_order((self.product, quantity)).dispatch_ids
        self.assertEqual(leg.warehouse_id, self.store_c2)
        leg.action_reject(self.reasons[code])
        return leg

    def _events(self, store=None):
        return self.env["o2o.trust.event"].search(
            [("warehouse_id", "=", (store or self.store_c2).id)]
        )

    def test_the_reasons_shipped_have_their_effects(self):
        self.assertEqual(
            {c: (r.stock_effect, r.is_stock_reason) for c, r in self.reasons.items()},
            {
                "no_stock": ("zero", True),
                "mismatch": ("subtract", True),
                "damaged": ("damage", True),
                "too_far": ("none", False),
            },
        )

    def test_not_in_stock_promises_nothing_until_the_next_count(self):
        leg = self._reject("no_stock")
        self.assertEqual(self._free(self.store_c2), 0)
        self.assertEqual(self._on_hand(self.store_c2), 10)
        following = self._confirm_order().dispatch_ids
        self.assertNotEqual(following.warehouse_id, self.store_c2)
        self.assertReasons(following, {self.store_c2: "no_stock"})
        event = self._events()
        self.assertEqual((event.ok_qty, event.asked_qty), (0, 2))
        self.assertEqual((event.kind, event.reference), ("fill", leg.name))
        self.store_c2._o2o_declare([(self.product, 10)], "scan")
        self.assertGreater(self._free(self.store_c2), 0)

    def test_a_mismatch_lowers_what_is_on_hand(self):
        self._reject("mismatch", 3)
        self.assertEqual(self._on_hand(self.store_c2), 7)
        trust = self.store_c2.o2o_trust_ids.trust
        self.assertEqual(self._free(self.store_c2), int(7 * trust))
        self.assertEqual(self._events().ok_qty, 0)

    def test_a_mismatch_never_takes_what_others_have_reserved(self):
        kept = self._confirm_order((self.product, 8)).dispatch_ids
        self.assertEqual(kept.warehouse_id, self.store_c2)
        leg = self._confirm_order((self.product, 2)).dispatch_ids
        leg.action_reject(self.reasons["mismatch"])
        self.assertEqual(self._on_hand(self.store_c2), 8)
        self.assertEqual(kept.move_ids.state, "assigned")

    def test_damaged_goods_stay_on_hand_and_are_not_promised(self):
        self._reject("damaged", 3)
        self.assertEqual(self._on_hand(self.store_c2), 10)
        figures = self.store_c2._o2o_stock_figures(self.product)
        self.assertEqual(figures[self.store_c2.id, self.product.id].held, 3)
        self.assertEqual(self._events().ok_qty, 0)

    def test_too_far_says_nothing_about_the_stock(self):
        self._reject("too_far")
        self.assertFalse(self._events())
        self.assertEqual(self._free(self.store_c2), 10)
        self.assertEqual(self.store_c2.o2o_trust, 1)

    def test_an_accept_is_a_filled_offer(self):
        leg = self._confirm_order((self.product, 2)).dispatch_ids
        leg.action_accept()
        event = self._events()
        self.assertEqual((event.ok_qty, event.asked_qty), (2, 2))
        self.assertEqual(event.categ_id, self.category)

    def test_told_twice_it_happens_once(self):
        leg = self._reject("mismatch", 3)
        leg._learn_reject(self.store_c2, self.reasons["mismatch"])
        leg._learn_reject(self.store_c2, self.reasons["no_stock"])
        self.assertEqual(self._on_hand(self.store_c2), 7)
        self.assertEqual(len(self._events()), 1)
        holds = self.env["o2o.stock.hold"]
        self.assertFalse(holds.search([("warehouse_id", "=", self.store_c2.id)]))

    def test_the_goods_named_are_those_that_were_missing(self):
        other = self._create_product(name="Kettle")
        for store in self.store_c2 | self.store_far:
            self._set_stock(store, other, 10)
        leg = self._confirm_order((self.product, 1), (other, 1)).dispatch_ids
        self.assertEqual(leg.warehouse_id, self.store_c2)
        leg.with_context(o2o_missing_product_ids=other.ids).action_reject("no_stock")
        self.assertEqual(self._events().product_id, other)
        self.assertEqual(self._free(self.store_c2, other), 0)
        self.assertGreater(self._free(self.store_c2), 0)

    def test_headquarters_names_the_goods_that_are_missing(self):
        other = self._create_product(name="Kettle")
        for store in self.store_c2 | self.store_far:
            self._set_stock(store, other, 10)
        leg = self._confirm_order((self.product, 1), (other, 1)).dispatch_ids
        wizards = self.env["o2o.dispatch.reject"].with_context(active_id=leg.id)
        form = Form(wizards)
        form.reason_id = self.reasons["too_far"]
        self.assertFalse(form.asks_for_goods)
        form.reason_id = self.reasons["no_stock"]
        self.assertTrue(form.asks_for_goods)
        form.missing_product_ids.add(other)
        form.save().action_confirm()
        self.assertEqual(leg.state, "rejected")
        self.assertEqual(self._events().product_id, other)
        self.assertGreater(self._free(self.store_c2), 0)

    def test_goods_of_which_no_stock_is_kept_tell_nothing(self):
        plain = self._create_product(name="Bag", is_storable=False)
        leg = self._confirm_order((plain, 1)).dispatch_ids
        leg.action_accept()
        self.assertFalse(self._events(leg.warehouse_id))

    def test_a_store_that_is_asked_first_is_not_judged_by_its_answer(self):
        leg = self._confirm_order().dispatch_ids
        leg.is_ask_first = True
        leg.action_reject(self.reasons["no_stock"])
        self.assertFalse(self._events())
        self.assertEqual(self._free(self.store_c2), 0)

    def test_a_reason_of_ones_own_counts_when_it_is_said_so(self):
        reason = self.env["o2o.reject.reason"].create(
            {"name": "Sold Meanwhile", "code": "sold", "stock_effect": "zero"}
        )
        self.assertTrue(reason.is_stock_reason)
        reason.is_stock_reason = False
        self.assertEqual(reason.stock_effect, "zero")

    def test_only_people_of_the_channel_hold_goods_back(self):
        values = {
            "warehouse_id": self.store_c2.id,
            "product_id": self.product.id,
            "quantity": 1,
            "reason": "Test",
        }
        for groups in ("base.group_portal", "o2o_channel.o2o_group_auditor"):
            user = self._create_user(groups)
            with self.assertRaises(AccessError):
                self.env["o2o.stock.hold"].with_user(user).create(values)


@tagged("post_install", "-at_install")
class TestPromiseOnOrder(O2oRoutingCommon):
    """The order's figure is the router's."""

    def test_a_line_shows_what_stores_promise_without_those_asked_first(self):
        self.store_c1.o2o_trust = 0.55
        self.store_b1.o2o_feed_type = "none"
        line = self._create_order().order_line
        # C2 and its second store 10 each, C1 5, B1 without feed nothing
        self.assertEqual(line.o2o_promised_qty, 25)
        self.store_far.o2o_last_feed = "2020-01-01 10:00:00"
        line.invalidate_recordset(["o2o_promised_qty"])
        self.assertEqual(line.o2o_promised_qty, 15)

    def test_the_list_behind_it_tells_the_parts_store_by_store(self):
        seller = self._create_user("sales_team.group_sale_salesman")
        order = self._create_order(user_id=seller.id)
        self.store_c2.write({"o2o_safety_qty": 3, "o2o_trust": 0.5})
        action = order.order_line.with_user(seller).action_view_o2o_promise()
        rows = self.env["o2o.stock.promise"].with_user(seller).search(action["domain"])
        row = rows.filtered(lambda one: one.warehouse_id == self.store_c2)
        self.assertEqual(
            (row.declared, row.safety, row.trust, row.available), (10, 3, 0.5, 3)
        )
        leg = self._confirm_order((self.product, 4)).dispatch_ids
        found = leg.candidate_ids.filtered(lambda c: c.warehouse_id == self.store_c2)
        self.assertEqual(found.available, row.available)

    def test_the_unit_is_the_lines_and_other_orders_have_no_figure(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        self.product.uom_ids = [Command.link(dozen.id)]
        line = self._create_order().order_line
        self.assertEqual(line.o2o_promised_qty, 40)
        line.product_uom_id = dozen
        self.assertEqual(line.o2o_promised_qty, 3.33)
        plain = self._create_order(o2o_channel_id=False).order_line
        self.assertEqual(plain.o2o_promised_qty, 0)

from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError
from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_split import O2oSplitCommon


@tagged("post_install", "-at_install")
class TestSplitEvents(O2oSplitCommon):
    """What makes the split run, what it may not do, and its dates."""

    def test_running_twice_posts_nothing(self):
        order = self._delivered(3, 333.0)
        count = len(order.o2o_split_line_ids)
        order.dispatch_ids._o2o_after_deliver()
        order.action_o2o_split()
        self.assertEqual(len(order.o2o_split_line_ids), count)
        self.assertEqual(len(self._entries(order)), 1)

    def test_whoever_delivers_needs_no_accounting_rights(self):
        manager = self._create_user("o2o_channel.o2o_group_manager")
        order = self._create_order()
        order.action_confirm()
        legs = order.dispatch_ids.with_user(manager)
        with freeze_time("2026-11-20 04:00:00"):
            self._deliver_legs(legs)
        self.assertEqual(self._shares(order)["C2"], 820.0)
        self.assertEqual(self._entries(order).state, "posted")

    def test_pickup_at_the_store_is_split_when_it_is_handed_over(self):
        order = self._create_order(
            o2o_delivery_mode="pickup", o2o_pickup_warehouse_id=self.store_c2.id
        )
        order.action_confirm()
        leg = order.dispatch_ids
        leg.action_accept()
        code = leg.action_ready()
        self.assertFalse(order.o2o_split_line_ids)
        leg.action_verify_pickup(code)
        self.assertEqual(self._shares(order)["C2"], 820.0)

    def test_two_lines_are_one_entry(self):
        row = {"product_uom_qty": 1, "price_unit": 1130.0}
        order = self._deliver(self._create_order(lines=[row, row]))
        entry = self._entries(order)
        self.assertEqual(len(entry), 1)
        self.assertEqual(self._items(entry)[0], ("540110", "", 1640.0, 0.0))
        self.assertEqual(self._clearing(self.dealer_c2), 1640.0)

    def test_line_served_by_two_stores(self):
        """10 units at 1.13: the dealers' 8.20 over 4 and 6 of 10 units, 3.28 and 4.92."""
        self._set_stock(self.store_c2, self.product, 4)
        other = self._create_dealer(
            name="Second Store",
            dealer_code="C3",
            dealer_tier="tier2",
            dealer_parent_id=self.dealer_c1.id,
        )
        self._create_coverage(other, self.jinjiang)
        store = self._create_store(other, 30.66, 104.09, code="C3-01")
        self._set_stock(store, self.product, 6)
        order = self._create_order(10, 1.13)
        leg = self._legs_over(order, {self.store_c2: 4, store: 6})
        with freeze_time("2026-11-20 04:00:00"):
            self._deliver_legs(leg[:1])
        self.assertEqual(self._shares(order)["C2"], 3.28)
        with freeze_time("2026-11-21 04:00:00"):
            self._deliver_legs(leg[1:])
        self.assertEqual(
            self._shares(order),
            {
                "C2": 3.28,
                "Second Store": 4.92,
                "B1": 0.6,
                "C1": 0.2,
                "G": 0.3,
                "HQ": 0.7,
            },
        )
        self.assertEqual(len(self._entries(order)), 2)
        count = len(order.o2o_split_line_ids)
        order.action_o2o_split()
        self.assertEqual(len(order.o2o_split_line_ids), count)
        self._check_database()

    def test_gm_what_hq_ships_gives_its_share_to_hq(self):
        self._set_stock(self.store_c2, self.product, 0)
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id), ("dealer_id", "=", False)], limit=1
        )
        self.env["stock.quant"]._update_available_quantity(
            self.product, warehouse.lot_stock_id, 5
        )
        order = self._create_order(1, 565.0)
        order.action_confirm()
        # no dealer can: headquarters serves it from its own warehouse
        order.dispatch_ids.write({"warehouse_id": warehouse.id})
        order.dispatch_ids.action_offer()
        self._deliver(order)
        self.assertEqual(
            self._shares(order), {"B1": 30.0, "C1": 10.0, "G": 15.0, "HQ": 445.0}
        )

    def test_gl_order_discount_goes_over_the_lines(self):
        """100.00 off 1,130.00 + 565.00: nets 941.00 and 470.50, then 82 % of each."""
        discount = self.env["product.product"].create(
            {"name": "Discount", "type": "service", "taxes_id": False}
        )
        self.company.sale_discount_product_id = discount
        order = self._create_order(
            lines=[
                {"price_unit": 1130.0},
                {"price_unit": 565.0},
                {"price_unit": -100.0, "product_id": discount.id},
            ]
        )
        self._deliver(order)
        dealer = order.o2o_split_line_ids.filtered(
            lambda share: share.role == "fulfiller"
        )
        self.assertEqual(sorted(dealer.mapped("base")), [470.5, 941.0])
        self.assertEqual(sum(self._shares(order).values()), 1411.5)
        self._check_database()
        self._take_back(order, 1)
        self._check_database()

    # -- credit notes -------------------------------------------------------
    def test_price_cut_lowers_every_share(self):
        """113.00 of 1,130.00 given back on a unit that is kept."""
        order = self._delivered()
        note = self._credit(self._invoice(order), price=113.0)
        self.assertEqual(note.invoice_line_ids.o2o_credit_units, 0.0)
        self.assertEqual(
            self._shares(order),
            {"C2": 738.0, "B1": 54.0, "C1": 18.0, "G": 27.0, "HQ": 63.0},
        )

    def test_unit_back_after_a_price_cut_never_goes_below_zero(self):
        order = self._delivered()
        self._credit(self._invoice(order), price=113.0)
        self._take_back(order, 1, "2026-11-22 04:00:00")
        self.assertFalse(any(self._shares(order).values()))

    def test_returned_unit_credited_below_its_price_counts_once(self):
        """Two of three stay, whatever the consumer was paid for the third."""
        order = self._delivered(3, 333.0)
        invoice = self._invoice(order)
        self._take_back(order, 1)
        before = self._shares(order)
        note = self._credit(invoice, quantity=1, price=300.0, at="2026-11-22")
        self.assertEqual(note.invoice_line_ids.o2o_credit_units, 1.0)
        self.assertEqual(self._shares(order), before)

    def test_credit_note_by_hand_takes_its_share_back(self):
        """Entered without a wizard; all it needs is the link to the order line."""
        order = self._delivered(3, 333.0)
        invoice = self._invoice(order)
        row = {
            "product_id": self.product.id,
            "quantity": 1,
            "price_unit": 333.0,
            "tax_ids": [(6, 0, self.tax_13.ids)],
            "sale_line_ids": [(6, 0, order.order_line.ids)],
        }
        note = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": invoice.partner_id.id,
                "invoice_date": "2026-11-21",
                "invoice_line_ids": [(0, 0, row)],
            }
        )
        self.assertEqual(self._shares(order)["C2"], 724.94)
        note.action_post()
        self.assertEqual(self._shares(order, "reversal")["C2"], -241.65)
        self.assertEqual(self._entries(order)[-1].date, date(2026, 11, 21))

    def test_credit_note_set_to_draft_gives_the_shares_back(self):
        order = self._delivered()
        note = self._credit(self._invoice(order))
        self.assertFalse(any(self._shares(order).values()))
        note.button_draft()
        self.assertEqual(self._shares(order)["C2"], 820.0)

    def test_credit_note_before_delivery_leaves_less_to_split(self):
        order = self._create_order(2, 565.0)
        order.action_confirm()
        self._credit(self._invoice(order), quantity=1)
        self._deliver(order)
        self.assertEqual(self._shares(order)["C2"], 410.0)

    # -- dates --------------------------------------------------------------
    def test_event_of_a_locked_month_is_dated_on_the_first_open_day(self):
        """Case GI: delivered 11-30 23:50 local time, after November was locked."""
        order = self._create_order()
        with freeze_time("2026-11-30 15:50:00"):
            order.action_confirm()
            order.dispatch_ids.action_accept()
            order.dispatch_ids.action_ship()
            self.company.fiscalyear_lock_date = date(2026, 11, 30)
            order.dispatch_ids.action_deliver()
        entry = self._entries(order)
        self.assertEqual(entry.date, date(2026, 12, 1))
        self.assertEqual(entry.o2o_original_date, date(2026, 11, 30))
        shares = order.o2o_split_line_ids
        self.assertTrue(all(shares.mapped("late")))
        self.assertEqual(set(shares.mapped("original_date")), {date(2026, 11, 30)})
        late = self.env["o2o.split.line"].search(
            [("late", "=", True), ("order_id", "=", order.id)]
        )
        self.assertEqual(late, shares)

    def test_last_minute_of_the_month_stays_in_the_month(self):
        order = self._deliver(self._create_order(), "2026-11-30 15:50:00")
        self.assertEqual(self._entries(order).date, date(2026, 11, 30))
        order = self._deliver(self._create_order(), "2026-11-30 16:10:00")
        self.assertEqual(self._entries(order).date, date(2026, 12, 1))

    def test_reversal_is_released_with_what_it_reverses(self):
        order = self._delivered()
        self._take_back(order, 1, "2026-11-21 04:00:00")
        back = order.o2o_split_line_ids.filtered(lambda share: share.amount < 0)
        owed = back.filtered(lambda share: share.partner_id != self.hq)
        self.assertEqual(set(owed.mapped("release_date")), {date(2026, 11, 27)})
        order = self._delivered()
        self._take_back(order, 1, "2026-12-02 04:00:00")
        back = order.o2o_split_line_ids.filtered(lambda share: share.amount < 0)
        owed = back.filtered(lambda share: share.partner_id != self.hq)
        self.assertEqual(set(owed.mapped("release_date")), {date(2026, 12, 2)})

    def test_shares_are_released_after_the_return_window(self):
        order = self._delivered()
        owed = order.o2o_split_line_ids.filtered(
            lambda share: share.partner_id != self.hq
        )
        with freeze_time("2026-11-26 12:00:00"):
            self.env["o2o.split.line"]._cron_release()
        self.assertEqual(set(owed.mapped("state")), {"pending"})
        with freeze_time("2026-11-26 16:30:00"):  # the 27th in Shanghai
            self.env["o2o.split.line"]._cron_release()
        self.assertEqual(set(owed.mapped("state")), {"released"})

    # -- what can't be split ------------------------------------------------
    def test_without_a_rule_delivery_goes_on_and_the_order_says_so(self):
        self.rule.action_archive_version()
        order = self._delivered()
        self.assertFalse(order.o2o_split_line_ids)
        self.assertIn("no active split rule", order.o2o_split_note)
        self._create_rule([("fulfiller", 50)], code="NEW").action_activate()
        order.action_o2o_split()
        self.assertEqual(self._shares(order), {"C2": 500.0, "HQ": 500.0})
        self.assertFalse(order.o2o_split_note)
        self.assertEqual(self._entries(order).date, date(2026, 11, 20))

    def test_unknown_price_is_named_on_the_order(self):
        self._create_rule(
            [{"role": "fulfiller", "kind": "spread", "rate": 50}], code="SP", sequence=1
        ).action_activate()
        order = self._delivered()
        self.assertIn("floor price", order.o2o_split_note)
        self._create_rule([("fulfiller", 50)], code="OK", sequence=0).action_activate()
        self.guide.payee_policy = "store"
        order.action_o2o_split()
        self.assertEqual(self._shares(order), {"C2": 500.0, "HQ": 500.0})
        self.assertFalse(order.o2o_split_note)

    def test_margin_over_the_dealers_own_price_is_frozen(self):
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Dealers",
                "company_id": self.company.id,
                "currency_id": self.currency.id,
                "item_ids": [
                    (
                        0,
                        0,
                        {
                            "compute_price": "fixed",
                            "fixed_price": 734.5,
                            "applied_on": "3_global",
                        },
                    )
                ],
            }
        )
        self.dealer_c2.with_company(self.company).property_product_pricelist = pricelist
        share = {"role": "fulfiller", "base": "margin", "rate": 50}
        self._create_rule([share], code="MG", sequence=1).action_activate()
        order = self._delivered()
        self.assertEqual(self._shares(order), {"C2": 175.0, "HQ": 825.0})
        pricelist.item_ids.fixed_price = 1000.0
        self._take_back(order, 1)
        self.assertFalse(any(self._shares(order).values()))

    def test_company_without_accounts_posts_later(self):
        account, self.company.o2o_clearing_account_id = (
            self.company.o2o_clearing_account_id,
            False,
        )
        order = self._delivered()
        self.assertEqual(self._shares(order)["C2"], 820.0)
        self.assertFalse(self._entries(order))
        self.company.o2o_clearing_account_id = account
        bookkeeper = self._create_user("account.group_account_invoice", login="book")
        shares = order.order_line.o2o_split_line_ids.with_user(bookkeeper)
        with self.assertRaises(UserError):
            shares.action_post()
        self.assertFalse(self._entries(order))
        with self.enter_registry_test_mode():
            self.env.ref("o2o_channel.ir_cron_split_post").method_direct_trigger()
        self.assertEqual(self._clearing(self.dealer_c2), 820.0)
        self.assertEqual(self._entries(order).date, date(2026, 11, 20))

    def test_consumer_sees_nothing_of_the_split(self):
        order = self._delivered()
        portal = self._create_user("base.group_portal", partner_id=self.consumer.id)
        for record in (order, order.order_line, order.dispatch_ids):
            visible = record.with_user(portal).fields_get()
            self.assertFalse([name for name in visible if name.startswith("o2o_split")])

    def test_queries_do_not_grow_with_the_lines(self):
        self._set_stock(self.store_c2, self.product, 100)
        self._split_queries(1)  # caches are warm now
        few, many = self._split_queries(2), self._split_queries(20)
        self.assertLessEqual(many, few + 10)

    def _split_queries(self, count):
        """How many queries the split of a delivered leg of so many lines takes."""
        rows = [{"price_unit": 1130.0 + n} for n in range(count)]
        order = self._create_order(lines=rows)
        order.action_confirm()
        leg = order.dispatch_ids
        leg.action_accept()
        leg.action_ship()
        leg.write({"state": "delivered", "delivered_at": "2026-11-20 04:00:00"})
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        leg._o2o_after_deliver()
        self.env.flush_all()
        self.assertEqual(len(order.o2o_split_line_ids), 5 * count)
        return self.env.cr.sql_log_count - before

    # -- append-only --------------------------------------------------------
    def test_shares_cannot_be_written_deleted_or_entered(self):
        share = self._delivered().o2o_split_line_ids[0]
        with self.assertRaisesRegex(UserError, "can't be entered, changed or deleted"):
            share.sudo().amount = 1.0
        with self.assertRaisesRegex(UserError, "can't be entered"):
            share.with_context(o2o_split=True).write({"partner_id": self.dealer_b1.id})
        with self.assertRaisesRegex(UserError, "can't be entered"):
            share._internal().write({"amount": 1.0})
        with self.assertRaisesRegex(UserError, "can't be entered"):
            share._internal().unlink()
        with self.assertRaisesRegex(UserError, "can't be entered"):
            share.sudo().copy()

    @mute_logger("odoo.sql_db")
    def test_database_refuses_a_posting_that_does_not_add_up(self):
        share = self._delivered().o2o_split_line_ids[0]
        self._check_database()
        with self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self.env.cr.execute(
                "UPDATE o2o_split_line SET amount = amount + 0.01 WHERE id = %s",
                [share.id],
            )
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    @mute_logger("odoo.sql_db")
    def test_database_refuses_a_share_twice(self):
        share = self._delivered().o2o_split_line_ids[0]
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.env.cr.execute(
                "INSERT INTO o2o_split_line (company_id, order_line_id, role, amount, kind, date,"
                " state, posting_key) SELECT company_id, order_line_id, role, amount, kind, date,"
                " state, posting_key FROM o2o_split_line WHERE id = %s",
                [share.id],
            )

    def test_rule_and_parties_are_those_of_the_confirmation(self):
        order = self._create_order()
        order.action_confirm()
        former, other = self.rule, self._create_dealer(name="Later", dealer_code="L1")
        action = former.action_new_version()
        later = self.env["o2o.split.rule"].browse(action["res_id"])
        later.line_ids[0].rate = 10
        later.action_activate()
        self.coverage_c1.date_to = "2026-01-01"
        self._create_coverage(other, self.chengdu)
        order.o2o_guide_id = False
        self._deliver(order)
        self.assertEqual(
            self._shares(order),
            {"C2": 820.0, "B1": 60.0, "C1": 20.0, "G": 30.0, "HQ": 70.0},
        )
        self._take_back(order, 1)
        self.assertFalse(any(self._shares(order).values()))

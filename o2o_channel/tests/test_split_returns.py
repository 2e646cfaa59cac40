import itertools
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_returns import O2oReturnsCommon, cents, entry

# GB: 3 x 333.00, and what is left after one and two units are back
ALL = cents(724.94, 53.04, 17.68, 26.52, 61.89)
TWO = cents(483.29, 35.36, 11.79, 17.68, 41.26)
ONE = cents(241.65, 17.68, 5.89, 8.84, 20.63)
GA = cents(820.0, 60.0, 20.0, 30.0, 70.0)
BACK_1 = entry(-241.65, -17.68, -5.89, -8.84)
BACK_2 = entry(-241.64, -17.68, -5.90, -8.84)


@tagged("post_install", "-at_install")
class TestSplitReturns(O2oReturnsCommon):
    """Goods and money that come back, each way that Odoo has, to the journal entry."""

    def test_partial_returns_in_any_order_and_way(self):
        """GB-r three times over: by a return, by a wizard's note, by a note by hand."""
        ways = {
            "goods": lambda order, invoice, at: self._take_back(
                order, 1, f"{at} 04:00:00"
            ),
            "wizard": lambda order, invoice, at: self._credit(invoice, 1, at=at),
            "hand": lambda order, invoice, at: self._by_hand(order, 333.0, at=at),
        }
        before = {}
        for sequence in list(itertools.permutations(ways))[::2]:
            order = self._delivered(3, 333.0)
            invoice = self._invoice(order)
            for number, way in enumerate(sequence):
                # what came back and is credited after it is one unit, not two
                ways[way](order, invoice, f"2026-11-2{number + 1}")
            notes = order.invoice_ids.filtered(lambda m: m.move_type == "out_refund")
            self.assertEqual(sum(notes.invoice_line_ids.mapped("o2o_credit_units")), 2)
            self.assertEqual(
                {k: v for k, v in self._shares(order).items() if v}, ONE, sequence
            )
            for move in self._entries(order)[1:]:
                self.assertEqual(round(sum(move.line_ids.mapped("balance")), 2), 0.0)
            before[sequence] = self._items(self._entries(order)[1])
        self.assertEqual(len({str(items) for items in before.values()}), 1)

    def test_gbr_entries_line_by_line(self):
        order = self._delivered(3, 333.0)
        self._take_back(order, 1, "2026-11-21 04:00:00")
        self._take_back(order, 1, "2026-11-22 04:00:00")
        self._take_back(order, 1, "2026-11-23 04:00:00")
        first, *back = self._entries(order)
        self._assert_entry(first, entry(724.94, 53.04, 17.68, 26.52))
        for move, expected in zip(back, (BACK_1, BACK_2, BACK_1), strict=True):
            self._assert_entry(move, expected)
        self.assertEqual(
            [move.date for move in back], [date(2026, 11, day) for day in (21, 22, 23)]
        )
        self._assert_books(order, {})

    def test_credit_note_from_the_order_has_no_invoice_behind_it(self):
        self.product.invoice_policy = "delivery"
        order = self._delivered(3, 333.0)
        self._invoice(order)
        self._take_back(order, 1)
        note = self._from_order(order)
        self.assertEqual(note.move_type, "out_refund")
        self.assertFalse(note.reversed_entry_id)
        self.assertEqual(note.amount_total, 333.0)
        self.assertEqual(note.invoice_line_ids.o2o_credit_units, 1.0)
        self._assert_entry(self._entries(order)[1], BACK_1)
        self.assertEqual(len(self._entries(order)), 2, "the unit is taken back once")
        self._assert_books(order, TWO)

    def test_wizard_refund_whole(self):
        order = self._delivered()
        note = self._post_at(self._by_wizard(self._invoice(order)), "2026-11-21")
        self.assertEqual(note.invoice_line_ids.o2o_credit_units, 1.0)
        self._assert_entry(self._entries(order)[1], entry(-820.0, -60.0, -20.0, -30.0))
        self._assert_books(order, {})

    def test_wizard_modify_at_the_same_price_changes_nothing_in_the_end(self):
        order = self._delivered(3, 333.0)
        again = self._by_wizard(self._invoice(order), modify=True)
        self.assertFalse(any(self._shares(order).values()), "credited as a whole")
        self._post_at(again, "2026-11-21")
        self._assert_books(order, ALL)

    def test_wizard_modify_to_a_lower_price_is_a_price_cut(self):
        """1,130.00 invoiced, taken back and invoiced again at 1,017.00."""
        order = self._delivered()
        again = self._by_wizard(self._invoice(order), modify=True)
        again.invoice_line_ids.price_unit = 1017.0
        self._post_at(again, "2026-11-21")
        self._assert_books(order, cents(738.0, 54.0, 18.0, 27.0, 63.0))
        back = self._credit(again, at="2026-11-23")
        self.assertEqual(back.amount_total, 1017.0)
        self._assert_books(order, {})

    def test_wizard_modify_to_fewer_units(self):
        order = self._delivered(3, 333.0)
        again = self._by_wizard(self._invoice(order), modify=True)
        again.invoice_line_ids.quantity = 2
        self._post_at(again, "2026-11-21")
        self._assert_books(order, TWO)

    def test_wizard_modify_of_a_part_that_was_delivered_first(self):
        self.product.invoice_policy = "delivery"
        order = self._partly_delivered()
        self._assert_books(order, ONE)
        invoice = self._invoice(order)
        again = self._by_wizard(invoice, modify=True)
        self._assert_books(order, {})
        self._post_at(again, "2026-11-21")
        self._assert_books(order, ONE)

    def test_delivered_unit_is_credited_while_others_are_on_their_way(self):
        self.product.invoice_policy = "delivery"
        order = self._partly_delivered()
        self._credit(self._invoice(order))
        self._assert_books(order, {})

    def test_second_leg_brings_the_rest(self):
        order = self._partly_delivered()
        self._assert_books(order, ONE)
        with freeze_time("2026-11-22 04:00:00"):
            self._deliver_legs(order.dispatch_ids)
        self._assert_books(order, ALL)
        self.assertEqual(self._entries(order)[1].date, date(2026, 11, 22))

    def test_invoice_below_the_order_price_lowers_the_shares(self):
        order = self._delivered()
        invoice = order._create_invoices()
        invoice.invoice_line_ids.price_unit = 1017.0
        self._post_at(invoice, "2026-11-21")
        self._assert_books(order, cents(738.0, 54.0, 18.0, 27.0, 63.0))

    # -- cancelled, changed, exchanged --------------------------------------
    def test_cancelled_before_delivery_posts_nothing(self):
        order = self._create_order()
        order.action_confirm()
        invoice = self._invoice(order)
        order.with_context(disable_cancel_warning=True).action_cancel()
        self._post_at(self._by_wizard(invoice), "2026-11-21")
        self.assertFalse(order.o2o_split_line_ids)

    def test_order_cancelled_after_delivery_keeps_shares_until_goods_are_back(self):
        order = self._delivered()
        self._cancel(order)
        self._assert_books(order, GA)
        self._take_back(order, 1)
        self._assert_books(order, {})

    def test_cancelled_and_reset_order_still_takes_shares_back(self):
        order = self._delivered()
        self._cancel(order)
        order.action_draft()
        self._take_back(order, 1)
        self._assert_books(order, {})

    def _cancel(self, order):
        order.with_context(disable_cancel_warning=True).action_cancel()
        self.assertEqual(order.state, "cancel")

    def test_delivered_units_cannot_be_taken_off_the_order(self):
        order = self._delivered(3, 333.0)
        for units in (2, 0):
            with self.assertRaises(UserError):
                order.order_line.product_uom_qty = units
        self._take_back(order, 1)
        with self.assertRaises(UserError):
            order.order_line.product_uom_qty = 2
        self._assert_books(order, TWO)

    def test_price_change_after_delivery_moves_shares_at_once(self):
        order = self._delivered()
        with freeze_time("2026-11-22 04:00:00"):
            order.order_line.price_unit = 1017.0
        self._assert_entry(self._entries(order)[1], entry(-82.0, -6.0, -2.0, -3.0))
        self.assertEqual(self._entries(order)[1].date, date(2026, 11, 22))
        self._assert_books(order, cents(738.0, 54.0, 18.0, 27.0, 63.0))
        with freeze_time("2026-11-23 04:00:00"):
            order.order_line.price_unit = 1130.0
        self._assert_entry(self._entries(order)[2], entry(82.0, 6.0, 2.0, 3.0))
        self._assert_books(order, GA)

    def test_line_discount_and_tax_after_delivery(self):
        order = self._delivered()
        order.order_line.discount = 10.0
        self._assert_books(order, cents(738.0, 54.0, 18.0, 27.0, 63.0))
        order.order_line.write({"discount": 0.0, "tax_ids": [(5,)]})
        self._assert_books(order, cents(926.6, 67.8, 22.6, 33.9, 79.1))

    def test_price_of_an_invoiced_line_is_changed_by_a_credit_note(self):
        order = self._delivered()
        invoice = self._invoice(order)
        with self.assertRaises(UserError) as refused:
            order.order_line.price_unit = 1017.0
        self.assertIn("Post a credit note", str(refused.exception))
        self._credit(invoice, price=113.0)
        self._assert_books(order, cents(738.0, 54.0, 18.0, 27.0, 63.0))

    def test_exchange_sends_the_same_goods_again(self):
        order = self._delivered(3, 333.0)
        back = self._take_back(order, 1)
        self._assert_books(order, TWO)
        self._return_of(back, 1, "2026-11-24 04:00:00")
        self._assert_books(order, ALL)
        again = self._entries(order)[2]
        self._assert_entry(again, {key: -value for key, value in BACK_1.items()})
        self.assertEqual(again.date, date(2026, 11, 24))

    def test_exchange_for_other_goods(self):
        """GA comes back; a unit of 565.00 goes out on a line added to the order."""
        other = self._create_product(default_code="E-2", name="Kettle")
        self._set_stock(self.store_c2, other, 5)
        order = self._delivered()
        self._take_back(order, 1)
        with freeze_time("2026-11-22 04:00:00"):
            order.order_line = [
                (
                    0,
                    0,
                    {
                        "product_id": other.id,
                        "price_unit": 565.0,
                        "tax_ids": [(6, 0, self.tax_13.ids)],
                    },
                )
            ]
            self._deliver_legs(order.dispatch_ids)
        self._assert_entry(self._entries(order)[-1], entry(410.0, 30.0, 10.0, 15.0))
        self._assert_books(order, cents(410.0, 30.0, 10.0, 15.0, 35.0))

    # -- refunds of refunds, drafts and deletions ---------------------------
    def test_refund_of_a_refund_of_units(self):
        order = self._delivered(3, 333.0)
        note = self._credit(self._invoice(order), quantity=1)
        self._assert_books(order, TWO)
        again = self._post_at(self._by_wizard(note, "2026-11-22"), "2026-11-22")
        self.assertEqual(again.move_type, "out_invoice")
        self._assert_books(order, ALL)
        self._credit(again, at="2026-11-23")
        self._assert_books(order, TWO)

    def test_refund_of_a_price_cut(self):
        order = self._delivered()
        note = self._credit(self._invoice(order), price=113.0)
        self._assert_books(order, cents(738.0, 54.0, 18.0, 27.0, 63.0))
        self._post_at(self._by_wizard(note, "2026-11-22"), "2026-11-22")
        self._assert_books(order, GA)

    def test_reset_repost_and_deletion_of_a_credit_note(self):
        order = self._delivered(3, 333.0)
        note = self._credit(self._invoice(order), quantity=1)
        with self.assertRaises(UserError):
            note.unlink()
        self._assert_books(order, TWO)
        note.button_draft()
        self._assert_books(order, ALL)
        self._post_at(note, "2026-11-24")
        self._assert_books(order, TWO)
        note.button_draft()
        note.button_cancel()
        self._assert_books(order, ALL)
        note.with_context(force_delete=True).unlink()
        self._assert_books(order, ALL)

    def test_invoice_reset_to_draft_keeps_what_was_delivered(self):
        order = self._delivered()
        self._invoice(order).button_draft()
        self._assert_books(order, GA)

    def test_entries_of_shares_cannot_be_reset_reversed_or_deleted(self):
        order = self._delivered()
        self._take_back(order, 1)
        for move in self._entries(order):
            for attempt in (move.button_draft, move.button_cancel, move.unlink):
                with self.assertRaises(UserError):
                    attempt()
            with self.assertRaisesRegex(UserError, "stays as it is"):
                self._by_wizard(move)
        self._assert_books(order, {})

    # -- money taken off the price ------------------------------------------
    def test_price_cut_belongs_to_the_units_it_was_given_on(self):
        """10.00 off each of three; one of them comes back and is credited with 323.00."""
        order = self._delivered(3, 333.0)
        invoice = self._invoice(order)
        self._credit(invoice, quantity=1, price=30.0)
        self._take_back(order, 1, "2026-11-22 04:00:00")
        note = self._by_hand(order, 323.0, at="2026-11-23")
        self.assertEqual(note.invoice_line_ids.o2o_credit_units, 1.0)
        # two at 323.00: 646.00 = 571.68 net (589.38 - 17.70)
        self._assert_books(order, cents(468.78, 34.3, 11.43, 17.15, 40.02))

    def test_price_cut_of_a_cent_on_a_line_of_two(self):
        """Not a unit: half of the price."""
        order = self._delivered(1, 0.02)
        note = self._credit(self._invoice(order), price=0.01)
        self.assertEqual(note.invoice_line_ids.o2o_credit_units, 0.0)
        self._assert_books(order, cents(0.01, 0, 0, 0, 0))

    def test_unit_of_a_price_that_rounds_otherwise_alone(self):
        """4 x 0.063 with tax are 0.22 net, one is 0.05 or 0.06: a unit all the same."""
        row = {"product_uom_qty": 4, "price_unit": 0.07, "discount": 10}
        order = self._deliver(self._create_order(lines=[row]))
        note = self._credit(self._invoice(order), quantity=1)
        self.assertEqual(note.invoice_line_ids.price_subtotal, 0.05)
        self.assertEqual(note.invoice_line_ids.o2o_credit_units, 1.0)

    def test_order_of_a_cent(self):
        order = self._delivered(1, 0.01)
        self._assert_books(order, cents(0.01, 0, 0, 0, 0))
        self._take_back(order, 1)
        self._assert_books(order, {})

    def test_credits_beyond_the_price_never_go_below_zero(self):
        order = self._delivered()
        self._invoice(order)
        for day in (21, 22, 23):
            self._by_hand(order, 500.0, at=f"2026-11-{day}")
        self._assert_books(order, {})
        self._take_back(order, 1, "2026-11-24 04:00:00")
        self._assert_books(order, {})

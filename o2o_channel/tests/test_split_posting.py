from datetime import date

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common_split import O2oSplitCommon

# What differs by nature between two runs.
FREE = {
    "account_move": {"id", "create_date", "write_date", "reversed_entry_id"},
    "account_move_line": {"id", "move_id", "create_date", "write_date"},
    "mail_message": {"id", "res_id", "message_id", "date", "create_date", "write_date"},
}


class Undo(Exception):
    pass


@tagged("post_install", "-at_install")
class TestSplitPosting(O2oSplitCommon):
    """Posting many shares at once writes what posting them one by one writes."""

    maxDiff = None

    def _unposted_orders(self):
        """Deliveries of two months and a return, none of them posted."""
        journal = self.company.o2o_split_journal_id
        self.company.o2o_split_journal_id = False
        self._set_stock(self.store_c2, self.product, 100)
        days = ["2026-11-20", "2026-11-20", "2026-11-21", "2026-12-01", "2026-12-02"]
        orders = self.env["sale.order"]
        for number, day in enumerate(days):
            order = self._create_order(2, 1130.0 + number * 7)
            orders |= self._deliver(order, at=f"{day} 04:00:00")
        self._take_back(orders[0], 1)
        self._take_back(orders[3], 1, at="2026-12-03 04:00:00")
        self.company.o2o_split_journal_id = journal
        self.assertFalse(orders.o2o_split_line_ids.move_id)
        return orders

    def _rows(self, table, where, *params):
        self.env.cr.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY id", params)
        names = [column.name for column in self.env.cr.description]
        return [
            {
                name: value
                for name, value in zip(names, row, strict=True)
                if name not in FREE[table]
            }
            for row in self.env.cr.fetchall()
        ]

    def _written(self, orders):
        """Everything about the orders' entries, under keys that are the same in each run."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.flush_all()
        found = {}
        for move in orders.o2o_split_line_ids.move_id:
            [head] = self._rows("account_move", "id = %s", move.id)
            found[move.name] = (
                head,
                self._rows("account_move_line", "move_id = %s", move.id),
                self._rows(
                    "mail_message", "model = 'account.move' AND res_id = %s", move.id
                ),
                move.reversed_entry_id.name,
            )
            items = move.line_ids.sorted("id").ids
            for line in move.o2o_split_line_ids:
                place = items.index(line.move_line_id.id)
                found[line.id] = move.name, place, line.date, line.late, line.state
        return found

    def _compare(self, orders):
        """Post one by one, undo it, post all together."""
        lines = orders.o2o_split_line_ids.sorted("id")._internal()
        try:
            with self.env.cr.savepoint():
                lines.filtered(
                    lambda line: line.state != "kept" and line.amount
                )._post_company_entries()
                expected = self._written(orders)
                raise Undo
        except Undo:
            self.env.invalidate_all(flush=False)
            self.env.cr.precommit.clear()
        moves = lines._post_set_based(self.company, SQL("TRUE"))
        written = self._written(orders)
        self.assertEqual(set(written), set(expected))
        for key, values in expected.items():
            self.assertEqual(written[key], values, key)
        self.assertEqual(len(moves), len(orders.o2o_split_line_ids.move_id))
        self._check_database()
        return moves

    def test_entries_of_legs_equal_those_made_one_by_one(self):
        orders = self._unposted_orders()
        moves = self._compare(orders)
        self.assertEqual(len(moves), 7)
        self.assertEqual(self._clearing(self.dealer_c2), self._owed(orders))

    def test_entries_of_days_equal_those_made_one_by_one(self):
        self.company.o2o_split_posting = "daily"
        orders = self._unposted_orders()
        self.assertEqual(len(self._compare(orders)), 5)

    def test_a_yearly_sequence_has_no_gap_and_nothing_twice(self):
        orders = self._unposted_orders()
        account = self.company.o2o_clearing_account_id
        yearly = self.env["account.move"].create(
            {
                "journal_id": self.company.o2o_split_journal_id.id,
                "date": "2026-11-21",
                "name": "O2OS/2026/00007",
                "line_ids": [
                    Command.create({"account_id": account.id, "balance": balance})
                    for balance in (5.0, -5.0)
                ],
            }
        )
        yearly.action_post()
        lines = orders.o2o_split_line_ids._internal()
        moves = lines._post_set_based(self.company, SQL("TRUE"))
        self.assertEqual(
            sorted(moves.mapped("name")), [f"O2OS/2026/{n:05}" for n in range(8, 15)]
        )

    def test_entries_of_locked_days_equal_those_made_one_by_one(self):
        orders = self._unposted_orders()
        self.env.flush_all()
        self.company.sudo().fiscalyear_lock_date = "2026-11-20"
        moves = self._compare(orders)
        self.assertEqual(min(moves.mapped("date")), date(2026, 11, 21))
        self.assertTrue(any(orders.o2o_split_line_ids.mapped("late")))

    def _owed(self, orders):
        shares = orders.o2o_split_line_ids
        own = shares.filtered(lambda line: line.partner_id == self.dealer_c2)
        return round(sum(own.mapped("amount")), 2)

    def test_a_second_run_posts_nothing(self):
        orders = self._unposted_orders()
        lines = orders.o2o_split_line_ids._internal()
        self.assertTrue(lines._post_set_based(self.company, SQL("TRUE")))
        self.assertFalse(lines._post_set_based(self.company, SQL("TRUE")))
        self.assertFalse(lines._post_entries())

    def test_the_next_entry_follows_in_the_same_transaction(self):
        orders = self._unposted_orders()
        lines = orders.o2o_split_line_ids._internal()
        lines._post_set_based(self.company, SQL("TRUE"))
        more = self._delivered()
        names = (orders | more).o2o_split_line_ids.move_id.mapped("name")
        self.assertEqual(len(names), len(set(names)))
        self._check_database()

    def test_statements_of_sql_dont_depend_on_the_shares(self):
        few = self._unposted_orders()
        counts = []
        for orders in (few, self._unposted_orders() | self._unposted_orders()):
            lines = orders.o2o_split_line_ids._internal()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            lines._post_set_based(self.company, SQL("l.id = ANY(%s)", lines.ids))
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 3)

    def test_hashed_entries_are_made_by_odoo(self):
        self.company.o2o_split_journal_id.restrict_mode_hash_table = True
        orders = self._unposted_orders()
        moves = self._compare_hashed(orders)
        self.assertTrue(all(moves.mapped("inalterable_hash")))

    def _compare_hashed(self, orders):
        lines = orders.o2o_split_line_ids._internal()
        moves = lines._post_set_based(self.company, SQL("TRUE"))
        self.assertEqual(len(moves), 7)
        self.assertEqual(self._clearing(self.dealer_c2), self._owed(orders))
        return moves

    # -- corrections ---------------------------------------------------------
    def test_a_correction_is_linked_to_what_it_corrects(self):
        order = self._delivered(2)
        self._take_back(order, 1)
        delivery, correction = self._entries(order)
        self.assertEqual(correction.reversed_entry_id, delivery)
        self.assertFalse(delivery.reversed_entry_id)
        back = order.o2o_split_line_ids.filtered(lambda line: line.kind == "reversal")
        self.assertEqual(back.corrected_move_id, delivery)
        self.assertFalse((order.o2o_split_line_ids - back).corrected_move_id)
        items = (delivery | correction).line_ids
        self.assertFalse(any(items.mapped("reconciled")))

    def test_a_day_of_everything_is_no_correction(self):
        self.company.o2o_split_posting = "daily"
        order = self._delivered(2)
        self._take_back(order, 1, at="2026-11-20 06:00:00")
        lines = order.o2o_split_line_ids._internal()
        moves = lines._post_entries()
        self.assertEqual(len(moves), 1)
        self.assertFalse(moves.reversed_entry_id)
        back = lines.filtered(lambda line: line.kind == "reversal" and line.move_id)
        self.assertEqual(back.corrected_move_id, moves)

    # -- what is left --------------------------------------------------------
    def test_unposted_names_what_has_no_entry(self):
        Line = self.env["o2o.split.line"]
        orders = self._unposted_orders()
        owed = orders.o2o_split_line_ids.filtered(
            lambda line: line.state != "kept" and line.amount
        )
        november = owed.filtered(lambda line: line.original_date < date(2026, 12, 1))
        found = Line._o2o_unposted(self.company, date(2026, 11, 30))
        self.assertEqual(found & owed, november)
        owed._internal()._post_entries()
        self.assertFalse(Line._o2o_unposted(self.company, date(2026, 12, 31)) & owed)

    def test_database_refuses_a_posting_that_does_not_add_up(self):
        self._delivered()
        self._check_database()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(CheckViolation, "adds up to"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                """INSERT INTO o2o_split_line (
                       company_id, order_id, order_line_id, role, partner_id, amount, kind,
                       posting, posting_base, posting_key, date, state)
                   SELECT company_id, order_id, order_line_id, role, partner_id, 0.01, kind,
                          posting, posting_base, 'one-more', date, 'pending'
                     FROM o2o_split_line ORDER BY id DESC LIMIT 1"""
            )
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_database_refuses_the_same_share_twice(self):
        self._delivered()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(UniqueViolation, "posting_key"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                """INSERT INTO o2o_split_line (
                       company_id, order_id, order_line_id, role, amount, kind, posting,
                       posting_key, date, state)
                   SELECT company_id, order_id, order_line_id, role, amount, kind, posting,
                          posting_key, date, 'pending'
                     FROM o2o_split_line ORDER BY id DESC LIMIT 1"""
            )

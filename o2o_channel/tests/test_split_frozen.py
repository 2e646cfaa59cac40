from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_split import O2oSplitCommon

CHANGES = {
    "amount": "amount + 0.01",
    "base": "base + 1",
    "rate": "rate + 1",
    "partner_id": "NULL",
    "original_date": "original_date - 1",
    "release_date": "release_date - 1",
    "posting_key": "posting_key || 'x'",
    "derivation": "'[]'::jsonb",
    "date": "date - 1",
    "move_id": "NULL",
    "move_line_id": "NULL",
}


@tagged("post_install", "-at_install")
class TestSplitFrozen(O2oSplitCommon):
    """What is posted stays: in the database, in the books, with and without a hash."""

    def _refused_by_database(self, query, *params):
        with (
            self.subTest(query=query),
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(CheckViolation, "append-only"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(query, params)

    def test_database_refuses_to_change_or_delete_a_share(self):
        share = self._delivered().o2o_split_line_ids.filtered(
            lambda line: line.role == "fulfiller"
        )
        self.env.flush_all()
        for column, value in CHANGES.items():
            self._refused_by_database(
                f"UPDATE o2o_split_line SET {column} = {value} WHERE id = %s", share.id
            )
        self._refused_by_database("DELETE FROM o2o_split_line WHERE id = %s", share.id)
        self._check_database()  # TRUNCATE waits for pending checks
        self._refused_by_database("TRUNCATE o2o_split_line CASCADE")

    def test_database_lets_links_and_states_follow(self):
        share = self._delivered().o2o_split_line_ids[0]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE o2o_split_line SET state = 'released' WHERE id = %s", [share.id]
        )
        share.invalidate_recordset()
        self.assertEqual(share.state, "released")

    def test_nobody_changes_a_posted_entry(self):
        entry = self._entries(self._delivered())
        clearing = entry.line_ids.filtered("partner_id")[0]
        admin = self._create_user("account.group_account_manager")
        self._check_refused(entry.with_user(admin), clearing.with_user(admin))
        self._check_refused(entry.sudo(), clearing.sudo())
        self.assertEqual(entry.state, "posted")

    def _check_refused(self, entry, item):
        line = {"account_id": item.account_id.id, "balance": 0.0}
        for call in (
            entry.button_draft,
            entry.button_cancel,
            entry.with_context(force_delete=True).unlink,
            entry._reverse_moves,
            lambda: entry.write({"date": "2026-11-01"}),
            lambda: entry.write({"state": "draft"}),
            lambda: entry.write({"ref": "x"}),
            lambda: entry.write({"line_ids": [Command.create(line)]}),
            lambda: item.write({"partner_id": self.dealer_b1.id}),
            lambda: item.write({"name": "x"}),
            lambda: item.write({"balance": 1.0}),
            lambda: item.create({**line, "move_id": entry.id}),
            item.with_context(force_delete=True).unlink,
        ):
            with self.subTest(call=call), self.assertRaisesRegex(UserError, "shares"):
                call()

    def test_other_entries_are_left_alone(self):
        account = self.company.o2o_clearing_account_id
        items = [
            Command.create({"account_id": account.id, "balance": balance})
            for balance in (5.0, -5.0)
        ]
        other = self.env["account.move"].create({"line_ids": items})
        other.action_post()
        other.button_draft()
        other.unlink()
        self.assertFalse(other.exists())

    def test_hashed_journal_and_audit_trail(self):
        """Deliver, return, deliver again: each entry is hashed, the chain is whole."""
        self.company.o2o_split_journal_id.restrict_mode_hash_table = True
        self.company.restrictive_audit_trail = True
        order = self._delivered(3, 333.0)
        self._take_back(order, 1)
        entries = self._entries(order)
        self.assertEqual(len(entries), 2)
        self.assertEqual(set(entries.mapped("state")), {"posted"})
        self.assertTrue(all(entries.mapped("inalterable_hash")))
        report = self.company._check_hash_integrity()["results"]
        ours = self.company.o2o_split_journal_id.name
        self.assertEqual(
            [row["status"] for row in report if row["journal_name"].startswith(ours)],
            ["verified"],
        )
        self.assertEqual(self._clearing(self.dealer_c2), self._shares(order)["C2"])

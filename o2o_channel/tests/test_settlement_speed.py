from odoo import Command
from odoo.tests import tagged

from .common_settlement import O2oSettlementCommon

# What differs by nature between two runs.
FREE = {
    "account_move": {"id", "name", "sequence_number", "create_date", "write_date"},
    "account_move_line": {
        *("id", "move_id", "move_name", "create_date", "write_date"),
        *("full_reconcile_id", "matching_number"),
    },
    "o2o_settlement": {"bill_id", "move_id", "write_date", "confirmed_on"},
    "o2o_split_line": {"write_date"},
    "account_partial_reconcile": {
        *("id", "debit_move_id", "credit_move_id", "full_reconcile_id"),
        *("create_date", "write_date"),
    },
    "mail_message": {
        *("id", "res_id", "message_id", "date", "create_date", "write_date"),
    },
    "mail_tracking_value": {"id", "mail_message_id", "create_date", "write_date"},
    "mail_followers": {"id", "res_id"},
    "res_partner": {"write_date"},
}


class Undo(Exception):
    pass


@tagged("post_install", "-at_install")
class TestSpeed(O2oSettlementCommon):
    """Documents written by set-based SQL equal those that Odoo makes, column by column."""

    maxDiff = None

    def _payee(self, name, **values):
        return self.env["res.partner"].create(
            {"name": name, "is_company": True, "o2o_taxpayer": "general"} | values
        )

    def _payees(self, name, shares, count=3, **values):
        """So many payees of a kind, each with these (role, amount) shares, slightly more each."""
        payees = self.env["res.partner"]
        for number in range(count):
            payee = self._payee(f"{name} {number}", **values)
            payees |= payee
            for place, (role, amount) in enumerate(shares):
                more = number * 1.37 + place * 0.11
                self._share(
                    payee, round(amount + (more if amount > 0 else -more), 2), role
                )
        return payees

    def _rows(self, table, where, *params):
        self.env.cr.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY id", params)
        names = [column.name for column in self.env.cr.description]
        return [dict(zip(names, row, strict=True)) for row in self.env.cr.fetchall()]

    def _strip(self, table, row):
        return {key: row[key] for key in row if key not in FREE[table]}

    def _written(self, statements):
        """Everything that confirming wrote, under keys that are the same in each run."""
        ids = statements.ids
        moves = self._rows("account_move", "o2o_settlement_id = ANY(%s)", ids)
        names = {row["id"]: row["ref"] for row in moves}
        found = {
            ("move", row["ref"]): self._strip("account_move", row) for row in moves
        }
        found |= self._written_items(statements, names)
        found |= self._written_chatter(ids, names)
        for row in self._rows("o2o_settlement", "id = ANY(%s)", ids):
            key = names.get(row["bill_id"]), names.get(row["move_id"])
            found["statement", row["name"]] = self._strip("o2o_settlement", row), key
        for row in self._rows("o2o_split_line", "statement_id = ANY(%s)", ids):
            found["split", row["id"]] = self._strip("o2o_split_line", row)
        for row in self._rows(
            "account_move", "id = ANY(%s)", statements.line_ids.move_id.ids
        ):
            found["entry", row["id"]] = self._strip("account_move", row)
        for row in self._rows("res_partner", "id = ANY(%s)", statements.partner_id.ids):
            found["partner", row["id"]] = self._strip("res_partner", row)
        return found

    def _written_items(self, statements, names):
        own = statements._composition().move_line_id.ids
        items = self._rows(
            "account_move_line", "move_id = ANY(%s) OR id = ANY(%s)", list(names), own
        )
        keys, counts, found = {}, {}, {}
        for row in items:
            move = names.get(row["move_id"], row["move_id"])
            counts[move] = counts.get(move, 0) + 1
            keys[row["id"]] = key = (move, counts[move])
            full = row["full_reconcile_id"]
            self.assertEqual(row["matching_number"], str(full) if full else None)
            found["item", key] = self._strip("account_move_line", row), bool(full)
            found["taxes", key] = self._linked(
                "account_move_line_account_tax_rel", "account_tax_id", row["id"]
            )
            found["tags", key] = self._linked(
                "account_account_tag_account_move_line_rel",
                "account_account_tag_id",
                row["id"],
            )
        fulls = {row["id"]: row["full_reconcile_id"] for row in items}
        for row in self._rows(
            "account_partial_reconcile", "credit_move_id = ANY(%s)", list(keys)
        ):
            debit, credit = row["debit_move_id"], row["credit_move_id"]
            self.assertEqual({row["full_reconcile_id"]}, {fulls[debit], fulls[credit]})
            found["partial", keys[debit], keys[credit]] = self._strip(
                "account_partial_reconcile", row
            )
        for full in self._rows(
            "account_full_reconcile", "id = ANY(%s)", list(filter(None, fulls.values()))
        ):
            members = sorted(str(keys[i]) for i, f in fulls.items() if f == full["id"])
            found["full", tuple(members)] = full["create_uid"], full["write_uid"]
        return found

    def _linked(self, table, column, item_id):
        self.env.cr.execute(
            f"SELECT {column} FROM {table} WHERE account_move_line_id = %s ORDER BY 1",
            [item_id],
        )
        return self.env.cr.fetchall()

    def _written_chatter(self, statement_ids, names):
        found = {}
        for model, ids in (
            ("account.move", list(names)),
            ("o2o.settlement", statement_ids),
        ):
            for row in self._rows(
                "mail_message", "model = %s AND res_id = ANY(%s)", model, ids
            ):
                owner = names.get(row["res_id"], row["res_id"])
                values = [
                    self._strip("mail_tracking_value", value)
                    for value in self._rows(
                        "mail_tracking_value", "mail_message_id = %s", row["id"]
                    )
                ]
                found.setdefault(("notes", model, owner), []).append(
                    (self._strip("mail_message", row), values)
                )
            for row in self._rows(
                "mail_followers", "res_model = %s AND res_id = ANY(%s)", model, ids
            ):
                owner = names.get(row["res_id"], row["res_id"])
                self.env.cr.execute(
                    "SELECT mail_message_subtype_id FROM mail_followers_mail_message_subtype_rel"
                    " WHERE mail_followers_id = %s ORDER BY 1",
                    [row["id"]],
                )
                found["follower", model, owner, row["partner_id"]] = (
                    self._strip("mail_followers", row),
                    self.env.cr.fetchall(),
                )
        return found

    def _confirm(self, statements, **context):
        """Confirm as an accountant, with chatter; return the SQL statements it took."""
        user = statements.with_user(self.accountant).with_context(
            tracking_disable=False, **context
        )
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        user.action_confirm()
        user.env.flush_all()
        self.env.cr.precommit.run()
        user.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _assert_same(self, statements):
        """Confirm both ways and compare everything written."""
        try:
            with self.env.cr.savepoint():
                self._confirm(statements, o2o_by_records=True)
                expected = self._written(statements)
                raise Undo
        except Undo:
            self.env.invalidate_all(flush=False)
            self.env.cr.precommit.clear()
        self._confirm(statements)
        written = self._written(statements)
        self.assertEqual(set(written), set(expected))
        for key, values in expected.items():
            self.assertEqual(written[key], values, key)
        self._assert_numbered(statements)
        self._assert_clearing_ties_out()

    def _assert_numbered(self, statements):
        """The documents of a journal have numbers without a gap."""
        for moves in (statements.bill_id, statements.move_id):
            numbers = sorted(moves.mapped("sequence_number"))
            if numbers:
                self.assertEqual(
                    numbers, list(range(numbers[0], numbers[0] + len(moves)))
                )
                self.assertEqual(len(set(moves.mapped("name"))), len(moves))

    def _statements(self, period=None):
        period = period or self._create_period()
        period.with_user(self.accountant).action_make_statements()
        return period.statement_ids

    def test_bills_of_every_kind_equal_odoos(self):
        role = self.env["o2o.split.role"].search(
            [("company_id", "=", self.company.id), ("role", "=", "platform")]
        )
        role.bill_tax_id = False
        goods = [("fulfiller", 820.0)]
        both = [("fulfiller", 410.0), ("origin", 60.0), ("tier1", 20.0)]
        self._payees("goods", goods)
        self._payees("several roles", both)
        self._payees("no tax", [("platform", 35.0)])
        self._payees("taken back", [("fulfiller", 500.0), ("origin", -20.0)])
        self._payees("small", both, o2o_taxpayer="small_scale")
        self._payees("one cent of tax", [("origin", 0.10), ("tier1", 0.10)], count=2)
        statements = self._statements()
        self._assert_same(statements)
        self.assertEqual(len(statements.bill_id), 17)

    def _create_term(self, name, parts):
        """A payment term of ``[(percent, days)]``."""
        lines = [
            {"value": "percent", "value_amount": percent, "nb_days": days}
            for percent, days in parts
        ]
        return self.env["account.payment.term"].create(
            {"name": name, "line_ids": [Command.create(line) for line in lines]}
        )

    def _create_position(self):
        """A fiscal position that turns the VAT on goods into 3 %."""
        position = self.env["account.fiscal.position"].create(
            {"name": "small town", "company_id": self.company.id}
        )
        role = self.env["o2o.split.role"].search(
            [("company_id", "=", self.company.id), ("role", "=", "fulfiller")]
        )
        mapped = role.bill_tax_id.copy(
            {
                "amount": 3,
                "name": "VAT 3%",
                "fiscal_position_ids": [Command.link(position.id)],
            }
        )
        mapped.original_tax_ids = role.bill_tax_id
        return position

    def test_payees_with_terms_of_their_own_equal_odoos(self):
        shares = [("fulfiller", 300.0), ("guide", 12.0)]
        term = self._create_term("30 days", [(100, 30)])
        halves = self._create_term("two halves", [(50, 10), (50, 40)])
        self._payees("term", shares, property_supplier_payment_term_id=term.id)
        self._payees("halves", shares, property_supplier_payment_term_id=halves.id)
        statements = self._statements()
        self._assert_same(statements)
        bills = statements.bill_id
        reasons = [statements._copy_obstacle(bill) for bill in bills]
        self.assertEqual(reasons.count("it is due in parts"), 3)
        self.assertEqual(reasons.count(""), 3)
        self.assertEqual(len(bills.filtered("invoice_payment_term_id")), 6)

    def test_payees_with_settings_of_their_own_equal_odoos(self):
        shares = [("fulfiller", 300.0), ("guide", 12.0)]
        self.env["res.lang"]._activate_lang("fr_FR")
        position = self._create_position()
        self._payees("foreign", shares, lang="fr_FR")
        self._payees("position", shares, property_account_position_id=position.id)
        for payee in self._payees("bank", shares):
            for number in ("1", "2"):
                self.env["res.partner.bank"].create(
                    {"acc_number": f"{payee.id}-{number}", "partner_id": payee.id}
                )
        parent = self._payee("parent")
        self._payees("branch", shares, parent_id=parent.id)
        for payee in self._payees("warehouse", shares, count=2):
            self._payee("its gate", parent_id=payee.id, type="delivery")
        statements = self._statements()
        self._assert_same(statements)
        bills = statements.bill_id
        self.assertEqual(len(bills.filtered("partner_bank_id").partner_bank_id), 3)
        self.assertEqual(len(bills.filtered("fiscal_position_id")), 3)

    def test_people_equal_odoos(self):
        self._payees("guide", [("guide", 60.0)], is_company=False)
        self._payees(
            "good guide", [("guide", 3000.0), ("crew", 4000.0)], is_company=False
        )
        statements = self._statements()
        self._assert_same(statements)
        self.assertEqual(len(statements.move_id), 6)
        self.assertTrue(any(statements.mapped("amount_withheld")))

    def test_what_was_carried_forward_equals_odoos(self):
        payees = self._payees("carried", [("fulfiller", 20.0), ("origin", -40.0)])
        self._confirm(self._statements(self._create_period("2026-11-01")))
        for number, payee in enumerate(payees):
            self._share(payee, 500.0 + number, day="2026-12-03")
        december = self._statements(self._create_period("2026-12-01"))
        self._assert_same(december)
        self.assertEqual(set(december.mapped("state")), {"billed"})
        self.assertEqual(len(december.carried_ids), 3)

    def test_statements_of_sql_dont_depend_on_the_number_of_payees(self):
        few = self._payees("payee", [("fulfiller", 100.0)], count=4)
        self._confirm(self._statements())
        self.assertTrue(few)
        counts = []
        for month, count in (("2026-12-01", 4), ("2027-01-01", 24)):
            for number in range(count):
                payee = self._payee(f"payee {month} {number}")
                self._share(payee, 100.0 + number, day=month)
                self._share(payee, 50.0 + number, day=month)
            statements = self._statements(self._create_period(month))
            counts.append(self._confirm(statements))
        self.assertLessEqual(counts[1], counts[0] + 3)

    def test_billing_writes_no_share(self):
        """A month's bills are noted on its statements: shares stay where they are on disk."""
        self._payees("dealer", [("fulfiller", 100.0), ("origin", 20.0)])
        statements = self._statements()
        places = self._places(statements.line_ids)
        self.assertEqual(set(statements.line_ids.mapped("billed")), {False})
        self._confirm(statements)
        self.assertEqual(self._places(statements.line_ids), places)
        self.assertEqual(set(statements.line_ids.mapped("billed")), {True})
        self.assertEqual(set(statements.line_ids.mapped("statement_state")), {"billed"})

    def _places(self, lines):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT id, ctid::text FROM o2o_split_line WHERE id IN %s", [lines._ids]
        )
        return dict(self.env.cr.fetchall())

    def test_what_sql_cannot_tell_goes_the_long_way(self):
        self.company.o2o_bill_journal_id.restrict_mode_hash_table = True
        self._payees("hashed", [("fulfiller", 100.0)])
        statements = self._statements()
        self._confirm(statements)
        self.assertTrue(all(statements.bill_id.mapped("inalterable_hash")))
        self._assert_clearing_ties_out()

    def test_an_item_reconciled_in_part_by_hand_is_settled_all_the_same(self):
        payees = self._payees("dealer", [("fulfiller", 100.0)], count=2)
        taken = self._share(payees[0], -40.0)
        first = self.env["o2o.split.line"].search(
            [("partner_id", "=", payees[0].id), ("amount", ">", 0)]
        )
        (taken.move_line_id | first.move_line_id).reconcile()
        statements = self._statements()
        self._confirm(statements)
        self.assertTrue(all(statements.line_ids.move_line_id.mapped("reconciled")))
        self.assertEqual(set(self._assert_clearing_ties_out().values()), {0.0})

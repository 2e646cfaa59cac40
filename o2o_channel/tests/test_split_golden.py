from datetime import date

from odoo.tests import tagged

from .common_split import O2oSplitCommon


@tagged("post_install", "-at_install")
class TestSplitGolden(O2oSplitCommon):
    """The worked cases, to the cent, through orders, deliveries, returns, credit notes."""

    def test_ga_entry_at_delivery(self):
        order = self._delivered()
        entry = self._entries(order)
        self.assertEqual(len(entry), 1)
        self.assertEqual(
            self._items(entry),
            [
                ("540110", "", 820.0, 0.0),
                ("560110", "", 80.0, 0.0),
                ("560111", "", 30.0, 0.0),
                ("224110", "C2", 0.0, 820.0),
                ("224110", "B1", 0.0, 60.0),
                ("224110", "C1", 0.0, 20.0),
                ("224110", "G", 0.0, 30.0),
            ],
        )
        self.assertEqual((entry.state, entry.date), ("posted", date(2026, 11, 20)))
        self.assertEqual(entry.journal_id, self.company.o2o_split_journal_id)
        self.assertFalse(entry.line_ids.tax_ids)
        self._check_database()

    def test_ga_sub_ledger(self):
        order = self._delivered()
        shares = order.o2o_split_line_ids
        self.assertEqual(
            self._shares(order),
            {"C2": 820.0, "B1": 60.0, "C1": 20.0, "G": 30.0, "HQ": 70.0},
        )
        self.assertEqual(set(shares.mapped("base")), {1000.0})
        owed = shares.filtered(lambda share: share.partner_id != self.hq)
        self.assertEqual(set(owed.mapped("state")), {"pending"})
        self.assertEqual(set(owed.mapped("release_date")), {date(2026, 11, 27)})
        for share in owed:
            self.assertEqual(share.move_line_id.partner_id, share.partner_id)
            self.assertEqual(share.move_line_id.credit, share.amount)
            self.assertEqual(share.dispatch_id, order.dispatch_ids)
        self.assertEqual(order.order_line.o2o_split_rule_id, self.rule)

    def test_residual_share_of_hq_stays_in_revenue(self):
        order = self._delivered()
        kept = order.o2o_split_line_ids.filtered(
            lambda share: share.partner_id == self.hq
        )
        self.assertEqual((kept.amount, kept.state), (70.0, "kept"))
        self.assertFalse(kept.move_id or kept.move_line_id)
        self.assertNotIn(self.hq, self._entries(order).line_ids.partner_id)

    def test_nothing_is_split_before_delivery(self):
        order = self._create_order()
        order.action_confirm()
        order.dispatch_ids.action_accept()
        order.dispatch_ids.action_ship()
        self.assertFalse(order.o2o_split_line_ids)

    def test_cancelled_before_delivery_posts_nothing(self):
        order = self._create_order()
        order.action_confirm()
        order._action_cancel()
        self.assertFalse(order.o2o_split_line_ids)

    def test_gb_rounding(self):
        order = self._delivered(3, 333.0)
        self.assertEqual(
            self._shares(order),
            {"C2": 724.94, "B1": 53.04, "C1": 17.68, "G": 26.52, "HQ": 61.89},
        )
        guide = order.o2o_split_line_ids.filtered(lambda share: share.role == "guide")
        self.assertEqual(
            guide.explanation,
            "Untaxed Amount 884.07; 3 % = 26.5221; rounded to 0.01 = 26.52",
        )
        self._check_database()

    def _check_gb_r(self, order):
        """The three reversals of case GB-r, each entry line by line."""
        steps = [
            (241.65, 17.68, 5.89, 8.84, 20.63),
            (241.64, 17.68, 5.90, 8.84, 20.63),
            (241.65, 17.68, 5.89, 8.84, 20.63),
        ]
        entries = self._entries(order)
        self.assertEqual(len(entries), 4)
        for entry, (c2, b1, c1, guide, _hq) in zip(entries[1:], steps, strict=True):
            self.assertEqual(
                self._items(entry),
                [
                    ("540110", "", 0.0, c2),
                    ("560110", "", 0.0, round(b1 + c1, 2)),
                    ("560111", "", 0.0, guide),
                    ("224110", "C2", c2, 0.0),
                    ("224110", "B1", b1, 0.0),
                    ("224110", "C1", c1, 0.0),
                    ("224110", "G", guide, 0.0),
                ],
            )
        kept = order.o2o_split_line_ids.filtered(
            lambda share: share.partner_id == self.hq
        )
        self.assertEqual(
            kept.sorted("id").mapped("amount"), [61.89, *(-step[4] for step in steps)]
        )
        self.assertFalse(any(self._shares(order).values()))
        for partner in (
            self.dealer_c2,
            self.dealer_b1,
            self.dealer_c1,
            self.guide.partner_id,
        ):
            self.assertEqual(self._clearing(partner), 0.0)
        self._check_database()

    def test_gb_r_by_returns(self):
        order = self._delivered(3, 333.0)
        for day in (21, 22, 23):
            self._take_back(order, 1, f"2026-11-{day} 04:00:00")
        self._check_gb_r(order)

    def test_gb_r_by_credit_notes(self):
        order = self._delivered(3, 333.0)
        invoice = self._invoice(order)
        for day in (21, 22, 23):
            self._credit(invoice, quantity=1, at=f"2026-11-{day}")
        self._check_gb_r(order)

    def test_gb_r_mixed_ways(self):
        """Units come back by return, by credit note, and by a return with its credit note."""
        order = self._delivered(3, 333.0)
        invoice = self._invoice(order)
        self._take_back(order, 1, "2026-11-21 04:00:00")
        self._credit(invoice, quantity=1, at="2026-11-21")
        self._credit(invoice, quantity=1, at="2026-11-22")
        self._take_back(order, 1, "2026-11-22 04:00:00")
        self._take_back(order, 1, "2026-11-23 04:00:00")
        self._credit(invoice, quantity=1, at="2026-11-23")
        self._check_gb_r(order)

    def test_gb_r_refund_from_the_order(self):
        """Odoo's refund from the order has no link to the invoice, only to the order line."""
        self.product.invoice_policy = "delivery"
        order = self._delivered(3, 333.0)
        self._invoice(order)
        self._take_back(order, 3)
        note = order._create_invoices(final=True)
        self.assertEqual(note.move_type, "out_refund")
        note.action_post()
        self.assertFalse(any(self._shares(order).values()))
        self.assertEqual(len(self._entries(order)), 2)

    def test_full_refund_is_the_exact_negation(self):
        order = self._delivered(3, 333.0)
        self._take_back(order, 3)
        delivery, reversal = self._entries(order)
        swapped = [
            (account, party, credit, debit)
            for account, party, debit, credit in self._items(delivery)
        ]
        self.assertEqual(self._items(reversal), swapped)

    def test_gj_absent_roles_go_to_hq(self):
        order = self._delivered(o2o_guide_id=False, o2o_origin_dealer_id=False)
        self.assertEqual(self._shares(order), {"C2": 820.0, "C1": 20.0, "HQ": 160.0})
        self.assertEqual(
            self._items(self._entries(order)),
            [
                ("540110", "", 820.0, 0.0),
                ("560110", "", 20.0, 0.0),
                ("224110", "C2", 0.0, 820.0),
                ("224110", "C1", 0.0, 20.0),
            ],
        )
        moved = order.o2o_split_line_ids.filtered("moved_from")
        self.assertEqual(
            {share.moved_from: share.amount for share in moved},
            {"origin": 60.0, "guide": 30.0},
        )
        self._check_database()

    def test_gj_absent_roles_go_to_the_fulfiller(self):
        rule = self._create_rule(
            [("fulfiller", 82), ("origin", 6), ("tier1", 2), ("guide", 3)],
            code="XF",
            sequence=1,
            absent_share_to="fulfiller",
        )
        rule.action_activate()
        order = self._delivered(o2o_guide_id=False, o2o_origin_dealer_id=False)
        self.assertEqual(self._shares(order), {"C2": 910.0, "C1": 20.0, "HQ": 70.0})
        self.assertEqual(
            self._items(self._entries(order)),
            [
                ("540110", "", 910.0, 0.0),
                ("560110", "", 20.0, 0.0),
                ("224110", "C2", 0.0, 910.0),
                ("224110", "C1", 0.0, 20.0),
            ],
        )

    def test_gj_origin_is_the_fulfiller(self):
        order = self._delivered(o2o_origin_dealer_id=self.dealer_c2.id)
        own = order.o2o_split_line_ids.filtered(
            lambda share: share.partner_id == self.dealer_c2
        )
        self.assertEqual(
            {share.role: share.amount for share in own},
            {"fulfiller": 820.0, "origin": 60.0},
        )
        self.assertEqual(self._clearing(self.dealer_c2), 880.0)

    def test_go_guide_share_paid_to_the_dealer(self):
        self.guide.payee_policy = "store"
        order = self._delivered()
        self.assertEqual(self._shares(order)["B1"], 90.0)
        self.assertNotIn("G", self._shares(order))

    def test_one_cent(self):
        """0.01 including tax: net 0.01, and 82 % of it is the whole cent."""
        order = self._delivered(1, 0.01)
        self.assertEqual(self._shares(order), {"C2": 0.01, "HQ": 0.0})
        self._check_database()

    def test_free_line_is_split_into_nothing(self):
        order = self._delivered(1, 0.0)
        self.assertEqual(self._shares(order), {"HQ": 0.0})
        self.assertFalse(self._entries(order))

    def test_order_in_another_currency_is_split_at_its_own_rate(self):
        usd = self.env.ref("base.USD")
        usd.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "company_id": self.company.id,
                "name": "2026-11-01",
                "inverse_company_rate": 7.1234,
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "USD", "currency_id": usd.id, "company_id": self.company.id}
        )
        order = self._create_order(1, 113.0, pricelist_id=pricelist.id)
        self._deliver(order)
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "company_id": self.company.id,
                "name": "2026-11-21",
                "inverse_company_rate": 9.0,
            }
        )
        self.assertEqual(order.amount_untaxed, 100.0)
        self.assertEqual(
            self._shares(order),
            {"C2": 584.12, "B1": 42.74, "C1": 14.25, "G": 21.37, "HQ": 49.86},
        )
        self._take_back(order, 1)
        self.assertFalse(any(self._shares(order).values()))

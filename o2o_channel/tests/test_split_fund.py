from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common_split import O2oSplitCommon

SCORES = ("score_sales", "score_rating", "score_members")


@tagged("post_install", "-at_install")
class TestContribution(O2oSplitCommon):
    """What each party earned, and a fund shared out by it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._create_user("o2o_channel.o2o_group_accountant")
        cls.approver = cls._create_user("o2o_channel.o2o_group_approver")

    def _fund(self, scores=(), **values):
        parties = (self.dealer_c2, self.dealer_b1, self.dealer_c1)
        lines = [
            (0, 0, dict(zip(SCORES, row, strict=True))
             | {"partner_id": party.id})
            for party, row in zip(parties, scores, strict=False)
        ]  # fmt: skip
        values = {
            "name": "Marketing November",
            "company_id": self.company.id,
            "amount": 100000.0,
            "date_from": "2026-11-01",
            "date_to": "2026-11-30",
            "line_ids": lines,
        } | values
        return self.env["o2o.fund"].with_user(self.accountant).create(values)

    def test_ledger_by_order_and_role_ties_to_its_evidence(self):
        order = self._delivered(2, 1130.0)
        self._take_back(order, 1)
        self.env.flush_all()
        rows = self.env["o2o.contribution.report"].search([("order_id", "=", order.id)])
        found = {row.role: (row.earned, row.reversed, row.amount) for row in rows}
        self.assertEqual(found["fulfiller"], (1640.0, -820.0, 820.0))
        self.assertEqual(found["guide"], (60.0, -30.0, 30.0))
        self.assertEqual(sum(row.amount for row in rows), 1000.0)
        guide = rows.filtered(lambda row: row.role == "guide")
        evidence = self.env["o2o.split.line"].search(
            guide.action_view_split_lines()["domain"]
        )
        self.assertEqual(sum(evidence.mapped("amount")), guide.amount)
        self.assertEqual(len(evidence), guide.line_count)

    def test_the_marketing_fund(self):
        fund = self._fund([(0.4, 0.4, 0.4), (0.35, 0.35, 0.35), (0.25, 0.25, 0.25)])
        fund.action_allocate()
        self.assertEqual(fund.line_ids.mapped("amount"), [40000.0, 35000.0, 25000.0])

    def test_thirds_lose_no_cent(self):
        fund = self._fund([(1, 1, 1)] * 3, amount=100.0)
        fund.action_allocate()
        self.assertEqual(fund.line_ids.mapped("amount"), [33.34, 33.33, 33.33])

    def test_sales_scores_come_from_the_ledger(self):
        self._delivered(1, 1130.0)
        fund = self._fund()
        fund.action_take_sales()
        scores = {line.partner_id: line.score_sales for line in fund.line_ids}
        self.assertEqual(scores[self.dealer_c2], round(820 / 930, 6))
        self.assertNotIn(self.hq, scores)

    def test_refused(self):
        with self.assertRaisesRegex(ValidationError, "Make them 1"):
            self._fund(weight_sales=0.6)
        with self.assertRaisesRegex(UserError, "Enter the parties' scores"):
            self._fund([(0, 0, 0)]).action_allocate()
        with self.assertRaisesRegex(UserError, "begins as a draft"):
            self._fund(state="approved")

    def test_maker_is_not_checker_and_approved_stays(self):
        fund = self._fund([(0.4, 0.4, 0.4), (0.35, 0.35, 0.35), (0.25, 0.25, 0.25)])
        with self.assertRaises(AccessError):
            fund.action_approve()
        both = self._create_user(
            "o2o_channel.o2o_group_approver,o2o_channel.o2o_group_accountant",
            login="both",
        )
        fund.line_ids[0].with_user(both).score_sales = 0.4
        with self.assertRaisesRegex(UserError, "yourself"):
            fund.with_user(both).action_approve()
        fund.with_user(self.approver).action_approve()
        self.assertEqual(fund.state, "approved")
        self.assertEqual(fund.line_ids[0].amount, 40000.0)
        for change in (
            lambda: fund.write({"amount": 1.0}),
            lambda: fund.line_ids[0].write({"score_sales": 1}),
            lambda: fund.line_ids[0].unlink(),
            fund.unlink,
            fund.action_allocate,
        ):
            with self.assertRaises(UserError):
                change()

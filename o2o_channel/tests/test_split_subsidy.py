from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common_settlement import SettlementTools
from .common_split import XR, O2oSplitCommon

SUBSIDY = {"role": "subsidy", "base": "guarantee", "rate": 100}


@tagged("post_install", "-at_install")
class TestSubsidy(SettlementTools, O2oSplitCommon):
    """Cases GD and GP: the online price against what the dealer paid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_role_taxes()
        cls.env["o2o.split.role"].search(
            [("company_id", "=", cls.company.id), ("role", "=", "subsidy")]
        ).bill_tax_id = (
            cls.env["o2o.split.role"]
            .search([("company_id", "=", cls.company.id), ("role", "=", "fulfiller")])
            .bill_tax_id
        )
        cls.accountant = cls._create_user("o2o_channel.o2o_group_accountant")
        cls._create_rule([*XR, SUBSIDY], code="XS", sequence=1).action_activate()
        cls.purchase = cls.env["product.pricelist"].create(
            {
                "name": "Purchase of C2",
                "currency_id": cls.company.currency_id.id,
                "item_ids": [
                    Command.create({"compute_price": "fixed", "fixed_price": 3050.0})
                ],
            }
        )
        cls.dealer_c2.with_company(
            cls.company
        ).property_product_pricelist = cls.purchase

    def test_gd_below_the_purchase_price_headquarters_tops_up(self):
        order = self._delivered(1, 2999.0)
        entry = self._entries(order)
        items = {item[0]: item[2] for item in self._items(entry) if item[2]}
        self.assertEqual(items["540110"], 2176.26)
        self.assertEqual(items["560112"], 657.81)
        self.assertEqual(self._clearing(self.dealer_c2), 2834.07)
        shares = order.o2o_split_line_ids
        self.assertEqual(
            sum(shares.filtered(lambda s: s.role == "hq").mapped("amount")), -472.03
        )
        note = order.message_ids[0].body
        for figure in ("657.81", "472.03", "3,905.49"):
            self.assertIn(figure, note)
        period = self._create_period()
        self._state_period(period)
        bill = self._statement(self.dealer_c2, period).bill_id
        self.assertEqual(
            (bill.amount_untaxed, bill.amount_tax, bill.amount_total),
            (2834.07, 368.43, 3202.5),
        )

    def test_a_subsidy_tells_why_it_is_what_it_is(self):
        order = self._delivered(1, 2999.0)
        share = order.o2o_split_line_ids.filtered(lambda s: s.role == "subsidy")
        steps = dict(share._why_steps(False))
        self.assertEqual(
            steps["Guaranteed margin"], "guaranteed 2834.07, lacking 657.81"
        )

    def test_the_backward_price_needs_no_subsidy(self):
        order = self._delivered(1, 3905.49)
        self.assertEqual(self._subsidy(order), 0.0)
        self.assertEqual(self._clearing(self.dealer_c2), 2834.08)

    def test_gp_a_margin_above_the_guarantee_needs_none(self):
        self.purchase.item_ids.fixed_price = 734.5
        order = self._delivered(1, 1130.0)
        self.assertEqual(self._subsidy(order), 0.0)
        self.assertEqual(self._clearing(self.dealer_c2), 820.0)

    def test_without_a_purchase_list_nothing_is_guaranteed_on_retail_prices(self):
        dealer = self.dealer_c2.with_company(self.company)
        dealer.property_product_pricelist = False
        order = self._delivered(1, 2999.0)
        self.assertIn("no pricelist of its own", order.o2o_split_note)
        self.assertFalse(order.o2o_split_line_ids)
        dealer.property_product_pricelist = self.purchase
        order.action_o2o_split()
        self.assertEqual(self._subsidy(order), 657.81)

    def test_the_dealers_own_guarantee_comes_first(self):
        self.dealer_c2.o2o_guaranteed_margin = 10.0
        order = self._delivered(1, 2999.0)
        self.assertEqual(self._subsidy(order), 792.77)  # 3,355.00 / 1.13 - 2,176.26

    def test_a_return_takes_the_subsidy_back_at_the_price_of_the_sale(self):
        order = self._delivered(2, 2999.0)
        self.assertEqual(self._clearing(self.dealer_c2), 5668.14)
        self.purchase.item_ids.fixed_price = 1.0
        self.company.o2o_guaranteed_margin = 50.0
        self._take_back(order, 1)
        # half of 4,352.53 and of 1,315.61, each rounded: 2,176.27 + 657.81
        self.assertEqual(self._clearing(self.dealer_c2), 2834.08)
        self._take_back(order, 1)
        self.assertEqual(self._clearing(self.dealer_c2), 0.0)
        self._check_database()

    def test_a_subsidy_is_counted_on_the_gap_only(self):
        for code, share in (
            ("XT", {"role": "subsidy", "base": "untaxed", "rate": 5}),
            ("XU", {"role": "guide", "base": "guarantee", "rate": 5}),
        ):
            with self.assertRaisesRegex(ValidationError, "Gap to the Guaranteed"):
                self._create_rule([share], code=code)

    def _subsidy(self, order):
        shares = order.o2o_split_line_ids.filtered(lambda s: s.role == "subsidy")
        return sum(shares.mapped("amount"))

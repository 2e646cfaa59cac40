from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_settlement import SettlementTools
from .common_split import O2oSplitCommon


@tagged("post_install", "-at_install")
class TestCoupon(SettlementTools, O2oSplitCommon):
    """Case GG: a coupon of 100.00 on GA; paid 1,030.00 = 911.50 net + 118.50 VAT."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.discount = cls.env["product.product"].create(
            {"name": "Discount", "type": "service", "taxes_id": False}
        )
        cls.company.sale_discount_product_id = cls.discount

    def _order(self, *coupons, lines=None):
        """An order of GA's goods with coupons of ``(funder, amount)``."""
        rows = lines or [{"product_uom_qty": 1, "price_unit": 1130.0}]
        rows += [
            {
                "product_id": self.discount.id,
                "product_uom_qty": 1,
                "price_unit": -amount,
                "o2o_discount_funder": funder,
            }
            for funder, amount in coupons
        ]
        return self._create_order(lines=rows)

    def _dealt(self, *coupons, **values):
        order = self._order(*coupons, **values)
        self.assertEqual(order.amount_total, 1130.0 - sum(c[1] for c in coupons))
        return self._deliver(order)

    def test_gg_headquarters_pays_for_it(self):
        order = self._dealt(("hq", 100.0))
        self.assertEqual(
            self._shares(order),
            {"C2": 820.0, "B1": 60.0, "C1": 20.0, "G": 30.0, "HQ": -18.5},
        )
        self.assertEqual(self._clearing(self.dealer_c2), 820.0)

    def test_gg_the_fulfilling_dealer_pays_for_it(self):
        order = self._dealt(("fulfiller", 100.0))
        self.assertEqual(
            self._shares(order),
            {"C2": 731.5, "B1": 60.0, "C1": 20.0, "G": 30.0, "HQ": 70.0},
        )
        self.assertEqual(self._clearing(self.dealer_c2), 731.5)

    def test_without_a_funder_it_is_everybodys(self):
        order = self._dealt((False, 100.0))
        self.assertEqual(
            self._shares(order),
            {"C2": 747.43, "B1": 54.69, "C1": 18.23, "G": 27.35, "HQ": 63.8},
        )

    def test_two_coupons_of_two_funders(self):
        order = self._dealt(("fulfiller", 60.0), ("origin", 40.0))
        shares = self._shares(order)
        self.assertEqual((shares["C2"], shares["B1"]), (766.9, 24.6))
        self.assertEqual((shares["HQ"], sum(shares.values())), (70.0, 911.5))

    def test_what_a_party_cannot_pay_is_headquarters(self):
        order = self._dealt(("guide", 100.0))
        shares = self._shares(order)
        self.assertEqual((shares.get("G", 0.0), shares["HQ"]), (0.0, 11.5))

    def test_a_coupon_goes_over_the_lines_and_back(self):
        lines = [
            {"product_uom_qty": 2, "price_unit": 282.5},
            {"product_uom_qty": 1, "price_unit": 565.0},
        ]
        order = self._dealt(("fulfiller", 100.0), lines=lines)
        self.assertEqual(self._shares(order)["C2"], 731.5)
        self._take_back(order, 1)
        self.assertEqual(self._shares(order)["C2"], 182.88)
        self._check_database()

    def test_of_a_dealers_sale_the_seller_keeps_the_same_net(self):
        """Headquarters pays for the coupon by a fee below zero: 820.00 net as without one."""
        self._set_up_role_taxes()
        self.channel.accounting_mode = "agent"
        order = self._dealt(("hq", 100.0))
        booked = {}
        for line in order.o2o_clearing_line_ids:
            if line.partner_id == self.dealer_c2:
                booked[line.kind] = round(booked.get(line.kind, 0.0) + line.amount, 2)
        self.assertEqual(booked, {"receipt": 1030.0, "fee": 19.61, "transfer": -114.8})
        vat = 118.5 + 1.11 - (3.6 + 1.2)  # of the sale and the fee, less its payees'
        self.assertEqual(round(sum(booked.values()) - vat, 2), 820.0)
        self._take_back(order, 1)
        self.assertEqual(self._clearing(self.dealer_c2), 0.0)

    def test_what_the_funder_cannot_pay_is_told_once(self):
        order = self._dealt(("guide", 100.0))
        notes = order.message_ids.filtered(lambda m: "should be paid by" in m.body)
        self.assertEqual(len(notes), 1)
        self.assertIn("58.50", notes.body)  # of 88.50 without tax the guide's 30.00 pay
        self.assertIn("Guide", notes.body)
        self._take_back(order, 1)
        notes = order.message_ids.filtered(lambda m: "should be paid by" in m.body)
        self.assertEqual(len(notes), 1)

    def test_nothing_is_told_where_the_funder_pays(self):
        for funder in ("hq", "fulfiller", False):
            order = self._dealt((funder, 100.0))
            self.assertNotIn("should be paid by", str(order.message_ids.mapped("body")))

    def test_who_pays_is_settled_at_the_sale(self):
        order = self._dealt(("hq", 100.0))
        with self.assertRaisesRegex(UserError, "can't be changed any more"):
            order.order_line[-1].o2o_discount_funder = "fulfiller"
        with self.assertRaisesRegex(UserError, "can't be changed any more"):
            order.order_line[-1].copy(
                {"order_id": order.id, "o2o_discount_funder": "fulfiller"}
            )

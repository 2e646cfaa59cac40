from odoo import Command
from odoo.tests import tagged

from .common_intake import IntakeCommon
from .common_split import O2oSplitCommon


@tagged("post_install", "-at_install")
class TestIntakeDiscount(IntakeCommon, O2oSplitCommon):
    """Case GG from the shop: a coupon of 100.00 on 1,130.00, and who pays for it."""

    def _coupon(self, amount="100.00", funder=None, **values):
        payment = {"status": "paid", "method": "platform", "amount": "1030.00"}
        discount = {"amount": amount, "funder": funder, "name": "双十一满减"}
        return self._payload(
            guide=self.guide.code,
            discounts=[discount],
            **{"payment": payment, **values},
        )

    def _taken(self, payload):
        order, created = self._take(payload)
        self.assertTrue(created)
        return order

    def test_gg_headquarters_pays_for_it(self):
        order = self._taken(self._coupon(funder="hq"))
        self.assertEqual((order.amount_total, order.amount_untaxed), (1030.0, 911.5))
        coupon = order.order_line - order.order_line[0]
        self.assertEqual(coupon.name, "双十一满减")
        self.assertEqual(coupon.tax_ids, order.order_line[0].tax_ids)
        self._deliver(order)
        self.assertEqual(
            self._shares(order),
            {"C2": 820.0, "B1": 60.0, "C1": 20.0, "G": 30.0, "HQ": -18.5},
        )

    def test_gg_the_fulfilling_dealer_pays_for_it(self):
        order = self._taken(self._coupon(funder="fulfiller"))
        self._deliver(order)
        self.assertEqual(self._shares(order)["C2"], 731.5)

    def test_without_a_funder_it_is_everybodys(self):
        order = self._taken(self._coupon())
        self._deliver(order)
        self.assertEqual(self._shares(order)["HQ"], 63.8)

    def test_it_is_taken_once(self):
        order = self._taken(self._coupon(funder="hq"))
        again, created = self._take(self._coupon(funder="hq"))
        self.assertEqual((again, created), (order, False))

    def test_each_tax_gets_its_part(self):
        """100.00 over 1,130.00 with 13 % and 212.00 with 6 %: 84.20 and 15.80."""
        tax = self.tax_13.copy({"name": "6 %", "amount": 6.0})
        service = self._create_product(default_code="E-6")
        service.taxes_id = [Command.set(tax.ids)]
        order = self._taken(
            self._coupon(
                lines=[self._line(), self._line("2", price="212.00", sku="E-6")],
                payment={"status": "paid", "method": "", "amount": "1242.00"},
            )
        )
        coupons = order.order_line.filtered(lambda line: not line.o2o_external_line)
        found = {line.tax_ids.amount: line.price_total for line in coupons}
        self.assertEqual(found, {13.0: -84.2, 6.0: -15.8})
        self.assertEqual(order.amount_total, 1242.0)

    def test_the_first_discount_of_a_company_makes_the_product(self):
        self.company.sale_discount_product_id = False
        self._taken(self._coupon())
        self.assertTrue(self.company.sale_discount_product_id)

    def test_taxes_on_top_are_taken_out(self):
        tax = self.tax_13.copy(
            {"name": "13% excl.", "price_include_override": "tax_excluded"}
        )
        product = self._create_product(default_code="EXCL")
        product.taxes_id = [Command.set(tax.ids)]
        order = self._taken(self._coupon(lines=[self._line(sku="EXCL")]))
        self.assertEqual((order.amount_total, order.amount_untaxed), (1030.0, 911.5))

    def test_bad_discounts_are_refused_by_field(self):
        above = self._coupon(amount="1130.01", external_ref="D-1")
        self.assertRefused(above, "/discounts/0/amount", "1130.01", "1130.00")
        unknown = self._coupon(funder="everybody", external_ref="D-2")
        self.assertRefused(unknown, "/discounts/0/funder", "everybody", "platform")
        many = self._coupon(external_ref="D-3")
        many["discounts"] *= 21
        self.assertRefused(many, "/discounts", "20")
        differs = self._coupon(external_ref="D-4")
        differs["payment"]["amount"] = "1130.00"
        self.assertRefused(differs, "/payment/amount", "1130.00", "1030.00")

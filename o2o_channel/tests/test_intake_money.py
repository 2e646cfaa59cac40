from decimal import Decimal

from odoo import Command
from odoo.tests import tagged

from .common_intake import IntakeCommon


@tagged("post_install", "-at_install")
class TestIntakeMoney(IntakeCommon):
    """Every line costs to the cent what the consumer paid."""

    def _lines_of(self, *lines, amount):
        order, _created = self._take(self._with_lines(*lines, amount=amount))
        self.assertEqual(order.amount_total, float(amount))
        return order.order_line

    def test_gb_three_at_333(self):
        line = self._lines_of(
            self._line(quantity=3, price="333.00", sku="E-333"), amount="999.00"
        )
        self.assertEqual(line.price_subtotal, 884.07)
        self.assertAlmostEqual(line.price_tax, 114.93, places=9)
        self.assertEqual(line.price_unit, 333.0)

    def test_discounts_that_percent_cannot_say(self):
        cases = [
            (3, "333.00", "0.01", "998.99"),
            (3, "333.00", "10.00", "989.00"),
            (7, "19.99", "3.33", "136.60"),
            (1, "1130.00", "1130.00", "0.00"),
            (999, "0.07", "0.01", "69.92"),
            (100000, "9999.99", "0.01", "999998999.99"),
        ]
        for number, (quantity, price, discount, total) in enumerate(cases):
            order, _created = self._take(
                self._with_lines(
                    self._line(quantity=quantity, price=price, discount=discount),
                    amount=total,
                    external_ref=f"D-{number}",
                )
            )
            self.assertEqual(f"{order.amount_total:.2f}", total)
            self.assertEqual(order.order_line.o2o_discount, float(discount))

    def test_quantity_with_decimals(self):
        line = self._lines_of(
            self._line(quantity=Decimal("0.33"), price="3.00"), amount="0.99"
        )
        self.assertEqual(line.product_uom_qty, 0.33)

    def test_price_of_nothing_stays(self):
        line = self._lines_of(self._line(price="0.00"), amount="0.00")
        line.product_uom_qty = 2
        self.assertEqual(line.price_unit, 0.0)

    def test_price_list_does_not_change_what_was_agreed(self):
        line = self._lines_of(self._line(price="7.77"), amount="7.77")
        line.product_uom_qty = 2
        self.assertEqual((line.price_unit, line.discount), (7.77, 0.0))

    def test_tax_on_top_of_the_price_is_taken_out(self):
        tax = self.tax_13.copy(
            {"name": "13% excl.", "price_include_override": "tax_excluded"}
        )
        product = self._create_product(default_code="EXCL")
        product.taxes_id = [Command.set(tax.ids)]
        line = self._lines_of(
            self._line(quantity=3, price="333.00", sku="EXCL"), amount="999.00"
        )
        self.assertEqual(line.price_subtotal, 884.07)
        self.assertAlmostEqual(line.price_tax, 114.93, places=9)

    def test_tax_that_cannot_give_the_price_is_refused(self):
        tax = self.tax_13.copy(
            {
                "name": "Eco 5",
                "amount_type": "fixed",
                "amount": 5,
                "price_include_override": "tax_excluded",
            }
        )
        product = self._create_product(default_code="ECO")
        product.taxes_id = [Command.set(tax.ids)]
        self.assertRefused(
            self._with_lines(self._line(sku="ECO"), amount="1130.00"),
            "/lines/0/price",
            "Eco 5",
            "1130.00",
        )


@tagged("post_install", "-at_install")
class TestIntakeConsumer(IntakeCommon):
    """One person is one contact, two persons are two."""

    def _consumer(self, ref, **values):
        consumer = {
            "name": "李雷",
            "phone": "13800138000",
            "external_id": None,
            **values,
        }
        payload = self._payload(external_ref=ref, consumer=consumer)
        return self._take(payload)[0].partner_id

    def test_same_number_in_the_channel_is_the_same_person(self):
        first = self._consumer("A", external_id="u-1")
        self.assertEqual(first, self._consumer("B", external_id="u-1", name="韩梅梅"))

    def test_other_number_is_another_person_with_the_same_phone(self):
        first = self._consumer("A", external_id="u-1")
        self.assertNotEqual(first, self._consumer("B", external_id="u-2"))

    def test_same_phone_and_name(self):
        first = self._consumer("A")
        self.assertEqual(first, self._consumer("B", phone="+86 138-0013-8000"))

    def test_same_phone_of_another_name_is_another_person(self):
        self.assertNotEqual(self._consumer("A"), self._consumer("B", name="韩梅梅"))

    def test_without_phone_and_number_everybody_is_new(self):
        first = self._consumer("A", phone=None)
        self.assertNotEqual(first, self._consumer("B", phone=None))

    def test_nobody_outside_the_channel_is_taken_for_the_consumer(self):
        self.dealer_b1.write({"phone": "+8613800138000", "name": "李雷"})
        self.assertNotEqual(self._consumer("A"), self.dealer_b1)

    def test_consumer_has_no_login_and_belongs_to_the_company(self):
        consumer = self._consumer("A")
        self.assertFalse(consumer.user_ids)
        self.assertEqual(consumer.company_id, self.company)

    def test_same_address_is_used_again_and_another_added(self):
        first = self._take(self._payload(external_ref="A"))[0]
        same = self._take(self._payload(external_ref="B"))[0]
        self.assertEqual(first.partner_shipping_id, same.partner_shipping_id)
        payload = self._payload(external_ref="C")
        payload["delivery"]["address"]["street"] = "春熙路2号"
        other = self._take(payload)[0]
        self.assertEqual(other.partner_id, first.partner_id)
        self.assertNotEqual(other.partner_shipping_id, first.partner_shipping_id)

from odoo import Command
from odoo.tests import tagged

from .common_split import O2oSplitCommon


@tagged("post_install", "-at_install")
class TestTerms(O2oSplitCommon):
    """What a dealer pays and is guaranteed is kept from the day it is asked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lists = {}
        for dealer, price in ((cls.dealer_c2, 678.0), (cls.dealer_c1, 904.0)):
            cls.lists[dealer] = cls.env["product.pricelist"].create(
                {
                    "name": f"Purchase of {dealer.name}",
                    "currency_id": cls.company.currency_id.id,
                    "item_ids": [
                        Command.create({"compute_price": "fixed", "fixed_price": price})
                    ],
                }
            )
            dealer.with_company(cls.company).property_product_pricelist = cls.lists[
                dealer
            ]
        cls._create_rule(
            [
                {"role": "fulfiller", "base": "purchase", "rate": 100},
                {"role": "fulfiller", "base": "margin", "rate": 40},
                {"role": "guide", "base": "margin", "rate": 10},
            ],
            code="MG",
            sequence=1,
        ).action_activate()
        cls._set_stock(cls.store_c1, cls.product, 5)

    def test_a_price_list_changed_after_the_sale_changes_no_share(self):
        order = self._create_order()
        order.action_confirm()
        self.lists[self.dealer_c2].item_ids.fixed_price = 1.13
        self._deliver_legs(order.dispatch_ids)
        # 600.00 + 40 % of 400.00; the guide 10 % of it
        self.assertEqual(self._shares(order), {"C2": 760.0, "G": 40.0, "HQ": 200.0})

    def test_the_next_dealer_has_its_own_terms(self):
        order = self._create_order()
        legs = self._legs_over(order, {self.store_c1: 1})
        terms = order.order_line.o2o_split_parties["terms"]
        asked = [str(self.dealer_c2.id), str(self.dealer_c1.id)]
        self.assertEqual(list(terms), asked)
        self._deliver_legs(legs)
        # 800.00 + 40 % of 200.00
        self.assertEqual(self._shares(order), {"C1": 880.0, "G": 20.0, "HQ": 100.0})

    def test_two_dealers_of_a_line_are_paid_on_their_own_terms(self):
        order = self._create_order(2, 1130.0)
        legs = self._legs_over(order, {self.store_c2: 1, self.store_c1: 1})
        self._deliver_legs(legs)
        self.assertEqual(
            self._shares(order),
            {"C2": 760.0, "C1": 880.0, "G": 60.0, "HQ": 300.0},
        )
        self._check_database()
        guide = order.o2o_split_line_ids.filtered(lambda s: s.role == "guide")
        self.assertEqual(
            dict(guide[-1:]._why_steps(False))["Sum"],
            "by dealers' terms: 40.00 + 20.00 = 60.00",
        )
        self._take_back(order, 1)
        # C1's piece came back: what is left was bought by C2
        self.assertEqual(
            self._shares(order), {"C2": 760.0, "C1": 0.0, "G": 40.0, "HQ": 200.0}
        )
        self._check_database()

    def test_a_line_of_more_units_scales_the_terms(self):
        order = self._create_order(1, 1130.0)
        order.action_confirm()
        order.order_line.product_uom_qty = 2
        terms = order.order_line._o2o_terms(self.dealer_c2)
        self.assertEqual(float(terms["purchase"]), 1200.0)

    def test_an_order_split_by_an_earlier_version_keeps_its_price(self):
        order = self._create_order()
        order.action_confirm()
        line = order.order_line
        parties = dict(line.o2o_split_parties)
        del parties["terms"]
        line.o2o_split_parties = parties | {"purchase": "500.00"}
        self._deliver_legs(order.dispatch_ids)
        self.assertEqual(self._shares(order), {"C2": 700.0, "G": 50.0, "HQ": 250.0})

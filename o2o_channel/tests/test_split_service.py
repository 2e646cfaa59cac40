from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_split import XR, O2oSplitCommon


@tagged("post_install", "-at_install")
class TestService(O2oSplitCommon):
    """Cases GE and GF: services, bundles, crews."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.crew = cls.env["res.partner"].create({"name": "W", "is_company": True})
        cls.tax_9 = cls.tax_13.copy({"name": "VAT 9 %", "amount": 9})
        cls.services = cls.env["product.category"].create({"name": "Services"})
        cls.installation = cls._service_product("Installation", cls.services)
        cls.discount = cls.env["product.product"].create(
            {"name": "Discount", "type": "service", "taxes_id": False}
        )
        cls.company.sale_discount_product_id = cls.discount
        cls._create_rule(
            [("crew", 70), ("fulfiller", 25)],
            code="SV",
            sequence=1,
            categ_ids=[Command.set(cls.services.ids)],
        ).action_activate()

    @classmethod
    def _service_product(cls, name, category):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "categ_id": category.id,
                "invoice_policy": "order",
                "taxes_id": [Command.set(cls.tax_9.ids)],
            }
        )

    def _service(self, price=400.0, **values):
        return {
            "product_id": self.installation.id,
            "product_uom_qty": 1,
            "price_unit": price,
            "tax_ids": [Command.set(self.tax_9.ids)],
            **values,
        }

    def _goods(self, price, **values):
        return {"product_uom_qty": 1, "price_unit": price, **values}

    def _of(self, line):
        shares = {}
        for share in line.o2o_split_line_ids:
            name = share.partner_id.dealer_code or share.partner_id.name
            name = {"Wang Fang": "G", self.hq.name: "HQ"}.get(name, name)
            shares[name] = round(shares.get(name, 0.0) + share.amount, 2)
        return shares

    def test_ge_a_bundle_of_goods_and_installation(self):
        """3,600.00 + 400.00 sold at 3,799.00."""
        order = self._create_order(
            lines=[
                self._goods(3600.0),
                self._service(),
                {
                    "product_id": self.discount.id,
                    "product_uom_qty": 1,
                    "price_unit": -201.0,
                    "tax_ids": False,
                },
            ],
            o2o_crew_id=self.crew.id,
        )
        self._deliver(order)
        goods, service = order.order_line[:2]
        self.assertEqual(
            self._of(goods),
            {"C2": 2481.12, "B1": 181.55, "C1": 60.52, "G": 90.77, "HQ": 211.79},
        )
        self.assertEqual(self._of(service), {"W": 243.97, "C2": 87.13, "HQ": 17.43})
        self.assertEqual(self._clearing(self.crew), 243.97)
        entry = service.o2o_split_line_ids.move_id
        accounts = {item[0]: item[2] for item in self._items(entry) if item[2]}
        self.assertEqual(accounts["560113"], 243.97)
        self._check_database()

    def test_gf_a_flat_fee_and_the_spread_of_an_upsell(self):
        self._create_rule(
            [{"role": "crew", "kind": "fixed", "rate": 80}, *XR], code="XR2", sequence=2
        ).action_activate()
        self._create_rule(
            [
                {"role": "fulfiller", "base": "floor_price", "rate": 100},
                {"role": "fulfiller", "kind": "spread", "rate": 25},
                {"role": "crew", "kind": "spread", "rate": 60},
            ],
            code="UP",
            sequence=0,
            categ_ids=[Command.create({"name": "Door"})],
        ).action_activate()
        upsell = self.env["product.product"].create(
            {
                "name": "Hose",
                "is_storable": True,
                "invoice_policy": "order",
                "categ_id": self.env["product.category"]
                .search([("name", "=", "Door")])
                .id,
                "o2o_floor_price": 380.0,
            }
        )
        self._set_stock(self.store_c2, upsell, 5)
        order = self._create_order(
            lines=[self._goods(1130.0), self._goods(500.0, product_id=upsell.id)],
            o2o_crew_id=self.crew.id,
        )
        self._deliver(order)
        lead, door = order.order_line
        self.assertEqual(self._of(lead)["W"], 80.0)
        self.assertEqual(self._of(door), {"C2": 362.83, "W": 63.72, "HQ": 15.93})
        self._check_database()

    def test_a_service_alone_is_split_when_it_is_done(self):
        order = self._create_order(lines=[self._service()], o2o_crew_id=self.crew.id)
        order.action_confirm()
        self.assertFalse(order.o2o_split_line_ids)
        with freeze_time("2026-11-20 04:00:00"):
            order.order_line.qty_delivered = 1
        self.assertEqual(self._clearing(self.crew), 256.88)  # 70 % of 366.97
        count = len(order.o2o_split_line_ids)
        order.order_line.qty_delivered = 1
        self.assertEqual(len(order.o2o_split_line_ids), count)

    def test_freight_has_a_rule_of_its_own_by_product(self):
        freight = self._service_product("Freight", self.services)
        self._create_rule(
            [("fulfiller", 100)],
            code="FR",
            sequence=0,
            product_ids=[Command.set(freight.product_tmpl_id.ids)],
        ).action_activate()
        order = self._create_order(
            lines=[
                self._goods(1130.0),
                self._service(21.8, product_id=freight.id),
                self._service(),
            ]
        )
        self._deliver(order)
        goods, freight_line, service = order.order_line
        self.assertEqual(self._of(freight_line), {"C2": 20.0, "HQ": 0.0})
        self.assertEqual(goods.o2o_split_rule_id.code, "XR")
        self.assertEqual(service.o2o_split_rule_id.code, "SV")
        self._check_database()

    def test_a_service_that_no_rule_names_stays_with_headquarters(self):
        category = self.env["product.category"].create({"name": "Other"})
        other = self._service_product("Insurance", category)
        order = self._create_order(
            lines=[self._goods(1130.0), self._service(product_id=other.id)]
        )
        self._deliver(order)
        self.assertFalse(order.order_line[1].o2o_split_line_ids)
        self.assertFalse(order.o2o_split_note)

    def test_a_deduction_is_split_by_a_rule_that_names_it(self):
        """A service at a negative price: what is deducted comes off the same parties."""
        order = self._create_order(
            lines=[self._goods(1130.0), self._service(-109.0)],
            o2o_crew_id=self.crew.id,
        )
        self._deliver(order)
        self.assertEqual(
            self._of(order.order_line[1]), {"W": -70.0, "C2": -25.0, "HQ": -5.0}
        )
        self._check_database()

    def test_a_line_that_takes_goods_back_is_refused(self):
        order = self._create_order(
            lines=[self._goods(1130.0), self._goods(1130.0, product_uom_qty=-1)]
        )
        with self.assertRaisesRegex(UserError, "the quantity of .* is -1.0"):
            order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_goods_that_come_back_leave_the_service_done(self):
        order = self._create_order(
            lines=[self._goods(1130.0), self._service()], o2o_crew_id=self.crew.id
        )
        self._deliver(order)
        self._take_back(order, 1)
        self.assertEqual(self._clearing(self.crew), 256.88)
        self.assertFalse(any(self._of(order.order_line[0]).values()))

    def test_the_crew_may_be_named_until_something_is_posted(self):
        order = self._create_order(lines=[self._goods(1130.0), self._service()])
        order.action_confirm()
        order.o2o_crew_id = self.crew
        with freeze_time("2026-11-20 04:00:00"):
            self._deliver_legs(order.dispatch_ids)
        self.assertEqual(self._clearing(self.crew), 256.88)
        with self.assertRaisesRegex(UserError, "crew can't be changed"):
            order.o2o_crew_id = False

    def test_the_floor_price_is_kept_from_the_sale(self):
        self.product.o2o_floor_price = 500.0
        order = self._create_order()
        order.action_confirm()
        self.product.o2o_floor_price = 900.0
        self.assertEqual(order.order_line.o2o_floor_price, 500.0)
        with self.assertRaisesRegex(UserError, "floor price of a confirmed order"):
            order.order_line.o2o_floor_price = 1.0

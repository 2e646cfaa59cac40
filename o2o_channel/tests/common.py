from odoo import Command
from odoo.tests import TransactionCase, new_test_user


class O2oCommon(TransactionCase):
    """The brand of the story: a company in CNY, dealers B1, C1 and C2, one product.

    Everything is made here, nothing taken from demo data. B1 serves Beijing, C1 the
    city of Chengdu, C2 (under C1) its district Jinjiang. Factories take any values.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls._set_up_company()
        cls._set_up_regions()
        cls._set_up_product()
        cls._set_up_dealers()
        cls.channel = cls._create_channel(code="TMALL", name="Tmall", kind="platform")

    @classmethod
    def _set_up_company(cls):
        """A company with the Chinese chart when it is there, else the generic one."""
        # a chart whose module isn't installed would install it, which tests may not
        chinese = cls.env["ir.module.module"]._get("l10n_cn").state == "installed"
        cls.currency = cls.env.ref("base.CNY")
        cls.currency.active = True
        cls.company = cls.env["res.company"].create(
            {
                "name": "Jade Home Appliances",
                "country_id": cls.env.ref("base.cn").id,
                "currency_id": cls.currency.id,
            }
        )
        cls.company.partner_id.tz = "Asia/Shanghai"
        # Bills can be paid at once; tests of the dealers' own invoices turn this on.
        cls.company.o2o_require_dealer_invoice = False
        cls.env.user.write({"company_ids": [Command.link(cls.company.id)]})
        cls.env.user.company_id = cls.company
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids}
        )
        cls.company = cls.company.with_env(cls.env)
        cls.env["account.chart.template"].try_loading(
            "cn" if chinese else "generic_coa", cls.company, install_demo=False
        )
        cls.company.currency_id = cls.currency
        cls.tax_13 = cls.company.account_sale_tax_id.copy(
            {
                "name": "13% incl.",
                "amount": 13,
                "price_include_override": "tax_included",
            }
        )

    @classmethod
    def _set_up_regions(cls):
        """Places of the story; the shipped tree has them, an emptied one may not."""
        codes = {
            "110000": ("北京市", "Beijing"),
            "110100": ("北京市", "Beijing"),
            "110105": ("朝阳区", "Chaoyang"),
            "510000": ("四川省", "Sichuan"),
            "510100": ("成都市", "Chengdu"),
            "510104": ("锦江区", "Jinjiang"),
        }
        known = cls.env["o2o.region"].search([("code", "in", list(codes))])
        for code in codes.keys() - set(known.mapped("code")):
            name, latin = codes[code]
            known += cls._create_region(code=code, name=name, latin_name=latin)
        by_code = {region.code: region for region in known}
        cls.beijing, cls.chaoyang = by_code["110000"], by_code["110105"]
        cls.sichuan, cls.chengdu = by_code["510000"], by_code["510100"]
        cls.jinjiang = by_code["510104"]

    @classmethod
    def _set_up_product(cls):
        cls.category = cls.env["product.category"].create({"name": "Appliances"})
        cls.product = cls._create_product(default_code="E-1001", name="Rice Cooker")

    @classmethod
    def _set_up_dealers(cls):
        cls.dealer_b1 = cls._create_dealer(name="Beijing Trade", dealer_code="B1")
        cls.dealer_c1 = cls._create_dealer(name="Chengdu Trade", dealer_code="C1")
        cls.dealer_c2 = cls._create_dealer(
            name="Jinjiang Store",
            dealer_code="C2",
            dealer_tier="tier2",
            dealer_parent_id=cls.dealer_c1.id,
        )
        cls.coverage_b1 = cls._create_coverage(cls.dealer_b1, cls.beijing)
        cls.coverage_c1 = cls._create_coverage(cls.dealer_c1, cls.chengdu)
        cls.coverage_c2 = cls._create_coverage(cls.dealer_c2, cls.jinjiang)

    @classmethod
    def _create_dealer(cls, **values):
        """An active tier-1 dealer unless the values say otherwise."""
        return cls.env["res.partner"].create(
            {
                "name": "Dealer",
                "is_company": True,
                "is_dealer": True,
                "dealer_tier": "tier1",
                "dealer_state": "active",
                **values,
            }
        )

    @classmethod
    def _create_region(cls, **values):
        return cls.env["o2o.region"].create({"name": "Region", **values})

    @classmethod
    def _create_coverage(cls, dealer, region, **values):
        """A sales line without end for all goods unless the values say otherwise."""
        return cls.env["o2o.coverage"].create(
            {
                "dealer_id": dealer.id,
                "region_id": region.id,
                "role": "sales",
                "company_id": cls.company.id,
                **values,
            }
        )

    @classmethod
    def _create_channel(cls, **values):
        return cls.env["o2o.channel"].create(
            {"name": "Channel", "company_id": cls.company.id, **values}
        )

    @classmethod
    def _create_authorization(cls, dealer, channel, **values):
        """An approved authorisation for 2026 unless the values say otherwise."""
        return cls.env["o2o.online.authorization"].create(
            {
                "dealer_id": dealer.id,
                "channel_id": channel.id,
                "company_id": cls.company.id,
                "shop_ref": "Shop 1",
                "date_from": "2026-01-01",
                "date_to": "2026-12-31",
                "state": "approved",
                "approved_on": "2026-01-01",
                **values,
            }
        )

    @classmethod
    def _create_product(cls, **values):
        """A stored product at 1,130.00 with 13 % VAT included."""
        return cls.env["product.product"].create(
            {
                "name": "Product",
                "type": "consu",
                "is_storable": True,
                "list_price": 1130.0,
                "categ_id": cls.category.id,
                "taxes_id": [Command.set(cls.tax_13.ids)],
                **values,
            }
        )

    @classmethod
    def _create_user(cls, groups, **values):
        """A user of the story's company; ``groups`` are xml ids, comma-separated.

        ``_create_user("o2o_channel.o2o_group_manager")``; for a dealer's own people
        ``_create_user("base.group_portal", partner_id=contact.id)``.
        """
        values.setdefault("login", groups.split(",")[0].split(".")[-1])
        return new_test_user(
            cls.env,
            groups=groups,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            **values,
        )


class O2oStockCommon(O2oCommon):
    """One store for each dealer of the story, ten rice cookers in each pool."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store_b1 = cls._create_store(cls.dealer_b1, 39.9219, 116.4435, code="B1-01")
        cls.store_c1 = cls._create_store(cls.dealer_c1, 30.7010, 104.0480, code="C1-01")
        cls.store_c2 = cls._create_store(cls.dealer_c2, 30.6570, 104.0800, code="C2-01")
        for store in cls.store_b1 | cls.store_c1 | cls.store_c2:
            cls._set_stock(store, cls.product, 10)

    @classmethod
    def _create_store(cls, dealer, latitude=0.0, longitude=0.0, **values):
        store = cls.env["stock.warehouse"].create(
            {
                "name": f"{dealer.name} {values.get('code', '')}".strip(),
                "dealer_id": dealer.id,
                "company_id": cls.company.id,
                **values,
            }
        )
        store.partner_id.write(
            {"partner_latitude": latitude, "partner_longitude": longitude}
        )
        return store

    @classmethod
    def _set_stock(cls, store, product, quantity):
        """Make the pool hold ``quantity`` in all, whatever is reserved of it."""
        location = store.o2o_location_id
        quants = cls.env["stock.quant"]._gather(product, location, strict=True)
        cls.env["stock.quant"]._update_available_quantity(
            product, location, quantity - sum(quants.mapped("quantity"))
        )


class O2oRoutingCommon(O2oStockCommon):
    """A consumer in Jinjiang. C2 serves it; a second store of C2 lies farther away."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user("o2o_channel.o2o_group_manager")
        cls.store_far = cls._create_store(
            cls.dealer_c2, 30.6200, 104.1500, code="C2-02"
        )
        cls._set_stock(cls.store_far, cls.product, 10)
        cls.consumer = cls.env["res.partner"].create(
            {
                "name": "Wang Fang",
                "phone": "+86 138 0013 8000",
                "street": "Hongxing Road 3",
                "city": "Chengdu",
                "country_id": cls.env.ref("base.cn").id,
                "o2o_region_code": "510104",
                "partner_latitude": 30.65,
                "partner_longitude": 104.08,
            }
        )
        cls.reason = cls.env["o2o.reject.reason"].create(
            {"name": "No Stock", "code": "t1"}
        )

    @classmethod
    def _create_order(cls, *lines, **values):
        """Lines are (product, quantity); one rice cooker without any."""
        lines = lines or ((cls.product, 1),)
        return cls.env["sale.order"].create(
            {
                "partner_id": cls.consumer.id,
                "o2o_channel_id": cls.channel.id,
                "company_id": cls.company.id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_uom_qty": quantity}
                    )
                    for product, quantity in lines
                ],
                **values,
            }
        )

    @classmethod
    def _confirm_order(cls, *lines, **values):
        order = cls._create_order(*lines, **values)
        order.action_confirm()
        return order

    @classmethod
    def _free(cls, store, product=None):
        product = product or cls.product
        return store._o2o_available(product)[store.id, product.id]

    def assertReasons(self, leg, expected):
        """``expected``: {store: reason code} of the stores of interest."""
        reasons = {c.warehouse_id: c.reason_code for c in leg.candidate_ids}
        self.assertEqual({store: reasons.get(store) for store in expected}, expected)

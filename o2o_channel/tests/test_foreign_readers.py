from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common_returns import O2oReturnsCommon
from .common_settlement import SettlementTools

# Odoo's own records that the addon adds fields to, as an order's life leaves them.
MODELS = (
    "res.partner",
    "res.users",
    "res.company",
    "product.product",
    "product.template",
    "product.category",
    "stock.warehouse",
    "stock.quant",
    "stock.picking",
    "stock.move",
    "sale.order",
    "sale.order.line",
    "account.move",
    "account.move.line",
    "account.payment",
    "account.journal",
)


@tagged("post_install", "-at_install")
class TestForeignReaders(SettlementTools, O2oReturnsCommon):
    """Whoever works in Odoo without a part in the channel reads records as before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_role_taxes()
        cls.outsider = cls._create_user(
            "base.group_partner_manager",
            login="outsider",
        )
        cls.outsider.group_ids += (
            cls.env.ref("sales_team.group_sale_manager")
            + cls.env.ref("stock.group_stock_manager")
            + cls.env.ref("account.group_account_manager")
        )

    def test_every_field_of_every_record(self):
        order = self._delivered()
        self._invoice(order)
        self.env.flush_all()
        refused = []
        for name in MODELS:
            records = self.env[name].with_user(self.outsider)
            found = records.search([], order="id desc", limit=20)
            own = [
                field
                for field in records.fields_get(attributes=["type"])
                if "o2o_channel" in (records._fields[field]._modules or ())
            ]
            for field in own:
                found.invalidate_recordset(flush=False)
                try:
                    found.read([field])
                except AccessError as error:
                    refused.append(f"{name}.{field}: {error.args[0][:80]}")
        self.assertFalse(refused)

    def test_an_outsider_merges_contacts_and_no_dealers(self):
        partners = self.env["res.partner"].create(
            [
                {"name": "Twin", "email": "a@example.com"},
                {"name": "Twin", "email": "a@example.com", "phone": "1"},
            ]
        )
        self.outsider.group_ids += self.env.ref("base.group_erp_manager")
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard = wizard.with_user(self.outsider).create({})
        wizard._merge(partners.ids, partners[0])
        self.assertEqual(partners.exists(), partners[0])
        self.assertEqual(partners[0].phone, "1")
        other = self.env["res.partner"].create({"name": "Other"})
        with self.assertRaisesRegex(AccessError, "Only channel managers"):
            other.with_user(self.outsider).write({"dealer_kind": "direct"})

    def test_a_salesperson_opens_the_order(self):
        order = self._delivered()
        with Form(order.with_user(self.outsider)) as form:
            self.assertEqual(form.partner_id, order.partner_id)

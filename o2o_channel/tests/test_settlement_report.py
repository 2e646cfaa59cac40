from odoo import Command, fields
from odoo.tests import tagged
from odoo.tests.common import freeze_time

from .common_settlement import O2oSettlementCommon, SettlementTools
from .common_split import O2oSplitCommon

MEASURES = ("net", "shares", "subsidies", "kept", "fees", "cost", "claims", "result")


@tagged("post_install", "-at_install")
class TestMarginReport(SettlementTools, O2oSplitCommon):
    """Margin by order, with whole orders; shares by role and region."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._create_user("o2o_channel.o2o_group_accountant")

    def _margins(self, order):
        """``{month: {measure: amount}}`` of the measures that aren't zero."""
        self.env.invalidate_all()
        rows = (
            self.env["o2o.margin.report"]
            .with_user(self.accountant)
            .search([("order_id", "=", order.id)])
        )
        return {
            f"{row.month:%Y-%m}": {
                name: row[name] for name in MEASURES if round(row[name], 2)
            }
            for row in rows
        }

    def test_ga_and_its_return_in_the_next_month(self):
        order = self._delivered()
        invoice = self._invoice(order)
        sold = {"net": 1000, "shares": 930, "kept": 70, "result": 70}
        self.assertEqual(self._margins(order), {"2026-11": sold})
        self._credit(invoice, at="2026-12-02")
        back = {name: -amount for name, amount in sold.items()}
        self.assertEqual(self._margins(order), {"2026-11": sold, "2026-12": back})

    def test_the_rows_open_their_order_and_shares(self):
        order = self._delivered()
        row = self.env["o2o.margin.report"].search([("order_id", "=", order.id)])
        self.assertEqual(row.margin_rate, 7.0)
        self.assertEqual(row.region_id, order.o2o_region_id)
        self.assertEqual(row.dealer_id, self.dealer_b1)
        self.assertEqual(row.action_view_order()["res_id"], order.id)
        action = row.action_view_split_lines()
        lines = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(lines, order.o2o_split_line_ids)

    def test_own_goods_are_taken_off_and_come_back(self):
        """GM: headquarters ships 500.00 net; 445.00 less the goods' own 300.00."""
        self.product.categ_id.property_cost_method = "standard"
        self.product.standard_price = 300.0
        store = self._own_store()
        order = self._create_order(price=565.0)
        order.action_confirm()
        order.dispatch_ids.write({"warehouse_id": store.id})
        order.dispatch_ids.action_offer()
        self._deliver(order)
        [margin] = self._margins(order).values()
        self.assertEqual(
            margin,
            {"net": 500, "shares": 55, "kept": 445, "cost": 300, "result": 145},
        )

    def _own_store(self):
        """Headquarters' own warehouse with goods; no store of a dealer has any."""
        self._set_stock(self.store_c2, self.product, 0)
        store = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id), ("dealer_id", "=", False)], limit=1
        )
        self.env["stock.quant"]._update_available_quantity(
            self.product, store.lot_stock_id, 5
        )
        return store

    def test_a_dealers_sale_leaves_the_fee(self):
        """GC: 70.00 fee, nothing of the 1,000.00."""
        self.channel.accounting_mode = "agent"
        order = self._delivered()
        self.assertEqual(self._margins(order), {"2026-11": {"fees": 70, "result": 70}})

    def test_a_claim_that_headquarters_bears(self):
        """200.00, of which the dealer bears 40 %."""
        order = self._delivered()
        bank = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        parts = [(self.hq, 60), (self.dealer_c2, 40)]
        claim = self.env["o2o.claim"].create(
            {
                "order_id": order.id,
                "description": "The door is scratched.",
                "date": "2026-11-21",
                "amount": 200.0,
                "journal_id": bank.id,
                "liability_ids": [
                    Command.create({"partner_id": partner.id, "percent": part})
                    for partner, part in parts
                ],
            }
        )
        with freeze_time("2026-11-25 04:00:00"):
            claim.action_open()
            claim.provision_reason = "Not decided"
            approver = self._create_user("o2o_channel.o2o_group_approver")
            claim.with_user(approver).action_approve()
            claim.action_provide()
        [margin] = self._margins(order).values()
        self.assertEqual((margin["claims"], margin["result"]), (200, -130))
        with freeze_time("2026-11-25 04:00:00"):
            claim.action_allocate()
            claim.action_close()
        [margin] = self._margins(order).values()
        self.assertEqual((margin["claims"], margin["result"]), (120, -50))

    def test_shares_by_role_and_region(self):
        order = self._delivered()
        groups = self.env["o2o.contribution.report"]._read_group(
            [("order_id", "=", order.id)], ["region_id", "role"], ["amount:sum"]
        )
        self.assertEqual(
            {region for region, _role, _sum in groups}, {order.o2o_region_id}
        )
        self.assertEqual(
            {role: amount for _region, role, amount in groups},
            {"fulfiller": 820, "origin": 60, "tier1": 20, "guide": 30, "hq": 70},
        )
        action = self.env.ref("o2o_channel.o2o_share_report_action")
        self.assertEqual(
            [mode for _id, mode in action.views], ["pivot", "graph", "list"]
        )

    def test_other_companies_see_nothing(self):
        order = self._delivered()
        other = self.env["res.company"].create({"name": "Another"})
        stranger = self._create_user(
            "o2o_channel.o2o_group_accountant", login="stranger"
        )
        stranger.write(
            {"company_id": other.id, "company_ids": [Command.set(other.ids)]}
        )
        for model in ("o2o.margin.report", "o2o.late.report"):
            rows = self.env[model].with_user(stranger)
            rows = rows.with_context(allowed_company_ids=other.ids).search([])
            self.assertNotIn(self.company, rows.sudo().company_id)
        self.assertTrue(self._margins(order))


@tagged("post_install", "-at_install")
class TestLateReport(O2oSettlementCommon):
    """All that was booked after it happened, wherever it stands."""

    def test_shares_lines_and_bills(self):
        self.company.o2o_post_bills = False
        self._share(self.dealer_c2, 820.0)
        november = self._create_period()
        statement = self._state_period(november)
        statement.with_user(self.accountant)._accrue("The tax number is missing.")
        november.with_user(self.accountant).action_close()
        share = self._share(
            self.dealer_c2, 100.0, day="2026-12-01", original_date="2026-11-30"
        )
        line = self.env["o2o.clearing.line"]._book(
            [
                {
                    "company_id": self.company.id,
                    "partner_id": self.dealer_c2.id,
                    "kind": "collected",
                    "amount": -10.0,
                    "date": fields.Date.to_date("2026-11-29"),
                    "name": "Told in December",
                    "key": "late/1",
                    "counterparts": [
                        (self.company._o2o_account("560110").id, -10.0, {})
                    ],
                }
            ]
        )
        statement.bill_id._post(soft=False)
        rows = (
            self.env["o2o.late.report"]
            .with_user(self.accountant)
            .search([("company_id", "=", self.company.id)])
        )
        self.assertEqual(
            {
                (row.kind, row.days, row.amount, row.res_model, row.res_id)
                for row in rows
            },
            {
                ("share", 1, 100.0, "o2o.split.line", share.id),
                ("line", 2, -10.0, "o2o.clearing.line", line.id),
                ("bill", 1, 926.6, "account.move", statement.bill_id.id),
            },
        )
        action = rows.filtered(lambda row: row.kind == "bill").action_view_origin()
        self.assertEqual(action["res_id"], statement.bill_id.id)

    def test_what_is_in_time_is_not_listed(self):
        self._share(self.dealer_c2, 820.0)
        self._state_period(self._create_period())
        self.assertFalse(
            self.env["o2o.late.report"].search([("company_id", "=", self.company.id)])
        )

    def test_what_is_accrued_and_not_released(self):
        self._share(self.dealer_c2, 724.94, day="2026-11-26", state="pending")
        self._share(self.dealer_c2, 820.0, state="released")
        action = self.env.ref("o2o_channel.o2o_accrued_action")
        domain = [("status", "=", "waiting"), ("company_id", "=", self.company.id)]
        self.assertEqual(action.domain, str(domain[:1]))
        rows = self.env[action.res_model].search(domain)
        self.assertEqual(rows.mapped("amount"), [724.94])

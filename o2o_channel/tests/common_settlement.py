from odoo import Command, fields

from odoo.addons.o2o_channel.models.split.o2o_split_line import INTERNAL

from .common import O2oStockCommon


class SettlementTools:
    """What tests of statements need, on shares by hand as well as on whole orders."""

    @classmethod
    def _set_up_role_taxes(cls):
        """13 % on goods, 6 % on services, on top of the price, whatever the chart brought."""
        model = cls.env["account.tax"]
        taxes = {
            percent: cls.company.account_purchase_tax_id.copy(
                {
                    "name": f"VAT {percent}% of the case",
                    "amount": percent,
                    "price_include_override": "tax_excluded",
                }
            )
            for percent in (6, 9, 13)
        }
        percents = {"fulfiller": 13, "crew": 9}
        for role in cls.env["o2o.split.role"].search(
            [("company_id", "=", cls.company.id)]
        ):
            role.bill_tax_id = taxes.get(percents.get(role.role, 6), model)

    @classmethod
    def _create_period(cls, date_from="2026-11-01"):
        return cls.env["o2o.settlement.period"].create(
            {"company_id": cls.company.id, "date_from": date_from}
        )

    def _set_outstanding(self, journal):
        """Give the journal outstanding accounts; return the codes ``(receipts, payments)``."""
        accounts = self.env["account.account"].create(
            [
                {
                    "name": f"Outstanding {code}",
                    "code": code,
                    "account_type": "asset_current",
                    "reconcile": True,
                    "company_ids": self.company.ids,
                }
                for code in ("100298", "100299")
            ]
        )
        journal.inbound_payment_method_line_ids.payment_account_id = accounts[0]
        journal.outbound_payment_method_line_ids.payment_account_id = accounts[1]
        return accounts.with_company(self.company).mapped("code")

    def _state_period(self, period, confirm=True):
        """Make the period's statements as an accountant and return them, confirmed."""
        period.with_user(self.accountant).action_make_statements()
        statements = period.statement_ids.filtered(lambda s: s.state == "draft")
        if confirm:
            statements.with_user(self.accountant).action_confirm()
        return statements

    def _statement(self, partner, period):
        return period.statement_ids.filtered(
            lambda s: s.partner_id == partner and s.state != "cancelled"
        )

    def _journal_items(self, move):
        """Return ``{(account code, partner): balance}`` of an entry or bill."""
        items = {}
        for item in move.line_ids:
            key = (item.account_id.with_company(self.company).code, item.partner_id)
            items[key] = self.currency.round(items.get(key, 0.0) + item.balance)
        return items

    def _assert_clearing_ties_out(self):
        rows = self.env["o2o.clearing.report"].search(
            [("company_id", "=", self.company.id)]
        )
        for row in rows:
            self.assertEqual(
                self.currency.compare_amounts(
                    row.gl_balance, row.open_amount + row.line_amount
                ),
                0,
                f"{row.partner_id.name}: ledger {row.gl_balance}, split {row.open_amount}"
                f" + {row.line_amount}",
            )
        return {row.partner_id: row.gl_balance for row in rows}


class O2oSettlementCommon(SettlementTools, O2oStockCommon):
    """A company set up for settlement, and shares posted as the split posts them.

    ``_share`` writes a split line and its entry by hand, so that a case needs no order that
    happens to come to its amounts; whole orders are in the tests of the story.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_settlement()

    @classmethod
    def _set_up_settlement(cls):
        cls.company._o2o_setup_accounting()
        cls._set_up_role_taxes()
        cls.accountant = cls._create_user("o2o_channel.o2o_group_accountant")
        cls.guide = cls.env["res.partner"].create({"name": "Wang Fang"})
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.env["res.partner"].create({"name": "Consumer"}).id,
                "order_line": [Command.create({"product_id": cls.product.id})],
            }
        )

    @classmethod
    def _share(cls, partner, amount, role="fulfiller", day="2026-11-20", **values):
        """A posted share of ``partner``; released seven days after ``day``."""
        day = fields.Date.to_date(day)
        config = cls.env["o2o.split.role"].search(
            [("company_id", "=", cls.company.id), ("role", "=", role)]
        )
        item = cls._book_share(partner, amount, config.expense_account_id, day)
        count = cls.env["o2o.split.line"].search_count([])
        return (
            cls.env["o2o.split.line"]
            .with_context(o2o_split=INTERNAL)
            .create(
                {
                    "company_id": cls.company.id,
                    "order_id": cls.order.id,
                    "order_line_id": cls.order.order_line.id,
                    "role": role,
                    "partner_id": partner.id,
                    "base": 1000.0,
                    "amount": amount,
                    "kind": "delivery" if amount > 0 else "reversal",
                    "date": day,
                    "original_date": day,
                    "release_date": fields.Date.add(day, days=7 if amount > 0 else 0),
                    "posting_key": f"case-{count}",
                    "move_id": item.move_id.id,
                    "move_line_id": item.id,
                    **values,
                }
            )
            .with_env(cls.env)
        )

    @classmethod
    def _book_share(cls, partner, amount, expense, day):
        """Post the entry of a share and return its item on the clearing account."""
        clearing = cls.company.o2o_clearing_account_id
        parts = [(clearing, -amount), (expense, amount)]
        move = cls.env["account.move"].create(
            {
                "journal_id": cls.company.o2o_split_journal_id.id,
                "date": day,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": partner.id,
                            "balance": balance,
                        }
                    )
                    for account, balance in parts
                ],
            }
        )
        move._post(soft=False)
        return move.line_ids.filtered(lambda item: item.account_id == clearing)

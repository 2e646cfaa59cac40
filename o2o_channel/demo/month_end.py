from odoo import Command, api, models

# What the payee's own tax invoice differs from the bill by, and whether it is paid.
INVOICES = {"b1": (0, True), "c2": (0, True), "d2": (-0.6, False)}
FUND = 100000


class O2oDemo(models.AbstractModel):
    """Last month's end: a claim, statements, tax invoices, payments, a fund."""

    _inherit = "o2o.demo"

    @api.model
    def _routed(self):
        return self.env["sale.order"].search(
            [("company_id", "=", self.env.company.id), ("dispatch_ids", "!=", False)]
        )

    @api.model
    def _charge_claim(self):
        """A claim that last month's statement takes from a dealer."""
        dealer = self._ref("dealer_s1")
        sold = self._routed().filtered(lambda o: o.o2o_origin_dealer_id == dealer)
        claim = self._claim(
            sold[:1],
            "The door was dented on the way; the consumer kept it for 200.00 less.",
            {"s1": 60, None: 40},
        )
        claim.with_user(self._ref("user_approver")).action_approve()
        claim.action_allocate()
        claim.action_close()

    @api.model
    def _settle(self, month):
        """Last month's statements: made, confirmed, billed, partly paid; the period closed."""
        period = self.env["o2o.settlement.period"].create(
            {"company_id": self.env.company.id, "date_from": month}
        )
        period.action_make_statements()
        period.statement_ids.action_confirm()
        self._pay(period.statement_ids)
        period.action_close()
        self._share_fund(period)
        dealer = self._ref("dealer_d2")
        sold = self._routed().filtered(lambda o: dealer in o.dispatch_ids.dealer_id)
        self._claim(
            sold[:1],
            "Delivered two days late, installed by the consumer.",
            {"d2": 100},
        )

    @api.model
    def _claim(self, order, description, liable):
        """A claim of 200.00 told today; ``liable`` is {dealer, None for headquarters: percent}."""
        company = self.env.company
        claim = self.env["o2o.claim"].create(
            {
                "order_id": order.id,
                "company_id": company.id,
                "description": description,
                "type": "transport",
                "amount": 200,
                "date": company._o2o_today(),
                "liability_ids": [
                    Command.create(
                        {
                            "partner_id": self._ref(f"dealer_{name}").id
                            if name
                            else company.partner_id.id,
                            "percent": percent,
                        }
                    )
                    for name, percent in liable.items()
                ],
            }
        )
        claim.action_open()
        return claim

    @api.model
    def _pay(self, statements):
        """The payees' tax invoices, and the payment of what they match."""
        today = self.env.company._o2o_today()
        for name, (off, paid) in INVOICES.items():
            dealer = self._ref(f"dealer_{name}")
            statement = statements.filtered(lambda s, who=dealer: s.partner_id == who)
            self.env["o2o.settlement.invoice"].create(
                {
                    "settlement_id": statement.id,
                    "number": f"2651200000{statement.id:010d}",
                    "date": today,
                    "amount": statement.bill_id.amount_total + off,
                }
            )
            if paid:
                action = statement.action_pay()
                register = self.env[action["res_model"]].with_context(
                    **action["context"]
                )
                register.create({"payment_date": today})._create_payments()

    @api.model
    def _share_fund(self, period):
        fund = self.env["o2o.fund"].create(
            {
                "name": "Marketing fund",
                "amount": FUND,
                "date_from": period.date_from,
                "date_to": period.date_to,
            }
        )
        fund.action_take_sales()
        fund.action_allocate()

from decimal import Decimal
from fractions import Fraction

from odoo import Command, api, fields, models

from ...engine.money import round_half_up


class O2oChannel(models.Model):
    """How the money that a platform collects reaches headquarters."""

    _inherit = "o2o.channel"

    platform_partner_id = fields.Many2one(
        "res.partner",
        string="Platform",
        check_company=True,
        help="The company that runs the platform; the fee is booked in its name.",
    )
    platform_account_id = fields.Many2one(
        "account.account",
        string="Platform Money Account",
        check_company=True,
        domain="[('account_type', 'in', ('asset_cash', 'asset_current'))]",
        help="Where the money lands that the platform collects, less its fee: a bank account "
        "or the platform's wallet. Empty: payments are registered on the invoices by hand.",
    )
    platform_fee_percent = fields.Float(
        string="Platform Fee (%)",
        digits=(16, 4),
        help="What the platform keeps of the amount with tax; VAT is part of it.",
    )

    _platform_fee_range = models.Constraint(
        "CHECK (platform_fee_percent IS NULL OR"
        " (platform_fee_percent >= 0 AND platform_fee_percent < 100))",
        "The platform fee must be between 0 and 100 %.",
    )

    @api.onchange("collector")
    def _onchange_collector(self):
        if self.collector != "platform":
            self.platform_account_id = False
            self.platform_fee_percent = 0.0

    def _o2o_platform_parts(self, percent, before, amount):
        """Return ``[(account, balance, values)]`` of what the platform passes on and keeps.

        :param percent: the fee that the order keeps
        :param before: what it collected of the same thing so far; the fee converges to that
            of the sum
        :param amount: what it collected now, below zero: gave back; in company currency
        """
        fee, kept = (
            self._o2o_platform_fee(percent, before + amount),
            self._o2o_platform_fee(percent, before),
        )
        net, vat = fee[0] - kept[0], fee[1] - kept[1]
        values = {"partner_id": self.platform_partner_id.id}
        return [
            (account, balance, values | own)
            for account, balance, own in (
                (self.platform_account_id, float(amount - net - vat), {}),
                *self._o2o_platform_fee_items(float(net), float(vat)),
            )
            if balance
        ]

    def _o2o_platform_fee(self, percent, gross):
        """Return ``(fee without VAT, VAT)`` of a collected amount, in company currency."""
        unit = Decimal(str(self.company_id.currency_id.rounding))
        fee = round_half_up(Fraction(gross) * Fraction(str(percent)) / 100, unit)
        tax = Fraction(str(self._o2o_platform_role().bill_tax_id.amount or 0)) / 100
        net = round_half_up(Fraction(fee) / (1 + tax), unit)
        return net, fee - net

    def _o2o_platform_role(self):
        # sudo: booked by whoever posts the invoice
        return (
            self.env["o2o.split.role"]
            .sudo()
            .search(
                [("company_id", "=", self.company_id.id), ("role", "=", "platform")],
                limit=1,
            )
        )

    def _o2o_platform_fee_items(self, net, vat):
        """Return ``(account, balance, values)`` of the fee and its input VAT."""
        role = self._o2o_platform_role()
        part = role.bill_tax_id.invoice_repartition_line_ids.filtered(
            lambda line: line.repartition_type == "tax"
        )[:1]
        tags = [Command.set(part.tag_ids.ids)] if part.tag_ids else False
        values = {"tax_tag_ids": tags} if tags else {}
        return [
            (role.expense_account_id, net, {}),
            (part.account_id or role.expense_account_id, vat, values),
        ]

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.money import ZERO, spread
from .o2o_split_role import SPLIT_READERS


class SaleOrder(models.Model):
    """Who sells an order and who collects its money: taken from the channel, then kept."""

    _inherit = "sale.order"

    o2o_accounting_mode = fields.Selection(
        [("principal", "HQ Sells (Gross)"), ("agent", "Dealer Sells (Net)")],
        string="Accounting Mode",
        compute="_compute_o2o_money_terms",
        store=True,
        precompute=True,
        copy=False,
        groups="base.group_user",
        help="As the channel had it when it was chosen; later changes of the channel hold for "
        "later orders.",
    )
    o2o_collector = fields.Selection(
        [
            ("hq", "Headquarters"),
            ("platform", "The Platform"),
            ("origin", "The Originating Dealer"),
            ("fulfiller", "The Fulfilling Dealer"),
        ],
        string="Money Collected By",
        compute="_compute_o2o_money_terms",
        store=True,
        precompute=True,
        readonly=False,
        copy=False,
        groups="base.group_user",
        help="Taken from the channel; may be changed until the order is confirmed.",
    )
    o2o_platform_fee_percent = fields.Float(
        string="Platform Fee (%)",
        digits=(16, 4),
        compute="_compute_o2o_money_terms",
        store=True,
        precompute=True,
        copy=False,
        groups="base.group_user",
        help="What the platform keeps, as the channel had it when it was chosen: refunds give "
        "back the fee of the sale.",
    )
    o2o_clearing_line_ids = fields.One2many(
        "o2o.clearing.line",
        "order_id",
        string="Clearing Lines",
        readonly=True,
        copy=False,
        groups=SPLIT_READERS,
    )

    @api.depends("o2o_channel_id")
    def _compute_o2o_money_terms(self):
        for order in self:
            channel = order.o2o_channel_id
            if order.state in ("draft", "sent") or not order.o2o_accounting_mode:
                order.o2o_accounting_mode = channel.accounting_mode
                order.o2o_collector = channel.collector
                order.o2o_platform_fee_percent = channel.platform_fee_percent

    def write(self, vals):
        """Override: who collects is settled once the order is confirmed."""
        if "o2o_collector" in vals:
            for order in self:
                if order.o2o_channel_id and order.state not in ("draft", "sent"):
                    raise UserError(
                        self.env._(
                            "Order %(order)s is confirmed: who collects its money can't be "
                            "changed any more.",
                            order=order.name,
                        )
                    )
        return super().write(vals)

    def _o2o_check_confirm(self):
        """Override of the order room: whoever is to collect must be known."""
        for order in self:
            if order.o2o_collector == "origin" and not order.o2o_origin_dealer_id:
                raise UserError(
                    self.env._(
                        "Order %(order)s: its originating dealer is to collect the money, but "
                        "the order has none. Set Originating Dealer, or change Money Collected "
                        "By to Headquarters.",
                        order=order.name,
                    )
                )
        return super()._o2o_check_confirm()

    # === Who has the money ===
    def _o2o_collected_by(self, items):
        """Return ``{party: amount}`` of these invoice lines; an empty party is the platform.

        What the fulfiller collects is known line by line once it has delivered; services and
        freight go with the goods. What headquarters ships, it collects itself.
        """
        platform = self.env["res.partner"]
        amounts = {item: Decimal(str(item.price_total)) for item in items}
        if self.o2o_collector == "origin":
            return {self.o2o_origin_dealer_id: sum(amounts.values())}
        if self.o2o_collector == "platform":
            booked = self.o2o_channel_id.platform_account_id
            return {platform: sum(amounts.values())} if booked else {}
        return self._o2o_collected_by_fulfillers(amounts)

    def _o2o_collected_by_fulfillers(self, amounts):
        delivered = self.order_line._o2o_delivered_by()
        unit = Decimal(str(self.currency_id.rounding))
        found, weights, others = defaultdict(lambda: ZERO), defaultdict(Fraction), []
        for item, amount in amounts.items():
            units = delivered.get(item.sale_line_ids[:1])
            if units is None:
                others.append(amount)
                continue
            ordered = max(Fraction(str(item.quantity)), sum(units.values()))
            rest = ordered - sum(units.values())
            shares = [*units.items(), (None, rest)]
            parts = spread(amount, [part for _party, part in shares], unit)
            for (party, _part), value in zip(shares, parts, strict=True):
                found[party] += value
                weights[party] += abs(Fraction(value))
        for amount in others if any(weights.values()) else []:
            parts = spread(amount, list(weights.values()), unit)
            for party, value in zip(weights, parts, strict=True):
                found[party] += value
        own = self.company_id.partner_id
        return {
            party: value for party, value in found.items() if party and party != own
        }

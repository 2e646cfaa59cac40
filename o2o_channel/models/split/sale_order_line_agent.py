from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from odoo import api, models

from ...engine.money import ZERO, add_tax, round_half_up, spread, take_out_tax


class SaleOrderLine(models.Model):
    """What a dealer's sale moves on the clearing accounts (case GC).

    The shares are computed as for any order but not posted: they say what the seller owes
    to others. Booked is what moves money: the consumer's money to the seller, from the
    seller the fee with its VAT and what is passed on, each part with its payee's VAT. All
    of it converges: target from what the consumer keeps now, less what is booked.
    """

    _inherit = "sale.order.line"

    @api.depends("order_id.o2o_accounting_mode")
    def _compute_qty_to_invoice(self):
        """Override of sale: headquarters invoices nothing of what a dealer sells."""
        super()._compute_qty_to_invoice()
        # sudo: who sees the order line needn't be allowed to see the terms
        for line in self.filtered(lambda line: line.sudo().order_id._o2o_is_agent()):
            line.qty_to_invoice = 0.0

    def _compute_invoice_status(self):
        """Override of sale: as for the quantity."""
        super()._compute_invoice_status()
        # sudo: as above
        for line in self.filtered(lambda line: line.sudo().order_id._o2o_is_agent()):
            line.invoice_status = "no"

    def _o2o_agent_note(self, facts):
        """Return why this line can't be booked as a dealer's sale, or nothing."""
        self.ensure_one()
        hq = self.company_id.partner_id.id
        if self.order_id._o2o_is_agent() and facts.kept.get(hq):
            return self.env._(
                "headquarters delivered goods that a dealer is to sell: book them by hand"
            )
        return False

    def _o2o_book_agent(self, facts, event):
        """Book what is missing of these lines' receipts, fees and transfers."""
        lines = self.filtered(
            lambda line: (
                line.order_id._o2o_is_agent()
                and line.o2o_split_postings
                and not line.o2o_split_note
                and line.company_id._o2o_is_agent_ready()
            )
        )
        rows = []
        for line in lines:
            rows += line._o2o_agent_rows(facts[line], event)
        booked = self.env["o2o.clearing.line"]._book(rows)
        lines.order_id._o2o_reconcile_consumer()
        return booked

    def _o2o_agent_rows(self, facts, event):
        """Return the rows that bring this line's clearing lines to their target."""
        booked = self._o2o_agent_booked()
        targets = self._o2o_agent_targets(facts)
        steps = {
            key: targets.get(key, ZERO) - booked.get(key, ZERO)
            for key in dict.fromkeys([*targets, *booked])
        }
        number = len(self._o2o_agent_lines())
        return [
            self._o2o_agent_row(kind, partner, step, booked, number + index, event)
            for index, ((kind, partner), step) in enumerate(steps.items())
            if step
        ]

    # -- what is booked -----------------------------------------------------
    def _o2o_agent_lines(self):
        return self.env["o2o.clearing.line"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("company_id", "=", self.company_id.id),
                ("origin_line_id", "=", False),  # remainders move nothing
            ]
        )

    def _o2o_agent_booked(self):
        """Return ``{(kind, partner id): amount}`` booked of this line so far."""
        booked = defaultdict(lambda: ZERO)
        for row in self._o2o_agent_lines():
            booked[row.kind, row.partner_id.id] += round_half_up(
                Decimal(str(row.amount)), self._o2o_unit()
            )
        return dict(booked)

    # -- what is due --------------------------------------------------------
    def _o2o_agent_targets(self, facts):
        """Return ``{(kind, partner id): amount}`` due for what the consumer keeps now."""
        targets = defaultdict(lambda: ZERO)
        sellers = {party: units for party, units in facts.kept.items() if units > 0}
        if not sellers or self.product_uom_qty <= 0:
            return targets
        gross = self._o2o_agent_gross(sellers)
        collector = self.order_id.o2o_collector
        if collector != "fulfiller":  # else the seller has its money already
            self._o2o_over_sellers(targets, "receipt", gross, sellers)
        if collector == "origin":
            targets["collected", self.order_id.o2o_origin_dealer_id.id] -= gross
        rates = self._o2o_agent_rates()
        for (role, partner), net in self._o2o_agent_nets().items():
            if role == "fulfiller":  # what is left to the seller
                continue
            _tax, part = add_tax(
                net, self._o2o_rate(rates, role, partner), self._o2o_unit()
            )
            kind = "fee" if role == "hq" else "transfer"
            if kind == "transfer":
                targets[kind, partner] += part
            self._o2o_over_sellers(targets, kind, -part, sellers)
        return targets

    def _o2o_over_sellers(self, targets, kind, amount, sellers):
        parts = spread(amount, list(sellers.values()), self._o2o_unit())
        for seller, part in zip(sellers, parts, strict=True):
            targets[kind, seller] += part

    def _o2o_agent_gross(self, sellers):
        """Return what the consumer pays for the units it keeps."""
        _net, gross = self._o2o_effective_amounts()
        ratio = Fraction(sum(sellers.values())) / Fraction(str(self.product_uom_qty))
        whole = Fraction(self._o2o_company_amount(gross))
        return round_half_up(whole * min(ratio, Fraction(1)), self._o2o_unit())

    def _o2o_agent_nets(self):
        """Return ``{(role, partner id): net}``: the shares of this line, all in all."""
        nets = defaultdict(lambda: ZERO)
        for share in self.o2o_split_line_ids:
            nets[share.role, share.partner_id.id] += round_half_up(
                Decimal(str(share.amount)), self._o2o_unit()
            )
        return nets

    def _o2o_agent_rates(self):
        """Return the VAT rates of the first booking: later rates don't change a sale."""
        frozen = dict(self.o2o_split_parties or {})
        rates = dict(frozen.get("vat") or {})
        missing = [
            key
            for key in self._o2o_agent_nets()
            if "/".join(map(str, key)) not in rates
        ]
        for role, partner in missing:
            tax = self._o2o_agent_tax(role, partner)
            rates[f"{role}/{partner}"] = str(tax.amount or 0)
        if missing:
            self.o2o_split_parties = frozen | {"vat": rates}
        return rates

    def _o2o_rate(self, rates, role, partner):
        return Decimal(rates[f"{role}/{partner}"])

    def _o2o_agent_tax(self, role, partner_id):
        """Return the VAT of a part: of headquarters' fee, or of a payee's own invoice."""
        if role == "hq":
            return self.company_id.o2o_fee_tax_id
        config = self.env["o2o.split.role"].search(
            [("company_id", "=", self.company_id.id), ("role", "=", role)], limit=1
        )
        partner = self.env["res.partner"].browse(partner_id)
        if not partner._o2o_is_business():
            return config.bill_tax_id.browse()
        return config._tax_for(partner)

    # -- rows ---------------------------------------------------------------
    def _o2o_agent_row(self, kind, partner, step, booked, number, event):
        order = self.order_id
        names = {
            "receipt": self.env._("%(order)s, money held", order=order.name),
            "collected": self.env._("%(order)s, collected", order=order.name),
            "fee": self.env._("%(order)s, platform fee", order=order.name),
            "transfer": self.env._("%(order)s, passed on", order=order.name),
        }
        entry = "receipt" if kind == "collected" else kind
        return {
            "company_id": self.company_id.id,
            "partner_id": partner,
            "kind": kind,
            "amount": float(step),
            "date": event.date,
            "release_date": self._o2o_agent_release(kind, partner, event),
            "name": names[kind],
            "key": f"agent/{self.id}/{number}/{kind}/{partner}",
            "entry": f"agent/{order.id}/{entry}",
            "order_id": order.id,
            "res_model": self._name,
            "res_id": self.id,
            "counterparts": self._o2o_agent_counterparts(kind, partner, step, booked),
        }

    def _o2o_agent_release(self, kind, partner, event):
        """Return the end of the return window; what is taken back isn't released earlier."""
        if kind == "collected":  # the dealer has the money: it owes it at once
            return event.date
        window = self.company_id.o2o_return_window_days
        own = self._o2o_agent_lines().filtered(
            lambda row: row.kind == kind and row.partner_id.id == partner
        )
        days = [row.release_date for row in own if row.release_date]
        if days:
            return max([event.date, *days])
        return event.date + timedelta(days=window)

    def _o2o_agent_counterparts(self, kind, partner, step, booked):
        """Return the items beside clearing: the consumer or platform, the fee and its VAT."""
        order, company = self.order_id, self.company_id
        channel = order.o2o_channel_id
        by_platform = order.o2o_collector == "platform"
        if kind == "receipt" and by_platform and channel.platform_account_id:
            before = booked.get((kind, partner), ZERO)
            return [
                (account.id, balance, values)
                for account, balance, values in channel._o2o_platform_parts(
                    order.o2o_platform_fee_percent, before, step
                )
            ]
        if kind == "receipt" and order.o2o_collector in ("hq", "platform"):
            consumer = order.partner_invoice_id.commercial_partner_id
            account = consumer.with_company(company).property_account_receivable_id
            return [(account.id, float(step), {"partner_id": consumer.id})]
        if kind != "fee":
            return []
        before = booked.get((kind, partner), ZERO)
        rate = Decimal(self._o2o_agent_rates()[f"hq/{company.partner_id.id}"])
        unit = self._o2o_unit()
        after_net, after_vat = take_out_tax(-(before + step), rate, unit)
        before_net, before_vat = take_out_tax(-before, rate, unit)
        net, vat = after_net - before_net, after_vat - before_vat
        values = {"partner_id": partner}
        items = [(company.o2o_fee_account_id.id, -float(net), values)]
        if vat:
            account, tags = company._o2o_fee_vat()
            items.append((account.id, -float(vat), values | tags))
        return items

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from odoo import models

from ...engine.money import ZERO, round_half_up, spread
from ...engine.split import Coupon, Fulfiller, LineBase, Roles
from .sale_order_line_terms import NOT_ROLES

QUANTITY_UNIT = Decimal("0.000001")


@dataclass
class SplitFacts:
    """What happened to an order line, in its own unit of measure and company currency.

    ``kept`` {partner id: units delivered by it that the consumer still has}, ``credit``
    net taken off the price of kept units.
    """

    kept: dict
    credit: Decimal = ZERO


class SaleOrderLine(models.Model):
    """Read from deliveries, returns and credit notes what is due of a line."""

    _inherit = "sale.order.line"

    def _o2o_unit(self):
        """Return the rounding unit of the company's currency."""
        return Decimal(str(self.company_id.currency_id.rounding))

    def _o2o_company_amount(self, amount):
        """Convert an amount of the order into company currency at the order's own rate."""
        rate = Fraction(str(self.order_id.currency_rate or 1.0))
        return round_half_up(Fraction(str(amount)) / rate, self._o2o_unit())

    def _o2o_split_facts(self, pending=None):
        """Return ``{line: SplitFacts}``, in a fixed number of queries.

        :param pending: legs whose delivery is told of later and doesn't count yet
        """
        delivered, kept = self._o2o_kept_units(pending)
        bills = self._o2o_bills()
        return {
            line: SplitFacts(
                _limit(kept[line], line._o2o_room(bills[line], delivered[line])),
                line._o2o_credit_net(bills[line]),
            )
            for line in self
        }

    def _o2o_kept_units(self, pending=None):
        """Return ``({line: units}, {line: {partner id: units}})``: what was delivered in all,
        and by each party less what came back."""
        delivered, kept = defaultdict(lambda: ZERO), defaultdict(dict)
        for move, line, units in self._o2o_consumer_moves():
            leg = move.o2o_dispatch_id
            if not leg.delivered_at or (pending and leg in pending):
                continue
            party = (leg.dealer_id or line.company_id.partner_id).id
            kept[line][party] = kept[line].get(party, ZERO) + _quantity(units)
            delivered[line] += max(_quantity(units), ZERO)
        for line in self.filtered(lambda line: line._o2o_is_service()):
            party, units = line._o2o_service_done()
            if units > 0:
                kept[line] = {party.id: _quantity(units)}
                delivered[line] = _quantity(units)
        return delivered, kept

    def _o2o_returned_units(self):
        """Return how many units of the line came back from the consumer."""
        self.ensure_one()
        return -sum(
            units for _move, _line, units in self._o2o_consumer_moves() if units < 0
        )

    def _o2o_consumer_moves(self):
        """Return ``(move, line, units)`` of legs' moves to (+) and from (-) the consumer."""
        moves = self.env["stock.move"].search(
            [
                ("sale_line_id", "in", self.ids),
                ("state", "=", "done"),
                ("o2o_dispatch_id", "!=", False),
            ],
            order="date, id",
        )
        rows = []
        for move in moves:
            out = move.location_dest_id.usage == "customer"
            back = move.location_id.usage == "customer"
            if out != back:  # else between places of the store, or between consumers
                line = move.sale_line_id
                units = move.product_uom._compute_quantity(
                    move.quantity, line.product_uom_id, round=False
                )
                rows.append((move, line, units if out else -units))
        return rows

    def _o2o_delivered_by(self):
        """Return ``{line: {party: units handed to the consumer}}`` of lines that have legs."""
        legs = self.order_id.dispatch_ids.filtered(lambda leg: leg.state != "cancelled")
        found = {line: {} for line in legs.line_ids.order_line_id}
        for move, line, units in self._o2o_consumer_moves():
            leg = move.o2o_dispatch_id
            if units > 0 and leg.delivered_at:
                party = leg.dealer_id or line.company_id.partner_id
                own = found.setdefault(line, {})
                own[party] = own.get(party, 0) + Fraction(str(units))
        return found

    def _o2o_last_leg(self):
        """Return the leg that delivered the line last."""
        self.ensure_one()
        legs = self.order_id.dispatch_ids.filtered(
            lambda leg: leg.delivered_at and self in leg.line_ids.order_line_id
        )
        return legs.sorted(lambda leg: (leg.delivered_at, leg.id))[-1:]

    def _o2o_effective_amounts(self):
        """Return ``(net, gross)`` of the line after its part of the order's discounts."""
        return self._o2o_discounted()[:2]

    def _o2o_discounted(self):
        """Return ``(net, gross, coupons)`` of the line after the order's discounts.

        A discount on the whole order goes over the goods by gross value, half-up, the last
        line takes the rest (case GL). Those with a funder come last: they are coupons, whose
        net is what they take off the line's net (case GG).
        """
        self.ensure_one()
        discounts = self.order_id.order_line.filtered("product_id")
        discounts = discounts._o2o_discount_lines()
        net, gross, coupons = self.price_subtotal, self.price_total, []
        groups = discounts.grouped("o2o_discount_funder")
        for funder in sorted(groups, key=lambda funder: funder or ""):
            part = self._o2o_discount_part(groups[funder])
            if part:
                before, gross = net, gross - float(part)
                net = self._o2o_take_out_tax(gross)
                if funder:
                    coupons.append(self._o2o_coupon(funder, before - net, part))
        return net, gross, tuple(coupons)

    def _o2o_discount_part(self, discounts):
        """Return what of these discount lines falls on this line, with tax."""
        unit = Decimal(str(self.currency_id.rounding))
        goods = self.order_id.order_line.filtered(
            lambda line: line._o2o_is_split() and line.price_total > 0
        )
        weights = [
            round_half_up(Decimal(str(line.price_total)), unit) for line in goods
        ]
        total = round_half_up(Decimal(str(-sum(discounts.mapped("price_total")))), unit)
        if not total or self not in goods:
            return ZERO
        parts = spread(total, weights, unit)
        return dict(zip(goods, parts, strict=True))[self]

    def _o2o_coupon(self, funder, net, gross):
        return Coupon(
            funder, self._o2o_company_amount(net), self._o2o_company_amount(gross)
        )

    def _o2o_discount_lines(self):
        """Return the lines that are discounts on the whole order."""
        return self.filtered(
            lambda line: line._is_discount_line() and line.price_total < 0
        )

    # -- into the engine ----------------------------------------------------
    def _o2o_engine_input(self, facts, trial=None):
        """Return ``(base, rule, roles)`` of the line for `engine.split.allocate`.

        :param trial: a rule to try instead of the line's own
        """
        self.ensure_one()
        hq = self.company_id.partner_id.id
        net, gross, coupons = self._o2o_discounted()
        dealers = self.env["res.partner"].browse(
            party for party in facts.kept if party != hq
        )
        terms = self._o2o_line_terms(dealers, trial)
        base = LineBase(
            self._o2o_company_amount(net),
            total=self._o2o_company_amount(gross),
            unit=self._o2o_unit(),
            quantity=_quantity(self.product_uom_qty),
            purchase=terms.get("purchase"),
            floor_price=self._o2o_floor_net(),
            guaranteed=terms.get("guaranteed"),
            credit=facts.credit,
            coupons=coupons,
        )
        own = {dealer.id: self._o2o_terms(dealer, trial) for dealer in dealers}
        fulfillers = tuple(
            Fulfiller(
                party,
                units,
                own.get(party, {}).get("purchase"),
                own.get(party, {}).get("guaranteed"),
            )
            for party, units in facts.kept.items()
        )
        fulfillers = fulfillers or (Fulfiller(hq, ZERO),)
        parties = {
            role: party
            for role, party in (self.o2o_split_parties or {}).items()
            if role not in NOT_ROLES
        }
        rule = trial or self.o2o_split_rule_id
        return base, rule._to_engine(), Roles(parties, fulfillers, hq)

    def _o2o_prepare_share(self, row, posting_base, event):
        """Return the values of a split line."""
        company, hq = self.company_id, self.company_id.partner_id.id
        is_reversal = (
            posting_base < 0 <= self.price_subtotal
            or posting_base > 0 > self.price_subtotal
        )
        release = event.date + timedelta(days=company.o2o_return_window_days)
        if is_reversal:
            release = max([event.date, *self._o2o_releases(row["partner_id"])])
        is_hq = row["partner_id"] == hq
        fields = "rule_line_id role partner_id moved_from rate derivation".split()
        key = (
            self.id,
            self.o2o_split_postings,
            *(row[name] or "" for name in fields[:4]),
        )
        return {name: row[name] for name in fields} | {
            "company_id": company.id,
            "order_id": self.order_id.id,
            "order_line_id": self.id,
            "dispatch_id": event.dispatch and event.dispatch.id,
            "rule_id": self.o2o_split_rule_id.id,
            "amount": float(row["amount"]),
            "base": float(row["base"]),
            "kind": "reversal" if is_reversal else "delivery",
            "posting": self.o2o_split_postings,
            "posting_base": float(posting_base),
            "posting_key": "/".join(map(str, key)),
            "date": event.open_date or event.date,
            "original_date": event.date,
            "release_date": False if is_hq else release,
            "state": self._o2o_share_state(is_hq),
        }

    def _o2o_share_state(self, is_hq):
        """Return the state of a new share; what a dealer's sale passes on isn't posted."""
        if is_hq:
            return "kept"
        return "passed" if self.order_id._o2o_is_agent() else "pending"

    def _o2o_releases(self, partner_id):
        """Return the release dates of what this line owes to the partner."""
        shares = self.o2o_split_line_ids.filtered(
            lambda share: share.partner_id.id == partner_id
        )
        return [share.release_date for share in shares if share.release_date]


def _quantity(value):
    return round_half_up(Decimal(str(value)), QUANTITY_UNIT)


def _limit(shares, room):
    """Cut ``shares`` to ``room`` units in all, the last party first; none below zero."""
    shares = {party: max(units, ZERO) for party, units in shares.items()}
    surplus = sum(shares.values(), ZERO) - max(room, ZERO)
    for party in reversed(shares):
        cut = min(max(surplus, ZERO), shares[party])
        shares[party] -= cut
        surplus -= cut
    return shares

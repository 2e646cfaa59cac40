"""A random life of the channel, and what everybody is due of it by a second calculation."""

import importlib.util
import sys
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from freezegun import freeze_time

from odoo import Command

ROLES = {"fulfiller": "C2", "origin": "B1", "tier1": "C1", "guide": "G"}


def fair_shares():
    """Return the module that calculates a second time; it isn't part of the addon."""
    name = "o2o_fair_shares"
    path = Path(__file__).resolve().parents[2] / "tests" / "support" / "fair_shares.py"
    if name not in sys.modules and path.exists():
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules.get(name)


@dataclass
class Deal:
    """What the second calculation is told of an order, event by event."""

    order: object
    roles: dict
    rates: dict
    tax: int
    included: bool
    invoice: object = None
    waiting: list = field(default_factory=list)  # units of legs on their way
    delivered: int = 0
    back: int = 0
    notes: dict = field(default_factory=dict)  # {credit note: ("units"|"cut", amount)}

    @property
    def kept(self):
        ordered = int(self.order.order_line.product_uom_qty)
        return max(min(self.delivered - self.back, ordered - self.credited), 0)

    @property
    def credited(self):
        return sum(count for kind, count in self.notes.values() if kind == "units")

    @property
    def cut(self):
        """Net cents off the price; the tax is taken out of the sum if it is included."""
        cut = sum(cents for kind, cents in self.notes.values() if kind == "cut")
        rate = Fraction(100 + self.tax, 100) if self.included else 1
        return fair_shares().half_up(Fraction(cut) / rate)

    def due(self):
        """Return ``{party: amount}`` by the second calculation."""
        tool, line = fair_shares(), self.order.order_line
        shares = [
            tool.Share(role, role, Fraction(str(rate)))
            for role, rate in self.rates.items()
        ]
        shares.append(tool.Share("rest", "hq", rest=True))
        sale = tool.Sale(
            net=round(line.price_subtotal * 100),
            gross=round(line.price_total * 100),
            ordered=Fraction(str(line.product_uom_qty)),
            shares=shares,
            roles={role: ROLES[role] for role in self.roles},
            out={"C2": Fraction(self.kept)},
            cut=self.cut,
        )
        sums = {}
        for (_share, party), amount in sale.due()[0].items():
            name = "HQ" if party == "hq" else party
            sums[name] = sums.get(name, 0) + amount
        return {party: amount / 100 for party, amount in sums.items() if amount}


class SplitWorld:
    """Do something at random, again and again; ``case`` has the story's company."""

    STEPS = (
        "sell sell arrive invoice send_back send_back credit credit cut cut undo reset"
        " reprice rule pass_time pass_time"
    ).split()

    def __init__(self, case, random):
        self.case, self.random = case, random
        self.day, self.deals, self.closed = date(2026, 11, 2), [], None
        self.rates = {"fulfiller": 82.0, "origin": 6.0, "tier1": 2.0, "guide": 3.0}
        self.rule, self.log = case.rule, []

    def step(self, name=None):
        """Do one thing and return the deal that it was about, if any."""
        name = name or self.random.choice(self.STEPS)
        deal = self.random.choice(self.deals) if self.deals else None
        if name not in ("sell", "rule", "pass_time") and not deal:
            name = "sell"
        with freeze_time(self._now()):
            found = getattr(self, f"_{name}")(deal)
        self.log.append((self.day.isoformat(), name, deal and deal.order.name))
        return found

    def _now(self):
        return datetime(self.day.year, self.day.month, self.day.day, 4)

    # -- what can happen ----------------------------------------------------
    def _sell(self, _deal):
        """An order of one line; its units go out in one leg or two."""
        random, case = self.random, self.case
        roles = {role for role in ("origin", "guide") if random.random() < 0.8}
        tax, included = random.choice(((13, True), (13, True), (0, True), (13, False)))
        units = random.randint(1, 5)
        row = {
            "product_uom_qty": units,
            "price_unit": random.choice((333.0, 1130.0, 0.01, 0.07, 19.99, 2999.0)),
            "discount": random.choice((0, 0, 0, 10)),
            "tax_ids": [Command.set(case.world_taxes[tax, included].ids)],
        }
        order = case._create_order(
            lines=[row],
            o2o_guide_id=case.guide.id if "guide" in roles else False,
            o2o_origin_dealer_id=case.dealer_b1.id if "origin" in roles else False,
        )
        roles.add("tier1")
        deal = Deal(order, roles, dict(self.rates), tax, included)
        first = random.randint(1, units)
        deal.waiting = [count for count in (first, units - first) if count]
        legs = case._legs_of(order, deal.waiting)
        for leg in legs:
            if leg.state == "offered":
                leg.action_accept()
        legs.action_ship()
        self.deals.append(deal)
        return self._arrive(deal)

    def _arrive(self, deal):
        """The consumer has the next leg; perhaps we hear of it after the month was closed."""
        if not deal.waiting:
            return None
        leg = deal.order.dispatch_ids.filtered(lambda leg: leg.state == "shipped")
        leg = leg.sorted("id")[:1]
        at = self._now()
        if self.closed and self.random.random() < 0.3:
            late = datetime(self.closed.year, self.closed.month, self.closed.day, 4)
            at = late if leg.shipped_at <= late else at
        with freeze_time(at):
            leg.action_deliver()
        deal.delivered += deal.waiting.pop(0)
        return deal

    def _invoice(self, deal):
        if not deal.invoice:
            deal.invoice = self.case._invoice(deal.order, self.day.isoformat())
        return deal

    def _send_back(self, deal):
        """Some of what the consumer has goes back to the store."""
        case = self.case
        pickings = deal.order.picking_ids.filtered(
            lambda picking: (
                picking.state == "done"
                and not picking.return_id
                and picking.o2o_dispatch_id.delivered_at
                and sum(picking.move_ids.returned_move_ids.mapped("quantity"))
                < sum(picking.move_ids.mapped("quantity"))
            )
        )
        if not pickings:
            return None
        picking = self.random.choice(pickings)
        left = sum(picking.move_ids.mapped("quantity")) - sum(
            picking.move_ids.returned_move_ids.mapped("quantity")
        )
        units = self.random.randint(1, int(left))
        case._return_of(picking, units, self._now())
        deal.back += units
        return deal

    def _credit(self, deal):
        """Units at the full price, by the wizard or by hand."""
        ordered = int(deal.order.order_line.product_uom_qty)
        taken = deal.credited
        if not deal.invoice or taken >= ordered or deal.cut:
            return None
        units, line = self.random.randint(1, ordered - taken), deal.order.order_line
        day = self.day.isoformat()
        if self.random.random() < 0.5:
            note = self.case._credit(deal.invoice, quantity=units, at=day)
        else:
            price = line.price_unit * (1 - line.discount / 100)
            if round(price, 2) != price:
                return None
            note = self.case._by_hand(deal.order, price, units, at=day)
        deal.notes[note] = ("units", units)
        return deal

    def _cut(self, deal):
        """A part of the price of what is kept is given back."""
        line = deal.order.order_line
        price = line.price_total if deal.included else line.price_subtotal
        most = int(price * 100 / 4)
        # with units back that nobody credited it would be theirs
        if not deal.invoice or most < 1 or deal.back > deal.credited:
            return None
        cents = self.random.randint(1, most)
        if cents == round(line.price_unit * 100) and not line.discount:
            return None  # a unit, as it is that price
        note = self.case._by_hand(deal.order, cents / 100, at=self.day.isoformat())
        deal.notes[note] = ("cut", cents)
        return deal

    def _undo(self, deal):
        """A credit note is reversed."""
        if not deal.notes:
            return None
        note = self.random.choice(list(deal.notes))
        day = self.day.isoformat()
        self.case._post_at(self.case._by_wizard(note, day), day)
        del deal.notes[note]
        return deal

    def _reset(self, deal):
        """A credit note of an open month is reset to draft and deleted."""
        notes = [
            note for note in deal.notes if not self.closed or note.date > self.closed
        ]
        if not notes:
            return None
        note = self.random.choice(notes)
        note.button_draft()
        note.with_context(force_delete=True).unlink()
        del deal.notes[note]
        return deal

    def _reprice(self, deal):
        """Another price before the invoice."""
        if deal.invoice or deal.order.order_line.price_unit < 1:
            return None
        deal.order.order_line.price_unit = self.random.choice((299.0, 1017.0, 88.88))
        return deal

    def _rule(self, _deal):
        """Orders to come are split otherwise; the others stay as they are."""
        case, random = self.case, self.random
        action = self.rule.action_new_version()
        self.rule = case.env["o2o.split.rule"].browse(action["res_id"])
        for share in self.rule.line_ids.filtered(lambda line: not line.residual):
            rate = round(random.uniform(0, 80 if share.role == "fulfiller" else 6), 2)
            share.rate = self.rates[share.role] = rate
        self.rule.action_activate()

    def _pass_time(self, _deal):
        """Some days later; a month that is over is stated, billed, closed and locked."""
        month = self.day.replace(day=1)
        self.day += timedelta(days=self.random.randint(3, 20))
        if self.day.replace(day=1) > month:
            self.day = max(self.day, self._next_month(month))
            self._close(month)

    @staticmethod
    def _next_month(month):
        return (month + timedelta(days=32)).replace(day=1)

    def post_days(self):
        """Do what the scheduled action does at night, in a company that posts by the day."""
        shares = self.case.env["o2o.split.line"]
        with freeze_time(self._now() + timedelta(days=1)):
            for company, day in shares._unposted_days():
                if company == self.case.company:
                    shares._post_day(company, day)

    def _close(self, month):
        case = self.case
        self.post_days()
        with freeze_time(self._now()):
            case.env["o2o.split.line"]._cron_release()
            period = case._create_period(month.isoformat())
            case._state_period(period)
            case._close_period(period)
            self.closed = self._next_month(month) - timedelta(days=1)
            case.env.flush_all()
            case.company.fiscalyear_lock_date = self.closed

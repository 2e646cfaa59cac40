"""Random lives of an order line: deliveries, returns and price cuts in any order."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from .fair_shares import Sale, Share

UNITS = ("0.01", "1", "0.05", "0.001")
OTHERS = ("origin", "tier1", "guide", "crew", "platform")
BASES = ("net", "gross", "margin", "cost", "door_price")


@dataclass
class History:
    """A sale and the steps of its life: ``("out"|"back", party, units)``, ``("cut", cents)``."""

    unit: Decimal
    sale: Sale
    steps: list = field(default_factory=list)


def draw_history(random):
    """Return a life with everything a line can meet; ``random`` as of the standard library."""
    sale = _draw_sale(random)
    history = History(Decimal(random.choice(UNITS)), sale)
    left, there = sale.ordered, {"C2": Fraction(0)}
    for _step in range(random.randint(1, 10)):
        kind = random.choice(("out", "out", "back", "back", "cut", "all back"))
        if kind == "out" and left:
            party = random.choice(("C2", "C2", "C3", "hq"))
            units = _some(random, left)
            there[party] = there.get(party, 0) + units
            left -= units
            history.steps.append(("out", party, units))
        elif kind in ("back", "all back"):
            party = random.choice(list(there))
            units = there[party] if kind == "all back" else _some(random, there[party])
            there[party] -= units
            history.steps.append(("back", party, units))
        elif kind == "cut":
            most = random.choice((1, 100, abs(sale.net), 2 * abs(sale.net)))
            history.steps.append(("cut", random.randint(0, max(most // 2, 1))))
    return history


def _some(random, units):
    """Return some of so many units, at times a part of one."""
    if random.random() < 0.2:
        return units * random.randint(0, 8) / 8
    return Fraction(random.randint(0, int(units)))


def _draw_sale(random):
    net = random.choice((0, 1, 1, -1, 2, 5, random.randint(2, 10**4), 10**5, 88407))
    if random.random() < 0.4:
        net = random.randint(-(10**7), 10**7)
    tax = random.choice((0, 0, 1, 6, 9, 13))
    gross = net + int(net * tax / 100)
    sale = Sale(net, gross, Fraction(random.randint(1, 12)), _draw_shares(random), {})
    sale.roles = {
        role: role.upper() for role in OTHERS if random.random() < 0.7
    }  # the others are absent
    sale.absent = random.choice(("hq", "fulfiller"))
    sale.leftover = random.choice(("residual", "residual", "largest", "first"))
    sale.cost = int(net * random.choice((0, 0.5, 0.65, 1, 1.5)))
    sale.door_price = int(net * random.choice((0, 0.76, 1, 1.1)))
    if net > 0 and random.random() < 0.3:
        for who in random.sample(("hq", "fulfiller", "origin"), random.randint(1, 2)):
            coupon = random.randint(0, net)
            sale.coupons.append((who, coupon, random.choice((0, coupon))))
    return sale


def _draw_shares(random):
    left = dict.fromkeys((*BASES, "spread"), 100)
    shares = []
    for number in range(random.randint(0, 6)):
        share = Share(f"{number + 1}", random.choice(("fulfiller", *OTHERS)))
        if random.random() < 0.2:
            share.fixed = Fraction(random.randint(0, 9000), 100)
        else:
            share.of = random.choice(("net", "net", "net", *BASES, "spread"))
            pool = "net" if share.of == "gross" else share.of
            share.percent = Fraction(random.randint(0, left[pool] * 100), 100)
            share.percent /= random.choice((1, 2))
            left[pool] -= -(-share.percent // 1)
            left[pool] = max(int(left[pool]), 0)
        if random.random() < 0.2:
            share.least = Fraction(random.randint(0, 5000))
        if random.random() < 0.2:
            share.most = Fraction(random.randint(5000, 90000))
        shares.append(share)
    rest = Share("rest", random.choice(("hq", "hq", "fulfiller", "origin")), rest=True)
    shares.insert(random.randint(0, len(shares)), rest)
    return shares

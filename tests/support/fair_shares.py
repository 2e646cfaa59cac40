"""What everybody is due of an order line, worked out a second time from the requirements.

Nothing of the addon is imported: amounts are counted in rounding units (cents) as plain
Fractions, the way an accountant would check a statement by hand. Where this and the addon
differ, one of the two is wrong.
"""

from dataclasses import dataclass, field
from fractions import Fraction


def half_up(number):
    """Round to a whole number of cents; a half goes away from zero."""
    count = (abs(Fraction(number)) * 2 + 1) // 2
    return -int(count) if number < 0 else int(count)


@dataclass
class Share:
    """A line of the agreement, its amounts in cents: ``rest`` takes what is left."""

    name: str
    role: str
    percent: Fraction = Fraction(0)
    of: str = "net"
    fixed: Fraction | None = None
    least: Fraction | None = None
    most: Fraction | None = None
    rest: bool = False


@dataclass
class Sale:
    """A sold line in cents, who plays which role in it, and what happened to it since."""

    net: int
    gross: int
    ordered: Fraction
    shares: list
    roles: dict
    absent: str = "hq"
    leftover: str = "residual"
    cost: int | None = None
    door_price: int | None = None
    coupons: list = field(default_factory=list)  # (who pays, net cents, gross cents)
    out: dict = field(
        default_factory=dict
    )  # {who delivered: units, less what came back}
    cut: int = 0  # net cents taken off the price of what is kept

    def agreed(self):
        """Return each share in whole cents, as if everything is kept and nothing cut."""
        side = -1 if self.net < 0 else 1
        saved = sum(net for _who, net, _gross in self.coupons)
        exact = [self._exact(share, side, saved) for share in self.shares]
        last = [share.rest for share in self.shares].index(True)
        exact[last] = self.net + saved - sum(exact)
        cents = dict(enumerate(self._whole_cents(exact, last, side)))
        for who, saving, _gross in self.coupons:
            for number, share in enumerate(self.shares):
                if share.role == who and not share.rest:
                    paid = min(saving, max(cents[number], 0))
                    cents[number] -= paid
                    saving -= paid
        return [cents[number] for number in range(len(self.shares))]

    def _exact(self, share, side, saved):
        if share.rest:
            return Fraction(0)
        if share.fixed is not None:
            of, part = self.net, share.fixed
        else:
            of = self._basis(share.of, side, saved)
            part = abs(of) * share.percent / 100
        if share.least is not None and of:
            part = max(part, share.least)
        if share.most is not None:
            part = min(part, share.most)
        return side * Fraction(part)

    def _basis(self, of, side, saved):
        listed = self.net + saved
        gross = self.gross + sum(gross or net for _who, net, gross in self.coupons)
        above = {"margin": self.cost, "spread": self.door_price}.get(of)
        if above is not None:
            return side * max(side * (listed - above), 0)
        return {
            "net": listed,
            "gross": gross,
            "cost": self.cost,
            "door_price": self.door_price,
        }[of]

    def _whole_cents(self, exact, last, side):
        """Round every share; who gets the odd cents is agreed."""
        if self.leftover == "residual":
            cents = [half_up(part) for part in exact]
            cents[last] += int(sum(exact)) - sum(cents)
            return cents
        flip = -1 if sum(exact) < 0 else 1
        down = [(flip * part) // 1 for part in exact]
        odd = int(sum(flip * part for part in exact) - sum(down))
        turn = [number for number, part in enumerate(exact) if part]
        if self.leftover == "largest":
            turn.sort(key=lambda number: -(flip * exact[number] - down[number]))
        for number in turn[:odd]:
            down[number] += 1
        return [int(flip * part) for part in down]

    def due(self):
        """Return ``{(share, party): cents}`` for what is kept now, and the net left."""
        side = -1 if self.net < 0 else 1
        units = sum(self.out.values(), Fraction(0))
        kept = units / self.ordered
        left = max(abs(half_up(self.net * kept)) - self.cut, 0) * side
        if self.net:
            kept = max(kept - Fraction(self.cut, abs(self.net)), Fraction(0))
        due, rest = {}, None
        for share, whole in zip(self.shares, self.agreed(), strict=True):
            takers = self._takers(share.role, units)
            if share.rest:
                rest = (share, takers)
                continue
            for party, weight in takers:
                key = share.name, party
                due[key] = due.get(key, 0) + half_up(whole * kept * weight)
        share, takers = rest
        remains = left - sum(due.values())
        for (party, _w), cents in zip(takers, _deal(remains, takers), strict=True):
            key = share.name, party
            due[key] = due.get(key, 0) + cents
        return due, left

    def _takers(self, role, units):
        """Return ``[(party, part of it)]``: who has the role, or stands in for it."""
        if role == "hq":
            return [("hq", Fraction(1))]
        if role != "fulfiller" and role in self.roles:
            return [(self.roles[role], Fraction(1))]
        if role != "fulfiller" and self.absent == "hq":
            return [("hq", Fraction(1))]
        if not units:
            return [
                (party, Fraction(number == 0)) for number, party in enumerate(self.out)
            ]
        return [(party, there / units) for party, there in self.out.items()]


def _deal(cents, takers):
    """Deal out the rest between several: whole cents each, odd ones to the largest part."""
    flip = -1 if cents < 0 else 1
    exact = [abs(cents) * weight for _party, weight in takers]
    dealt = [part // 1 for part in exact]
    turn = sorted(
        (number for number, part in enumerate(exact) if part),
        key=lambda number: dealt[number] - exact[number],
    )
    for number in turn[: abs(cents) - int(sum(dealt))]:
        dealt[number] += 1
    return [flip * int(part) for part in dealt]

"""The parties and the rule XR of the golden cases, and short forms to build others."""

from decimal import Decimal as D

from engine.split import LineBase, RuleLine, SplitRule

PARTIES = {"fulfiller": "C2", "origin": "B1", "tier1": "C1", "guide": "G"}


def rule(*lines, residual="hq", **values):
    """Build a rule of ``(role, rate[, kind[, base]])`` lines and a residual."""
    built = [
        RuleLine(
            row[0], rate=D(row[1]), **dict(zip(("kind", "base"), row[2:], strict=False))
        )
        for row in lines
    ]
    return SplitRule((*built, RuleLine(residual, residual=True)), **values)


XR = rule(("fulfiller", "82"), ("origin", "6"), ("tier1", "2"), ("guide", "3"))


def base(untaxed, **values):
    return LineBase(D(untaxed), **values)


def amounts(allocation, *parties):
    return [
        str(allocation.of(party)) for party in parties or ("C2", "B1", "C1", "G", "hq")
    ]

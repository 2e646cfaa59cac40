"""What differs between a decision on record and the same decision taken again."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, fields
from typing import Any

from .routing import Candidate, Decision


@dataclass(frozen=True)
class Difference:
    """``field`` of a store's candidate, or "chosen" for who was asked (node None)."""

    node: Hashable | None
    code: str
    field: str
    before: Any
    after: Any


def differences(before: Decision, after: Decision) -> tuple[Difference, ...]:
    """What changed, the choice first, then store by store as they were ranked."""
    found = []
    if _asked(before) != _asked(after):
        found.append(Difference(None, "", "chosen", _codes(before), _codes(after)))
    now = {candidate.node: candidate for candidate in after.candidates}
    for then in before.candidates:
        other = now.pop(then.node, None)
        if other is None:
            found.append(Difference(then.node, then.code, "store", then.code, None))
        else:
            found.extend(_of_candidate(then, other))
    found.extend(
        Difference(c.node, c.code, "store", None, c.code) for c in now.values()
    )
    return tuple(found)


def _asked(decision: Decision) -> list:
    return [(leg.node, leg.parts) for leg in (*decision.legs, decision.unserved) if leg]


def _codes(decision: Decision) -> str:
    codes = {candidate.node: candidate.code for candidate in decision.candidates}
    return ", ".join(codes.get(leg.node, str(leg.node)) for leg in decision.legs)


def _of_candidate(then: Candidate, now: Candidate):
    for field in fields(Candidate):
        before, after = getattr(then, field.name), getattr(now, field.name)
        # 1 and 1.00 differ, byte for byte
        if (before, str(before)) != (after, str(after)):
            yield Difference(then.node, then.code, field.name, before, after)

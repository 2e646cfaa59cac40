"""What happens to a leg after the decision: who is asked next, and when nobody is.

:func:`next_step` is pure. A *cascade* is the chain of legs that serve one part of an
order, from its first offer to its last; ``asked`` are the answers given in it so far.
The chain is::

    offers, one store after the other        (mode assign; choice: the customer's store)
    offers to some stores at once            (mode grab, round after round)
      -> stores that are asked first         (when the rule allows)
      -> the grab pool: all that are left    (once, after a rejection or an expiry)
      -> headquarters' own warehouse, if the rule names one, else its exception queue

After ``max_offers`` rejections and expiries the offers stop and the pool opens. No store
is asked twice in one cascade. In mode manual the queue comes at once, and a pickup
that the customer's store can't serve is never moved without headquarters.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

MODES = ("assign", "grab", "manual", "choice")
# ``failed``: the store could not be offered (stock gone, no opening hours) or its offer
# was withdrawn (dealer suspended); it did not answer, so it does not count as a turn-down
KINDS = ("rejected", "expired", "handed_back", "accepted", "failed", "lost")
TURNED_DOWN = ("rejected", "expired")

# Every way a leg may go; nothing else changes its state.
TRANSITIONS = {
    "draft": {"offered", "exception", "cancelled"},
    "offered": {"accepted", "rejected", "expired", "cancelled", "exception"},
    "accepted": {"picked", "ready", "shipped", "cancelled", "exception"},
    "picked": {"ready", "shipped", "cancelled", "exception"},
    "ready": {"delivered", "cancelled", "exception"},
    "shipped": {"delivered"},
    "exception": {"offered", "cancelled"},
    "delivered": set(),
    "rejected": set(),
    "expired": set(),
    "cancelled": set(),
}
# The leg no longer holds any of its order.
ENDED_STATES = ("rejected", "expired", "cancelled")
TERMINAL_STATES = (*ENDED_STATES, "delivered")


@dataclass(frozen=True)
class Answer:
    """What became of asking one store; ``kind`` is one of :data:`KINDS`."""

    node: Hashable
    kind: str

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"answer {self.kind!r} is none of {', '.join(KINDS)}")


@dataclass(frozen=True)
class CascadeRule:
    """The part of a routing rule that speaks of offers.

    ``max_offers``: turn-downs after which the offers stop (0: no limit);
    ``grab_candidates``: stores per round in mode grab (0: all at once)."""

    mode: str = "assign"
    max_offers: int = 0
    grab_pool: bool = True
    grab_candidates: int = 3
    ask_first: bool = False
    has_fallback: bool = False

    def __post_init__(self):
        if self.mode not in MODES:
            raise ValueError(f"mode {self.mode!r} is none of {', '.join(MODES)}")
        if self.max_offers < 0 or self.grab_candidates < 0:
            raise ValueError("max_offers and grab_candidates can't be below 0")


@dataclass(frozen=True)
class Step:
    """What to do now: ``offer`` or ``ask`` one store, let ``nodes`` ``grab``, or give
    it to headquarters (``fallback``: its warehouse; ``exception``: its queue).

    ``is_pool``: this grab is the pool; pass ``grabbed=True`` from then on."""

    kind: str
    nodes: tuple[Hashable, ...] = ()
    is_pool: bool = False


def next_step(
    rule: CascadeRule,
    asked: tuple[Answer, ...],
    eligible: tuple[Hashable, ...],
    pool: tuple[Hashable, ...] = (),
    grabbed: bool = False,
    ask_first: tuple[Hashable, ...] = (),
) -> Step:
    """Say whom to ask now.

    :param asked: every answer of this cascade, in any order
    :param eligible: the engine's ranking of this run, best first
    :param pool: stores that may only grab, best first
    :param grabbed: the pool was open in this cascade already
    :param ask_first: stores without a believable stock, best first
    """
    known = {answer.node for answer in asked}
    promised = _unasked(eligible, known)
    unsure = _unasked(ask_first, known | set(promised)) if rule.ask_first else ()
    turned = sum(answer.kind in TURNED_DOWN for answer in asked)
    if rule.mode != "manual" and not grabbed and not _is_spent(rule, turned):
        if promised and rule.mode == "grab":
            return Step("grab", promised[: rule.grab_candidates or None])
        if promised:
            return Step("offer", promised[:1])
        if unsure:
            return Step("ask", unsure[:1])
    if _opens_pool(rule, turned, grabbed):
        nodes = _unasked((*promised, *unsure, *pool), known)
        if nodes:
            return Step("grab", nodes, is_pool=True)
    if rule.has_fallback and rule.mode in ("assign", "grab"):
        return Step("fallback")
    return Step("exception")


def _unasked(nodes: Iterable[Hashable], known: set) -> tuple:
    """Each node once, in its order, without those of ``known``."""
    return tuple(dict.fromkeys(node for node in nodes if node not in known))


def _is_spent(rule: CascadeRule, turned: int) -> bool:
    return bool(rule.max_offers) and turned >= rule.max_offers


def _opens_pool(rule: CascadeRule, turned: int, grabbed: bool) -> bool:
    """A customer who chose a store is not served by whoever is fastest."""
    return (
        rule.grab_pool
        and turned > 0
        and not grabbed
        and rule.mode in ("assign", "grab")
    )

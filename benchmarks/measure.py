"""What a benchmark returns, and how it becomes a row of the table."""

import statistics
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Measurement:
    """One value, lower is better.

    :param target: the most that `value` may be, or that `ratio` may be if there is a peer
    """

    name: str
    value: float
    unit: str
    target: float
    peer: str = ""
    peer_value: float | None = None

    @property
    def ratio(self):
        """Return value / peer's value, or None without a peer."""
        return self.value / self.peer_value if self.peer_value else None

    @property
    def met(self):
        """Say whether the target is met."""
        return (self.value if self.ratio is None else self.ratio) <= self.target

    def as_dict(self):
        """Return the record for bench-results.json."""
        return asdict(self) | {"ratio": self.ratio, "met": self.met}


def percentile(values, share):
    """Return the value below which `share` (0 to 1) of the values lie."""
    return statistics.quantiles(values, n=100, method="inclusive")[
        round(share * 100) - 1
    ]

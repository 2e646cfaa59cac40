"""What a benchmark returns, and how it becomes a row of the table."""

import importlib.metadata
import os
import platform
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


def machine():
    """Describe in a line what the figures were measured on."""
    load = f"load {os.getloadavg()[0]:.1f}"
    versions = [f"Python {platform.python_version()}"]
    for package in ("numpy", "scipy", "psycopg2-binary"):
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    where = f"{platform.system()} {platform.release()}, {os.cpu_count()} CPUs {_cpu()}"
    return f"{where}, {load}; {', '.join(versions)}"


def _cpu():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":", 1)[1] for line in file if "model name" in line]
    except OSError:
        names = []
    return names[0].strip() if names else platform.machine()

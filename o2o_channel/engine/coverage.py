"""Who covers a region for a category of goods, on a day.

Pure rules over plain values: the models load regions, categories and lines for a
whole batch and ask here. Nothing below knows Odoo or a database.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Line:
    """One coverage line as the rules see it.

    ``dealer`` and ``region`` are any hashable keys; ``categ`` is None when the line
    holds for all goods; an open end of the period is None.
    """

    dealer: int
    dealer_code: str
    region: int
    role: str
    categ: int | None = None
    exclusive: bool = False
    priority: int = 10
    date_from: date | None = None
    date_to: date | None = None

    @property
    def rank(self) -> tuple[int, str, int]:
        """The order in which dealers are named: priority, then code, then key."""
        return (self.priority, self.dealer_code, self.dealer)


def valid_on(line: Line, day: date) -> bool:
    """Whether the line's period holds ``day``; both ends are included."""
    return (line.date_from is None or line.date_from <= day) and (
        line.date_to is None or day <= line.date_to
    )


def periods_overlap(
    from_a: date | None, to_a: date | None, from_b: date | None, to_b: date | None
) -> bool:
    """Whether two periods, ends included and None for an open end, share a day."""
    return (to_b is None or from_a is None or from_a <= to_b) and (
        to_a is None or from_b is None or from_b <= to_a
    )


def categories_overlap(path_a: tuple[int, ...], path_b: tuple[int, ...]) -> bool:
    """Whether two categories, given as paths from the root, share goods.

    They do when one is the other or its ancestor. The empty path is "all goods".
    """
    shorter = min(len(path_a), len(path_b))
    return path_a[:shorter] == path_b[:shorter]


def index_by_region(lines: list[Line]) -> dict[int, list[Line]]:
    """The lines by region, so that a batch looks each region up once."""
    by_region: dict[int, list[Line]] = {}
    for line in lines:
        by_region.setdefault(line.region, []).append(line)
    return by_region


def nearest_lines(
    region_path: tuple[int, ...],
    categ_path: tuple[int, ...],
    by_region: dict[int, list[Line]],
) -> list[Line]:
    """The lines that decide for a region and a category, best first.

    ``region_path`` goes from the root to the region itself. The nearest level that
    has a line for the category decides alone: what is above it is not added. Within
    that level an exclusive line shuts out the other lines of its role.
    """
    categs = set(categ_path)
    for region in reversed(region_path):
        found = [
            line
            for line in by_region.get(region, ())
            if line.categ is None or line.categ in categs
        ]
        if found:
            return sorted(_without_shut_out(found), key=lambda line: line.rank)
    return []


def _without_shut_out(lines: list[Line]) -> list[Line]:
    closed_roles = {line.role for line in lines if line.exclusive}
    return [line for line in lines if line.exclusive or line.role not in closed_roles]


def covering_dealers(
    region_path: tuple[int, ...],
    categ_path: tuple[int, ...],
    by_region: dict[int, list[Line]],
) -> list[int]:
    """The dealers of :func:`nearest_lines`, each once, best line first."""
    lines = nearest_lines(region_path, categ_path, by_region)
    return list(dict.fromkeys(line.dealer for line in lines))

"""How a settlement period is divided into the spans that payees get statements for."""

from dataclasses import dataclass
from datetime import date, timedelta

CYCLES = ("day", "week", "half", "month")


@dataclass(frozen=True)
class Span:
    """The days of one statement, both included."""

    first: date
    last: date


def spans(cycle: str, first: date, last: date) -> tuple[Span, ...]:
    """Divide the period from ``first`` to ``last``; spans never reach out of it.

    Weeks begin on Monday, the second half of a month on the 16th. A month is the whole
    period, even where that isn't a calendar month.
    """
    if cycle not in CYCLES:
        raise ValueError(f"unknown cycle {cycle!r}")
    result, start = [], first
    while start <= last:
        end = min(_end(cycle, start, last), last)
        result.append(Span(start, end))
        start = end + timedelta(days=1)
    return tuple(result)


def _end(cycle, day, last):
    if cycle == "day":
        return day
    if cycle == "week":
        return day + timedelta(days=6 - day.weekday())
    if cycle == "half":
        if day.day <= 15:
            return day.replace(day=15)
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(1)
    return last

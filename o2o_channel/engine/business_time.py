"""Minutes that count only while a store is open.

:func:`add_minutes` is pure and exact: it works on moments in UTC and whole opening
hours of the store's zone. Where the clock is changed,

- an hour that does not exist begins or ends when the clock jumps,
- an opening hour that occurs twice opens at its first occurrence, and one at which the
  store closes closes at its last.

So no minute is counted twice or lost. A deadline that falls on the moment of closing is
that moment, not the next opening.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

MINUTES_OF_DAY = 24 * 60
MAX_DAYS = 400  # a store that is closed for longer has no hours


class NoHours(ValueError):
    """The opening hours never come to so many minutes."""


@dataclass(frozen=True)
class Hours:
    """Open on ``weekday`` (0 = Monday) from minute ``start`` to minute ``end`` of the
    day; ``week`` 0 or 1 where two weeks alternate, None for every week."""

    weekday: int
    start: int
    end: int
    week: int | None = None

    def __post_init__(self):
        if not 0 <= self.weekday <= 6:
            raise ValueError(f"weekday {self.weekday} is not between 0 and 6")
        if not 0 <= self.start <= self.end <= MINUTES_OF_DAY:
            raise ValueError(
                f"{self.start} to {self.end} are not minutes of one day in this order"
            )


@dataclass(frozen=True)
class OpeningHours:
    """When a store is open. ``closed`` are (from, to) in naive UTC, as holidays are."""

    hours: tuple[Hours, ...]
    zone: str = "UTC"
    closed: tuple[tuple[datetime, datetime], ...] = ()


def add_minutes(opening: OpeningHours, start: datetime, minutes: int) -> datetime:
    """The moment at which the store has been open for ``minutes`` since ``start``.

    :param start: naive UTC, as is the result
    :raise NoHours: when it is not open so long within :data:`MAX_DAYS` days
    :raise ValueError: for ``minutes`` below 1
    """
    if minutes < 1:
        raise ValueError(f"{minutes} minutes are not above 0")
    left = timedelta(minutes=minutes)
    for opens, closes in _open_spans(opening, start):
        begin = max(opens, start)
        if closes - begin >= left:
            return begin + left
        if closes > begin:
            left -= closes - begin
            start = closes
    raise NoHours(f"not open for {minutes} minutes within {MAX_DAYS} days")


def week_of(day: date) -> int:
    """0 or 1: which of two alternating weeks the day is in, as Odoo counts them."""
    return (day.toordinal() - 1) // 7 % 2


def _open_spans(opening: OpeningHours, start: datetime) -> Iterator[tuple]:
    """Spans in naive UTC that end after ``start``, in order, without the closed ones."""
    if not any(hours.end > hours.start for hours in opening.hours):
        return
    zone = ZoneInfo(opening.zone)
    # the day before: its hours may reach into this one where the clock is changed
    first = _local_day(start, zone) - timedelta(days=1)
    for number in range(MAX_DAYS + 1):
        day = first + timedelta(days=number)
        spans = sorted(_spans_of_day(opening.hours, day, zone))
        for span in spans:
            yield from _without(span, opening.closed)


def _local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.replace(tzinfo=timezone.utc).astimezone(zone).date()


def _spans_of_day(hours: tuple[Hours, ...], day: date, zone: ZoneInfo) -> Iterator:
    for one in hours:
        if one.weekday != day.weekday() or one.week not in (None, week_of(day)):
            continue
        opens = _moment(day, one.start, zone, fold=0)
        closes = _moment(day, one.end, zone, fold=1)
        if closes > opens:
            yield opens, closes


def _moment(day: date, minute: int, zone: ZoneInfo, fold: int) -> datetime:
    """The minute of the local day in naive UTC."""
    local = datetime.combine(day, time.min) + timedelta(minutes=minute)
    aware = local.replace(tzinfo=zone, fold=fold)
    moment = aware.astimezone(timezone.utc).replace(tzinfo=None)
    back = moment.replace(tzinfo=timezone.utc).astimezone(zone).replace(tzinfo=None)
    if back == local:
        return moment
    return _end_of_gap(local, zone)


def _end_of_gap(local: datetime, zone: ZoneInfo) -> datetime:
    """When the clock jumps over ``local``: the jump itself, in naive UTC."""
    # with the offset from before the jump, and with the one from after it
    before = local - local.replace(tzinfo=zone, fold=0).utcoffset()
    after = local - local.replace(tzinfo=zone, fold=1).utcoffset()
    low, high = min(before, after), max(before, after)
    target = _offset(high, zone)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (low, middle) if _offset(middle, zone) == target else (middle, high)
    return high.replace(microsecond=0)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.replace(tzinfo=timezone.utc).astimezone(zone).utcoffset()


def _without(span: tuple, closed: tuple) -> Iterator[tuple]:
    """What is left of a span, in order."""
    begin, end = span
    for shut, reopened in sorted(closed):
        if reopened <= begin or shut >= end:
            continue
        if shut > begin:
            yield begin, shut
        begin = max(begin, reopened)
    if begin < end:
        yield begin, end

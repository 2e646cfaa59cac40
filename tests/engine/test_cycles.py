from datetime import date, timedelta

import pytest

from engine.cycles import CYCLES, spans


def days(cycle, first, last):
    return [
        (span.first.day, span.last.day)
        for span in spans(cycle, date.fromisoformat(first), date.fromisoformat(last))
    ]


def test_weeks_begin_on_monday_and_stay_in_the_month():
    # 2026-11-01 is a Sunday, 2026-11-30 a Monday.
    assert days("week", "2026-11-01", "2026-11-30") == [
        (1, 1),
        (2, 8),
        (9, 15),
        (16, 22),
        (23, 29),
        (30, 30),
    ]


def test_halves_of_long_and_short_months():
    assert days("half", "2026-12-01", "2026-12-31") == [(1, 15), (16, 31)]
    assert days("half", "2026-02-01", "2026-02-28") == [(1, 15), (16, 28)]
    assert days("half", "2024-02-01", "2024-02-29") == [(1, 15), (16, 29)]


def test_days_and_the_whole():
    assert len(days("day", "2026-11-01", "2026-11-30")) == 30
    assert days("month", "2026-11-01", "2026-11-30") == [(1, 30)]


@pytest.mark.parametrize("cycle", CYCLES)
@pytest.mark.parametrize("length", [1, 15, 16, 45, 92])
def test_spans_cover_every_day_once(cycle, length):
    first = date(2026, 1, 12)
    last = first + timedelta(days=length - 1)
    found = spans(cycle, first, last)
    covered = [
        span.first + timedelta(days=n)
        for span in found
        for n in range((span.last - span.first).days + 1)
    ]
    assert covered == [first + timedelta(days=n) for n in range(length)]


def test_an_unknown_cycle_is_refused():
    with pytest.raises(ValueError, match="year"):
        spans("year", date(2026, 1, 1), date(2026, 1, 31))

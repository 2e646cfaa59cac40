from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.business_time import Hours, NoHours, OpeningHours, add_minutes, week_of

SHANGHAI = "Asia/Shanghai"


def every_day(start, end, zone=SHANGHAI, closed=()):
    hours = tuple(Hours(day, start * 60, end * 60) for day in range(7))
    return OpeningHours(hours, zone, closed)


def local(text, zone=SHANGHAI):
    """Naive UTC of a local wall time."""
    aware = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return aware.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("offered", "minutes", "expected"),
    [
        ("2026-11-20 20:50", 30, "2026-11-21 09:20"),  # R6
        ("2026-11-20 10:00", 30, "2026-11-20 10:30"),
        ("2026-11-20 20:30", 30, "2026-11-20 21:00"),  # the moment of closing
        ("2026-11-20 21:00", 30, "2026-11-21 09:30"),
        ("2026-11-20 03:00", 30, "2026-11-20 09:30"),
        ("2026-11-20 09:00", 12 * 60, "2026-11-20 21:00"),
        ("2026-11-20 09:00", 12 * 60 + 1, "2026-11-21 09:01"),
        ("2026-11-20 12:00", 3 * 12 * 60, "2026-11-23 12:00"),
    ],
)
def test_minutes_count_while_the_store_is_open(offered, minutes, expected):
    assert add_minutes(every_day(9, 21), local(offered), minutes) == local(expected)


def test_two_spans_a_day_and_days_off():
    # Monday to Friday, with a break; 2026-11-20 is a Friday
    hours = [
        Hours(day, start, end)
        for day in range(5)
        for start, end in ((540, 720), (780, 1080))
    ]
    opening = OpeningHours(tuple(hours), SHANGHAI)
    assert add_minutes(opening, local("2026-11-20 11:50"), 30) == local(
        "2026-11-20 13:20"
    )
    assert add_minutes(opening, local("2026-11-20 17:50"), 30) == local(
        "2026-11-23 09:20"
    )


def test_a_holiday_does_not_count_and_may_cut_a_day():
    golden_week = (local("2026-10-01 00:00"), local("2026-10-08 00:00"))
    afternoon = (local("2026-09-30 15:00"), local("2026-09-30 16:00"))
    opening = every_day(9, 21, closed=(golden_week, afternoon))
    assert add_minutes(opening, local("2026-09-30 14:50"), 30) == local(
        "2026-09-30 16:20"
    )
    assert add_minutes(opening, local("2026-09-30 20:50"), 30) == local(
        "2026-10-08 09:20"
    )


def test_alternating_weeks():
    opening = OpeningHours((Hours(0, 540, 600, week=0),), "UTC")
    moment = add_minutes(opening, datetime(2026, 11, 20), 30)
    assert week_of(moment.date()) == 0 and moment.weekday() == 0
    following = add_minutes(opening, moment, 60)
    assert following - moment == timedelta(days=14)


def test_the_hour_that_does_not_exist_opens_when_the_clock_jumps():
    # Berlin, 2026-03-29: 02:00 -> 03:00, which is 01:00 UTC
    hours = (Hours(6, 150, 360),)  # Sunday 02:30 to 06:00
    opening = OpeningHours(hours, "Europe/Berlin")
    start = datetime(2026, 3, 28, 12)
    assert add_minutes(opening, start, 20) == datetime(2026, 3, 29, 1, 20)
    # 03:00 to 06:00 are all the minutes there are: then it is a week later
    assert add_minutes(opening, start, 180) == datetime(2026, 3, 29, 4)
    assert add_minutes(opening, start, 181) == local(
        "2026-04-05 02:31", "Europe/Berlin"
    )


def test_a_deadline_in_the_gap_is_a_real_moment_after_it():
    # open around the clock: 01:50 + 30 minutes is 03:20 on the wall
    opening = every_day(0, 24, "Europe/Berlin")
    offered = local("2026-03-29 01:50", "Europe/Berlin")
    assert add_minutes(opening, offered, 30) == offered + timedelta(minutes=30)
    assert add_minutes(opening, offered, 30) == local(
        "2026-03-29 03:20", "Europe/Berlin"
    )


def test_the_hour_that_occurs_twice_counts_twice():
    # Berlin, 2026-10-25: 03:00 -> 02:00; 01:00 to 04:00 on the wall are four hours
    opening = OpeningHours((Hours(6, 60, 240),), "Europe/Berlin")
    start = datetime(2026, 10, 24, 12)
    opens = datetime(2026, 10, 24, 23)
    assert add_minutes(opening, start, 240) == opens + timedelta(hours=4)
    # closing within the hour: at its last occurrence, 02:30 CET
    short = OpeningHours((Hours(6, 60, 150),), "Europe/Berlin")
    assert add_minutes(short, start, 150) == datetime(2026, 10, 25, 1, 30)


@pytest.mark.parametrize(
    "opening",
    [
        OpeningHours(()),
        OpeningHours((Hours(0, 540, 540),)),
        every_day(9, 21, closed=((datetime(2020, 1, 1), datetime(2040, 1, 1)),)),
    ],
)
def test_hours_that_never_come_are_refused_and_do_not_loop(opening):
    with pytest.raises(NoHours, match="not open for 30 minutes within 400 days"):
        add_minutes(opening, datetime(2026, 11, 20), 30)


@pytest.mark.parametrize("minutes", [0, -5])
def test_no_time_at_all_is_refused(minutes):
    with pytest.raises(ValueError, match="not above 0"):
        add_minutes(every_day(9, 21), datetime(2026, 11, 20), minutes)


@pytest.mark.parametrize(
    "values", [(7, 0, 60), (0, 60, 30), (0, -1, 60), (0, 0, 24 * 60 + 1)]
)
def test_hours_that_are_none_are_refused(values):
    with pytest.raises(ValueError):
        Hours(*values)


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)
ZONES = st.sampled_from([SHANGHAI, "Europe/Berlin", "America/New_York", "UTC"])


@given(MOMENTS, ZONES, st.integers(1, 2000))
def test_around_the_clock_is_plain_time(start, zone, minutes):
    end = add_minutes(every_day(0, 24, zone), start, minutes)
    assert end == start + timedelta(minutes=minutes)


@given(MOMENTS, ZONES, st.integers(1, 900), st.integers(1, 900))
def test_in_two_steps_or_in_one_is_the_same(start, zone, first, second):
    opening = every_day(9, 21, zone)
    once = add_minutes(opening, start, first + second)
    assert add_minutes(opening, add_minutes(opening, start, first), second) == once
    assert once >= start + timedelta(minutes=first + second)

"""Coverage: the nearest level decides, exclusivity, order, and its properties."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.coverage import (
    Line,
    categories_overlap,
    covering_dealers,
    index_by_region,
    nearest_lines,
    periods_overlap,
    valid_on,
)

SICHUAN, CHENGDU, JINJIANG = 51, 5101, 510104
PATH = (SICHUAN, CHENGDU, JINJIANG)
GOODS, APPLIANCE, AIRCON = 1, 2, 3
AIRCON_PATH = (GOODS, APPLIANCE, AIRCON)


def line(dealer, region, role="sales", **values):
    return Line(
        dealer=dealer, dealer_code=f"D{dealer}", region=region, role=role, **values
    )


def dealers(*lines, region=PATH, categ=AIRCON_PATH):
    return covering_dealers(region, categ, index_by_region(list(lines)))


def test_a_region_without_lines_inherits_the_nearest_ancestor():
    assert dealers(line(1, SICHUAN), line(2, CHENGDU)) == [2]


def test_the_nearest_level_decides_alone():
    assert dealers(line(1, CHENGDU), line(2, JINJIANG)) == [2]


def test_a_line_for_other_goods_does_not_stop_the_inheritance():
    furniture = 9
    assert dealers(line(1, CHENGDU), line(2, JINJIANG, categ=furniture)) == [1]


def test_a_line_for_an_ancestor_category_matches():
    assert dealers(line(1, CHENGDU, categ=APPLIANCE)) == [1]


def test_a_line_for_a_narrower_category_does_not_match():
    assert dealers(line(1, CHENGDU, categ=AIRCON), categ=(GOODS, APPLIANCE)) == []


def test_goods_without_category_match_lines_for_all_goods_only():
    assert dealers(line(1, CHENGDU), line(2, CHENGDU, categ=GOODS), categ=()) == [1]


def test_priority_then_code_orders_the_dealers():
    assert dealers(
        line(3, CHENGDU, priority=5), line(2, CHENGDU), line(1, CHENGDU)
    ) == [3, 1, 2]


def test_a_dealer_with_two_roles_is_named_once():
    assert dealers(line(1, CHENGDU), line(1, CHENGDU, role="logistics")) == [1]


def test_an_exclusive_line_shuts_out_others_of_its_role_only():
    assert dealers(
        line(1, CHENGDU, exclusive=True),
        line(2, CHENGDU),
        line(3, CHENGDU, role="logistics"),
    ) == [1, 3]


def test_an_exclusive_line_above_does_not_reach_below_a_nearer_line():
    assert dealers(line(1, CHENGDU, exclusive=True), line(2, JINJIANG)) == [2]


def test_both_ends_of_the_period_are_included():
    dated = line(1, CHENGDU, date_from=date(2026, 1, 1), date_to=date(2026, 11, 30))
    assert valid_on(dated, date(2026, 1, 1))
    assert valid_on(dated, date(2026, 11, 30))
    assert not valid_on(dated, date(2026, 12, 1))
    assert not valid_on(dated, date(2025, 12, 31))


def test_periods_that_touch_share_a_day_and_neighbours_do_not():
    assert periods_overlap(None, date(2026, 6, 30), date(2026, 6, 30), None)
    assert not periods_overlap(None, date(2026, 6, 30), date(2026, 7, 1), None)
    assert periods_overlap(None, None, None, None)


def test_categories_share_goods_when_one_holds_the_other():
    assert categories_overlap((), AIRCON_PATH)
    assert categories_overlap((GOODS,), AIRCON_PATH)
    assert not categories_overlap((GOODS, 7), AIRCON_PATH)


days = st.none() | st.dates(date(2026, 1, 1), date(2026, 3, 1))


@given(days, days, days, days)
def test_overlap_agrees_with_counting_days(from_a, to_a, from_b, to_b):
    if (from_a and to_a and to_a < from_a) or (from_b and to_b and to_b < from_b):
        return
    calendar = [date(2025, 12, 31) + timedelta(days=n) for n in range(62)]
    a, b = (
        line(1, 1, date_from=from_a, date_to=to_a),
        line(2, 1, date_from=from_b, date_to=to_b),
    )
    shared = any(valid_on(a, day) and valid_on(b, day) for day in calendar)
    assert periods_overlap(from_a, to_a, from_b, to_b) == shared


lines = st.lists(
    st.builds(
        line,
        dealer=st.integers(1, 6),
        region=st.sampled_from(PATH),
        role=st.sampled_from(["sales", "logistics"]),
        categ=st.sampled_from([None, GOODS, APPLIANCE, AIRCON, 9]),
        exclusive=st.booleans(),
        priority=st.integers(1, 3),
    ),
    max_size=12,
)


@given(lines, st.randoms(use_true_random=False))
def test_the_answer_does_not_depend_on_the_order_of_lines(some, rnd):
    shuffled = list(some)
    rnd.shuffle(shuffled)
    assert dealers(*some) == dealers(*shuffled)


@given(lines)
def test_all_deciding_lines_stand_on_one_level_and_match(some):
    found = nearest_lines(PATH, AIRCON_PATH, index_by_region(some))
    assert len({one.region for one in found}) <= 1
    assert all(one.categ is None or one.categ in AIRCON_PATH for one in found)


@given(lines)
def test_somebody_covers_whenever_a_line_matches(some):
    matching = [one for one in some if one.categ is None or one.categ in AIRCON_PATH]
    assert bool(dealers(*some)) == bool(matching)

"""What a region code says about its own place."""

import pytest

from engine.region import ancestor_codes, level_of_code, may_contain


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("510000", "province"),
        ("510100", "city"),
        ("510104", "district"),
        ("510104001", "town"),
        ("510104000", "district"),
        ("51", None),
        ("TW-TPE", None),
        ("５１０１０４", None),
        ("", None),
    ],
)
def test_level_comes_from_the_code(code, level):
    assert level_of_code(code) == level


@pytest.mark.parametrize(
    ("code", "above"),
    [
        ("510000", []),
        ("510100", ["510000"]),
        ("510104", ["510100", "510000"]),
        ("510104001", ["510104", "510100", "510000"]),
        ("XYZ", []),
    ],
)
def test_ancestors_are_named_nearest_first(code, above):
    assert ancestor_codes(code) == above


def test_only_a_province_stands_alone():
    assert may_contain(None, "province")
    assert not may_contain(None, "city")


def test_a_level_may_be_left_out_but_not_turned_round():
    assert may_contain("province", "district")
    assert may_contain("city", "town")
    assert not may_contain("district", "city")
    assert not may_contain("city", "city")

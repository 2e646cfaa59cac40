"""Distances: known pairs, and what must hold for any two places."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.geo import (
    EARTH_RADIUS_KM,
    Compass,
    Point,
    distance_km,
    haversine_km,
    misplaced,
    point,
)

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)


@pytest.mark.parametrize(
    ("start", "end", "kilometres"),
    [
        (
            (51.5007, -0.1246),
            (40.6892, -74.0445),
            5574.84,
        ),  # Big Ben - Statue of Liberty
        ((0, 0), (0, 180), math.pi * EARTH_RADIUS_KM),
        ((90, 0), (-90, 0), math.pi * EARTH_RADIUS_KM),
        ((0, 179.5), (0, -179.5), 111.2),  # across the date line
        ((30.65, 104.08), (30.65, 104.08), 0),
    ],
)
def test_known_distances(start, end, kilometres):
    assert haversine_km(*start, *end) == pytest.approx(kilometres, rel=1e-3, abs=1e-9)


@given(latitudes, longitudes, latitudes, longitudes)
def test_distance_is_symmetric_and_on_the_globe(lat1, lon1, lat2, lon2):
    there = haversine_km(lat1, lon1, lat2, lon2)
    assert there == pytest.approx(haversine_km(lat2, lon2, lat1, lon1), abs=1e-6)
    assert 0 <= there <= math.pi * EARTH_RADIUS_KM + 1e-6


@given(latitudes, longitudes, latitudes, longitudes, latitudes, longitudes)
def test_no_detour_is_shorter(lat1, lon1, lat2, lon2, lat3, lon3):
    direct = haversine_km(lat1, lon1, lat3, lon3)
    detour = haversine_km(lat1, lon1, lat2, lon2) + haversine_km(lat2, lon2, lat3, lon3)
    assert direct <= detour + 1e-3


@pytest.mark.parametrize("pair", [(0.0, 0.0), (None, 104.0), (30.0, None), (0, 0)])
def test_unset_coordinates_are_no_place(pair):
    assert point(*pair) is None
    assert distance_km(point(*pair), Point(30.65, 104.08)) is None


def test_a_place_on_the_equator_or_the_zero_meridian_is_a_place():
    assert point(0.0, 9.45) == Point(0.0, 9.45)
    assert point(51.48, 0.0) == Point(51.48, 0.0)


@pytest.mark.parametrize(
    ("latitude", "longitude", "named"),
    [(90.1, 0, "latitude"), (10, -180.5, "longitude"), (float("nan"), 1, "latitude")],
)
def test_a_place_off_the_globe_is_refused_by_name(latitude, longitude, named):
    with pytest.raises(ValueError, match=named):
        Point(latitude, longitude)


@given(latitudes, longitudes, latitudes, longitudes)
def test_agrees_with_the_angle_between_two_vectors(lat1, lon1, lat2, lon2):
    def vector(lat, lon):
        lat, lon = math.radians(lat), math.radians(lon)
        return (
            math.cos(lat) * math.cos(lon),
            math.cos(lat) * math.sin(lon),
            math.sin(lat),
        )

    one, two = vector(lat1, lon1), vector(lat2, lon2)
    dot = math.fsum(a * b for a, b in zip(one, two, strict=True))
    # the arc cosine loses digits for close places, hence the wide tolerance (0.5 km)
    expected = EARTH_RADIUS_KM * math.acos(max(-1, min(1, dot)))
    assert haversine_km(lat1, lon1, lat2, lon2) == pytest.approx(expected, abs=0.5)


def test_coordinates_that_can_not_be_right():
    chengdu, kashgar = Point(30.57, 104.07), Point(39.47, 75.99)
    assert misplaced(Point(30.65, 104.08), chengdu, 300) is None
    assert misplaced(Point(75.99, 39.47), kashgar, 300) == "swapped"
    assert misplaced(Point(10.5, 114.0), chengdu, 300) == "far"
    assert misplaced(Point(30.57, -104.07), chengdu, 300) == "far"


ANYWHERE = st.builds(Point, latitudes, longitudes)


@given(st.lists(ANYWHERE, min_size=1, max_size=5), ANYWHERE)
def test_many_distances_at_once_are_the_same(ends, start):
    found = Compass(ends).distances_km(start)
    assert found == [distance_km(start, end) for end in ends]
    assert Compass([None]).distances_km(start) == Compass(ends[:1]).distances_km(None)

"""Distances on the globe. Degrees in, kilometres out."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, atan2, cos, degrees, isfinite, radians, sin, sqrt

# Mean radius of the Earth (IUGG), in kilometres.
EARTH_RADIUS_KM = 6371.0088


@dataclass(frozen=True)
class Point:
    """A place in decimal degrees (WGS 84)."""

    latitude: float
    longitude: float

    def __post_init__(self):
        for name, value, limit in (
            ("latitude", self.latitude, 90),
            ("longitude", self.longitude, 180),
        ):
            if not isfinite(value) or abs(value) > limit:
                raise ValueError(
                    f"{name} {value!r} is not between -{limit} and {limit} degrees"
                )


def point(latitude: float | None, longitude: float | None) -> Point | None:
    """The place, or None where it is unknown.

    Odoo stores unknown coordinates as 0.0 / 0.0, a spot in the Gulf of Guinea:
    it is never taken for a place.

    >>> point(0.0, 0.0) is None
    True
    >>> point(30.65, 104.08)
    Point(latitude=30.65, longitude=104.08)
    """
    if latitude is None or longitude is None or not (latitude or longitude):
        return None
    return Point(float(latitude), float(longitude))


def haversine_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in kilometres between two places in degrees.

    >>> round(haversine_km(39.9042, 116.4074, 30.5728, 104.0668))  # Beijing - Chengdu
    1525
    """
    phi1, phi2 = radians(lat1), radians(lat2)
    half_phi = sin((phi2 - phi1) / 2) ** 2
    half_lambda = sin(radians(lon2 - lon1) / 2) ** 2
    chord = half_phi + cos(phi1) * cos(phi2) * half_lambda
    # rounding may push antipodes a hair over 1
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, chord)))


def distance_km(start: Point | None, end: Point | None) -> float | None:
    """Kilometres rounded to the metre; None when either place is unknown."""
    if start is None or end is None:
        return None
    return round(
        haversine_km(start.latitude, start.longitude, end.latitude, end.longitude), 3
    )


def toward(start: Point, end: Point, km: float) -> Point:
    """The place ``km`` from ``start`` on the shortest way to ``end``.

    >>> toward(Point(0, 10), Point(0, 20), haversine_km(0, 10, 0, 12))
    Point(latitude=0.0, longitude=12.0)
    """
    phi1, phi2 = radians(start.latitude), radians(end.latitude)
    turn = radians(end.longitude - start.longitude)
    bearing = atan2(
        sin(turn) * cos(phi2),
        cos(phi1) * sin(phi2) - sin(phi1) * cos(phi2) * cos(turn),
    )
    angle = km / EARTH_RADIUS_KM
    rise = sin(phi1) * cos(angle) + cos(phi1) * sin(angle) * cos(bearing)
    latitude = asin(max(-1.0, min(1.0, rise)))
    longitude = radians(start.longitude) + atan2(
        sin(bearing) * sin(angle) * cos(phi1), cos(angle) - sin(phi1) * rise
    )
    east = (degrees(longitude) + 180) % 360 - 180
    return Point(round(degrees(latitude), 9), round(east, 9))


def misplaced(place: Point, expected: Point, tolerance_km: float) -> str | None:
    """Whether a place can't be right: ``swapped`` when latitude and longitude changed
    places, ``far`` when it lies too far from where it is expected, None if plausible.

    >>> misplaced(Point(30.65, 104.08), Point(30.57, 104.07), 300) is None
    True
    >>> misplaced(Point(39.9, 89.9), Point(89.9, 39.9), 300)
    'swapped'
    >>> misplaced(Point(0, 104.08), Point(30.57, 104.07), 300)  # in the sea
    'far'
    """
    if distance_km(place, expected) <= tolerance_km:
        return None
    if abs(place.longitude) <= 90:
        swapped = Point(place.longitude, place.latitude)
        if distance_km(swapped, expected) <= tolerance_km:
            return "swapped"
    return "far"


class Compass:
    """Distances from one place after another to the same many places, to the same
    metre as ``distance_km`` finds them: what depends on the many is worked out once."""

    def __init__(self, places):
        self._ends = [
            None
            if end is None
            else (radians(end.latitude), cos(radians(end.latitude)), end.longitude)
            for end in places
        ]

    def distances_km(self, start: Point | None) -> list[float | None]:
        if start is None:
            return [None] * len(self._ends)
        phi, longitude = radians(start.latitude), start.longitude
        cos_phi = cos(phi)

        def way(end_phi, end_cos, end_longitude):
            half_phi = sin((end_phi - phi) / 2) ** 2
            half_lambda = sin(radians(end_longitude - longitude) / 2) ** 2
            chord = half_phi + cos_phi * end_cos * half_lambda
            return round(2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, chord))), 3)

        return [None if end is None else way(*end) for end in self._ends]

"""Which region of the tree an address lies in, or why that can't be said.

``place(address, gazetteer)`` never guesses. It reads, in this order:

1. the **code**: the region of that code, or else the nearest known one above it by
   the digits (a town that isn't in the tree lies in its district);
2. the **names** of province, city and district, from the top down, each within what
   the one before it said. A name may come with or without its suffix (四川, 四川省;
   凉山州, 凉山彝族自治州) or in Latin script. What the fields leave out is read off the
   beginning of the text, where only full names count: 成都路 is a street, not a city;
3. a name that the tree doesn't know leaves the address at the **nearest known
   region** above it.

A code and names that point to different places, a city outside its province and a
name that fits several places are not placed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .region import ancestor_codes

_ETHNIC = (
    "蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 拉祜 水 "
    "东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 "
    "乌孜别克 鄂温克 保安 裕固 独龙 鄂伦春 各"
).split()
_SHORT_ETHNIC = ["蒙古", "维吾尔", "哈萨克", "柯尔克孜"]  # written without 族
_ETHNIC_ENDING = re.compile(
    f"(?:{'|'.join([*(name + '族' for name in _ETHNIC), *_SHORT_ETHNIC])})+$"
)
_SUFFIX = re.compile(
    "(?:特别行政区|自治(?:区|州|县|旗)|地区|林区|特区|[省市州盟区县旗])$"
)
_LATIN_SUFFIX = re.compile(
    r"[ ,]+(?:province|municipality|city|prefecture|district|county)$", re.IGNORECASE
)
# What tables and shops write where a level has no name of its own.
FILLERS = frozenset(
    {
        "市辖区",
        "市辖县",
        "县",
        "省直辖县级行政区划",
        "自治区直辖县级行政区划",
        "省直辖",
        "-",
        "无",
    }
)


@dataclass(frozen=True)
class Place:
    """A region: ``path`` holds the keys from the province down to itself."""

    key: int
    code: str
    name: str
    level: str
    path: tuple[int, ...]
    latin_name: str = ""

    def holds(self, other: Place) -> bool:
        """Whether ``other`` is this place or lies in it."""
        return self.key in other.path


@dataclass(frozen=True)
class Address:
    """What an order says of its destination; any part may be empty."""

    code: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    text: str = ""


@dataclass(frozen=True)
class Placement:
    """The region's key or None, and the reason: one of :data:`REASONS` with its parts."""

    region: int | None
    reason: str
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def placed(self) -> bool:
        return self.region is not None


REASONS = {
    "code": "By its region code {code}",
    "code_above": "Region code {code} is not known; {region} is the nearest known above",
    "names": "By the names in the address",
    "names_above": '"{name}" is not known in {region}, the nearest known region',
    "conflict": "Region code {code} is in {region}, but the address names {named}",
    "names_conflict": '"{name}" does not lie in {region}',
    "ambiguous": '"{name}" fits several regions: {regions}',
    "unknown": 'Neither a known region code nor a known name: "{address}"',
    "empty": "The address has neither a region code nor names of regions",
}


class Gazetteer:
    """The tree's places by code and by every way of writing their names."""

    def __init__(self, places: Iterable[Place]):
        self.by_key: dict[int, Place] = {}
        self.by_code: dict[str, Place] = {}
        self.by_name: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            self.by_key[place.key] = place
            self.by_code[place.code] = place
            for name in names_of(place.name) | names_of(place.latin_name):
                self.by_name[name].append(place)
        self.longest_name = max(map(len, self.by_name), default=0)

    def find_code(self, code: str) -> Place | None:
        """The place of a code, or the nearest one above it by its digits."""
        for candidate in (code, *ancestor_codes(code)):
            if candidate in self.by_code:
                return self.by_code[candidate]
        return None

    def find_name(self, name: str, levels: Iterable[str] | None = None) -> list[Place]:
        """The places called ``name``, first as written, else without its suffix."""
        spelled = _plain(name)
        for spelling in (spelled, stem_of(spelled)):
            found = [
                place
                for place in self.by_name.get(spelling, ())
                # a name with another suffix is another place: 长沙市 is not 长沙县
                if spelling == spelled or _plain(place.name) == spelling
            ]
            found = [place for place in found if not levels or place.level in levels]
            if found:
                return found
        return []

    def label(self, place: Place) -> str:
        """The names from the top down, without what only repeats: 北京市朝阳区."""
        names = (self.by_key[key].name for key in place.path if key in self.by_key)
        return "".join(dict.fromkeys(name for name in names if name not in FILLERS))


def _plain(name: str) -> str:
    """Without width, case, blanks and Latin suffixes that make no difference."""
    name = unicodedata.normalize("NFKC", name or "").strip().casefold()
    return re.sub(r"\s+", "", _LATIN_SUFFIX.sub("", name))


def stem_of(name: str) -> str:
    """The name without suffix and peoples: 凉山彝族自治州 -> 凉山, 四川省 -> 四川."""
    suffix = _SUFFIX.search(name)
    if not suffix:
        return name
    stem = name[: suffix.start()]
    if suffix.group().startswith("自治"):
        shorter = _ETHNIC_ENDING.sub("", stem)
        stem = shorter if len(shorter) >= 2 else stem
    return stem if len(stem) >= 2 else name


def names_of(name: str) -> set[str]:
    """Every way in which a place of this official name is written."""
    name = _plain(name)
    if not name or name in FILLERS:
        return set()
    stem = stem_of(name)
    return {name, stem, stem + name[-1]} if stem != name else {name}


def place(address: Address, gazetteer: Gazetteer) -> Placement:
    """Place an address, or say why not. See the module's docstring."""
    code = (address.code or "").strip()
    coded = gazetteer.find_code(code) if code else None
    reading = _Reading(gazetteer, coded)
    named = reading.resolve(address)
    if coded is None:
        if code and named.reason == "empty":
            return Placement(None, "unknown", {"address": code})
        return named
    if named.reason == "names_conflict":
        return named
    if reading.scope and not reading.agrees_with_code():
        return _conflict(coded, code, reading)
    if named.placed and gazetteer.by_key[named.region] != coded:
        if coded.holds(gazetteer.by_key[named.region]):
            return named
    if coded.code == code:
        return Placement(coded.key, "code", {"code": code})
    region = gazetteer.label(coded)
    return Placement(coded.key, "code_above", {"code": code, "region": region})


def _conflict(coded: Place, code: str, reading: _Reading) -> Placement:
    label = reading.gazetteer.label
    return Placement(
        None,
        "conflict",
        {"code": code, "region": label(coded), "named": reading.scope_label()},
    )


class _Reading:
    """One address read from the province down; ``scope`` is what it may still mean."""

    LEVELS = {
        "province": ("province",),
        # 北京市 is also given as a city, 昆山市 is a district by its level
        "city": ("city", "district", "province"),
        "district": ("district", "city", "town"),
    }

    def __init__(self, gazetteer: Gazetteer, coded: Place | None):
        self.gazetteer = gazetteer
        self.coded = coded
        self.scope: list[Place] | None = None
        self.narrowed_by = ""
        self.name = ""
        self.unknown = ""

    def resolve(self, address: Address) -> Placement:
        for level in ("province", "city", "district"):
            name = (getattr(address, level) or "").strip()
            if not _plain(name) or _plain(name) in FILLERS:
                continue
            if not self._narrow_by_field(level, name):
                return Placement(
                    None, "names_conflict", {"name": name, "region": self.scope_label()}
                )
        if not self.unknown or self.scope is None:
            self._keep(
                self._parse(address.text or "", self.scope), address.text, "text"
            )
        return self._result(address)

    def agrees_with_code(self) -> bool:
        return any(self._on_the_way(place) for place in self.scope)

    def scope_label(self) -> str:
        return "、".join(
            self.gazetteer.label(place) for place in (self.scope or ())[:5]
        )

    def _on_the_way(self, place: Place) -> bool:
        return place.holds(self.coded) or self.coded.holds(place)

    def _narrow_by_field(self, level: str, name: str) -> bool:
        """Take a name in; False when it lies elsewhere than the names before it."""
        found = self.gazetteer.find_name(name, self.LEVELS[level])
        inside = self._within_scope(found) or self._parse(name, self.scope)
        if inside:
            self._keep(inside, name, level)
        elif found and self.narrowed_by != "city":
            return False
        else:
            # unknown, or 朝阳区 in a city of which the tree doesn't hold all districts
            self.unknown = self.unknown or name
        return True

    def _within_scope(self, found: list[Place]) -> list[Place]:
        if self.scope is None:
            return found
        inside = [p for p in found if any(s.holds(p) and s != p for s in self.scope)]
        # else 北京市 as the city of 北京市
        return inside or [s for s in self.scope if any(p.holds(s) for p in found)]

    def _keep(self, places: list[Place], name: str, narrowed_by: str) -> None:
        """Go on from the topmost of ``places``, by the code where it can tell."""
        if not places:
            return
        tops = [p for p in places if not any(q.holds(p) and q != p for q in places)]
        if len(tops) > 1 and self.coded is not None:
            tops = [p for p in tops if self._on_the_way(p)] or tops
        self.scope, self.name, self.narrowed_by = tops, name, narrowed_by

    def _parse(self, text: str, scope: list[Place] | None) -> list[Place]:
        """The regions at the beginning of a text, within ``scope``; else nothing."""
        rest = re.sub(r"[,、/-]+", "", _plain(text))
        found: list[Place] = []
        while step := self._first_name(rest, found or scope):
            places, rest = step
            found = places or found
        return found

    def _first_name(self, text: str, scope: list[Place] | None):
        """The places named first in ``text`` and what follows, None if there is none.

        No places: a filler, or a region above that adds nothing.
        """
        for length in range(min(len(text), self.gazetteer.longest_name), 1, -1):
            name, rest = text[:length], text[length:]
            if name in FILLERS and scope:
                return [], rest
            places = [
                place
                for place in self.gazetteer.by_name.get(name, ())
                if _SUFFIX.search(name) or self._goes_on(rest, place)
            ]
            inside = [p for p in places if self._may_follow(p, scope)]
            if inside:
                return inside, rest
            if scope and any(p.holds(s) for p in places for s in scope):
                return [], rest
        return None

    @staticmethod
    def _may_follow(place: Place, scope: list[Place] | None) -> bool:
        if scope is None:
            return place.level in ("province", "city")
        return any(above.holds(place) and above != place for above in scope)

    def _goes_on(self, text: str, place: Place) -> bool:
        """Whether a name without suffix is followed by a place within it."""
        for length in range(min(len(text), self.gazetteer.longest_name), 1, -1):
            name, rest = text[:length], text[length:]
            for inner in self.gazetteer.by_name.get(name, ()):
                if inner == place or not place.holds(inner):
                    continue
                if _SUFFIX.search(name) or self._goes_on(rest, inner):
                    return True
        return False

    def _result(self, address: Address) -> Placement:
        if self.scope is None:
            parts = (address.province, address.city, address.district, address.text)
            written = "".join(part or "" for part in parts).strip()
            if not written:
                return Placement(None, "empty")
            return Placement(None, "unknown", {"address": written[:80]})
        if len(self.scope) > 1 or self._stands_alone(address):
            parts = {"name": self.name[:80], "regions": self.scope_label()}
            return Placement(None, "ambiguous", parts)
        only = self.scope[0]
        if self.unknown:
            parts = {"name": self.unknown[:80], "region": self.gazetteer.label(only)}
            return Placement(only.key, "names_above", parts)
        return Placement(only.key, "names")

    def _stands_alone(self, address: Address) -> bool:
        """Whether only a district was named, without a code.

        It may be one of several in the land, whatever the tree holds so far.
        """
        return (
            self.narrowed_by == "district"
            and self.coded is None
            and not _plain(address.province)
            and not _plain(address.city)
            and self.scope[0].level != "city"
        )

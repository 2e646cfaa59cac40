"""The record of a routing decision: the same bytes for the same facts.

``dump`` writes what the engine knows as JSON in one canonical way: it makes no
difference in which order a set or a mapping was filled, and every number keeps its
type and its digits (1, 1.0, Decimal("1.00") and True are four things). ``load`` reads
it back. ``dump_inputs`` and ``rerun`` make a decision that can be taken again::

    inputs = dump_inputs(request, nodes, rule)
    assert rerun(inputs) == dump(rank(request, nodes, rule))

Any frozen dataclass of the engine may be part of it. A class may gain fields: an old
record lacks them, and the field's default says what held then. Many records of one
class are written as columns, which keeps 500 stores small and quick.

Marks: ``d`` Decimal, ``f`` float that JSON has no number for, ``t`` tuple, ``s`` set,
``m`` mapping, ``o`` object, ``c`` objects of one class in columns, ``#`` a table.
Marks of columns: ``=`` all the same, ``d`` Decimals, ``l`` anything else, ``at`` where
there is a value at all, ``m`` one column per key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from functools import cache
from hashlib import sha256
from itertools import chain
from math import isfinite
from operator import attrgetter
from types import ModuleType
from typing import Any

from . import geo, routing, routing_values

FORMAT = 1
_SET_KINDS = (frozenset, set)
_PLAIN_KINDS = frozenset({type(None), bool, int, str, float})


class RecordError(ValueError):
    """The bytes are no record that this version can read."""


def dump(value: Any) -> bytes:
    """The canonical bytes of a value. Raises TypeError for what has none."""
    writer = _Writer()
    root = _json(writer.value(value))
    tables = ",".join(writer.tables)
    return f'{{"format":{FORMAT},"root":{root},"tables":[{tables}]}}'.encode()


def load(data: bytes) -> Any:
    """The value of bytes that ``dump`` wrote. Raises RecordError for others."""
    try:
        content = json.loads(data)
        if content["format"] != FORMAT:
            raise RecordError(f"format {content['format']!r} is not known")
        return _Reader(content["tables"]).value(content["root"])
    except (
        KeyError,
        TypeError,
        ValueError,
        IndexError,
        AttributeError,
        ArithmeticError,
    ) as error:
        if isinstance(error, RecordError):
            raise
        raise RecordError(f"not a record: {error}") from error


def digest(data: bytes) -> str:
    """The fingerprint of bytes: SHA-256 in hexadecimal digits."""
    return sha256(data).hexdigest()


def dump_inputs(
    request: routing.Order, nodes: Iterable[routing.Node], rule: routing.Rule
) -> bytes:
    """All that a decision follows from, whatever the order of the nodes."""
    ordered = sorted(nodes, key=lambda node: (node.code, str(node.key)))
    return dump((request, tuple(ordered), rule))


def rerun(inputs: bytes) -> bytes:
    """Decide again on recorded inputs; the decision's canonical bytes."""
    return dump(routing.rank(*load(inputs)))


_json = json.JSONEncoder(separators=(",", ":")).encode


@cache
def _classes() -> dict[str, type]:
    """Every dataclass of the engine's routing, by name."""
    modules: tuple[ModuleType, ...] = (geo, routing_values)
    found = (item for module in modules for item in vars(module).values())
    return {
        item.__name__: item
        for item in found
        if isinstance(item, type) and is_dataclass(item)
    }


@cache
def _getters(kind: type) -> tuple[tuple[str, Callable], ...]:
    """Readers of a class's fields by name; None: not a class of the engine."""
    if _classes().get(kind.__name__) is not kind:
        raise TypeError(f"{kind.__name__} can't be recorded")
    return tuple((f.name, attrgetter(f.name)) for f in fields(kind) if f.init)


class _Writer:
    """Turns values into JSON; ``tables`` holds each tuple of objects once."""

    def __init__(self):
        self.tables: dict[str, int] = {}
        self._of_tuple: dict[int, int] = {}
        self._of_set: dict[tuple, dict] = {}

    def value(self, item: Any) -> Any:
        kind = type(item)
        if kind in _PLAIN_KINDS:
            return item if kind is not float or isfinite(item) else {"f": repr(item)}
        if kind is Decimal:
            return {"d": str(item)}
        if kind is tuple:
            return self._tuple(item)
        if kind in _SET_KINDS:
            return self._set(item)
        if isinstance(item, Mapping):
            pairs = [(self.value(key), self.value(item[key])) for key in item]
            return {"m": sorted(pairs, key=_json)}
        members = ((name, read(item)) for name, read in _getters(kind))
        return {
            "o": kind.__name__,
            "v": {name: self.value(member) for name, member in members},
        }

    def _tuple(self, items: tuple) -> dict:
        kinds = set(map(type, items))
        if len(kinds) != 1 or not is_dataclass(*kinds):
            return {"t": [self.value(item) for item in items]}
        # the legs of a decision often share their candidates
        if id(items) not in self._of_tuple:
            text = _json(self._objects(items, *kinds))
            self._of_tuple[id(items)] = self.tables.setdefault(text, len(self.tables))
        return {"#": self._of_tuple[id(items)]}

    def _objects(self, items: list | tuple, kind: type) -> dict:
        columns = {
            name: self._column(list(map(read, items))) for name, read in _getters(kind)
        }
        return {"c": kind.__name__, "n": len(items), "v": columns}

    def _set(self, items: frozenset | set) -> dict:
        kinds = frozenset(map(type, items))
        # equal sets are the same only where equal members are: 1 == 1.0 == True
        key = (items, kinds) if _one_kind(items) else None
        if key in self._of_set:
            return self._of_set[key]
        content = {"s": sorted(map(self.value, items), key=_json)}
        if key:
            self._of_set[key] = content
        return content

    def _column(self, items: list) -> Any:
        """The values of one field; the mark says how they are to be read."""
        kinds = set(map(type, items))
        if kinds == {Decimal}:
            texts = list(map(str, items))
            return {"d": texts[0] if _same(texts) else texts}
        if kinds <= _PLAIN_KINDS and (
            float not in kinds or all(isfinite(i) for i in items if type(i) is float)
        ):
            if len(kinds) == 1 and _same(items) and _same(list(map(repr, items))):
                return {"=": items[0]}
            return items
        if type(None) in kinds:
            return self._sparse(items, [item is not None for item in items])
        if len(kinds) == 1:
            kind = next(iter(kinds))
            keys = set().union(*items) if issubclass(kind, dict) else ()
            # True is the key 1: only keys of one kind make columns
            if set(map(type, keys)) in ({int}, {str}):
                return self._mappings(items, keys)
            if is_dataclass(kind):
                return self._objects(items, kind)
        rows = self._sets(items) if kinds == {frozenset} else map(self.value, items)
        rows = list(rows)
        return {"=": rows[0]} if _same_rows(rows) else {"l": rows}

    def _sets(self, items: list[frozenset]) -> Iterable[dict]:
        if not _one_kind(chain.from_iterable(items)):
            return map(self._set, items)
        written = {members: self._set(members) for members in set(items)}
        return map(written.__getitem__, items)

    def _sparse(self, items: list, present: list[bool]) -> dict:
        places = [place for place, known in enumerate(present) if known]
        known = [items[place] for place in places]
        return {"at": places, "n": len(items), "v": self._column(known)}

    def _mappings(self, items: list[Mapping], keys: set) -> dict:
        columns = []
        for key in sorted(keys, key=str):
            present = [key in item for item in items]
            values = [item.get(key) for item in items]
            column = (
                self._column(values) if all(present) else self._sparse(values, present)
            )
            columns.append([key, column])
        return {"m": columns, "n": len(items)}


def _one_kind(items: Iterable) -> bool:
    """Whether equal items are the same: all of one plain kind, or none at all."""
    kinds = set(map(type, items))
    return len(kinds) < 2 and kinds <= _PLAIN_KINDS


def _same(items: list) -> bool:
    return items.count(items[0]) == len(items)


def _same_rows(rows: list) -> bool:
    first = rows[0]
    if all(row is first for row in rows):
        return True
    # equal is not the same: 1 == 1.0
    return _same(rows) and _same(list(map(_json, rows)))


class _Reader:
    def __init__(self, tables: list):
        self.tables = tables
        self._read: dict[int, tuple] = {}

    def value(self, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        mark = next(iter(content))
        body = content[mark]
        if mark == "d":
            return Decimal(body)
        if mark == "f":
            return float(body)
        if mark == "t":
            return tuple(map(self.value, body))
        if mark == "s":
            return frozenset(map(self.value, body))
        if mark == "m":
            return {self.value(key): self.value(item) for key, item in body}
        if mark == "#":
            return self._table(body)
        if mark == "o":
            members = {name: self.value(item) for name, item in content["v"].items()}
            return _make(body, members)
        raise RecordError(f"mark {mark!r} is not known")

    def _table(self, number: int) -> tuple:
        if number not in self._read:
            self._read[number] = tuple(self._objects(self.tables[number]))
        return self._read[number]

    def _objects(self, content: dict) -> list:
        number = content["n"]
        columns = {
            name: self._column(column, number) for name, column in content["v"].items()
        }
        names = tuple(columns)
        rows = zip(*columns.values(), strict=True) if names else [()] * number
        return [_make(content["c"], dict(zip(names, row, strict=True))) for row in rows]

    def _column(self, content: Any, number: int) -> list:
        if isinstance(content, list):
            return content
        mark = next(iter(content))
        body = content[mark]
        if mark == "=":
            return [self.value(body)] * number
        if mark == "d":
            if isinstance(body, str):
                return [Decimal(body)] * number
            return list(map(Decimal, body))
        if mark == "l":
            return list(map(self.value, body))
        if mark == "at":
            return self._sparse(content, None)
        if mark == "c":
            return self._objects(content)
        if mark == "m":
            return self._mappings(content)
        raise RecordError(f"mark {mark!r} of a column is not known")

    def _sparse(self, content: dict, missing: Any) -> list:
        items = [missing] * content["n"]
        known = self._column(content["v"], len(content["at"]))
        for place, item in zip(content["at"], known, strict=True):
            items[place] = item
        return items

    def _mappings(self, content: dict) -> list[dict]:
        items: list[dict] = [{} for _number in range(content["n"])]
        for key, column in content["m"]:
            if isinstance(column, dict) and "at" in column:
                known = self._column(column["v"], len(column["at"]))
                places = column["at"]
            else:
                known = self._column(column, len(items))
                places = range(len(items))
            for place, item in zip(places, known, strict=True):
                items[place][key] = item
        return items


def _make(name: str, members: dict) -> Any:
    """An object of the engine; fields that the class no longer has are left out."""
    kind = _classes().get(name)
    if kind is None:
        raise RecordError(f"{name} is not known")
    known = {f.name for f in fields(kind) if f.init}
    try:
        return kind(**{key: item for key, item in members.items() if key in known})
    except TypeError as error:
        needed = [
            f.name
            for f in fields(kind)
            if f.default is MISSING and f.default_factory is MISSING
        ]
        absent = ", ".join(key for key in needed if key not in members)
        raise RecordError(f"{name} without {absent}: {error}") from error

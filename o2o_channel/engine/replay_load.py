"""Reads recorded inputs for a replay: only the stores that could serve the order.

A decision keeps every store of the company; most of them don't serve the order's
region. Their columns are looked at, their objects never made: at 500 stores that is
most of the work of a replay. What is read equals ``record.load`` without those stores.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode

from .record import FORMAT, RecordError, _Reader
from .routing import Node, Order, Rule

PLAIN = {int, str}  # what JSON holds as it is


def load_near(
    packed: bytes, everywhere: bool = False
) -> tuple[Order, tuple[Node, ...], Rule]:
    """(request, stores, rule) of packed inputs. Raises RecordError.

    :param everywhere: keep active stores of other regions as well
    """
    try:
        content = json.loads(zlib.decompress(b64decode(packed)))
        if content["format"] != FORMAT:
            raise RecordError(f"format {content['format']!r} is not known")
        request, nodes, rule = content["root"]["t"]
        reader = _NearReader(content["tables"])
        reader.everywhere = everywhere
        reader.request = reader.value(request)
        return reader.request, reader.value(nodes), reader.value(rule)
    except RecordError:
        raise
    except (
        KeyError,
        TypeError,
        ValueError,
        IndexError,
        AttributeError,
        zlib.error,
    ) as error:
        raise RecordError(f"not a record: {error}") from error


class _NearReader(_Reader):
    """Leaves out the rows of stores that are too far off to matter."""

    request: Order
    everywhere = False

    def _objects(self, content):
        if content["c"] != "Node":
            return super()._objects(content)
        kept = self._kept(content["v"], content["n"])
        return super()._objects(self._pick_objects(content, kept))

    def _kept(self, columns, number) -> list[int]:
        """The rows for which `replay.may_serve` is true, from their columns."""
        states = self._read_column(columns, "state", number, "active")
        active = [row for row in range(number) if states[row] == "active"]
        if self.request.pickup_node is not None:
            keys = self._read_column(columns, "key", number, None)
            return [row for row in active if keys[row] == self.request.pickup_node]
        if self.everywhere:
            return active
        wanted = {line.category for line in self.request.lines}
        served = self._read_sets(columns, "categories", number)
        return [row for row in active if not wanted.isdisjoint(served[row])]

    def _read_sets(self, columns, name, number):
        """The members of each row's set; plain ones without making the set."""
        rows = columns.get(name, {})
        if not isinstance(rows, dict) or "l" not in rows:
            return self._read_column(columns, name, number, frozenset())
        return [
            row["s"] if set(map(type, row["s"])) <= PLAIN else self.value(row)
            for row in rows["l"]
        ]

    def _read_column(self, columns, name, number, default):
        return (
            self._column(columns[name], number)
            if name in columns
            else [default] * number
        )

    def _pick_objects(self, content, rows):
        picked = {
            name: self._pick(column, rows) for name, column in content["v"].items()
        }
        return {"c": content["c"], "n": len(rows), "v": picked}

    def _pick(self, column, rows):
        """A column with those rows alone, still unread."""
        if isinstance(column, list):
            return [column[row] for row in rows]
        mark = next(iter(column))
        body = column[mark]
        if mark == "=" or (mark == "d" and isinstance(body, str)):
            return column
        if mark in ("d", "l"):
            return {mark: [body[row] for row in rows]}
        if mark == "at":
            return self._pick_sparse(column, rows)
        if mark == "c":
            return self._pick_objects(column, rows)
        if mark == "m":
            keys = [[key, self._pick(values, rows)] for key, values in body]
            return {"m": keys, "n": len(rows)}
        raise RecordError(f"mark {mark!r} of a column is not known")

    def _pick_sparse(self, column, rows):
        """Rows that have a value keep it, in their new places."""
        place_of = {row: place for place, row in enumerate(column["at"])}
        found = [
            (new, place_of[row]) for new, row in enumerate(rows) if row in place_of
        ]
        values = self._pick(column["v"], [place for _new, place in found])
        return {"at": [new for new, _place in found], "n": len(rows), "v": values}

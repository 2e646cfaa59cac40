"""What is wrong with an order that came in: its JSON, its shape, its sense.

Every function returns all it finds as :class:`Problem`, by code and parts; the words
for people are made where their language is known. Amounts are ``Decimal``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from jsonschema import Draft202012Validator

from .order_schema import ORDER

MAX_DEPTH = 32
MAX_PROBLEMS = 100
CLOCK_TOLERANCE = timedelta(minutes=10)  # between the shop's clock and ours
OLDEST_YEAR = 2000
MAX_TOTAL = Decimal(10) ** 11  # still exact to the cent as a float
LONGEST_SHOWN = 80

# What a database or a screen can't hold: control characters, halves of characters.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_VALIDATOR = Draft202012Validator(ORDER)


class BodyError(ValueError):
    """The body is no JSON that can be read in one way only."""


@dataclass(frozen=True)
class Problem:
    """``field`` is a JSON pointer, ``value`` what stood there, ``code`` the reason."""

    field: str
    value: object
    code: str
    parts: Mapping[str, object] = dataclass_field(default_factory=dict)


def read_body(body: bytes) -> dict:
    """Read JSON strictly; numbers with a point become ``Decimal``.

    Raises :class:`BodyError` where two readers might understand it differently
    (repeated names, NaN) or where it can't be an order at all.
    """
    if not body.strip():
        raise BodyError("The body is empty. Send a JSON object.")
    try:
        payload = json.loads(
            body.decode("utf-8-sig"),
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique_names,
        )
    except UnicodeDecodeError as error:
        raise BodyError(
            f"The body is not UTF-8: byte {error.start} is wrong."
        ) from error
    except RecursionError as error:
        raise BodyError(
            f"The body is nested deeper than {MAX_DEPTH} levels."
        ) from error
    except InvalidOperation as error:
        raise BodyError("The body holds a number with an absurd exponent.") from error
    except BodyError:
        raise
    except ValueError as error:
        raise BodyError(f"The body is not JSON: {error}.") from error
    if not isinstance(payload, dict):
        raise BodyError("The body is JSON but no object. Send one JSON object.")
    if _depth_exceeds(payload, MAX_DEPTH):
        raise BodyError(f"The body is nested deeper than {MAX_DEPTH} levels.")
    return payload


def _refuse_constant(name: str):
    raise BodyError(f"{name} is no number of JSON.")


def _unique_names(pairs: list) -> dict:
    names = dict(pairs)
    if len(names) < len(pairs):
        seen = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        raise BodyError(f"The name {shorten(twice)!r} stands twice in one object.")
    return names


def _depth_exceeds(value: object, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            child
            for item in level
            if isinstance(item, (dict, list))
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return True


def digest(payload: dict) -> str:
    """Fingerprint of a payload, whatever the order of its names and its blanks."""
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def shorten(value: object) -> object:
    """A value as it is shown in a message: short, and whole or not at all."""
    if isinstance(value, dict):
        return "{…}" if value else "{}"
    if isinstance(value, list):
        return "[…]" if value else "[]"
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 10**15:
        return value
    text = UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(value))
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def pointer(*path: object) -> str:
    """JSON pointer (RFC 6901) of a path, control characters made visible."""
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return "".join("/" + str(shorten(part)) for part in parts)


def check_shape(payload: dict, validator=_VALIDATOR) -> list[Problem]:
    """What differs from the schema, and text that can't be kept or shown."""
    problems = []
    for error in validator.iter_errors(payload):
        problems += _problems_of(error)
        if len(problems) >= MAX_PROBLEMS:
            break
    found = {problem.field for problem in problems}
    for path, text in _texts(payload):
        if UNPRINTABLE.search(text) and pointer(*path) not in found:
            problems.append(Problem(pointer(*path), text, "unprintable"))
    return sorted(problems[:MAX_PROBLEMS], key=lambda problem: problem.field)


def _problems_of(error) -> Iterator[Problem]:
    path, schema = list(error.absolute_path), error.schema
    parts = {"kind": schema.get("x-kind", ""), "expected": _expected(schema)}
    if error.validator == "required":
        # one error per missing name; the message alone says which
        missing = [n for n in error.validator_value if n not in error.instance]
        name = next(n for n in missing if repr(n) in error.message)
        yield Problem(pointer(*path, name), None, "missing")
    elif error.validator == "additionalProperties":
        for name in error.instance.keys() - schema["properties"].keys():
            value = error.instance[name]
            known = ", ".join(schema["properties"])
            yield Problem(pointer(*path, name), value, "unknown_name", {"known": known})
    elif error.validator == "maxLength":
        parts["limit"] = error.validator_value
        yield Problem(pointer(*path), error.instance, "too_long", parts)
    else:
        yield Problem(pointer(*path), error.instance, "shape", parts)


def _expected(schema: Mapping) -> str:
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"] if value is not None)
    return str(schema.get("maximum", schema.get("maxItems", "")))


def _texts(value: object, path: tuple = ()) -> Iterator[tuple[tuple, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, child in items:
            yield from _texts(child, (*path, name))


def check_sense(payload: dict, decimals: int, now: datetime) -> list[Problem]:
    """What contradicts itself or the calendar in an order of the right shape.

    ``decimals`` are those of the currency, ``now`` is aware.
    """
    return [
        *check_date(payload["ordered_at"], now),
        *_check_delivery(payload["delivery"]),
        *_check_lines(payload["lines"], decimals),
        *_check_discounts(payload, decimals),
        *_check_payment(payload, decimals),
    ]


def moment(text: str) -> datetime:
    """The moment of an RFC 3339 text, in UTC. ValueError or OverflowError if none."""
    return datetime.fromisoformat(text.upper()).astimezone(timezone.utc)


def check_date(
    text: str, now: datetime, field: str = "/ordered_at"
) -> Iterator[Problem]:
    """Whether a moment of the right shape can be: not in the future, not long ago."""
    try:
        if int(text[:4]) < OLDEST_YEAR:
            yield Problem(field, text, "too_old", {"year": OLDEST_YEAR})
        elif moment(text) > now + CLOCK_TOLERANCE:
            shown = now.replace(microsecond=0).isoformat()
            yield Problem(field, text, "future", {"now": shown})
    except OverflowError:
        yield Problem(field, text, "future", {"now": now.isoformat()})
    except ValueError:
        yield Problem(field, text, "shape", {"kind": "datetime", "expected": ""})


def _check_delivery(delivery: dict) -> Iterator[Problem]:
    mode, store = delivery["mode"], delivery.get("store")
    if mode == "pickup" and not store:
        yield Problem("/delivery/store", store, "store_missing")
    if mode == "home" and store:
        yield Problem("/delivery/store", store, "store_needless")
    if mode == "home" and not delivery.get("address"):
        yield Problem("/delivery/address", None, "address_missing")


def _check_lines(lines: list, decimals: int) -> Iterator[Problem]:
    seen = {}
    for index, line in enumerate(lines):
        name = line["external_line"].strip()
        if name in seen:
            parts = {"first": seen[name] + 1}
            yield Problem(
                pointer("lines", index, "external_line"), name, "repeated", parts
            )
        seen.setdefault(name, index)
        for amount in ("price", "discount"):
            yield from _check_decimals(
                pointer("lines", index, amount), line.get(amount) or "0", decimals
            )
        gross = Decimal(str(line["quantity"])) * Decimal(line["price"])
        if Decimal(line.get("discount") or "0") > gross:
            yield Problem(
                pointer("lines", index, "discount"),
                line["discount"],
                "discount_above_line",
                {"line": str(round_to(gross, decimals))},
            )


def _check_discounts(payload: dict, decimals: int) -> Iterator[Problem]:
    left = sum(line_total(line, decimals) for line in payload["lines"])
    for index, discount in enumerate(payload.get("discounts", ())):
        field, amount = pointer("discounts", index, "amount"), discount["amount"]
        yield from _check_decimals(field, amount, decimals)
        if Decimal(amount) > left:
            parts = {"left": str(round_to(left, decimals))}
            yield Problem(field, amount, "discount_above_order", parts)
        left -= min(Decimal(amount), left)


def _check_decimals(field: str, text: str, decimals: int) -> Iterator[Problem]:
    if -Decimal(text).normalize().as_tuple().exponent > decimals:
        yield Problem(field, text, "decimals", {"decimals": decimals})


def _check_payment(payload: dict, decimals: int) -> Iterator[Problem]:
    payment = payload["payment"]
    field, amount = "/payment/amount", payment["amount"]
    yield from _check_decimals(field, amount, decimals)
    gross = sum(line_total(line, decimals) for line in payload["lines"])
    if gross > MAX_TOTAL:
        yield Problem("/lines", str(gross), "absurd_total", {"limit": str(MAX_TOTAL)})
    total = order_total(payload, decimals)
    if payment["status"] == "paid" and Decimal(amount) != total:
        yield Problem(field, amount, "amount_differs", {"total": str(total)})


def round_to(amount: Decimal, decimals: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def order_total(payload: dict, decimals: int) -> Decimal:
    """What the consumer pays for an order, tax included; not below 0."""
    lines = sum(line_total(line, decimals) for line in payload["lines"])
    discounts = (Decimal(one["amount"]) for one in payload.get("discounts", ()))
    return max(lines - sum(discounts), Decimal(0))


def line_total(line: dict, decimals: int) -> Decimal:
    """What the consumer pays for a line, tax included, rounded once."""
    gross = Decimal(str(line["quantity"])) * Decimal(line["price"])
    return round_to(gross - Decimal(line.get("discount") or "0"), decimals)

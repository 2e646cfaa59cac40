"""The one description of an order that comes in from outside, as JSON Schema.

It validates what is posted and what is imported, and it is what the API's own
description publishes. ``x-kind`` names the shape of a value for messages.
"""

from .split_rule import ROLES

MAX_LINES = 2000
MAX_DISCOUNTS = 20
MAX_QUANTITY = 100_000

_PRINTABLE = "[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]"
_TEXT = f"^{_PRINTABLE}*$"
_FILLED_TEXT = (
    f"^{_PRINTABLE}*[^\\s\\u0000-\\u001f\\u007f\\ud800-\\udfff]{_PRINTABLE}*$"
)
_NO_BLANKS = "[^\\s/\\u0000-\\u001f\\u007f\\ud800-\\udfff]"


def text_field(longest, description, nullable=False, filled=True):
    return {
        "type": ["string", "null"] if nullable else "string",
        "minLength": 1 if filled else 0,
        "maxLength": longest,
        "pattern": _FILLED_TEXT if filled else _TEXT,
        "description": description,
        "x-kind": "text",
    }


def _optional(longest, description):
    return text_field(longest, description, nullable=True, filled=False)


def _decimal(description, digits=7):
    """An amount with up to ``digits`` digits before the point."""
    return {
        "type": "string",
        "maxLength": digits + 7,
        "pattern": f"^(0|[1-9][0-9]{{0,{digits - 1}}})(\\.[0-9]{{1,6}})?$",
        "description": description,
        "examples": ["1130.00"],
        "x-kind": "decimal",
    }


def _degrees(limit, description):
    return {
        "type": ["number", "null"],
        "minimum": -limit,
        "maximum": limit,
        "description": description,
        "x-kind": "degrees",
    }


def object_field(properties, required, description, nullable=False):
    return {
        "type": ["object", "null"] if nullable else "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
        "description": description,
        "x-kind": "object",
    }


def choice_field(*values, description):
    return {"enum": list(values), "description": description, "x-kind": "choice"}


CHANNEL = text_field(64, "Code of the channel.")
EXTERNAL_REF = {
    "type": "string",
    "minLength": 1,
    "maxLength": 64,
    "pattern": f"^{_NO_BLANKS}+(/{_NO_BLANKS}+)*$",
    "description": "The shop's own number of the order, unique in its channel.",
    "x-kind": "reference",
}
CURRENCY = {
    "type": "string",
    "pattern": "^[A-Z]{3}$",
    "description": "ISO 4217 code; the currency of the channel.",
    "examples": ["CNY"],
    "x-kind": "currency",
}
ORDERED_AT = {
    "type": "string",
    "format": "date-time",
    "maxLength": 40,
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}"
    "(\\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})$",
    "description": "When the consumer ordered, with the offset from UTC. Not later "
    "than now.",
    "examples": ["2026-11-20T10:00:00+08:00"],
    "x-kind": "datetime",
}
COUNTRY = {
    "type": "string",
    "pattern": "^[A-Z]{2}$",
    "description": "ISO 3166 code.",
    "examples": ["CN"],
    "x-kind": "country",
}
ADDRESS = object_field(
    {
        "country": COUNTRY,
        "region_code": _optional(
            12, "Official code of district or town, GB/T 2260 in China: 510104."
        ),
        "province": _optional(64, "Name of the province, with or without its suffix."),
        "city": _optional(64, "Name of the city."),
        "district": _optional(64, "Name of the district or county."),
        "street": _optional(256, "The rest of the address."),
        "zip": _optional(16, "Postcode."),
        "latitude": _degrees(90, "WGS-84 degrees, -90 to 90."),
        "longitude": _degrees(180, "WGS-84 degrees, -180 to 180."),
    },
    ["country"],
    "Where the goods go. Needed for home delivery. An address that can't be placed in "
    "the region tree is accepted; the order then waits for a person.",
    nullable=True,
)
CONSUMER = object_field(
    {
        "name": text_field(128, "Name of the consumer."),
        "phone": text_field(
            32, "Phone number, national or with +country code.", nullable=True
        ),
        "external_id": text_field(
            128, "The shop's own number of the consumer.", nullable=True
        ),
    },
    ["name"],
    "Who bought. The same external_id in a channel is the same consumer.",
)
DELIVERY = object_field(
    {
        "mode": choice_field("home", "pickup", description="Delivered or collected."),
        "store": text_field(
            16, "Code of the store, for pickup; null for home.", nullable=True
        ),
        "address": ADDRESS,
    },
    ["mode"],
    "How the goods reach the consumer.",
)
LINE = object_field(
    {
        "external_line": text_field(
            64, "The shop's number of the line, unique in the order."
        ),
        "sku": text_field(64, "Internal reference of the product."),
        "quantity": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": MAX_QUANTITY,
            "description": "In the product's unit, above 0.",
            "x-kind": "quantity",
        },
        "price": _decimal("Price per unit, tax included."),
        "discount": _decimal("Amount off the whole line, tax included.", 12),
    },
    ["external_line", "sku", "quantity", "price"],
    "One product.",
)
DISCOUNT = object_field(
    {
        "amount": _decimal("Amount off the whole order, tax included.", 12),
        "funder": choice_field(
            *ROLES,
            None,
            description="Whose share pays for it; null: it lowers everybody's.",
        ),
        "name": _optional(64, "What the consumer knows it by: the coupon's name."),
    },
    ["amount"],
    "A coupon or discount on the whole order. What one line has off is the line's own.",
)
PAYMENT = object_field(
    {
        "status": choice_field(
            "paid", "unpaid", description="An unpaid order waits as a quotation."
        ),
        "method": _optional(64, "How it was paid."),
        "amount": _decimal(
            "What was paid; the order's total, less its discounts, when it is paid.", 12
        ),
    },
    ["status", "amount"],
    "What the consumer paid.",
)
ORDER = {
    **object_field(
        {
            "channel": CHANNEL,
            "external_ref": EXTERNAL_REF,
            "ordered_at": ORDERED_AT,
            "currency": CURRENCY,
            "consumer": CONSUMER,
            "delivery": DELIVERY,
            "origin_dealer": text_field(
                16, "Code of the dealer who brought the order in.", nullable=True
            ),
            "guide": text_field(64, "Code of the shopping guide.", nullable=True),
            "lines": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_LINES,
                "items": LINE,
                "description": f"1 to {MAX_LINES} lines.",
                "x-kind": "lines",
            },
            "discounts": {
                "type": "array",
                "maxItems": MAX_DISCOUNTS,
                "items": DISCOUNT,
                "description": f"Up to {MAX_DISCOUNTS} discounts on the whole order.",
                "x-kind": "discounts",
            },
            "payment": PAYMENT,
        },
        [
            "channel",
            "external_ref",
            "ordered_at",
            "currency",
            "consumer",
            "delivery",
            "lines",
            "payment",
        ],
        "An order as the consumer sees it.",
    ),
    "title": "Order",
}

_LEG_LINE = {
    "type": "object",
    "properties": {
        "external_line": {"type": ["string", "null"]},
        "quantity": {"type": "number"},
    },
    "required": ["external_line", "quantity"],
}
LEG = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "dealer": {"type": ["string", "null"], "description": "Code of the dealer."},
        "store": {"type": ["string", "null"], "description": "Code of the store."},
        "state": {"type": "string"},
        "lines": {"type": "array", "items": _LEG_LINE},
    },
    "required": ["id", "dealer", "store", "state", "lines"],
}
ANSWER = {
    "type": "object",
    "properties": {
        "order": {"type": "string", "description": "Number of the order in Odoo."},
        "state": {
            "enum": ["draft", "sent", "sale", "cancel"],
            "description": "sale: confirmed. draft, sent: waits for its payment.",
        },
        "routing": {
            "enum": ["none", "unplaced", "held", "to_route", "routed", "exception"],
            "description": "unplaced, held, exception: a person at headquarters is "
            "asked; the order goes on afterwards.",
        },
        "legs": {"type": "array", "items": LEG},
    },
    "required": ["order", "state", "routing", "legs"],
    "title": "State of an order",
}
PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string", "description": "JSON pointer."},
                    "value": {"description": "What was sent there, shortened."},
                    "message": {"type": "string"},
                },
                "required": ["field", "value", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
    "title": "Problem (RFC 9457)",
}

"""The description of stock that a store declares through the API, as JSON Schema."""

from .order_schema import (
    EXTERNAL_REF,
    ORDERED_AT,
    choice_field,
    object_field,
    text_field,
)
from .stock_file import LONGEST_SKU, MAX_QUANTITY

MAX_LINES = 50_000

STORE = text_field(16, "Code of the store.")
STOCK_LINE = object_field(
    {
        "sku": text_field(LONGEST_SKU, "Internal reference or barcode of the product."),
        "quantity": {
            "type": "number",
            "minimum": 0,
            "maximum": MAX_QUANTITY,
            "description": "Counted or sold, in the product's unit.",
            "x-kind": "stock",
        },
        "lot": text_field(
            LONGEST_SKU,
            "Lot or serial number, of products that are tracked by it.",
            nullable=True,
            filled=False,
        ),
    },
    ["sku", "quantity"],
    "One product, or one lot or serial number of it.",
)
STOCK = object_field(
    {
        "store": STORE,
        "kind": choice_field(
            "count",
            "sold",
            description="count: the store's pool is set to the figures and to what "
            "moved since. sold: it is lowered by what the store sold itself.",
        ),
        "counted_at": {
            **ORDERED_AT,
            "description": "The moment the figures are true for, with the offset from "
            "UTC. Not later than now. An older count never overwrites a newer one.",
        },
        "reference": {
            **EXTERNAL_REF,
            "type": ["string", "null"],
            "description": "The sender's own number of this declaration, unique in "
            "its store.",
        },
        "lines": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_LINES,
            "items": STOCK_LINE,
            "description": "Products that are not named keep their stock.",
            "x-kind": "lines",
        },
    },
    ["store", "counted_at", "lines"],
    "What a store says of its stock.",
)
STOCK_ANSWER = {
    "type": "object",
    "properties": {
        "declaration": {"type": "integer", "description": "Number of the declaration."},
        "store": {"type": "string"},
        "state": {
            "enum": ["running", "done", "failed"],
            "description": "running: many lines are taken in the background.",
        },
        "lines": {"type": "integer", "description": "How many were sent."},
        "applied": {"type": "integer", "description": "The pool was changed."},
        "unchanged": {"type": "integer", "description": "The pool was right."},
        "outdated": {"type": "integer", "description": "A newer count is known."},
        "refused": {"type": "integer", "description": "Wrong lines; see errors."},
        "errors": {
            "type": "array",
            "description": "The first hundred refused lines.",
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
    "required": ["declaration", "store", "state", "lines", "refused", "errors"],
}

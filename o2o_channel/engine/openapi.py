"""The API's own description (OpenAPI 3.1), made from the schemas it checks by."""

from http import HTTPStatus

from .order_schema import ANSWER, CHANNEL, EXTERNAL_REF, ORDER, PROBLEM
from .stock_schema import STOCK, STOCK_ANSWER

ORDERS_PATH = "/o2o/api/v1/orders"
STOCK_PATH = "/o2o/api/v1/stock"


def problem(status: int, detail: str, errors: list | None = None) -> dict:
    """A problem document (RFC 9457); ``errors`` as in ``order_schema.PROBLEM``."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
    }
    return {**document, "errors": errors} if errors else document


def document(server: str) -> dict:
    """The description for a server's address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "O2O channel API",
            "version": "1.1.0",
            "description": "Hand orders of a channel in, and ask what became of them; "
            "declare the stock of stores. The key of a user in the group Channel "
            "Integration is needed; a dealer's own user may declare the stock of the "
            "dealer's stores.",
        },
        "servers": [{"url": server}],
        "security": [{"apiKey": []}],
        "paths": {
            ORDERS_PATH: {"post": _post()},
            ORDERS_PATH + "/{channel}/{external_ref}": {"get": _get()},
            STOCK_PATH: {"post": _post_stock()},
            STOCK_PATH + "/{declaration}": {"get": _get_stock()},
        },
        "components": {
            "schemas": {
                "Order": ORDER,
                "Answer": ANSWER,
                "Stock": STOCK,
                "StockAnswer": STOCK_ANSWER,
                "Problem": PROBLEM,
            },
            "securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer"}},
        },
    }


def _post() -> dict:
    return {
        "operationId": "takeOrder",
        "summary": "Take an order",
        "description": "Taken whole or not at all. Repeating a request is safe: the "
        "same reference and content give the same answer.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref("Order")}},
        },
        "responses": {
            "201": _answer("The order was taken."),
            "200": _answer("The order was taken before."),
            **_problems(
                {
                    400: "The body is not JSON.",
                    401: "The API key is missing or wrong.",
                    403: "The user may not use this channel.",
                    409: "The reference was taken with another content.",
                    413: "The body is larger than 5 MB.",
                    415: "The body is not declared as JSON.",
                    422: "The order can't be taken; each error names its field.",
                }
            ),
        },
    }


def _get() -> dict:
    return {
        "operationId": "readOrder",
        "summary": "State of an order",
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": schema}
            for name, schema in (("channel", CHANNEL), ("external_ref", EXTERNAL_REF))
        ],
        "responses": {
            "200": _answer("The order as it is now."),
            **_problems(
                {
                    401: "The API key is missing or wrong.",
                    403: "The user may not use this channel.",
                    404: "No such channel or order.",
                }
            ),
        },
    }


def _post_stock() -> dict:
    return {
        "operationId": "declareStock",
        "summary": "Declare the stock of a store",
        "description": "Good lines are taken, wrong ones are told of. Repeating a "
        "request is safe: the same content gives the same declaration.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref("Stock")}},
        },
        "responses": {
            "201": _answer("The stock was declared.", "StockAnswer"),
            "202": _answer("Many lines; they are taken one by one.", "StockAnswer"),
            "200": _answer("The same was declared before.", "StockAnswer"),
            **_problems(
                {
                    400: "The body is not JSON.",
                    401: "The API key is missing or wrong.",
                    403: "The user declares no stock.",
                    409: "The reference was declared with another content.",
                    413: "The body is larger than 5 MB.",
                    415: "The body is not declared as JSON.",
                    422: "The declaration can't be taken; each error names its field.",
                }
            ),
        },
    }


def _get_stock() -> dict:
    number = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
    return {
        "operationId": "readDeclaration",
        "summary": "What became of a declaration",
        "parameters": [
            {"name": "declaration", "in": "path", "required": True, "schema": number}
        ],
        "responses": {
            "200": _answer("The declaration as it is now.", "StockAnswer"),
            **_problems(
                {
                    401: "The API key is missing or wrong.",
                    403: "The user declares no stock.",
                    404: "No such declaration of the user's stores.",
                }
            ),
        },
    }


def _ref(name: str) -> dict:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(description: str, schema: str = "Answer") -> dict:
    return {
        "description": description,
        "content": {"application/json": {"schema": _ref(schema)}},
    }


def _problems(descriptions: dict[int, str]) -> dict:
    return {
        str(status): {
            "description": description,
            "content": {"application/problem+json": {"schema": _ref("Problem")}},
        }
        for status, description in descriptions.items()
    }

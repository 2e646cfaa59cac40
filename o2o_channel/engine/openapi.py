"""The order API's own description (OpenAPI 3.1), made from the schema it checks by."""

from http import HTTPStatus

from .order_schema import ANSWER, CHANNEL, EXTERNAL_REF, ORDER, PROBLEM

ORDERS_PATH = "/o2o/api/v1/orders"


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
            "title": "O2O order API",
            "version": "1.0.0",
            "description": "Hand orders of a channel in, and ask what became of them. "
            "The key of a user in the group Channel Integration is needed.",
        },
        "servers": [{"url": server}],
        "security": [{"apiKey": []}],
        "paths": {
            ORDERS_PATH: {"post": _post()},
            ORDERS_PATH + "/{channel}/{external_ref}": {"get": _get()},
        },
        "components": {
            "schemas": {"Order": ORDER, "Answer": ANSWER, "Problem": PROBLEM},
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


def _ref(name: str) -> dict:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(description: str) -> dict:
    return {
        "description": description,
        "content": {"application/json": {"schema": _ref("Answer")}},
    }


def _problems(descriptions: dict[int, str]) -> dict:
    return {
        str(status): {
            "description": description,
            "content": {"application/problem+json": {"schema": _ref("Problem")}},
        }
        for status, description in descriptions.items()
    }

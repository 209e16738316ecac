"""The schema and a plain page that lists it: for people who are signed in, and without files from elsewhere."""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse, JSONResponse, Response

from serving.api import account_bodies, document_bodies
from serving.api.access import Open, needs
from serving.api.application_bodies import BODIES, KEYED
from serving.api.examples import BODIES as EXAMPLES
from serving.api.examples import add_answers
from serving.api.once import HEADER
from serving.api.shapes import Problem
from serving.feedback import MOST_COMMENT, RATINGS, REASONS
from serving.refusals import PROBLEM

_AMOUNT: dict[str, Any] = {
    "description": "Above zero, at most two decimal places and 15 digits.",
    "anyOf": [
        {"type": "string", "pattern": r"^(0\.(0[1-9]|[1-9][0-9]?)|[1-9][0-9]{0,9}(\.[0-9]{1,2})?)$"},
        {"type": "integer", "minimum": 1, "maximum": 9999999999},
    ],
}
_COLLATERAL: dict[str, Any] = {
    "oneOf": [
        {
            "type": "object", "additionalProperties": False, "required": ["kind", "weight_g", "purity_k"],
            "properties": {
                "kind": {"const": "gold"},
                "weight_g": {"type": "integer", "minimum": 1, "maximum": 1000000},
                "purity_k": {"type": "integer", "minimum": 1, "maximum": 24},
            },
        },
        {
            "type": "object", "additionalProperties": False, "required": ["kind", "value"],
            "properties": {"kind": {"enum": ["property", "vehicle"]}, "value": _AMOUNT},
        },
    ]
}  # fmt: skip
_BODIES: dict[str, dict[str, Any]] = {
    "login": {
        "type": "object", "additionalProperties": False, "required": ["username", "password"],
        "properties": {
            "username": {"type": "string", "minLength": 1, "maxLength": 200},
            "password": {"type": "string", "minLength": 1, "maxLength": 200, "format": "password"},
        },
    },
    "predict": {
        "type": "object", "additionalProperties": False, "required": ["product", "amount"],
        "properties": {
            "product": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"},
            "amount": _AMOUNT,
            "term_months": {"type": "integer", "minimum": 1, "maximum": 1200},
            "collateral": _COLLATERAL,
            "co_applicant": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"},
            "refinances": {
                "type": "array", "maxItems": 20, "uniqueItems": True,
                "items": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"},
            },
        },
    },
    "advise": {
        "type": "object", "additionalProperties": False, "required": ["amount"],
        "properties": {
            "amount": _AMOUNT,
            "term_months": {"type": "integer", "minimum": 1, "maximum": 1200},
            "collateral": _COLLATERAL,
            "need": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"},
        },
    },
    "chat": {
        "type": "object", "additionalProperties": False, "required": ["message"],
        "properties": {
            "message": {"type": "string", "minLength": 1, "maxLength": 2000, "pattern": "\\w"},
            "conversation_id": {"type": "string", "pattern": "^t_[a-z2-7]{26}$"},
            "about": {"type": "string", "pattern": "^[do]_[a-z2-7]{26}$"},
        },
    },
    "feedback": {
        "oneOf": [
            {
                "type": "object", "additionalProperties": False, "required": ["about", "id", "thumb", "reason"],
                "properties": {
                    "about": {"enum": ["decision", "generation"]},
                    "id": {"type": "string", "pattern": "^[dg]_[a-z2-7]{26}$"},
                    "thumb": {"enum": ["up", "down"]},
                    "reason": {"enum": list(REASONS)},
                    "comment": {"type": "string", "minLength": 1, "maxLength": MOST_COMMENT},
                },
            },
            {
                "type": "object", "additionalProperties": False, "required": ["about", "id", "rating"],
                "properties": {
                    "about": {"const": "application"},
                    "id": {"type": "string", "pattern": "^a_[a-z2-7]{26}$"},
                    "rating": {"type": "integer", "minimum": RATINGS.start, "maximum": RATINGS.stop - 1},
                    "comment": {"type": "string", "minLength": 1, "maxLength": MOST_COMMENT},
                },
            },
        ],
    },
    **BODIES,
    **document_bodies.BODIES,
    **account_bodies.BODIES,
}  # fmt: skip
_KEY: dict[str, Any] = {
    "name": HEADER, "in": "header", "required": True, "description": "The same key and body: the same answer.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}  # fmt: skip
_KEYED = KEYED | {"feedback"} | document_bodies.FORMS
"""What is acted on once for each key."""
PROBLEM_BODY: dict[str, Any] = {"content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def request_body(name: str) -> dict[str, Any]:
    """The `requestBody` of a route whose body the strict parser reads; none where it is keyed but has no body."""
    kind = "multipart/form-data" if name in document_bodies.FORMS else "application/json"
    example = {"example": EXAMPLES[name]} if name in EXAMPLES else {}
    content = {kind: {"schema": _BODIES[name], **example}} if name in _BODIES else None
    body: dict[str, Any] = {"requestBody": {"required": True, "content": content}} if content else {}
    if name in account_bodies.MAY_BE_KEYED:
        return {**body, "parameters": [{**_KEY, "required": False}]}
    return {**body, "parameters": [_KEY]} if name in _KEYED else body


class Docs:
    """Answers about the app itself."""

    def __init__(self, api: FastAPI) -> None:
        self._api, self._schema = api, {}

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document; made once."""
        if not self._schema:
            schema = get_openapi(title=self._api.title, version=self._api.version, routes=self._api.routes)
            schema["components"]["securitySchemes"] = {
                "cookie": {"type": "apiKey", "in": "cookie", "name": "candor_session"},
                "bearer": {"type": "http", "scheme": "bearer"},
            }
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schema["components"]["schemas"] |= {**problem.pop("$defs"), "Problem": problem}
            schema["security"] = [{"bearer": []}, {"cookie": []}]
            for path in ("/healthz", "/readyz", "/api/v1/login"):
                for operation in schema["paths"][path].values():
                    operation["security"] = []
            add_answers(schema)
            self._schema = schema
        return self._schema

    @needs(Open.SIGNED_IN)
    def schema(self) -> Response:
        """The OpenAPI document."""
        return JSONResponse(self.openapi())

    @needs(Open.SIGNED_IN)
    def page(self) -> Response:
        """A list of the routes."""
        rows = "".join(
            f"<tr><td>{escape(method.upper())}</td><td><code>{escape(path)}</code></td>"
            f"<td>{escape(operation.get('description', ''))}</td></tr>"
            for path, operations in self.openapi()["paths"].items()
            for method, operation in operations.items()
        )
        return HTMLResponse(
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Candor API</title><h1>Candor API</h1>'
            '<p>Shapes: <a href="/openapi.json">openapi.json</a></p>'
            "<table><thead><tr><th>Method</th><th>Address</th><th>What it does</th></tr></thead>"
            f"<tbody>{rows}</tbody></table></html>"
        )

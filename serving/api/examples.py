"""Examples for the schema: of bodies written by hand, of answers as they were given over generated people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

_ANSWERS = Path(__file__).with_name("examples.json")
_OFFER, _DECISION = "o_ix5jqk2m7fd3w4t6zyabcdefgh", "d_34itp6aopo6otezsrux7bttkqx"
BODIES: Mapping[str, Mapping[str, Any]] = {
    "login": {"username": "good", "password": "the password of the account"},
    "predict": {"product": "car", "amount": "20000.00", "term_months": 48},
    "advise": {"amount": "12000", "need": "car"},
    "chat": {"message": "How much could I borrow?"},
    "feedback": {"about": "decision", "id": _DECISION, "thumb": "up", "reason": "clear", "comment": "Thank you."},
    "apply": {"offer_id": _OFFER, "answers": {"car_condition": "new", "true_and_complete": "yes"}},
    "begin": {"offer_id": _OFFER},
    "draft": {"step": "about_you", "answers": {"phone": "555 010 2030"}, "version": 1},
    "accept": {"agreed": ["read_disclosure"]},
    "code": {"code": "ABCD-EFGH-JKLM-NPQR", "agree": True},
    "case": {"act": "refuse", "reason": "terms_not_met"},
    "case_ask": {"what": "call", "version": 3},
    "case_verdict": {"act": "refuse", "ground": "terms_not_met", "version": 3},
    "case_override": {
        "act": "offer", "reason": "flag_cleared", "ground": "explained", "comment": "The name was another person's.",
        "version": 3,
    },
    "case_second": {"version": 1, "answer": "I agree: the papers show it."},
    "document_ticket": {"asked": "identity", "filename": "identity.pdf", "media_type": "application/pdf"},
    "decide_document": {"decision": "accept", "reason": "Name and income are those on record."},
    "dispute": {"field": "gross_monthly_income", "stated": "7000", "why": "I was promoted in May."},
    "review": {"decision_id": _DECISION, "why": "Please let a person look at it."},
    "erase": {"confirm": "erase"},
    "preferences": {"language": "es", "channels": ["email"], "email": "somebody@example.com"},
    "close": {"result": "corrected", "answer": "Your employer confirmed it.", "value": "7000"},
}  # fmt: skip


@lru_cache
def recorded() -> Mapping[str, Any]:
    """Method and path to one good answer; long lists are cut to two."""
    return json.loads(_ANSWERS.read_text(encoding="utf-8"))


def add_answers(schema: Mapping[str, Any]) -> None:
    """Put an example on every JSON answer: its own, else one of the same shape."""
    found, kinds = recorded(), dict[str, Any]()
    for name, content in _answers(schema):
        if name in found:
            content["example"] = kinds[json.dumps(content["schema"])] = found[name]
    for _, content in _answers(schema):
        kept = kinds.get(json.dumps(content["schema"]))
        if kept is not None:
            content.setdefault("example", kept)


def _answers(schema: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(method and path, content) of every answer in JSON with status 200."""
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            content = operation["responses"].get("200", {}).get("content", {}).get("application/json")
            if content and "schema" in content:
                yield f"{method.upper()} {path}", content

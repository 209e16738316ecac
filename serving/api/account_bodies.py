"""Bodies of requests about one's own account, as the schema documents them."""

from __future__ import annotations

from typing import Any

from serving.account import CHANNELS, LANGUAGES
from serving.customer_requests import MOST_WORDS, RESULTS
from serving.parse_account import CONFIRM

_WORDS = {"type": "string", "minLength": 1, "maxLength": MOST_WORDS}
_CONTACT = {"type": "string", "maxLength": 254}
_VALUE = {"type": "string", "minLength": 1, "maxLength": 40}


def _object(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


BODIES: dict[str, dict[str, Any]] = {
    "dispute": _object(
        ("field", "stated"), field={"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"}, stated=_VALUE, why=_WORDS
    ),
    "review": _object(("decision_id",), decision_id={"type": "string", "pattern": "^d_[a-z2-7]{26}$"}, why=_WORDS),
    "erase": _object(("confirm",), confirm={"const": CONFIRM}),
    "preferences": _object(
        (), language={"enum": list(LANGUAGES)}, email=_CONTACT, phone=_CONTACT,
        channels={"type": "array", "uniqueItems": True, "maxItems": 2, "items": {"enum": list(CHANNELS)}},
    ),
    "close": _object(
        ("result", "answer"), result={"enum": sorted({r for results in RESULTS.values() for r in results})},
        answer=_WORDS, value=_VALUE,
    ),
}  # fmt: skip
MAY_BE_KEYED = frozenset({"dispute", "review", "begin", "invite"})
"""What creates something and honours a key when one is sent; all but an invitation are the same by content already."""

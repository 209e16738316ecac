"""Bodies of requests about applications, as the schema documents them."""

from __future__ import annotations

from typing import Any

_OFFER = {"type": "string", "pattern": "^o_[a-z2-7]{26}$"}
_DECISION = {"type": "string", "pattern": "^d_[a-z2-7]{26}$"}
_WORD = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"}
_ANSWERS = {"type": "object", "maxProperties": 60, "additionalProperties": {"type": "string", "maxLength": 500}}


def _about(more: dict[str, Any]) -> dict[str, Any]:
    """An offer or a referred decision, and more."""
    ways = ({"offer_id": _OFFER}, {"decision_id": _DECISION})
    return {
        "oneOf": [
            {"type": "object", "additionalProperties": False, "required": list(way), "properties": {**way, **more}}
            for way in ways
        ]
    }


def _object(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


_VERSION = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 1000}
BODIES: dict[str, dict[str, Any]] = {
    "apply": _about({"answers": _ANSWERS}),
    "begin": _about({}),
    "draft": _object(
        ("step", "answers", "version"), step=_WORD, answers=_ANSWERS,
        version=_VERSION,
    ),
    "accept": _object((), agreed={"type": "array", "maxItems": 20, "uniqueItems": True, "items": _WORD}),
    "code": _object(
        ("code", "agree"), code={"type": "string", "pattern": "^[A-Za-z0-9 -]{1,40}$"}, agree={"type": "boolean"}
    ),
    "case": _object(
        ("act", "reason"), act={"enum": ["offer", "refuse"]}, reason=_WORD,
        note=_TEXT,
    ),
    "case_ask": _object(
        ("what", "version"), version=_VERSION,
        what={"type": "string", "pattern": r"^[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39})?$"},
    ),
    "case_verdict": _object(
        ("act", "ground", "version"), act={"enum": ["offer", "refuse"]}, ground=_WORD, note=_TEXT, version=_VERSION
    ),
    "case_override": _object(
        ("act", "reason", "ground", "comment", "version"), act={"enum": ["offer", "refuse"]}, reason=_WORD,
        ground=_WORD, comment=_TEXT, version=_VERSION,
    ),
    "case_second": _object(("version",), version=_VERSION, answer=_TEXT),
}  # fmt: skip
KEYED = frozenset({"apply", "accept", "submit", "decline"})
"""What is done once for each key; the last two have no body."""

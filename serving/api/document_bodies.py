"""Bodies of requests about papers, as the schema documents them."""

from __future__ import annotations

from typing import Any

from serving.parse_documents import MEDIA_TYPES, MOST_NAME, MOST_REASON

BODIES: dict[str, dict[str, Any]] = {
    "document": {
        "type": "object", "additionalProperties": False, "required": ["asked", "file"],
        "properties": {
            "asked": {"type": "string", "pattern": "^[a-z][a-z_.]{0,31}$"},
            "file": {"type": "string", "format": "binary", "description": "A PDF, PNG, JPEG or WebP file."},
        },
    },
    "document_ticket": {
        "type": "object", "additionalProperties": False, "required": ["asked", "filename", "media_type"],
        "properties": {
            "asked": {"type": "string", "pattern": "^[a-z][a-z_.]{0,31}$"},
            "filename": {"type": "string", "minLength": 1, "maxLength": MOST_NAME, "pattern": "\\S"},
            "media_type": {"enum": list(MEDIA_TYPES)},
        },
    },
    "decide_document": {
        "type": "object", "additionalProperties": False, "required": ["decision", "reason"],
        "properties": {
            "decision": {"enum": ["accept", "refuse"]},
            "reason": {"type": "string", "minLength": 1, "maxLength": MOST_REASON, "pattern": "\\S"},
        },
    },
}  # fmt: skip
FORMS = frozenset({"document"})
"""Sent as a form with a file, and acted on once for each key."""

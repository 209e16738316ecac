"""Reads what readers say of a decision or a text: `{about, id, thumb, reason, comment?}`, no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from serving.feedback import MOST_COMMENT, REASONS, Say
from serving.fields import Fields

_LETTER = {"decision": "d", "generation": "g"}


def feedback(data: Mapping[str, object]) -> Say:
    """Feedback of a body. Whether the id is the caller's is not looked at here.

    Raises:
        InvalidBody: a field is missing, wrong or unknown; `errors` lists them all.
    """
    fields = Fields(data, ("about", "id", "thumb", "reason", "comment"))
    about = fields.text("about", "decision or generation", 10, "decision|generation")
    subject = fields.text("id", "a decision_id or a generation_id", 28, rf"{_LETTER.get(about, '[dg]')}_[a-z2-7]{{26}}")
    thumb = fields.text("thumb", "up or down", 4, "up|down")
    reason = fields.text("reason", f"one of {', '.join(REASONS)}", 20, "|".join(REASONS))
    comment = fields.text("comment", f"text of 1 to {MOST_COMMENT} characters", MOST_COMMENT, optional=True)
    fields.check()
    return Say(cast("Any", about), subject, cast("Any", thumb), reason, comment)

"""Reads what readers say of a decision or a text, and what somebody needs a loan for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from serving.decide import LoanAsk
from serving.feedback import MOST_COMMENT, RATINGS, REASONS, Say, rated
from serving.fields import Fields
from serving.parse import loan_ask

_ABOUTS = ("decision", "generation", "application")
"""What feedback is about; the first letter begins its id."""


def feedback(data: Mapping[str, object]) -> Say:
    """Feedback of a body `{about, id, thumb, reason, comment?}`, of applying `{about, id, rating, comment?}`.

    Whether the id is the caller's is not looked at here.

    Raises:
        InvalidBody: a field is missing, wrong or unknown; `errors` lists them all.
    """
    applying = data.get("about") == "application"
    fields = Fields(data, ("about", "id", *(("rating",) if applying else ("thumb", "reason")), "comment"))
    about = fields.text("about", "decision, generation or application", 11, "decision|generation|application")
    letter = about[0] if about in _ABOUTS else "[dga]"
    subject = fields.text("id", "a decision_id, a generation_id or an application_id", 28, rf"{letter}_[a-z2-7]{{26}}")
    comment = fields.text("comment", f"text of 1 to {MOST_COMMENT} characters", MOST_COMMENT, optional=True)
    said = _rating(fields, subject) if applying else _thumb(fields, about, subject)
    fields.check()
    return replace(said, comment=comment)


def _rating(fields: Fields, subject: str) -> Say:
    rating, most = fields.whole("rating", RATINGS.start, RATINGS.stop - 1), RATINGS.stop - 1
    if rating is None and not fields.has("rating"):
        fields.wrong("rating", "missing", f"a whole number from {RATINGS.start} to {most}", "Add rating.")
    return rated(subject, rating or most)  # where there is none, the caller refuses the body


def _thumb(fields: Fields, about: str, subject: str) -> Say:
    thumb = fields.text("thumb", "up or down", 4, "up|down")
    reason = fields.text("reason", f"one of {', '.join(REASONS)}", 20, "|".join(REASONS))
    return Say(cast("Any", about), subject, cast("Any", thumb), reason)


def advice_ask(data: Mapping[str, object]) -> tuple[LoanAsk, str | None]:
    """What is wanted of any loan, `{amount, term_months?, collateral?, need?}`, and the product made for the need.

    The product of the first is not looked at. Whether the second exists is not looked at here.

    Raises:
        InvalidBody: one or more fields are missing, wrong or unknown; `errors` lists them all.
    """
    fields = Fields(data, ("amount", "term_months", "collateral", "need"))
    need = fields.text("need", "a product's name such as car", 40, "[a-z][a-z0-9_]*", optional=True)
    fields.check()
    wanted = {name: value for name, value in data.items() if name != "need"}
    return loan_ask({**wanted, "product": "any"}), need or None

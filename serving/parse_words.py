"""Reads what readers say of a decision or a text, and what somebody needs a loan for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from serving.decide import LoanAsk
from serving.feedback import MOST_COMMENT, REASONS, Say
from serving.fields import Fields
from serving.parse import loan_ask

_LETTER = {"decision": "d", "generation": "g"}


def feedback(data: Mapping[str, object]) -> Say:
    """Feedback of a body `{about, id, thumb, reason, comment?}`. Whether the id is the caller's is not looked at here.

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

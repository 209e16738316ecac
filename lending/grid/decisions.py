"""Many decisions at once: what they share is worked out once, and their terms together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from lending.domain.application import Application, Assessment
from lending.domain.decision import Decision, judge, terms_asked
from lending.domain.policy import Policy
from lending.domain.shared_findings import SharedFindings
from lending.grid.terms import terms_many

Judged = tuple[Application, Assessment | None, date]
"""A request, what the model says of it, and the day whose rules apply."""


def decide_many(cases: Sequence[Judged], policy: Policy) -> list[Decision]:
    """What `lending.domain.decision.decide` says of each, in order. Errors as there."""
    look = SharedFindings().check
    judged = [judge(application, word, policy, day, look) for application, word, day in cases]
    asked = [terms_asked(case[0], one, policy, case[2]) for case, one in zip(cases, judged, strict=True)]
    terms = iter(terms_many([one for one in asked if one is not None]))
    return [one if wanted is None else one.with_terms(next(terms)) for one, wanted in zip(judged, asked, strict=True)]

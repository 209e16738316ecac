"""Findings for many decisions at once: one that several of them share is made once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from lending.domain.application import Person
from lending.domain.eligibility import EACH_PERSON, Finding, check
from lending.domain.policy import DatedRule, Value


class SharedFindings:
    """Answers like `lending.domain.eligibility.check`, and remembers; lives as long as its batch."""

    def __init__(self) -> None:
        # Each answer holds its rule, so that no other rule can take over the identity that stands in the key.
        self._known: dict[tuple[object, ...], tuple[DatedRule, list[Finding]]] = {}

    def check(
        self,
        rules: Iterable[DatedRule],
        values: Mapping[str, Value],
        own: Mapping[Person, Mapping[str, Value]],
    ) -> list[Finding]:
        """As `check`: a rule says nothing but what follows from what it looks at, so its answer is kept by that."""
        found: list[Finding] = []
        for rule in rules:
            key = _looked_at(rule, values, own)
            known = self._known.get(key)
            if known is None:
                known = self._known[key] = rule, check((rule,), values, own)
            found += known[1]
        return found


def _looked_at(
    dated: DatedRule,
    values: Mapping[str, Value],
    own: Mapping[Person, Mapping[str, Value]],
) -> tuple[object, ...]:
    """The rule, its limit, the figure (of each person, where looked at apart), and the words of its conditions."""
    rule, amount = dated.rule, values["amount"]
    field = rule.field
    limit = dated.limit_for(amount) if dated.tiers and isinstance(amount, Decimal) else None
    if field in EACH_PERSON:
        figure: object = tuple([(role, theirs[field]) for role, theirs in own.items() if field in theirs])
    else:
        figure = values[field]
    when = tuple([values[c.field] for c in rule.when]) if rule.when else ()
    return id(dated), limit, figure, when

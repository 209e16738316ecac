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
        self._kept: dict[int, _Kept] = {}

    def check(
        self,
        rules: Iterable[DatedRule],
        values: Mapping[str, Value],
        own: Mapping[Person, Mapping[str, Value]],
    ) -> list[Finding]:
        """As `check`: a rule says nothing but what follows from what it looks at, so its answer is kept by that."""
        found: list[Finding] = []
        alone = own.get("applicant") if len(own) == 1 else None
        for rule in rules:
            kept = self._kept.get(id(rule))
            if kept is None:
                kept = self._kept[id(rule)] = _Kept(rule)
            if not kept.plain:
                key: object = kept.looked_at(values, own)
            elif not kept.each:
                key = values[kept.field]
            else:
                key = alone[kept.field] if alone and kept.field in alone else kept.looked_at(values, own)
            known = kept.answers.get(key)
            if known is None:
                known = kept.answers[key] = check((rule,), values, own)
            found += known
        return found


class _Kept:
    """The answers of a rule by what it looks at; it is held, so that no other one can take over its identity."""

    __slots__ = ("answers", "each", "field", "plain", "rule")

    def __init__(self, rule: DatedRule) -> None:
        self.rule, self.field = rule, rule.rule.field
        self.each = self.field in EACH_PERSON
        self.plain = not (rule.tiers or rule.rule.when)
        """Whether it looks at its figure alone."""
        self.answers: dict[object, list[Finding]] = {}

    def looked_at(self, values: Mapping[str, Value], own: Mapping[Person, Mapping[str, Value]]) -> tuple[object, ...]:
        """Its limit, its figure (of each person, where looked at apart), and the words of its conditions."""
        dated, amount = self.rule, values["amount"]
        limit = dated.limit_for(amount) if dated.tiers and isinstance(amount, Decimal) else None
        figures = [values[c.field] for c in dated.rule.when]
        if not self.each:
            return limit, values[self.field], *figures
        return limit, *figures, *[(role, theirs[self.field]) for role, theirs in own.items() if self.field in theirs]

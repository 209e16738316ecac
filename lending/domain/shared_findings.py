"""Findings for many decisions at once: one that several of them share is made once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from lending.domain.application import Person
from lending.domain.eligibility import EACH_PERSON, Finding, check, test_of
from lending.domain.policy import DatedRule, Value

_Values = Mapping[str, Value]
_Own = Mapping[Person, Mapping[str, Value]]


class SharedFindings:
    """Answers like `lending.domain.eligibility.check`, and remembers; lives as long as its batch."""

    def __init__(self) -> None:
        self._kept: dict[int, _Kept] = {}
        self._plans: dict[int, tuple[tuple[DatedRule, ...], list[_Kept]]] = {}

    def check(self, rules: Iterable[DatedRule], values: _Values, own: _Own) -> list[Finding]:
        """As `check`: a rule says nothing but what follows from what it looks at, so its answer is kept by that."""
        found: list[Finding] = []
        alone = own.get("applicant") if len(own) == 1 else None
        for kept in self._plan(rules):
            theirs = alone if kept.each else values
            if not kept.plain or theirs is None or kept.field not in theirs:
                key: object = kept.looked_at(values, own)
                known = kept.answers.get(key)
                if known is None:
                    known = kept.answers[key] = check((kept.rule,), values, own)
            else:
                value = theirs[kept.field]
                known = kept.answers.get(value)
                if known is None:
                    known = kept.answers[value] = kept.made(value, values, own)
            found += known
        return found

    def _plan(self, rules: Iterable[DatedRule]) -> list[_Kept]:
        """What is kept of the rules; a tuple of them is held, so that no other one can take over its identity."""
        if not isinstance(rules, tuple):
            return [self._of(rule) for rule in rules]
        known = self._plans.get(id(rules))
        if known is None:
            known = self._plans[id(rules)] = rules, [self._of(rule) for rule in rules]
        return known[1]

    def _of(self, rule: DatedRule) -> _Kept:
        kept = self._kept.get(id(rule))
        if kept is None:
            kept = self._kept[id(rule)] = _Kept(rule)
        return kept


class _Kept:
    """The answers of a rule by what it looks at; it is held, so that no other one can take over its identity."""

    __slots__ = ("_holds", "_like", "answers", "each", "field", "plain", "rule")

    def __init__(self, rule: DatedRule) -> None:
        self.rule, self.field = rule, rule.rule.field
        self.each = self.field in EACH_PERSON
        self.plain = not (rule.tiers or rule.rule.when)
        """Whether it looks at its figure alone."""
        self.answers: dict[object, list[Finding]] = {}
        self._holds = test_of(rule)
        self._like: dict[bool, Finding] = {}
        """A finding that passes, and one that fails; others of known figures differ in the figure alone."""

    def made(self, value: Value, values: _Values, own: _Own) -> list[Finding]:
        """The finding of a plain rule about the applicant or the request."""
        like = None if value is None else self._like.get(self._holds(value))
        if like is not None:
            return [like.with_value(value)]
        found = check((self.rule,), values, own)
        if value is not None:
            self._like[found[0].passed] = found[0]
        return found

    def looked_at(self, values: _Values, own: _Own) -> tuple[object, ...]:
        """Its limit, its figure (of each person, where looked at apart), and the words of its conditions."""
        dated, amount = self.rule, values["amount"]
        limit = dated.limit_for(amount) if dated.tiers and isinstance(amount, Decimal) else None
        figures = [values[c.field] for c in dated.rule.when]
        if not self.each:
            return limit, values[self.field], *figures
        return limit, *figures, *[(role, theirs[self.field]) for role, theirs in own.items() if self.field in theirs]

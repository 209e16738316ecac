"""How cases are worked on, as data: kb/case_reasons.yaml and the market's hours and amounts in kb/cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from lending.domain.cases import OTHER, Hours, Pairs, Speaks, Weight
from lending.domain.policy import Parameter
from lending.domain.policy_checks import parameters_of
from lending.domain.policy_leaves import choice_of, keys_of, refuse, text_of, texts_of, tree_of, words_of
from lending.domain.roles import Permission, Role, may
from lending.yaml_text import read_tree

FILE = "case_reasons.yaml"
_KEYS = ("speaks", "confidential_for", "overrides", "two_persons", "asks", "grounds", "watch")
_ALWAYS = ("questions", "reasons", "products")


@dataclass(frozen=True, slots=True)
class OverrideReason:
    """Why somebody decides against the record; `since` is the first day on which it may be named."""

    code: str
    words: str
    since: date
    source: str


@dataclass(frozen=True, slots=True)
class CaseRules:
    """The rules of the desk.

    Attributes:
        weights: what an open question speaks for.
        overrides: act to the reasons for it.
        asks: what may be asked for, in words for staff.
        grounds: grounds of a decision, in words for staff.
    """

    weights: Mapping[str, Weight]
    confidential_for: tuple[Permission, ...]
    overrides: Mapping[str, tuple[OverrideReason, ...]]
    always: Mapping[str, frozenset[str]]
    asks: Mapping[str, str]
    grounds: Mapping[str, str]
    watch: Mapping[str, Parameter]
    figures: Mapping[str, Parameter]

    def hours(self, day: date) -> Hours:
        """The market's clock of a day."""
        return Hours(*(int(self._figure(f"{name}_hours", day)) for name in ("decision", "answer", "soon")))

    def pairs(self, day: date) -> Pairs:
        """When a day's overrides take two persons."""
        return Pairs(self._figure("two_persons_amount", day), **self.always)

    def reasons(self, act: str, day: date) -> tuple[OverrideReason, ...]:
        """Why somebody may decide for an act on a day."""
        return tuple(one for one in self.overrides.get(act, ()) if one.since <= day)

    def words(self, code: str) -> str:
        """A reason, ground or ask in words for staff; the code where there are none."""
        known = {one.code: one.words for found in self.overrides.values() for one in found}
        return known.get(code) or self.grounds.get(code) or self.asks.get(code) or code.replace("_", " ")

    def knows_confidential(self, role: Role) -> bool:
        """Whether somebody of a role may know which confidential rule asked for a person."""
        return any(may(role, permission) for permission in self.confidential_for)

    def _figure(self, name: str, day: date) -> Decimal:
        return self.figures[name].at(day).value


def read_case_rules(kb: Path, market: str) -> CaseRules:
    """The rules of a kb folder for a market. Raises PolicyError naming file and key."""
    keys, place = keys_of(_tree(kb, Path(FILE)), FILE, _KEYS), Path("cases") / f"{market}.yaml"
    weights = {name: _weight(item, f"{FILE}: speaks.{name}") for name, item in tree_of(keys["speaks"], FILE).items()}
    if OTHER not in weights:
        refuse(f"{FILE}: speaks.{OTHER}", "missing", "what every other question speaks for")
    pairs = keys_of(keys["two_persons"], f"{FILE}: two_persons", ("questions", "reasons", "products", "source"))
    always = {
        n: frozenset(words_of(pairs[n], f"{FILE}: two_persons.{n}")) for n in ("questions", "reasons", "products")
    }
    return CaseRules(
        weights,
        tuple(Permission(word) for word in words_of(keys["confidential_for"], f"{FILE}: confidential_for")),
        {act: tuple(_reasons(act, item)) for act, item in tree_of(keys["overrides"], FILE).items()},
        always,
        texts_of(keys["asks"], f"{FILE}: asks"),
        texts_of(keys["grounds"], f"{FILE}: grounds"),
        parameters_of(keys["watch"], FILE),
        parameters_of(_tree(kb, place), str(place)),
    )


def _tree(kb: Path, file: Path) -> Mapping[str, Any]:
    return read_tree(str(file), (kb / file).read_text(encoding="utf-8"))


def _weight(value: object, place: str) -> Weight:
    keys = keys_of(value, place, ("act",), ("papers",))
    speaks = Speaks(choice_of(keys["act"], [word.value for word in Speaks], f"{place}.act"))
    return Weight(speaks, words_of(keys.get("papers", []), f"{place}.papers"))


def _reasons(act: str, value: object) -> list[OverrideReason]:
    return [_reason(code, item, f"{FILE}: overrides.{act}.{code}") for code, item in tree_of(value, FILE).items()]


def _reason(code: str, value: object, place: str) -> OverrideReason:
    keys = keys_of(value, place, ("words", "valid_from", "source"))
    try:
        since = date.fromisoformat(text_of(keys["valid_from"], f"{place}.valid_from"))
    except ValueError:
        refuse(f"{place}.valid_from", str(keys["valid_from"]), "a date such as 2025-10-01")
    return OverrideReason(code, text_of(keys["words"], f"{place}.words"), since, text_of(keys["source"], place))

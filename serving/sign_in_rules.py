"""What a provider's groups mean here, and how long things take: kb/sign_in.yaml, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lending.domain.policy_leaves import day_of, keys_of, refuse, text_of, texts_of, tree_of
from lending.domain.roles import Role
from lending.yaml_text import read_tree

FILE = "sign_in.yaml"
_WAITS = ("begun_minutes", "begun_most", "leeway_seconds", "facts_seconds", "keys_minutes", "keys_rest_seconds",
          "failures", "rest_seconds")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waits:
    """Times and counts, in the unit that the name says."""

    begun_minutes: float
    begun_most: float
    leeway_seconds: float
    facts_seconds: float
    keys_minutes: float
    keys_rest_seconds: float
    failures: float
    rest_seconds: float


@dataclass(frozen=True, slots=True)
class SignInRules:
    """The file.

    Attributes:
        groups_claim, customer_claim: names of claims.
        groups: by the day from which they hold: group to role.
    """

    groups_claim: str
    customer_claim: str
    groups: Mapping[date, Mapping[str, Role]]
    waits: Waits

    def roles(self, claims: Mapping[str, Any], day: date) -> set[Role]:
        """The roles that somebody's groups give on a day; groups that nobody listed give none."""
        held = max((start for start in self.groups if start <= day), default=None)
        given = claims.get(self.groups_claim)
        named = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
        known = self.groups[held] if held else {}
        return {known[one] for one in named if one in known}

    def customer(self, claims: Mapping[str, Any]) -> str:
        """The customer that the token names; "" for none."""
        found = claims.get(self.customer_claim)
        return found if isinstance(found, str) else ""


def read_rules(text: str) -> SignInRules:
    """The file's text, read strictly. Raises PolicyError naming the place."""
    tree = keys_of(read_tree(FILE, text), FILE, ("claims", "groups", "waits"))
    claims = keys_of(tree["claims"], f"{FILE}: claims", ("groups", "customer"))
    groups = keys_of(tree["groups"], f"{FILE}: groups", ("description", "values"))
    place = f"{FILE}: groups"
    held = {day_of(day, place): _roles(value, day) for day, value in tree_of(groups["values"], place).items()}
    waits = keys_of(tree["waits"], f"{FILE}: waits", _WAITS)
    numbers = {name: _above_zero(waits[name], name) for name in _WAITS}
    return SignInRules(text_of(claims["groups"], FILE), text_of(claims["customer"], FILE), held, Waits(**numbers))


def open_rules(kb: Path) -> SignInRules:
    """The rules below a folder. Raises PolicyError when the file is wrong."""
    return read_rules((kb / FILE).read_text(encoding="utf-8"))


def _roles(value: object, day: object) -> dict[str, Role]:
    at = f"{FILE}: groups.{day}"
    given = texts_of(keys_of(value, at, ("source", "value"))["value"], at)
    unknown = sorted(set(given.values()) - set(Role))
    if unknown:
        refuse(at, unknown[0], f"one of {', '.join(Role)}")
    return {group: Role(role) for group, role in given.items()}


def _above_zero(value: object, name: str) -> float:
    try:
        found = float(str(value))
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        refuse(f"{FILE}: waits.{name}", str(value)[:40], "a number above zero")
    return found

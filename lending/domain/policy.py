"""Policy as dated, sourced values: products, shared rules, the market, the words for reasons."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from lending.domain.application import Outcome
from lending.domain.errors import NotFoundError, PolicyError

Unit = Literal["fraction", "currency", "minutes", "hours", "months", "points", "days", "years", "count"]
Operator = Literal["at_least", "at_most", "one_of", "none_of", "includes", "excludes", "present"]
Value = Decimal | str | tuple[str, ...] | None
"""What a rule looks at: a number, a word, several words, or nothing where the bank does not know."""
MODEL_DRIVEN = frozenset({"pd_12m", "required_rate"})
"""What follows from the model's word about one person, and is that person's alone."""
AFFORDABILITY_FIELDS = MODEL_DRIVEN | {"dti", "dti_stressed", "foir", "ltv_at_maturity"}
"""What is known only once the model and the price have spoken."""


@dataclass(frozen=True, slots=True)
class Tier:
    """A value that holds for loans up to an amount; None for those above all others."""

    up_to: Decimal | None
    value: Decimal


@dataclass(frozen=True, slots=True)
class Dated:
    """A value from a day on, and who said so. With `tiers` it depends on the amount lent; `value` is the last one's."""

    since: date
    value: Decimal
    source: str
    tiers: tuple[Tier, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named figure of the policy; `values` are in the order of their dates."""

    name: str
    description: str
    unit: Unit
    values: tuple[Dated, ...]

    def at(self, as_of: date) -> Dated:
        """The value in force on a day.

        Raises:
            PolicyError: none was in force yet.
        """
        found = next((dated for dated in reversed(self.values) if dated.since <= as_of), None)
        if found is None:
            first = self.values[0].since
            raise PolicyError(
                f"{self.name} has no value on {as_of}; its first one starts on {first}",
                field="as_of", found=str(as_of), expected=f"{first} or later", do="Choose a later day.",
            )  # fmt: skip
        return found


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rule applies: the field's word is (`one_of`) or is not (`none_of`) among these."""

    field: str
    operator: Literal["one_of", "none_of"]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of policy: a field compared with a parameter or with words; `fail` follows when it does not hold.

    `confidential` rules (screening) are never named to a customer.
    """

    id: str
    field: str
    operator: Operator
    parameter: str | None
    words: tuple[str, ...]
    fail: Outcome
    reason: str
    when: tuple[Condition, ...] = ()
    ways_in: tuple[str, ...] = ()
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class ReasonText:
    """A reason in the words for each reader."""

    customer: str
    officer: str
    notice: str


@dataclass(frozen=True, slots=True)
class Wording:
    """Codes to texts: reasons, ways in, conditions, what speaks for and against an offer, choices when refused.

    `features` says which reason a model feature stands for; `offers` and `alternatives` have slots such as {value}.
    """

    reasons: Mapping[str, ReasonText]
    features: Mapping[str, str]
    ways_in: Mapping[str, str]
    conditions: Mapping[str, str]
    offers: Mapping[str, str]
    alternatives: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Product:
    """A loan of the catalogue; `terms` are its conditions in words."""

    name: str
    title: str
    collateral: Literal["none", "vehicle", "property", "gold"]
    repayment: Literal["instalment", "bullet", "moratorium"]
    interest: Literal["paid", "simple", "compound"]
    """What becomes of interest while no instalment is due."""
    assess: Literal["everybody", "strongest"]
    """Whose record the model scores when two people sign."""
    rate_kind: Literal["fixed", "variable"]
    parameters: Mapping[str, Parameter]
    rules: tuple[Rule, ...]
    benefits: tuple[str, ...]
    terms: tuple[str, ...]
    before_payout: tuple[str, ...] = ()
    """Codes of conditions that every approval of it hangs on."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that decides besides the model, for one market. Compared and cached by its version."""

    version: str
    sha256: str
    market: str
    currency: str
    locale: str
    apr_method: str
    parameters: Mapping[str, Parameter]
    rules: tuple[Rule, ...]
    products: Mapping[str, Product]
    wording: Wording

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and other.sha256 == self.sha256

    def product(self, name: str) -> Product:
        """Raises NotFoundError, naming what the catalogue has."""
        if name not in self.products:
            known = ", ".join(sorted(self.products))
            raise NotFoundError(
                f"product is {name[:40]!r}; expected one of {known}",
                code="not_found", field="product", found=name[:40], expected=known, do="Choose one of these.",
            )  # fmt: skip
        return self.products[name]


@dataclass(frozen=True, slots=True)
class DatedRule:
    """A rule with the limit in force."""

    rule: Rule
    limit: Decimal | None
    unit: str
    source: str
    tiers: tuple[Tier, ...] = ()

    def limit_for(self, amount: Decimal) -> Decimal | None:
        """The limit for a loan of this amount."""
        if not self.tiers:
            return self.limit
        fitting = (tier.value for tier in self.tiers if tier.up_to is None or amount <= tier.up_to)
        return next(fitting, self.limit)


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """One product on one day: every figure and rule resolved; the late ones of these need what model and price say.

    Equal to itself alone, so that what follows from it may be kept by it: `rulebook` hands the same one to everybody.
    """

    product: Product
    values: Mapping[str, Decimal]
    rules: tuple[DatedRule, ...]
    early: tuple[DatedRule, ...]
    late: tuple[DatedRule, ...]

    def __getitem__(self, name: str) -> Decimal:
        """The value of a parameter. Raises PolicyError when the policy has none of that name."""
        try:
            return self.values[name]
        except KeyError:
            raise PolicyError(
                f"the policy has no parameter {name} for {self.product.name}", field=name, found="nothing",
                expected=f"{name} under parameters", do="Add it to kb/.",
            ) from None  # fmt: skip

    def get(self, name: str) -> Decimal | None:
        """The value of a parameter that a product need not have."""
        return self.values.get(name)


@lru_cache(maxsize=256)
def rulebook(policy: Policy, product: str, as_of: date) -> Rulebook:
    """Resolve a product's own and shared figures and rules on a day.

    Raises:
        NotFoundError: no such product; PolicyError: a figure has no value on that day.
    """
    found = policy.product(product)
    parameters = {**policy.parameters, **found.parameters}
    dated = {name: parameter.at(as_of) for name, parameter in parameters.items()}
    rules = tuple(_resolve(rule, parameters, dated) for rule in (*policy.rules, *found.rules))
    early = tuple(rule for rule in rules if rule.rule.field not in AFFORDABILITY_FIELDS)
    late = tuple(rule for rule in rules if rule.rule.field in AFFORDABILITY_FIELDS)
    return Rulebook(found, {name: value.value for name, value in dated.items()}, rules, early, late)


def on_sale(policy: Policy, as_of: date) -> dict[str, Rulebook]:
    """The products that have all their values on a day, by name; others start later."""
    return dict(_on_sale(policy, as_of))


@lru_cache(maxsize=64)
def _on_sale(policy: Policy, as_of: date) -> Mapping[str, Rulebook]:
    found: dict[str, Rulebook] = {}
    for name in sorted(policy.products):
        with suppress(PolicyError):
            found[name] = rulebook(policy, name, as_of)
    return found


def _resolve(rule: Rule, parameters: Mapping[str, Parameter], dated: Mapping[str, Dated]) -> DatedRule:
    if rule.parameter is None:
        return DatedRule(rule, None, "word", "")
    value = dated[rule.parameter]
    return DatedRule(rule, value.value, parameters[rule.parameter].unit, value.source, value.tiers)

"""What a policy's figures and rules must be among themselves, so that no decision can fail for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from lending.domain.instalments import MAX_TERM_MONTHS
from lending.domain.policy import Parameter, Product, Rule
from lending.domain.policy_leaves import refuse

_ONE = Decimal(1)
_POSITIVE = ("rate_tick", "amount_min", "amount_step", "term_months_step", "assets_spread_months")
_SHARES = ("lgd", "net_income_factor")
_WHOLE = ("term_months_min", "term_months_max", "term_months_step", "term_months_default", "moratorium_months",
          "quote_valid_days")  # fmt: skip
_RATES = ("reference_rate", "funding_spread", "operating_cost", "margin", "lgd", "rate_min", "rate_tick", "stress_add")
_AMOUNTS = ("amount_min", "amount_max", "amount_step", "cash_out_min")
_CENT_PLACES, _RATE_PLACES = -2, -8
_DUE = frozenset({"dti", "dti_stressed", "foir", "ltv_at_maturity"})
_NEEDS_THE_MODEL = _DUE | {"required_rate", "pd_12m"}


def check_figures(product: Product, parameters: Mapping[str, Parameter], path: str) -> None:
    """Every figure in its range on every day; minima below maxima.

    Args:
        product: whose figures they are.
        parameters: its own and the shared ones, by name.
        path: the product's file, for the message.

    Raises:
        PolicyError: naming file, key, what was found and what is expected.
    """
    for name in {
        *_POSITIVE,
        *_SHARES,
        *_WHOLE,
        *_RATES,
        "rate_max",
        "amount_max",
        "processing_fee",
    } & parameters.keys():
        if any(dated.tiers for dated in parameters[name].values):
            refuse(f"{path}: {name}", "tiers", "one value: only limits of rules may depend on the amount")
    for name, value, day in _every(parameters):
        expected = _expected(name, value)
        if expected:
            refuse(f"{path}: {name}", f"{value} on {day}", expected)
    _minima(parameters, path)
    if product.repayment == "bullet" and product.interest == "paid":
        refuse(f"{path}: interest", "paid", "simple or compound, as a bullet is repaid by one payment")
    wait, least = parameters.get("moratorium_months"), parameters.get("term_months_min")
    if wait is not None and least is not None:
        longest = max(dated.value for dated in wait.values)
        shortest = min(dated.value for dated in least.values)
        if longest >= shortest:
            refuse(f"{path}: moratorium_months", str(longest), f"less than the shortest term of {shortest} months")


def check_rules(rules: Sequence[Rule], path: str) -> None:
    """Every rule has a name of its own, and what is confidential is known before model and price have spoken.

    Raises:
        PolicyError: naming the rule.
    """
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            refuse(f"{path}: rule {rule.id}", "twice", "every id once among shared, market and product rules")
        seen.add(rule.id)
        if rule.operator == "at_least" and rule.field in _DUE:
            refuse(
                f"{path}: rule {rule.id}.operator",
                rule.operator,
                f"at_most on {rule.field}, as more is never asked for",
            )
        if rule.confidential and rule.field in _NEEDS_THE_MODEL:
            refuse(f"{path}: rule {rule.id}.confidential", "true", f"false on {rule.field}, which offers would tell")


def _every(parameters: Mapping[str, Parameter]) -> list[tuple[str, Decimal, str]]:
    return [
        (name, value, dated.since.isoformat())
        for name, parameter in parameters.items()
        for dated in parameter.values
        for value in (dated.value, *(tier.value for tier in dated.tiers))
    ]


def _expected(name: str, value: Decimal) -> str:
    """What a figure should be; empty where it is."""
    exponent = value.normalize().as_tuple().exponent
    faults = {
        "a number above zero": name in _POSITIVE and value <= 0,
        "a share from 0 to 1": name in _SHARES and not 0 <= value <= _ONE,
        "a share from 0 up to, not including, 1": name == "processing_fee" and not 0 <= value < _ONE,
        "a whole number": name in _WHOLE and value != value.to_integral_value(),
        f"1 to {MAX_TERM_MONTHS} months": name in ("term_months_min", "term_months_max")
        and not 1 <= value <= MAX_TERM_MONTHS,
        "at most two decimal places": name in _AMOUNTS and isinstance(exponent, int) and exponent < _CENT_PLACES,
        "at most eight decimal places": name in _RATES and isinstance(exponent, int) and exponent < _RATE_PLACES,
    }
    return next((expected for expected, wrong in faults.items() if wrong), "")


def _minima(parameters: Mapping[str, Parameter], path: str) -> None:
    """On every day on which anything changes, a `_min` is not above its `_max`."""
    for name, least in parameters.items():
        most = parameters.get(f"{name.removesuffix('_min')}_max") if name.endswith("_min") else None
        if most is None:
            continue
        start = max(least.values[0].since, most.values[0].since)
        for day in sorted({v.since for v in (*least.values, *most.values) if v.since >= start}):
            low, high = least.at(day).value, most.at(day).value
            if low > high:
                refuse(f"{path}: {name}", f"{low} above {most.name} {high} on {day}", "a minimum below its maximum")

"""Figures of the policy by the names that documents use: `car.rate_min`, `policy.foir_max`, `market.reference_rate`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from lending.domain.errors import PolicyError
from lending.domain.policy import Dated, Parameter, Policy
from rag.documents import Figures
from rag.ports import Writing


def figures_of(policy: Policy, writing: Writing) -> Figures:
    """The look-up of figures for one policy, in the market's way of writing.

    A name is `OWNER.PARAMETER`, with `policy` or `market` for what all products share, and may end in `.since` (the day
    from which the value holds) or `.description`.
    """

    def look_up(name: str, day: date) -> str:
        owner, parameter, *more = name.split(".")
        found = _parameter(policy, owner, parameter)
        if more == ["description"]:
            return found.description
        if more == ["since"]:
            return writing.day(found.at(day).since)
        if more:
            raise PolicyError(f"{name} is not known", field=name, expected="since or description at the end")
        return _words(found, found.at(day), writing)

    return look_up


def _parameter(policy: Policy, owner: str, name: str) -> Parameter:
    own = policy.products[owner].parameters if owner in policy.products else {}
    known = {**policy.parameters, **own} if own or owner in ("policy", "market") else {}
    if name not in known:
        raise PolicyError(f"{owner}.{name} is not known", field=f"{owner}.{name}", expected="a figure of the policy")
    return known[name]


def _words(parameter: Parameter, dated: Dated, writing: Writing) -> str:
    if not dated.tiers:
        return _value(dated.value, parameter.unit, writing)
    steps = [
        f"{_value(tier.value, parameter.unit, writing)} for loans up to {writing.round_money(tier.up_to)}"
        if tier.up_to is not None
        else f"{_value(tier.value, parameter.unit, writing)} above that"
        for tier in dated.tiers
    ]
    return ", ".join(steps)


def _value(value: Decimal, unit: str, writing: Writing) -> str:
    if unit == "fraction":
        return writing.share(value)
    if unit == "minutes":
        return f"{writing.number(value)} minutes"
    return writing.quantity(value, unit)

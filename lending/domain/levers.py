"""The levers of an application: what can be changed at once and what takes time, and what each costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from functools import cache, partial

from lending.domain.affordability import repayment_of
from lending.domain.application import Applicant, Application
from lending.domain.decision import Decision
from lending.domain.lever import Lever
from lending.domain.money import ZERO, Money, Rate
from lending.domain.people import people, refinanced_payoff
from lending.domain.policy import Rulebook
from lending.domain.repayment import Repayment, due, months_waiting

_STAGES = 8
_BURDEN = frozenset({"dti", "dti_stressed", "foir"})
_RISK = frozenset({"required_rate", "pd_12m"})
_PRICED = _RISK | _BURDEN
"""What a lower risk mends: the price, and through it the instalment."""
_SECURED = frozenset({"collateral_value", "ltv", "ltv_at_maturity"})
_MENDS = {
    "repay_debt": _PRICED,
    "smaller_amount": _PRICED | _SECURED | {"amount"},
    "larger_deposit": _PRICED | _SECURED | {"amount"},
    "larger_amount": frozenset({"amount", "cash_out"}),
    "longer_term": _BURDEN | {"term_months"},
    "shorter_term": _RISK | {"term_months", "age_at_maturity_years", "ltv_at_maturity"},
    "more_collateral": _PRICED | _SECURED,
    "more_gold": _PRICED | _SECURED,
    "reduce_utilisation": _PRICED,
    "on_time_months": _PRICED | {"employment_months", "counted_income"},
    "build_score": _PRICED | {"credit_score"},
    "extra_income": _PRICED | {"counted_income"},
}
"""Action to the fields of rules that it can bring nearer to their limits, whatever the product."""
_CHANGES = {
    "smaller_amount": "amount",
    "larger_deposit": "amount",
    "larger_amount": "amount",
    "longer_term": "term",
    "shorter_term": "term",
}
"""Actions that touch the same; every other one touches something of its own."""
_STRAINING = frozenset({"co_applicant", "longer_term", "shorter_term", "larger_amount"})
_Costs = Callable[[Decimal], Decimal]


def _free(_: Decimal) -> Decimal:
    return ZERO


def costed_at(decision: Decision, book: Rulebook) -> Rate:
    """The yearly rate at which a longer term is costed: the one priced, else the product's highest."""
    return Rate(book["rate_max"]) if decision.price is None else decision.price.priced_rate


def levers_now(application: Application, rate: Rate, partners: Sequence[Applicant], book: Rulebook) -> list[Lever]:
    """What can be changed at once.

    Args:
        application: what was refused.
        rate: yearly rate at which a longer term is costed.
        partners: people who agreed to sign with the applicant.
        book: the product on the day.
    """
    found = [
        _debt(application, book),
        smaller_amount(application, book),
        _larger(application, book),
        _longer(application, rate, book),
        _shorter(application, book),
        _security(application, book),
        _balance(application.applicant, book),
    ]
    signing = () if application.co_applicant else partners
    return [lever for lever in found if lever is not None] + [_partner(person, book) for person in signing]


def levers_later(application: Application, book: Rulebook) -> list[Lever]:
    """What takes time or luck: paying on time, a better score, more income."""
    person = application.applicant
    found = (_on_time(book), _score(person, book), _income(person, book))
    return [lever for lever in found if lever is not None]


def _debt(application: Application, book: Rulebook) -> Lever | None:
    """Debt is repaid down to what the new loan pays off anyway."""
    person, months = application.applicant, book["debt_payoff_months"]
    now, ending = person.monthly_obligations, application.request.refinances
    least = sum((loan.instalment for loan in person.loans if loan.loan_id in ending), ZERO)
    return None if now is None else _down("repay_debt", now, least, book, lambda v: (now - v) * months)


def smaller_amount(application: Application, book: Rulebook, least: Decimal = ZERO) -> Lever | None:
    """Less of the amount asked for, but a loan of the product and no less than `least`; None where there is none."""
    now = application.request.amount
    action = "larger_deposit" if book.product.collateral in ("property", "vehicle") else "smaller_amount"
    lever = _down(action, now, max(_least_amount(application, book), least), book, lambda v: now - v)
    tiered = {dated.rule.field for dated in book.rules if dated.tiers}
    return None if lever is None else replace(lever, mends=lever.mends | tiered)


def _larger(application: Application, book: Rulebook) -> Lever | None:
    now, step = application.request.amount, book["recourse_money_step"]
    least = _least_amount(application, book)
    return None if now >= least else _lever("larger_amount", now, _up_to_multiple(least, step), step, 1)


def _least_amount(application: Application, book: Rulebook) -> Decimal:
    """The smallest loan of the product that pays off what it refinances."""
    return max(book["amount_min"], refinanced_payoff(application) + book["cash_out_min"])


def _longer(application: Application, rate: Rate, book: Rulebook) -> Lever | None:
    now, least, most = application.request.term_months, int(book["term_months_min"]), int(book["term_months_max"])
    first = max(now + 1, least)
    if first > most:
        return None
    charged = min(rate, Rate(book["rate_max"]))
    interest = cache(partial(interest_in_all, repayment_of(book), application.request.amount, charged))
    probes = [term - first + 1 for term in page_terms(book) if term >= first]
    return _lever(
        "longer_term", Decimal(now), Decimal(first), Decimal(1), most - first + 1,
        lambda v: max(ZERO, interest(int(v)) - interest(max(now, least))), probes,
    )  # fmt: skip


def _shorter(application: Application, book: Rulebook) -> Lever | None:
    now, least = application.request.term_months, int(book["term_months_min"])
    first = min(now - 1, int(book["term_months_max"]))
    if first < least:
        return None
    probes = sorted(first - term + 1 for term in page_terms(book) if term <= first)
    lever = _lever("shorter_term", Decimal(now), Decimal(first), Decimal(-1), first - least + 1, probes=probes)
    if all(person.income_until is None for person in people(application)):
        return lever
    return replace(lever, mends=lever.mends | _BURDEN | {"counted_income"})


def page_terms(book: Rulebook) -> list[int]:
    """The terms that the page offers, rising."""
    least, most = int(book["term_months_min"]), int(book["term_months_max"])
    return sorted({*range(least, most + 1, int(book["term_months_step"])), most})


def interest_in_all(how: Repayment, amount: Money, rate: Rate, term_months: int) -> Decimal:
    """What is paid besides the principal at a rate; within cents of the schedule's, which rounds each month."""
    if how.kind == "bullet":
        return due(how, amount, rate, term_months) - amount
    wait = months_waiting(how, term_months)
    first = amount * rate / 12 * wait if how.interest == "paid" else ZERO
    return due(how, amount, rate, term_months) * (term_months - wait) + first - amount


def _security(application: Application, book: Rulebook) -> Lever | None:
    item, growth = application.request.collateral, 1 + book["recourse_collateral_growth_max"]
    if item is None or item.kind != book.product.collateral:
        return None
    grams, purity, worth = item.weight_g, item.purity_k, item.value
    if grams is not None and purity is not None:
        gram = purity / 24 * book["gold_price_per_gram"]
        return _up("more_gold", grams, grams * growth, book["recourse_gold_step"], lambda v: (v - grams) * gram)
    if item.kind == "gold" or worth is None:
        return None
    return _up("more_collateral", worth, worth * growth, book["recourse_money_step"], lambda v: v - worth)


def _balance(person: Applicant, book: Rulebook) -> Lever | None:
    """Paid down in stages, since no model promises a direction of risk for the balance."""
    now = person.revolving_balance
    if now is None or person.revolving_utilisation is None:
        return None
    lever = _down("reduce_utilisation", now, ZERO, book, lambda v: now - v)
    if lever is None:
        return None
    stages = {max(1, lever.top * n // _STAGES) for n in range(1, _STAGES + 1)}
    return replace(lever, probes=tuple(sorted(stages)))


def _partner(person: Applicant, book: Rulebook) -> Lever:
    anything = frozenset(dated.rule.field for dated in book.rules)
    return replace(_lever("co_applicant", None, Decimal(1), Decimal(1), 1), mends=anything, partner=person)


def _on_time(book: Rulebook) -> Lever:
    most = int(book["recourse_wait_months_max"])
    return _after(_lever("on_time_months", ZERO, Decimal(1), Decimal(1), most), int, book)


def _score(person: Applicant, book: Rulebook) -> Lever | None:
    now, pace = person.credit_score, book["recourse_score_points_a_month"]
    if now is None:
        return None

    def months(value: Decimal) -> int:
        return int(((value - now) / pace).to_integral_value(ROUND_CEILING))

    most = min(now + pace * book["recourse_wait_months_max"], book["recourse_score_max"])
    lever = _up("build_score", Decimal(now), most, book["recourse_score_step"])
    return None if lever is None else _after(lever, months, book)


def _income(person: Applicant, book: Rulebook) -> Lever | None:
    now = person.gross_monthly_income
    if not now:
        return None
    lever = _up("extra_income", now, now * (1 + book["recourse_income_growth_max"]), book["recourse_money_step"])
    return None if lever is None else _after(lever, lambda _: int(book["recourse_income_months"]), book)


def _after(lever: Lever, months: Callable[[Decimal], int], book: Rulebook) -> Lever:
    """The same lever as one that takes months and promises nothing."""
    return replace(lever, months=months, wait_cost=book["recourse_wait_month_cost"], ask_again=True)


def _down(action: str, now: Decimal, least: Decimal, book: Rulebook, costs: _Costs) -> Lever | None:
    """Down over the multiples of the money step, none below `least`."""
    step = book["recourse_money_step"]
    first = _up_to_multiple(now, step) - step
    return _lever(action, now, first, -step, int((first - least) // step) + 1, costs) if first >= least else None


def _up(action: str, now: Decimal, most: Decimal, step: Decimal, costs: _Costs = _free) -> Lever | None:
    """Up over the multiples of a step, none above `most`."""
    first = (now // step + 1) * step
    return _lever(action, now, first, step, int((most - first) // step) + 1, costs) if first <= most else None


def _up_to_multiple(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(ROUND_CEILING) * step


def _lever(
    action: str,
    before: Decimal | None,
    first: Decimal,
    step: Decimal,
    top: int,
    costs: _Costs = _free,
    probes: Sequence[int] = (),
) -> Lever:
    """A lever as its action knows it; without probes only its last level is looked at first."""
    mends, changes = _MENDS.get(action, frozenset[str]()), _CHANGES.get(action, action)
    strains = action in _STRAINING
    return Lever(action, changes, mends, before, first, step, top, tuple(probes) or (top,), costs, strains=strains)

"""The levers of an application: what can be changed at once and what takes time, and what each costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from functools import cache, partial

from lending.domain.affordability import repayment_of
from lending.domain.application import Applicant, Application
from lending.domain.lever import Lever
from lending.domain.money import ZERO, Money, Rate
from lending.domain.people import people, refinanced_payoff
from lending.domain.policy import Rulebook
from lending.domain.repayment import Repayment, due, months_waiting

_STAGES = 8
_RISK = frozenset({"required_rate", "pd_12m"})
_BURDEN = frozenset({"dti", "dti_stressed", "foir"})
_PRICED = _RISK | _BURDEN
"""What a lower risk mends: the price, and through it the instalment."""
_SECURED = frozenset({"collateral_value", "ltv", "ltv_at_maturity"})


def levers_now(application: Application, rate: Rate, partners: Sequence[Applicant], book: Rulebook) -> list[Lever]:
    """What can be changed at once.

    Args:
        application: what was refused.
        rate: yearly rate at which a longer term is costed.
        partners: people who agreed to sign with the applicant.
        book: the product on the day.
    """
    found = [
        _debt(application.applicant, book),
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


def _debt(person: Applicant, book: Rulebook) -> Lever | None:
    now, months = person.monthly_obligations, book["debt_payoff_months"]
    return None if now is None else _down("repay_debt", "debt", _PRICED, now, ZERO, book, lambda v: (now - v) * months)


def smaller_amount(application: Application, book: Rulebook, least: Decimal = ZERO) -> Lever | None:
    """Less of the amount asked for, but a loan of the product and no less than `least`; None where there is none."""
    now = application.request.amount
    action = "larger_deposit" if book.product.collateral in ("property", "vehicle") else "smaller_amount"
    mends = _PRICED | _SECURED | _tiered(book) | {"amount"}
    return _down(action, "amount", mends, now, max(_least_amount(application, book), least), book, lambda v: now - v)


def _larger(application: Application, book: Rulebook) -> Lever | None:
    now, step = application.request.amount, book["recourse_money_step"]
    least = _least_amount(application, book)
    if now >= least:
        return None
    mends = frozenset({"amount", "cash_out"})
    return Lever("larger_amount", "amount", mends, now, _up_to_multiple(least, step), step, 1, (1,), lambda _: ZERO)


def _tiered(book: Rulebook) -> frozenset[str]:
    """Fields whose limit depends on the amount."""
    return frozenset(dated.rule.field for dated in book.rules if dated.tiers)


def _least_amount(application: Application, book: Rulebook) -> Decimal:
    """The smallest loan of the product that pays off what it refinances."""
    return max(book["amount_min"], refinanced_payoff(application) + book["cash_out_min"])


def _longer(application: Application, rate: Rate, book: Rulebook) -> Lever | None:
    now, how, amount = application.request.term_months, repayment_of(book), application.request.amount
    least, most = int(book["term_months_min"]), int(book["term_months_max"])
    first = max(now + 1, least)
    if first > most:
        return None
    charged = min(rate, Rate(book["rate_max"]))
    interest = cache(partial(interest_in_all, how, amount, charged))
    base = interest(max(now, least))
    probes = [t - first + 1 for t in page_terms(book) if t >= first]
    return Lever(
        "longer_term", "term", _BURDEN | {"term_months"}, Decimal(now), Decimal(first), Decimal(1), most - first + 1, tuple(probes),
        lambda v: max(ZERO, interest(int(v)) - base),
    )  # fmt: skip


def _shorter(application: Application, book: Rulebook) -> Lever | None:
    now, least = application.request.term_months, int(book["term_months_min"])
    first = min(now - 1, int(book["term_months_max"]))
    if first < least:
        return None
    probes = sorted(first - t + 1 for t in page_terms(book) if t <= first)
    mends = _RISK | {"term_months", "age_at_maturity_years", "ltv_at_maturity"}
    if any(person.income_until is not None for person in people(application)):
        mends |= _BURDEN | {"counted_income"}
    return Lever("shorter_term", "term", mends, Decimal(now), Decimal(first), Decimal(-1), first - least + 1,
                 tuple(probes), lambda _: ZERO)  # fmt: skip


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
    weight, purity, worth = item.weight_g, item.purity_k, item.value
    if item.kind == "gold" and weight is not None and purity is not None:
        gram = purity / 24 * book["gold_price_per_gram"]
        return _up("more_gold", "collateral", _SECURED | _PRICED, weight, weight * growth, book["recourse_gold_step"],
                   lambda v: (v - weight) * gram)  # fmt: skip
    if item.kind == "gold" or worth is None:
        return None
    return _up("more_collateral", "collateral", _SECURED | _PRICED, worth, worth * growth, book["recourse_money_step"],
               lambda v: v - worth)  # fmt: skip


def _balance(person: Applicant, book: Rulebook) -> Lever | None:
    """Paid down in stages, since no model promises a direction of risk for the balance."""
    now, used = person.revolving_balance, person.revolving_utilisation
    if now is None or used is None:
        return None
    lever = _down("reduce_utilisation", "balance", _PRICED, now, ZERO, book, lambda v: now - v)
    if lever is None:
        return None
    stages = {max(1, lever.top * n // _STAGES) for n in range(1, _STAGES + 1)}
    return replace(lever, probes=tuple(sorted(stages)))


def _partner(person: Applicant, book: Rulebook) -> Lever:
    mends = frozenset(dated.rule.field for dated in book.rules)
    return Lever(
        "co_applicant", "co_applicant", mends, None, Decimal(1), Decimal(1), 1, (1,), lambda _: ZERO, partner=person
    )


def _on_time(book: Rulebook) -> Lever:
    most = int(book["recourse_wait_months_max"])
    mends = _PRICED | {"employment_months", "counted_income"}
    lever = Lever("on_time_months", "history", mends, Decimal(0), Decimal(1), Decimal(1), most, (most,), lambda _: ZERO)
    return _after(lever, int, book)


def _score(person: Applicant, book: Rulebook) -> Lever | None:
    now, pace = person.credit_score, book["recourse_score_points_a_month"]
    if now is None:
        return None
    most = min(now + pace * book["recourse_wait_months_max"], book["recourse_score_max"])
    lever = _up(
        "build_score",
        "score",
        _PRICED | {"credit_score"},
        Decimal(now),
        most,
        book["recourse_score_step"],
        lambda _: ZERO,
    )

    def months(value: Decimal) -> int:
        return int(((value - now) / pace).to_integral_value(ROUND_CEILING))

    return None if lever is None else _after(lever, months, book)


def _income(person: Applicant, book: Rulebook) -> Lever | None:
    now = person.gross_monthly_income
    if not now:
        return None
    most = now * (1 + book["recourse_income_growth_max"])
    lever = _up(
        "extra_income", "income", _PRICED | {"counted_income"}, now, most, book["recourse_money_step"], lambda _: ZERO
    )
    return None if lever is None else _after(lever, lambda _: int(book["recourse_income_months"]), book)


def _after(lever: Lever, months: Callable[[Decimal], int], book: Rulebook) -> Lever:
    """The same lever as one that takes months and promises nothing."""
    return replace(lever, months=months, wait_cost=book["recourse_wait_month_cost"], ask_again=True)


def _down(
    action: str,
    changes: str,
    mends: frozenset[str],
    now: Decimal,
    least: Decimal,
    book: Rulebook,
    costs: Callable[[Decimal], Decimal],
) -> Lever | None:
    """Down over the multiples of the money step, none below `least`."""
    step = book["recourse_money_step"]
    first = _up_to_multiple(now, step) - step
    top = int((first - least) // step) + 1
    return Lever(action, changes, mends, now, first, -step, top, (top,), costs) if first >= least else None


def _up(
    action: str,
    changes: str,
    mends: frozenset[str],
    now: Decimal,
    most: Decimal,
    step: Decimal,
    costs: Callable[[Decimal], Decimal],
) -> Lever | None:
    """Up over the multiples of a step, none above `most`."""
    first = (now // step + 1) * step
    top = int((most - first) // step) + 1
    return Lever(action, changes, mends, now, first, step, top, (top,), costs) if first <= most else None


def _up_to_multiple(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(ROUND_CEILING) * step

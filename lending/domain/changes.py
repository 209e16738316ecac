"""One action taken on an application, and nothing else of it changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from lending.domain.application import Applicant, Application
from lending.domain.money import CENT, money_text, plain, to_cents

Setting = Decimal | Applicant | None
"""What a lever stands at: an amount, months, grams, points, or the person who signs with the applicant."""

_UTILISATION_PLACES = Decimal("0.0001")
_MONEY_ACTIONS = frozenset(
    {"repay_debt", "smaller_amount", "larger_deposit", "larger_amount", "more_collateral", "reduce_utilisation",
     "extra_income"}
)  # fmt: skip
_OTHER_UNITS = {
    **dict.fromkeys(("longer_term", "shorter_term", "on_time_months"), "months"),
    "build_score": "points",
    "more_gold": "grams",
}


def put(application: Application, action: str, setting: Setting) -> Application:
    """The application with one action taken as far as stated; nothing else of it changes."""
    if isinstance(setting, Applicant):
        return replace(application, co_applicant=setting)
    if setting is None:
        return application
    return _PUT[action](application, setting)


def shown(action: str, setting: Setting) -> str | int | None:
    """As JSON says it: money with two places, months and points as integers, people by their id."""
    if setting is None or isinstance(setting, Applicant):
        return None if setting is None else setting.customer_id
    if action in _MONEY_ACTIONS:
        return money_text(setting)
    return plain(setting) if action == "more_gold" else int(setting)


def unit_of(action: str) -> str:
    """The unit of what an action changes: currency, months, points, grams; "" for a person."""
    return "currency" if action in _MONEY_ACTIONS else _OTHER_UNITS.get(action, "")


def _with_facts(application: Application, **facts: object) -> Application:
    return replace(application, applicant=replace(application.applicant, **facts))


def _with_request(application: Application, **request: object) -> Application:
    return replace(application, request=replace(application.request, **request))


def _put_amount(application: Application, amount: Decimal) -> Application:
    return _with_request(application, amount=to_cents(amount))


def _put_term(application: Application, months: Decimal) -> Application:
    return _with_request(application, term_months=int(months))


def _put_collateral(application: Application, value: Decimal, field: str) -> Application:
    item = application.request.collateral
    return application if item is None else _with_request(application, collateral=replace(item, **{field: value}))


def _put_balance(application: Application, balance: Decimal) -> Application:
    """Utilisation falls with the balance, the credit lines staying what they are; rounded up, so never flattered."""
    old, used = application.applicant.revolving_balance, application.applicant.revolving_utilisation
    if not old or used is None:
        return application
    left = (used * balance / old).quantize(_UTILISATION_PLACES, ROUND_CEILING)
    return _with_facts(application, revolving_balance=balance, revolving_utilisation=min(left, used))


def _put_income(application: Application, gross: Decimal) -> Application:
    """Net income rises in proportion, rounded down."""
    old, net = application.applicant.gross_monthly_income, application.applicant.net_monthly_income
    if not old or net is None:
        return _with_facts(application, gross_monthly_income=gross)
    more = (net * gross / old).quantize(CENT, ROUND_FLOOR)
    return _with_facts(application, gross_monthly_income=gross, net_monthly_income=more)


def _put_months(application: Application, months: Decimal) -> Application:
    """What grows by itself while payments are made on time; the score stays, since nobody can promise it."""
    names = ("months_since_delinquency", "oldest_account_months", "employment_months")
    known = {name: getattr(application.applicant, name) for name in names}
    return _with_facts(application, **{n: v + int(months) for n, v in known.items() if v is not None})


_PUT: Mapping[str, Callable[[Application, Decimal], Application]] = {
    "repay_debt": lambda a, v: _with_facts(a, monthly_obligations=v),
    "smaller_amount": _put_amount,
    "larger_deposit": _put_amount,
    "larger_amount": _put_amount,
    "longer_term": _put_term,
    "shorter_term": _put_term,
    "more_collateral": lambda a, v: _put_collateral(a, v, "value"),
    "more_gold": lambda a, v: _put_collateral(a, v, "weight_g"),
    "reduce_utilisation": _put_balance,
    "on_time_months": _put_months,
    "build_score": lambda a, v: _with_facts(a, credit_score=int(v)),
    "extra_income": _put_income,
}

"""The income that counts: by kind of employment, how long it has lasted, and until when it is expected to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from lending.domain.application import Applicant, Application
from lending.domain.money import Money, to_cents
from lending.domain.people import months_between, people, total
from lending.domain.policy import Rulebook

_ALL, _NOTHING = Decimal(1), Decimal(0)


def counted_income(application: Application, book: Rulebook, as_of: date) -> Money | None:
    """Gross monthly income that counts of everybody who signs; None when no income is known."""
    return _sum([_counted(p, p.gross_monthly_income, application, book, as_of) for p in people(application)])


def counted_net_income(application: Application, book: Rulebook, as_of: date) -> Money | None:
    """The same of net income: the bank's record, else gross times the policy's factor."""
    return _sum([_counted(p, _net(p, book), application, book, as_of) for p in people(application)])


def _sum(amounts: Iterable[Decimal | None]) -> Money | None:
    found = total(amounts)
    return None if found is None else Money(found)


def _counted(
    person: Applicant, income: Decimal | None, application: Application, book: Rulebook, as_of: date
) -> Decimal | None:
    """Income times its share, for the months of the term that it lasts, plus what assets stand for."""
    if income is None:
        return None
    earned = income * income_share(person, book) * _lasting(person, application.request.term_months, as_of)
    return to_cents(earned + _from_assets(person, book))


def income_share(person: Applicant, book: Rulebook) -> Decimal:
    """The share of a kind of income that counts, 0 to 1; less while the work is new, or nobody knows since when.

    Policy: `income_share_<kind>`; `income_share_<kind>_new` below `income_settled_months_<kind>`; kinds without an own
    figure count as `other`.
    """
    kind = _kind(person.employment_status, book)
    if kind.settled is not None and (person.employment_months is None or person.employment_months < kind.settled):
        return book[f"income_share_{kind.name}_new"]
    return kind.share


class _Kind(NamedTuple):
    """What a policy says of a kind of employment, under the name at which its figures stand."""

    name: str
    share: Decimal
    settled: Decimal | None
    from_assets: Decimal | None


@lru_cache(maxsize=1024)
def _kind(status: str, book: Rulebook) -> _Kind:
    name = status if book.get(f"income_share_{status}") is not None else "other"
    settled, assets = book.get(f"income_settled_months_{name}"), book.get(f"assets_share_{status}")
    return _Kind(name, book[f"income_share_{name}"], settled, assets)


def _lasting(person: Applicant, term_months: int, as_of: date) -> Decimal:
    """The part of the term for which the income is expected to last."""
    if person.income_until is None or term_months <= 0:
        return _ALL
    months = max(0, months_between(as_of, person.income_until))
    return min(_ALL, Decimal(months) / term_months)


def _from_assets(person: Applicant, book: Rulebook) -> Decimal:
    """What savings stand for in a month, for the kinds of people whose savings count."""
    part = _kind(person.employment_status, book).from_assets
    if part is None or person.liquid_assets is None:
        return _NOTHING
    return person.liquid_assets * part / book["assets_spread_months"]


def _net(person: Applicant, book: Rulebook) -> Decimal | None:
    gross, net = person.gross_monthly_income, person.net_monthly_income
    return gross * book["net_income_factor"] if net is None and gross is not None else net

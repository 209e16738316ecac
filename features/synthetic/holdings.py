"""What the demo bank's customers hold besides: loans at this bank, savings, documents that expire, income that ends.

Drawn from a stream of its own, so that the people and the book of past loans stay as they were.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from features.synthetic.recipe import BOOK_END
from lending.domain.application import Applicant, Expiry, Loan
from lending.ports import CustomerRow

LOAN_SHARE, SHARED_LOAN_SHARE, EXPIRED_SHARE, FIXED_TERM_SHARE = 0.25, 0.3, 0.015, 0.03
_STREAM = 2


@dataclass(frozen=True, slots=True)
class Fixed:
    """What a persona holds, fixed."""

    loans: tuple[Loan, ...] = ()
    liquid_assets: Decimal = Decimal(0)


_TOGETHER = Loan("H00006-1", Decimal("260.00"), Decimal("5980.00"))
PERSONA_HOLDINGS = {
    "C00001": Fixed((Loan("C00001-1", Decimal("310.00"), Decimal("4340.00")),), Decimal(9000)),
    "C00005": Fixed((Loan("C00005-1", Decimal("420.00"), Decimal("9660.00")),), Decimal(15000)),
    "C00006": Fixed((_TOGETHER,), Decimal(4000)),
    "C00007": Fixed((_TOGETHER,), Decimal(2500)),
    "C00009": Fixed((), Decimal(60000)),
}
"""Personas by id; those that are not named hold nothing."""


def with_holdings(rows: list[CustomerRow], personas: frozenset[str], seed: int) -> list[CustomerRow]:
    """The same customers with what they hold; a couple may have signed one loan together.

    Args:
        rows: customers of the bank.
        personas: ids whose holdings are fixed.
        seed: the bank's.
    """
    rng = np.random.default_rng([seed, _STREAM])
    people = {row.applicant.customer_id: row.applicant for row in rows}
    held = {i: _drawn(rng, person, i in personas) for i, person in people.items()}
    for row in rows:
        _share(rng, row, held, personas)
    return [replace(row, applicant=held[row.applicant.customer_id]) for row in rows]


def _drawn(rng: np.random.Generator, person: Applicant, is_persona: bool) -> Applicant:
    draw, share, months = rng.random(4), rng.uniform(0.2, 0.6), int(rng.integers(4, 40))
    savings = Decimal(round(float(np.exp(rng.normal(8.3, 1.1))), 2)).quantize(Decimal("0.01"))
    valid = BOOK_END + timedelta(days=int(rng.integers(60, 3000)))
    if is_persona:
        fixed = PERSONA_HOLDINGS.get(person.customer_id, Fixed())
        return replace(person, loans=fixed.loans, liquid_assets=fixed.liquid_assets)
    owed = person.monthly_obligations or Decimal(0)
    loans: tuple[Loan, ...] = ()
    if draw[0] < LOAN_SHARE and owed > 50:
        instalment = (owed * Decimal(f"{share:.2f}")).quantize(Decimal("0.01"))
        loans = (Loan(f"{person.customer_id}-1", instalment, instalment * months),)
    expired = draw[1] < EXPIRED_SHARE
    expiry = Expiry("identity", date(2026, 3, 31) if expired else valid)
    ends = person.employment_status == "salaried" and draw[2] < FIXED_TERM_SHARE
    until = BOOK_END + timedelta(days=300 + 30 * months) if ends else None
    return replace(person, loans=loans, liquid_assets=savings, expiries=(expiry,), income_until=until)


def _share(rng: np.random.Generator, row: CustomerRow, held: dict[str, Applicant], personas: frozenset[str]) -> None:
    """Sometimes a person's loan is also the partner's."""
    first = held[row.applicant.customer_id]
    for other in row.co_applicants:
        second, joint = held[other], rng.random() < SHARED_LOAN_SHARE
        free = not {first.customer_id, other} & personas and first.customer_id < other
        if joint and free and first.loans and (second.monthly_obligations or 0) >= first.loans[0].instalment:
            held[other] = replace(second, loans=first.loans)

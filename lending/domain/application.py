"""What is asked, and what the bank knows about who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from lending.domain.money import Money


class Outcome(StrEnum):
    """What the bank answers. REFER: a person decides."""

    APPROVE = "approve"
    REFER = "refer"
    DECLINE = "decline"


class Employment(StrEnum):
    """Kinds of employment that rules tell apart."""

    SALARIED = "salaried"
    SELF_EMPLOYED = "self_employed"
    GIG = "gig"
    STUDENT = "student"
    RETIRED = "retired"
    UNEMPLOYED = "unemployed"


@dataclass(frozen=True, slots=True)
class Applicant:
    """The bank's record of a person on a day; None where the bank does not know.

    Money is in the market's currency and a month; `revolving_utilisation` is a fraction (may exceed 1);
    counts and months are whole numbers. `months_since_delinquency` is None when there never was one.
    """

    customer_id: str
    birth_date: date
    employment_status: str
    employment_months: int | None = None
    gross_monthly_income: Decimal | None = None
    net_monthly_income: Decimal | None = None
    monthly_obligations: Decimal | None = None
    credit_score: int | None = None
    home_ownership: str | None = None
    oldest_account_months: int | None = None
    open_accounts: int | None = None
    revolving_balance: Decimal | None = None
    revolving_utilisation: Decimal | None = None
    inquiries_6m: int | None = None
    delinquencies_24m: int | None = None
    public_records: int | None = None
    months_since_delinquency: int | None = None
    flags: tuple[str, ...] = ()
    """`sanctions`, `fraud`: known to authorised staff only."""
    documents: tuple[str, ...] = ()
    """Kinds of valid documents on file, such as `identity`, `income`, `admission`."""


@dataclass(frozen=True, slots=True)
class Collateral:
    """What secures the loan: gold by weight (grams) and purity (karats), otherwise a stated value."""

    kind: str
    value: Money | None = None
    weight_g: Decimal | None = None
    purity_k: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LoanRequest:
    """What the customer asks for; everything else comes from the bank's records."""

    product: str
    amount: Money
    term_months: int
    collateral: Collateral | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """A request with the facts about everybody who signs it."""

    applicant: Applicant
    request: LoanRequest
    co_applicant: Applicant | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a model says about an application, already rounded (pd to 1e-6, contributions to 1e-4).

    `contributions` are in log-odds of default, one per feature: positive raises risk; `features` are the values the
    model saw, as text, None where missing.
    """

    model_version: str
    model_sha256: str
    calibration: str
    pd: Decimal
    horizon_months: int
    feature_set: str
    features: tuple[tuple[str, str | None], ...]
    contributions: tuple[tuple[str, Decimal], ...]

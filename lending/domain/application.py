"""What is asked, and what the bank knows about who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from lending.domain.money import Money

Person = Literal["applicant", "co_applicant"]


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
class Loan:
    """A loan that a person has at this bank: what it costs a month, and what would pay it off today.

    Two people who signed it together have the same `loan_id` on record; its instalment is part of the
    `monthly_obligations` of each.
    """

    loan_id: str
    instalment: Decimal
    payoff: Decimal


@dataclass(frozen=True, slots=True)
class Expiry:
    """The last day on which a kind of document on file is valid."""

    document: str
    valid_until: date


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
    """Kinds of documents on file, such as `identity`, `income`, `admission`."""
    expiries: tuple[Expiry, ...] = ()
    """Documents that stop being valid; the others do not."""
    income_until: date | None = None
    """Day on which the income is expected to end, such as that of a fixed-term contract; None: no such day."""
    liquid_assets: Decimal | None = None
    """Savings and securities that could be turned into money within days."""
    loans: tuple[Loan, ...] = ()


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
    refinances: tuple[str, ...] = ()
    """Loans at this bank (`Loan.loan_id`) that the new one pays off."""


@dataclass(frozen=True, slots=True)
class Application:
    """A request with the facts about everybody who signs it."""

    applicant: Applicant
    request: LoanRequest
    co_applicant: Applicant | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """From `low` to `high`, both included."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Learned:
    """Which requests the loans that made a model speak of; None where the model does not look or does not say.

    `products` are those that its purposes name; amounts are in the market's currency.
    """

    amount: Span | None = None
    term_months: Span | None = None
    products: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a model says about an application, already rounded (pd to 1e-6, contributions to 1e-4).

    `contributions` are in log-odds of default, one per feature: positive raises risk; `features` are the values the
    model saw, as text, None where missing. When two people are assessed this is the word about the one with the higher
    PD, which counts, and `other` the word about the other one.
    """

    model_version: str
    model_sha256: str
    calibration: str
    pd: Decimal
    horizon_months: int
    feature_set: str
    features: tuple[tuple[str, str | None], ...]
    contributions: tuple[tuple[str, Decimal], ...]
    person: Person = "applicant"
    other: Assessment | None = None
    learned: Learned | None = None
    """What the model may be asked about; None for a model that does not say."""

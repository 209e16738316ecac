"""Valid objects that a test varies in one thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from lending.adapters.policy_files import parse_policy, read_texts
from lending.domain.application import Applicant, Application, Assessment, Collateral, LoanRequest
from lending.domain.money import money
from lending.domain.policy import Policy
from lending.ports import CustomerRow
from lending.settings import ROOT

AS_OF = date(2026, 11, 2)


@lru_cache
def the_policy() -> Policy:
    """The policy of the repository for market us."""
    return parse_policy(read_texts(ROOT / "kb", "us"), "us")


def an_applicant(**changes: Any) -> Applicant:
    """A salaried person with good credit to whom every product is open."""
    person = Applicant(
        customer_id="C00001",
        birth_date=date(1990, 5, 17),
        employment_status="salaried",
        employment_months=60,
        gross_monthly_income=Decimal("6500"),
        monthly_obligations=Decimal("400"),
        credit_score=760,
        home_ownership="rent",
        oldest_account_months=140,
        open_accounts=6,
        revolving_balance=Decimal("1500"),
        revolving_utilisation=Decimal("0.2"),
        inquiries_6m=0,
        delinquencies_24m=0,
        public_records=0,
        documents=("identity", "income"),
    )
    return replace(person, **changes)


def a_request(**changes: Any) -> LoanRequest:
    """A car loan of 15,000 over four years."""
    return replace(LoanRequest("car", money("15000"), 48), **changes)


def gold(weight_g: str, purity_k: str = "22") -> Collateral:
    return Collateral("gold", None, Decimal(weight_g), Decimal(purity_k))


def an_application(
    request: LoanRequest | None = None, co_applicant: Applicant | None = None, **facts: Any
) -> Application:
    return Application(an_applicant(**facts), request or a_request(), co_applicant)


def an_assessment(pd: str = "0.020000", **changes: Any) -> Assessment:
    """A model's word of a 2 % default probability within a year."""
    word = Assessment(
        model_version="candor-pd-test/1",
        model_sha256="0" * 64,
        calibration="step:0",
        pd=Decimal(pd),
        horizon_months=12,
        feature_set="test",
        features=(("credit_score", "760"), ("revolving_utilisation", "0.2")),
        contributions=(("credit_score", Decimal("-0.5000")), ("revolving_utilisation", Decimal("0.1000"))),
    )
    return replace(word, **changes)


def a_customer(customer_id: str = "C00001", co_applicants: tuple[str, ...] = (), **facts: Any) -> CustomerRow:
    person = an_applicant(customer_id=customer_id, **facts)
    return CustomerRow(person, f"Demo persona {customer_id}", {"sex": "female"}, None, co_applicants)

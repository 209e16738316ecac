"""Applicants, requests and rules of every sort, and the decision about them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from lending.domain.application import (
    Applicant,
    Application,
    Assessment,
    Collateral,
    Expiry,
    Loan,
    LoanRequest,
    Outcome,
)
from lending.domain.decision import Decision, decide, joint
from lending.domain.money import Money, money
from lending.domain.people import assessed
from lending.domain.policy import MODEL_DRIVEN, Dated, Operator, Parameter, Policy, Rule, Tier, rulebook
from lending.domain.reasons import CO_APPLICANT_RECORD
from tests.builders import AS_OF, an_applicant, an_assessment, the_policy


def a_person(draw: random.Random, customer_id: str) -> Applicant:
    """Somebody of any sort, with gaps."""
    kind = draw.choice(("salaried", "salaried", "self_employed", "gig", "student", "retired", "unemployed"))
    facts: dict[str, Any] = {
        "employment_status": kind,
        "employment_months": draw.choice((None, 1, 8, 20, 90)),
        "gross_monthly_income": draw.choice(
            (None, Decimal(0), *(Decimal(draw.randint(800, 20_000)) for _ in range(8)))
        ),
        "net_monthly_income": draw.choice((None, Decimal(draw.randint(600, 9_000)))),
        "monthly_obligations": draw.choice((None, *(Decimal(draw.randint(0, 400_000)).scaleb(-2) for _ in range(6)))),
        "credit_score": draw.choice((None, *(draw.randint(560, 850) for _ in range(5)))),
        "birth_date": date(draw.randint(1940, 2009), draw.randint(1, 12), draw.randint(1, 28)),
        "flags": draw.choice(((), (), (), (), ("fraud",))),
        "documents": draw.choice((("identity", "income"), ("identity", "admission"))),
        "expiries": draw.choice(((), (), (Expiry("identity", date(2026, 6, 1)),))),
        "income_until": draw.choice((None, None, None, date(2029, 3, 4))),
        "liquid_assets": draw.choice((None, Decimal(draw.randint(0, 90_000)))),
        "loans": draw.choice(((), (Loan("L1", Decimal("210.50"), Decimal("4300.10")),))),
    }
    return an_applicant(customer_id=customer_id, **facts)


def an_ask(draw: random.Random, product: str) -> LoanRequest:
    security = {
        "gold": Collateral("gold", None, Decimal(draw.randint(5, 900)), Decimal(22)),
        "home": Collateral("property", money(draw.randint(40_000, 900_000))),
        "car": draw.choice((None, Collateral("vehicle", money(draw.randint(4_000, 90_000))))),
    }.get(product.removesuffix("_bullet"))
    security = draw.choice((None, security, security, security))
    return LoanRequest(product, money(5000), 60, security, draw.choice(((), (), ("L1",))))


def the_word(application: Application, pd_micro: int, horizon: int, policy: Policy) -> Assessment:
    book = rulebook(policy, application.request.product, AS_OF)
    word = an_assessment(str(Decimal(pd_micro).scaleb(-6)), horizon_months=horizon, contributions=())
    return joint(dict.fromkeys(assessed(application, book), word), book.product.assess)


def decided(
    application: Application, cents: int, term: int, pd_micro: int, horizon: int, policy: Policy | None = None
) -> Decision:
    policy = policy or the_policy()
    request = replace(application.request, amount=Money(Decimal(cents).scaleb(-2)), term_months=term)
    one = replace(application, request=request)
    return decide(one, the_word(one, pd_micro, horizon, policy), policy, AS_OF)


def the_code(decision: Decision) -> str | None:
    """The reason that counts first, as the applicant may read it: of failed rules, those the model drives last."""
    failed = [f for f in decision.findings if not f.passed]
    if any(f.confidential for f in failed):
        return "person_needed"
    counted = sorted((f for f in failed if f.outcome is decision.outcome), key=lambda f: f.field in MODEL_DRIVEN)
    if not counted:
        return None
    if counted[0].person == "co_applicant":
        return CO_APPLICANT_RECORD
    return counted[0].reason if counted[0].reason in the_policy().wording.reasons else "missing_information"


LIMITS = {
    "age_years": ("30", "45"), "age_at_maturity_years": ("40", "60"), "flag_count": ("0", "1"),
    "credit_score": ("640", "720"), "counted_income": ("4000", "9000.005"), "employment_months": ("6", "24"),
    "amount": ("12000", "25000.5"), "cash_out": ("3000", "20000"), "term_months": ("24", "60"),
    "collateral_value": ("20000", "50000"), "ltv": ("0.5", "0.7000005"), "ltv_at_maturity": ("0.4", "0.9"),
    "dti": ("0.2", "0.3333335"), "dti_stressed": ("0.25", "0.4"), "foir": ("0.3", "0.5"),
    "required_rate": ("0.08", "0.095"), "pd_12m": ("0.02", "0.123456789"),
}  # fmt: skip
"""Two limits that some people meet and others do not, by what a rule may look at."""


def with_a_rule(
    policy: Policy, product: str, field: str, operator: Operator, *, tiered: bool, hidden: bool, fail: Outcome
) -> Policy:
    """A policy with one more rule of the product, the first of its own."""
    limits = [Decimal(limit) for limit in LIMITS[field]]
    tiers = (Tier(Decimal("9000.01"), limits[0]), Tier(Decimal(40_000), limits[1]), Tier(None, limits[0]))
    value = Dated(date(2020, 1, 1), limits[0], "the test", tiers if tiered else ())
    words = ("x",) if operator == "none_of" else ()
    rule = Rule("extra", field, operator, None if words or operator == "present" else "extra_limit", words, fail,
                "price_above_band", confidential=hidden)  # fmt: skip
    found = policy.products[product]
    more = replace(
        found,
        rules=(rule, *found.rules),
        parameters={**found.parameters, "extra_limit": Parameter("extra_limit", "", "count", (value,))},
    )
    name = f"{policy.market} {product} {rule} {value}"
    return replace(policy, products={**policy.products, product: more}, sha256=name, version=name)

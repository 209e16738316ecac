"""The decision: approve, refer or decline, with everything needed to replay it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from lending.domain.affordability import Affordability, afford
from lending.domain.application import Application, Assessment, Outcome
from lending.domain.apr import level_apr
from lending.domain.eligibility import AFFORDABILITY_FIELDS, Finding, check, check_eligibility, fields
from lending.domain.money import ZERO, Money, Rate, to_cents
from lending.domain.policy import Policy, Rulebook, Value, rulebook
from lending.domain.pricing import Price, pd_12m, price_loan
from lending.domain.reasons import Reason, no_model_reason, reasons_for
from lending.domain.schedule import Fee, amount_financed, payments


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """What the loan would be. `total_cost` is interest plus fees: what the customer pays besides the principal."""

    amount: Money
    term_months: int
    annual_rate: Rate
    instalment: Money
    last_instalment: Money
    apr: Decimal
    apr_method: str
    fees: tuple[Fee, ...]
    total_interest: Money
    total_cost: Money
    valid_until: date


@dataclass(frozen=True, slots=True)
class Decision:
    """The bank's answer; `price`, `affordability` and `terms` are None where they were not reached."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    price: Price | None
    affordability: Affordability | None
    terms: LoanTerms | None
    reasons: tuple[Reason, ...]
    conditions: tuple[str, ...]


def decide(application: Application, assessment: Assessment | None, policy: Policy, as_of: date) -> Decision:
    """Rules first, model second, price third; the same arguments always give the same decision.

    Args:
        application: request and facts about everybody who signs.
        assessment: what the model says; None while no model decides, which refers.
        policy: all dated rules, prices and words.
        as_of: whose day's values apply.

    Raises:
        NotFoundError: the product is not in the catalogue; PolicyError: no value in force on that day.
    """
    book = rulebook(policy, application.request.product, as_of)
    findings = check_eligibility(application, book, as_of)
    conditions = _conditions(application)
    if assessment is None:
        reasons = no_model_reason(policy.wording)
        if any(f.confidential and not f.passed for f in findings):
            reasons = reasons_for(Outcome.REFER, findings, (), policy.wording)
        return Decision(Outcome.REFER, tuple(findings), None, None, None, reasons, conditions)
    price = price_loan(assessment, book)
    burden = _affordability(application, price, book)
    findings += _later_findings(application, assessment, price, burden, book, as_of)
    outcome = _outcome(findings)
    reasons = reasons_for(outcome, findings, assessment.contributions, policy.wording)
    terms = None if outcome is Outcome.DECLINE else _terms(application, price, policy, book, as_of)
    return Decision(outcome, tuple(findings), price, burden, terms, reasons, conditions)


def _affordability(application: Application, price: Price, book: Rulebook) -> Affordability | None:
    """None for a term or amount that no loan can have; a rule already says so."""
    request = application.request
    if not (0 < request.term_months <= book["term_months_max"] and request.amount > 0):
        return None
    return afford(application, price.priced_rate, book)


def _later_findings(
    application: Application,
    assessment: Assessment,
    price: Price,
    burden: Affordability | None,
    book: Rulebook,
    as_of: date,
) -> list[Finding]:
    values: dict[str, Value] = {
        **fields(application, book, as_of),
        "pd_12m": pd_12m(assessment.pd, assessment.horizon_months),
        "required_rate": price.priced_rate,
    }
    if burden is not None:
        values |= {"dti": burden.dti, "dti_stressed": burden.dti_stressed, "foir": burden.foir}
    reached = [r for r in book.rules if r.rule.field in AFFORDABILITY_FIELDS and r.rule.field in values]
    return check(reached, values)


def _outcome(findings: Sequence[Finding]) -> Outcome:
    """Screening always refers; then a broken rule declines; then an open question refers."""
    failed = [f for f in findings if not f.passed]
    if any(f.confidential for f in failed):
        return Outcome.REFER
    if any(f.outcome is Outcome.DECLINE for f in failed):
        return Outcome.DECLINE
    return Outcome.REFER if failed else Outcome.APPROVE


def _terms(application: Application, price: Price, policy: Policy, book: Rulebook, as_of: date) -> LoanTerms | None:
    """The terms at the price; None where there is no price within the band or the request is out of bounds."""
    request, annual_rate = application.request, price.annual_rate
    if annual_rate is None or not book["term_months_min"] <= request.term_months <= book["term_months_max"]:
        return None
    if not book["amount_min"] <= request.amount <= book["amount_max"]:
        return None
    paid = payments(request.amount, annual_rate, request.term_months)
    fees = _fees(request.amount, book)
    interest = Money(sum(paid, ZERO) - request.amount)
    return LoanTerms(
        amount=request.amount,
        term_months=request.term_months,
        annual_rate=annual_rate,
        instalment=paid[0],
        last_instalment=paid[-1],
        apr=level_apr(amount_financed(request.amount, fees), paid),
        apr_method=policy.apr_method,
        fees=fees,
        total_interest=interest,
        total_cost=Money(interest + sum((f.amount for f in fees), ZERO)),
        valid_until=as_of + timedelta(days=int(book["quote_valid_days"])),
    )


def _fees(amount: Money, book: Rulebook) -> tuple[Fee, ...]:
    charge = to_cents(amount * book["processing_fee"])
    return (Fee("processing", charge, "upfront", finance_charge=True),) if charge else ()


def _conditions(application: Application) -> tuple[str, ...]:
    """What an approval in principle still hangs on."""
    item = application.request.collateral
    if item is None:
        return ()
    return ("assay",) if item.kind == "gold" else ("appraisal",)

"""A decision as its customer may see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from lending.domain.application import Application, Assessment
from lending.domain.decision import Decision
from lending.domain.eligibility import Finding, holds
from lending.domain.learned import OUTSIDE
from lending.domain.money import money_text, plain
from lending.domain.policy import Policy, on_sale
from lending.domain.reasons import CO_APPLICANT_RECORD, Reason
from lending.domain.terms import LoanTerms


def result(
    application: Application,
    assessment: Assessment | None,
    decision: Decision,
    policy: Policy,
    day: date,
    decision_id: str,
) -> dict[str, object]:
    """The quote result (DESIGN section 4) as a customer may see it: confidential rules never show."""
    shown = shown_findings(application, decision, policy)
    ways = open_ways(shown, application, policy, day)
    return {
        **terms_part(application, assessment, decision, decision_id),
        "findings": [f.as_dict() for f in shown],
        **reasons_part(assessment, decision, policy, day, ways),
    }


def terms_part(
    application: Application, assessment: Assessment | None, decision: Decision, decision_id: str
) -> dict[str, object]:
    """What stands before the findings: the outcome and the loan."""
    request = application.request
    theirs = assessment is None or assessment.person == "co_applicant"
    return {
        "decision_id": decision_id,
        "outcome": decision.outcome.value,
        "product": request.product,
        "amount": money_text(request.amount),
        "term_months": request.term_months,
        **terms_shown(decision.terms),
        "pd": None if theirs or assessment is None or decision.price is None else plain(assessment.pd),
        "pd_horizon_months": assessment.horizon_months if assessment else None,
    }


def shown_findings(application: Application, decision: Decision, policy: Policy) -> list[Finding]:
    """The findings that the applicant may see.

    Beside a hidden referral, a failed rule that would have declined would give the hidden one away. What comes from the
    co-applicant's own record is theirs to read. That a request lies outside what a model learned is so for everybody,
    so it shows beside a hidden referral too.
    """
    screened = any(f.confidential for f in decision.findings if not f.passed)
    together = application.co_applicant is not None
    strongest = together and policy.product(application.request.product).assess == "strongest"
    hidden = "credit_score" if strongest else ""  # whose score counts would tell which of the two is higher
    return [
        f
        for f in decision.findings
        if f.person == "applicant"
        and not f.confidential
        and (f.passed or not screened or f.reason == OUTSIDE)
        and f.field != hidden
    ]


def reasons_part(
    assessment: Assessment | None, decision: Decision, policy: Policy, day: date, ways: Iterable[str]
) -> dict[str, object]:
    """What stands after the findings: why, what helps, and what it rests on."""
    terms = decision.terms
    return {
        "reasons": customer_reasons(decision.reasons, policy),
        "ways_in": [{"code": way, "text": policy.wording.ways_in[way]} for way in ways],
        "conditions": [{"code": c, "text": policy.wording.conditions[c]} for c in decision.conditions],
        "offers": [],
        "recourse": [],
        "policy_version": policy.version,
        "model_version": assessment.model_version if assessment else None,
        "as_of": day.isoformat(),
        "valid_until": terms.valid_until.isoformat() if terms else None,
        "schedule": None,
    }


def open_ways(shown: Sequence[Finding], application: Application, policy: Policy, day: date) -> tuple[str, ...]:
    """Ways in of all that failed, each once."""
    failed = [f for f in shown if not f.passed]
    return tuple(dict.fromkeys([way for f in failed for way in ways_of(f, application, policy, day)]))


def ways_of(finding: Finding, application: Application, policy: Policy, day: date) -> list[str]:
    """Ways in that lead somewhere: no other loan that is closed to such work, nor a change to what nobody knows yet."""
    ways = [way for way in finding.ways_in if way.removesuffix("_loan") == way or _open(way, application, policy, day)]
    if finding.value is not None:
        return ways
    known = [finding.reason] if finding.reason in policy.wording.ways_in else []
    return [*known, *(way for way in ways if way == "co_applicant" or way.endswith("_loan"))]


def _open(way: str, application: Application, policy: Policy, day: date) -> bool:
    """Whether the loan that a way names is on sale, and to people of the applicant's kind of work."""
    book = on_sale(policy, day).get(way.removesuffix("_loan"))
    if book is None:
        return False
    values = {"employment_status": application.applicant.employment_status, "amount": application.request.amount}
    return all(holds(r, values, {}) for r in book.rules if r.rule.field == "employment_status" and not r.rule.when)


def customer_reasons(reasons: Sequence[Reason], policy: Policy) -> list[dict[str, str | int]]:
    """Reasons as the applicant may read them: those from the co-applicant's record say no more than that."""
    shown: dict[str, dict[str, str | int]] = {}
    for reason in reasons:
        theirs = reason.person == "co_applicant"
        code = CO_APPLICANT_RECORD if theirs else reason.code
        field, text = ("", policy.wording.reasons[code].customer) if theirs else (reason.field, reason.text)
        row = {"code": code, "rank": len(shown) + 1, "field": field, "text": text, "person": reason.person}
        shown.setdefault(code, row)
    return list(shown.values())


def terms_shown(terms: LoanTerms | None) -> Mapping[str, object]:
    """Rate, instalment, yearly cost and totals as text; null where the loan has none."""
    if terms is None:
        names = ("annual_rate", "instalment", "apr", "apr_method", "total_interest", "total_cost", "repayment")
        return {**dict.fromkeys(names), "fees": []}
    return {
        "annual_rate": plain(terms.annual_rate),
        "instalment": money_text(terms.instalment),
        "apr": plain(terms.apr),
        "apr_method": terms.apr_method,
        "repayment": terms.repayment.as_dict(),
        "fees": [f.as_dict() for f in terms.fees],
        "total_interest": money_text(terms.total_interest),
        "total_cost": money_text(terms.total_cost),
    }

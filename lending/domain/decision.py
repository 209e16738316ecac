"""The decision: approve, refer or decline, with everything needed to replay it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from lending.domain.affordability import Affordability, afford
from lending.domain.application import Application, Assessment, Outcome, Person
from lending.domain.eligibility import Finding, check, fields, own_fields, thin_files
from lending.domain.learned import findings_outside, outside_reason
from lending.domain.money import Money
from lending.domain.policy import MODEL_DRIVEN, DatedRule, Policy, Rulebook, Value, rulebook
from lending.domain.pricing import Price, price_loan, word_fields
from lending.domain.reasons import Reason, no_model_reason, reasons_for
from lending.domain.terms import LoanTerms, TermsAsked, basis_of, terms_at, within_bounds

Check = Callable[
    [Iterable[DatedRule], Mapping[str, Value], Mapping[Person, Mapping[str, Value]]],
    list[Finding],
]
"""`lending.domain.eligibility.check`, or what answers like it."""


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

    def with_terms(self, terms: LoanTerms) -> Decision:
        """The same with its terms."""
        return Decision(
            self.outcome, self.findings, self.price, self.affordability, terms, self.reasons, self.conditions
        )


def joint(assessments: Mapping[Person, Assessment], assess: str = "everybody") -> Assessment:
    """One word about everybody assessed: that about the person whose PD counts, the other one's beside it.

    The higher PD counts; where a product assesses the `strongest`, the lower one.
    """
    if len(assessments) == 1:
        ((role, word),) = assessments.items()
        return word if word.person == role else replace(word, person=role)
    named = [replace(word, person=role) for role, word in assessments.items()]
    counts = (min if assess == "strongest" else max)(named, key=lambda word: word.pd)
    other = next((word for word in named if word is not counts), None)
    return replace(counts, other=other)


def decide(
    application: Application, assessment: Assessment | None, policy: Policy, as_of: date, check: Check = check
) -> Decision:
    """Rules first, model second, price third; the same arguments always give the same decision.

    Args:
        application: request and facts about everybody who signs.
        assessment: what the model says; None while no model decides, which refers.
        policy: all dated rules, prices and words.
        as_of: whose day's values apply.
        check: what makes the findings; a batch shares them between its decisions.

    Raises:
        NotFoundError: the product is not in the catalogue; PolicyError: no value in force on that day.
    """
    judged = judge(application, assessment, policy, as_of, check)
    asked = terms_asked(application, judged, policy, as_of)
    return judged if asked is None else judged.with_terms(terms_at(*asked))


def terms_asked(application: Application, judged: Decision, policy: Policy, as_of: date) -> TermsAsked | None:
    """Which terms belong to what was judged; None where it declines, has no price in the band, or is out of bounds."""
    request, price = application.request, judged.price
    if judged.outcome is Outcome.DECLINE or price is None or price.annual_rate is None:
        return None
    book = rulebook(policy, request.product, as_of)
    if not within_bounds(request.amount, request.term_months, book):
        return None
    return TermsAsked(request.amount, request.term_months, price.annual_rate, basis_of(policy, book, as_of))


def judge(
    application: Application, assessment: Assessment | None, policy: Policy, as_of: date, check: Check = check
) -> Decision:
    """`decide` before the terms, which change nothing of it; a batch works those of all its decisions out together."""
    book = rulebook(policy, application.request.product, as_of)
    values, own = fields(application, book, as_of), own_fields(application, book, as_of)
    findings = check(book.early, values, own)
    conditions = _conditions(application, book)
    if assessment is None:
        # The same to everybody: a reason of their own would give away who is screened.
        reasons = no_model_reason(policy.wording)
        return Decision(Outcome.REFER, tuple(findings), None, None, None, reasons, conditions)
    if outside := findings_outside(application.request, assessment):
        return _unscored([*findings, *outside], policy, conditions)
    price = price_loan(assessment, book)
    burden = _affordability(application, price, cast("Money | None", values["counted_income"]), book, as_of)
    values |= _later_values(burden)
    own[assessment.person] |= word_fields(assessment, price)
    reached = book.late if burden else [rule for rule in book.late if rule.rule.field in MODEL_DRIVEN]
    findings += _unsure_of(thin_files(findings), check(reached, values, own))
    outcome = _outcome(findings)
    reasons = reasons_for(outcome, findings, assessment, policy.wording)
    return Decision(outcome, tuple(findings), price, burden, None, reasons, conditions)


def _unsure_of(thin: frozenset[Person], findings: list[Finding]) -> list[Finding]:
    """What rests on a score that is not there refers: a thin file is no bad one."""
    if not thin:
        return findings
    rests = (f.field in MODEL_DRIVEN and f.person in thin for f in findings)
    return [f._replace(outcome=Outcome.REFER) if r else f for f, r in zip(findings, rests, strict=True)]


def _unscored(findings: Sequence[Finding], policy: Policy, conditions: tuple[str, ...]) -> Decision:
    """Where the model has no say: a broken rule declines, everything else is for a person."""
    outcome = _outcome(findings)
    refers = outcome is Outcome.REFER
    reasons = outside_reason(policy.wording) if refers else reasons_for(outcome, findings, None, policy.wording)
    return Decision(outcome, tuple(findings), None, None, None, reasons, conditions)


def _affordability(
    application: Application, price: Price, gross: Money | None, book: Rulebook, as_of: date
) -> Affordability | None:
    """None for a term or amount that no loan can have; a rule already says so."""
    request = application.request
    shortest = book.get("moratorium_months") or 0
    fits = shortest < request.term_months <= book["term_months_max"]
    if not fits or not 0 < request.amount <= book["amount_max"]:
        return None
    return afford(application, price.priced_rate, gross, book, as_of)


def _later_values(burden: Affordability | None) -> dict[str, Value]:
    """What a rule may look at once the price is known and with it what is due."""
    if burden is None:
        return {}
    return {
        "dti": burden.dti,
        "dti_stressed": burden.dti_stressed,
        "foir": burden.foir,
        "ltv_at_maturity": burden.ltv_at_maturity,
    }


def _outcome(findings: Sequence[Finding]) -> Outcome:
    """Screening always refers; then a broken rule declines; then an open question refers."""
    failed = [f for f in findings if not f.passed]
    if any(f.confidential for f in failed):
        return Outcome.REFER
    if any(f.outcome is Outcome.DECLINE for f in failed):
        return Outcome.DECLINE
    return Outcome.REFER if failed else Outcome.APPROVE


def _conditions(application: Application, book: Rulebook) -> tuple[str, ...]:
    """What an approval in principle still hangs on: what the product always asks for, and what secures the loan."""
    item, always = application.request.collateral, book.product.before_payout
    if item is None:
        return always
    return (*always, "assay" if item.kind == "gold" else "appraisal")

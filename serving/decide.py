"""Quote and decide: one function for the portal, the API, the batch and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from lending import __version__
from lending.domain.application import Applicant, Application, Assessment, Collateral, LoanRequest
from lending.domain.core import core_of
from lending.domain.decision import Decision, decide, joint
from lending.domain.errors import NotFoundError
from lending.domain.money import Money, money_text, plain
from lending.domain.people import assessed, loans_once
from lending.domain.policy import Policy, rulebook
from lending.domain.reasons import Reason
from lending.ports import Clock, Customers, DecisionRow, Decisions
from serving.assess import assess
from serving.ports import Champion
from training.servable.protocol import ServableModel

CO_APPLICANT_RECORD = "co_applicant_record"


class PolicySource(Protocol):
    """The policy in force and those that decided before."""

    @property
    def current(self) -> Policy: ...

    def by_version(self, version: str) -> Policy: ...


@dataclass(frozen=True, slots=True)
class LoanAsk:
    """What a customer asks for, as it arrives; without a term the product's usual one is taken."""

    product: str
    amount: Money
    term_months: int | None = None
    collateral: Collateral | None = None
    co_applicant: str | None = None
    refinances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quotes:
    """Decides for customers of the bank's record and writes every decision down before it answers."""

    customers: Customers
    decisions: Decisions
    policy: PolicySource
    champion: Champion
    clock: Clock

    def quote(
        self, customer_id: str, ask: LoanAsk, *, channel: str, actor: str, as_of: date | None = None
    ) -> dict[str, object]:
        """Decide one request and answer the quote result, JSON-ready.

        Args:
            customer_id: whose facts apply; never taken from a browser.
            ask: the request.
            channel: portal, api, batch or cli.
            actor: user name or process that asks.
            as_of: whose day's facts, rules and prices apply; default today (UTC).

        Raises:
            NotFoundError: customer, co-applicant or product is not there, or not theirs.
            UnavailableError: the record cannot be written.
        """
        day = as_of or self.clock.now().date()
        policy = self.policy.current
        application = self.application(customer_id, ask, policy, day)
        assessment, decision = evaluate(application, self.champion.current(), policy, day)
        core = core_of(application, assessment, decision, policy, day, __version__)
        row = self.decisions.record(core, customer_id, channel, actor)
        return result(application, assessment, decision, policy, day, row)

    def application(self, customer_id: str, ask: LoanAsk, policy: Policy, day: date) -> Application:
        """Put the bank's facts beside the request. Raises NotFoundError."""
        term = ask.term_months or int(rulebook(policy, ask.product, day)["term_months_default"])
        request = LoanRequest(ask.product, ask.amount, term, ask.collateral, ask.refinances)
        applicant = self.customers.facts(customer_id, day)
        application = Application(applicant, request, self._co_applicant(customer_id, ask.co_applicant, day))
        _check_refinanced(application)
        return application

    def _co_applicant(self, customer_id: str, other: str | None, day: date) -> Applicant | None:
        if other is None:
            return None
        if not self.customers.may_co_apply(customer_id, other):
            raise NotFoundError(
                "co_applicant is not somebody who agreed to sign with you",
                code="not_found", field="co_applicant", found=other[:40],
                expected="a person linked to you who agreed", do="Invite them first, or leave co_applicant out.",
            )  # fmt: skip
        return self.customers.facts(other, day)


def evaluate(
    application: Application, model: ServableModel | None, policy: Policy, day: date
) -> tuple[Assessment | None, Decision]:
    """Score and decide; without a model, decide without a score (which refers)."""
    assessment = None
    if model is not None:
        book = rulebook(policy, application.request.product, day)
        signing = assessed(application, book)
        assessment = joint({role: assess(model, person, application.request) for role, person in signing.items()})
    return assessment, decide(application, assessment, policy, day)


def _check_refinanced(application: Application) -> None:
    known = loans_once(application)
    for loan_id in application.request.refinances:
        if loan_id not in known:
            raise NotFoundError(
                f"refinances names {loan_id[:40]!r}, which is no loan of yours at this bank",
                code="not_found", field="refinances", found=loan_id[:40],
                expected="loans on your record", do="Choose one of your loans, or leave refinances out.",
            )  # fmt: skip


def result(
    application: Application,
    assessment: Assessment | None,
    decision: Decision,
    policy: Policy,
    day: date,
    row: DecisionRow,
) -> dict[str, object]:
    """The quote result (DESIGN section 4) as a customer may see it: confidential rules never show."""
    request, terms = application.request, decision.terms
    screened = any(f.confidential and not f.passed for f in decision.findings)
    # Beside a hidden referral, a failed rule that would have declined would give the hidden one away.
    shown = [f for f in decision.findings if not f.confidential and (f.passed or not screened)]
    ways = dict.fromkeys(way for f in shown if not f.passed for way in f.ways_in)
    return {
        "decision_id": row.decision_id,
        "outcome": decision.outcome.value,
        "product": request.product,
        "amount": money_text(request.amount),
        "term_months": request.term_months,
        **_terms(decision),
        "pd": plain(assessment.pd) if assessment else None,
        "pd_horizon_months": assessment.horizon_months if assessment else None,
        "findings": [_own_only(f.as_dict()) for f in shown],
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


def _own_only(finding: Mapping[str, str | bool | None]) -> Mapping[str, str | bool | None]:
    """A finding without the figure where it comes from the co-applicant's own record."""
    return {**finding, "value": None} if finding["person"] == "co_applicant" else finding


def _terms(decision: Decision) -> Mapping[str, object]:
    terms = decision.terms
    if terms is None:
        names = ("annual_rate", "instalment", "apr", "apr_method", "total_interest", "total_cost")
        return {**dict.fromkeys(names), "fees": []}
    return {
        "annual_rate": plain(terms.annual_rate),
        "instalment": money_text(terms.instalment),
        "apr": plain(terms.apr),
        "apr_method": terms.apr_method,
        "fees": [f.as_dict() for f in terms.fees],
        "total_interest": money_text(terms.total_interest),
        "total_cost": money_text(terms.total_cost),
    }

"""Quote and decide: one function for the portal, the API, the batch and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Protocol

from lending import __version__
from lending.domain.application import Applicant, Application, Assessment, Collateral, LoanRequest
from lending.domain.core import core_of
from lending.domain.decision import Decision
from lending.domain.errors import CandorError, InputError, NotFoundError
from lending.domain.money import Money
from lending.domain.people import loans_once
from lending.domain.policy import Policy, rulebook
from lending.domain.record import decision_id
from lending.domain.routed import Routed
from lending.errand import count, note, part
from lending.ports import Clock, Customers, Decisions
from serving.batch import Asked, Prepared, prepare_many, texts_of, to_write
from serving.evaluate import evaluate
from serving.happenings import DECIDED
from serving.offers import balanced_term
from serving.ports import Champion
from serving.scored import LaterError, Scored, Scoring
from serving.shown import result
from training.servable.protocol import ServableModel


class PolicySource(Protocol):
    """The policy in force and those that decided before."""

    @property
    def current(self) -> Policy: ...

    def by_version(self, version: str) -> Policy: ...


class Later(Protocol):
    """Keeps requests that cannot be answered now."""

    def keep(self, customer_id: str, ask: LoanAsk, *, channel: str, actor: str) -> None:
        """Keep one, durably; the same one again on the same day is kept once. Raises UnavailableError."""
        ...


@dataclass(frozen=True, slots=True)
class LoanAsk:
    """What a customer asks for, as it arrives; without a term the balanced offer's is taken, else the usual one."""

    product: str
    amount: Money
    term_months: int | None = None
    collateral: Collateral | None = None
    co_applicant: str | None = None
    refinances: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """A decision with all that made it; `core` is what is recorded of it, under the name that follows from it."""

    application: Application
    assessment: Assessment | None
    decision: Decision
    model: ServableModel | None
    policy: Policy
    day: date
    core: bytes
    routed: Routed | None = None
    scored: Scored | None = None
    """Who scored it, where an endpoint should have; None for a model that scores in this process as a rule."""

    @cached_property
    def decision_id(self) -> str:
        """The name under which it is recorded."""
        return decision_id(self.core)

    def shown(self) -> dict[str, object]:
        """The quote result, JSON-ready."""
        return result(self.application, self.assessment, self.decision, self.policy, self.day, self.decision_id)


@dataclass(frozen=True, slots=True)
class Quotes:
    """Decides for customers of the bank's record and writes every decision down before it answers."""

    customers: Customers
    decisions: Decisions
    policy: PolicySource
    champion: Champion
    clock: Clock
    scoring: Scoring | None = None
    """Scores what is recorded; None: the model in this process does. What is only looked at is always scored here."""
    later: Later | None = None
    """Keeps what nobody can score now."""

    def quote(
        self, customer_id: str, ask: LoanAsk, *, channel: str, actor: str, as_of: date | None = None
    ) -> dict[str, object]:
        """Decide one request, write the decision down, and answer the quote result, JSON-ready.

        Args:
            customer_id: whose facts apply; never taken from a browser.
            ask: the request.
            channel: portal, api, batch or cli.
            actor: user name or process that asks.
            as_of: whose day's facts, rules and prices apply; default today (UTC).

        Raises:
            NotFoundError: customer, co-applicant or product is not there, or not theirs.
            RefusedError: somebody's data is locked because they asked for its erasure (`restricted`); or nobody can
                score now, and the request was kept (`kept_for_later`).
            UnavailableError: the record cannot be written.
        """
        made = self.make_for_record(customer_id, ask, channel=channel, actor=actor, as_of=as_of)
        with part("record"):
            self.record(made, customer_id, channel, actor)
        told(made)
        return made.shown()

    def make_for_record(
        self, customer_id: str, ask: LoanAsk, *, channel: str, actor: str, as_of: date | None = None
    ) -> Made:
        """Decide one request that will be recorded, scored by the endpoint where one scores; as `quote`."""
        try:
            return self.make(customer_id, ask, as_of, self.scoring)
        except LaterError:
            if self.later is not None:
                self.later.keep(customer_id, ask, channel=channel, actor=actor)
            raise

    def record(self, made: Made, customer_id: str, channel: str, actor: str) -> None:
        """Write a decision down, and beside it who scored it. Raises UnavailableError."""
        if made.scored is None:
            self.decisions.record(made.core, customer_id, channel, actor)
            return
        with self.decisions.together():
            self.decisions.record(made.core, customer_id, channel, actor)
            self.decisions.attach(made.decision_id, made.scored.kind, made.scored.content(), actor)

    def make(self, customer_id: str, ask: LoanAsk, as_of: date | None = None, scoring: Scoring | None = None) -> Made:
        """Decide one request and write nothing down; arguments and errors as `quote`."""
        day = as_of or self.clock.now().date()
        policy = self.policy.current
        decider = self.champion.for_customer(customer_id)
        with part("facts"):
            application = self.application(customer_id, ask, policy, day)
        scorer = scoring.by(decider) if scoring else None
        model = scorer.as_model() if scorer else decider.model
        assessment, decision = evaluate(application, model, policy, day)
        core = core_of(application, assessment, decision, policy, day, __version__, routed=decider.routed)
        scored = scorer.said if scorer else None
        return Made(application, assessment, decision, decider.model, policy, day, core, decider.routed, scored)

    def quote_many(self, asked: Sequence[Asked], *, channel: str, actor: str) -> list[dict[str, object] | CandorError]:
        """Decide many requests of (customer, ask, as_of), scored together and written in one transaction.

        Returns:
            In order, what `quote` would answer; for a request that cannot be decided, its error.

        Raises:
            UnavailableError: the record cannot be written; then nothing was.
        """
        ready = self._written(asked, channel, actor)
        return [one.shown() if isinstance(one, Prepared) else one for one in ready]

    def quote_texts(self, asked: Sequence[Asked], *, channel: str, actor: str) -> list[str | CandorError]:
        """`quote_many` with its results as JSON text."""
        return texts_of(self._written(asked, channel, actor))

    def _written(self, asked: Sequence[Asked], channel: str, actor: str) -> Sequence[Prepared | CandorError]:
        ready = prepare_many(self, asked)
        self.decisions.write(to_write(ready), channel, actor)
        return ready

    def application(self, customer_id: str, ask: LoanAsk, policy: Policy, day: date) -> Application:
        """Put the bank's facts beside the request. Raises NotFoundError; RefusedError `restricted`."""
        usual = int(rulebook(policy, ask.product, day)["term_months_default"])
        request = LoanRequest(ask.product, ask.amount, ask.term_months or usual, ask.collateral, ask.refinances)
        applicant = self.customers.usable_facts(customer_id, day)
        application = Application(applicant, request, self._co_applicant(customer_id, ask.co_applicant, day))
        _check_refinanced(application)
        _check_security(request, policy)
        if ask.term_months is not None:
            return application
        term = balanced_term(application, self.champion.for_customer(customer_id).model, policy, day)
        return replace(application, request=replace(request, term_months=term or usual))

    def _co_applicant(self, customer_id: str, other: str | None, day: date) -> Applicant | None:
        if other is None:
            return None
        if other == customer_id or not self.customers.may_co_apply(customer_id, other):
            raise NotFoundError(
                "co_applicant is not somebody who agreed to sign with you",
                code="not_found", field="co_applicant", found=other[:40],
                expected="a person linked to you who agreed", do="Invite them first, or leave co_applicant out.",
            )  # fmt: skip
        return self.customers.usable_facts(other, day)


def told(made: Made) -> None:
    """Say in the errand at hand what was decided, by ids and codes alone."""
    said = made.assessment.model_version if made.assessment else "none"
    outcome = made.decision.outcome.value
    note(decision_id=made.decision_id, outcome=outcome, policy_version=made.policy.version, model_version=said)
    count(DECIDED, outcome=outcome)


def _check_security(request: LoanRequest, policy: Policy) -> None:
    """A stated security must be of the product's kind: another's value would say nothing about this loan."""
    wanted = policy.product(request.product).collateral
    if request.collateral is not None and request.collateral.kind != wanted:
        expected = "no collateral" if wanted == "none" else f"collateral of kind {wanted}"
        raise InputError(
            f"collateral is of kind {request.collateral.kind}; a {request.product} loan takes {expected}",
            code="collateral_kind", field="collateral.kind", found=request.collateral.kind, expected=expected,
            do="State what secures this loan, or leave collateral out.",
        )  # fmt: skip


def _check_refinanced(application: Application) -> None:
    known = loans_once(application) if application.request.refinances else {}
    for loan_id in application.request.refinances:
        if loan_id not in known:
            raise NotFoundError(
                f"refinances names {loan_id[:40]!r}, which is no loan of yours at this bank",
                code="not_found", field="refinances", found=loan_id[:40],
                expected="loans on your record", do="Choose one of your loans, or leave refinances out.",
            )  # fmt: skip

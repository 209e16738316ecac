"""Many requests at once: facts read together, everybody scored in one call, what decisions share worked out once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from lending import __version__
from lending.domain.application import Applicant, Application, Assessment
from lending.domain.core import core_of
from lending.domain.core_parts import FindingWords
from lending.domain.decision import Decision
from lending.domain.errors import CandorError, UnavailableError
from lending.domain.policy import Policy
from lending.ports import Customers, Sealed
from serving.evaluate import evaluate_many
from serving.routing import Decider, Standing, by_model
from serving.shown import result
from serving.shown_words import ShownWords

if TYPE_CHECKING:
    from serving.decide import LoanAsk, Quotes

Asked = tuple[str, "LoanAsk", "date | None"]
"""Customer, request, and the day whose facts and rules apply; None for today."""
_T = TypeVar("_T")
_Case = tuple[Application, date]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision with what made it; `core` is what is to be recorded of it."""

    application: Application
    day: date
    policy: Policy
    decider: Decider
    assessment: Assessment | None
    decision: Decision
    core: bytes

    @property
    def customer_id(self) -> str:
        """Who asks."""
        return self.application.applicant.customer_id


@dataclass(frozen=True, slots=True)
class Prepared:
    """A decision that is ready to be written, and the quote result that may be shown once it is."""

    sealed: Sealed
    decided: Decided

    def shown(self) -> dict[str, object]:
        """The quote result, JSON-ready."""
        return result(*self._parts())

    def text(self, words: ShownWords) -> str:
        """The same as JSON text, with words that the batch shares."""
        return words.result(*self._parts())

    def _parts(self) -> tuple[Application, Assessment | None, Decision, Policy, date, str]:
        one = self.decided
        return one.application, one.assessment, one.decision, one.policy, one.day, self.sealed.decision_id


def prepare_many(quotes: Quotes, asked: Sequence[Asked]) -> list[Prepared | CandorError]:
    """Decide many requests and write nothing down, so that any process may do so for the one that writes.

    Returns:
        In order, what `Quotes.quote` would record and answer; for a request that cannot be decided, its error.

    Raises:
        UnavailableError: the record cannot be read.
    """
    decided = decide_asked(quotes, asked)
    ready = [one for one in decided if isinstance(one, Decided)]
    try:
        sealed: Sequence[Sealed | CandorError] = quotes.decisions.seal([(one.core, one.customer_id) for one in ready])
    except UnavailableError:
        raise
    except CandorError:  # somebody was erased a moment ago
        sealed = [_or_error(_sealed, quotes, one) for one in ready]
    found = iter(sealed)
    return [one if isinstance(one, CandorError) else _prepared(one, next(found)) for one in decided]


def texts_of(ready: Sequence[Prepared | CandorError]) -> list[str | CandorError]:
    """What may be shown of each, as JSON text; errors as they are."""
    words = ShownWords()
    return [one.text(words) if isinstance(one, Prepared) else one for one in ready]


def to_write(ready: Sequence[Prepared | CandorError]) -> list[Sealed]:
    """What is to be written down of them."""
    return [one.sealed for one in ready if isinstance(one, Prepared)]


def decide_asked(quotes: Quotes, asked: Sequence[Asked]) -> list[Decided | CandorError]:
    """Decide many requests, neither sealed nor written down. Answers in order, and raises, as `prepare_many`."""
    policy, standing, today = quotes.policy.current, quotes.champion.standing(), quotes.clock.now().date()
    days = [(customer_id, ask, as_of or today) for customer_id, ask, as_of in asked]
    quick = replace(quotes, customers=_Known(quotes.customers, days))
    found = [_or_error(_case, quick, policy, *one) for one in days]
    cases = [case for case in found if not isinstance(case, CandorError)]
    try:
        ready: Sequence[Decided | CandorError] = _all(policy, standing, cases)
    except UnavailableError:
        raise
    except CandorError:  # one that cannot be decided must not spoil the others
        ready = [_or_error(_alone, policy, standing, case) for case in cases]
    answers = iter(ready)
    return [case if isinstance(case, CandorError) else next(answers) for case in found]


def _or_error(act: Callable[..., _T], *given: object) -> _T | CandorError:
    try:
        return act(*given)
    except UnavailableError:
        raise
    except CandorError as error:
        return error


def _case(quotes: Quotes, policy: Policy, customer_id: str, ask: LoanAsk, day: date) -> _Case:
    return quotes.application(customer_id, ask, policy, day), day


def _sealed(quotes: Quotes, one: Decided) -> Sealed:
    return quotes.decisions.seal([(one.core, one.customer_id)])[0]


def _prepared(one: Decided, sealed: Sealed | CandorError) -> Prepared | CandorError:
    return sealed if isinstance(sealed, CandorError) else Prepared(sealed, one)


def _alone(policy: Policy, standing: Standing, case: _Case) -> Decided:
    return _all(policy, standing, [case])[0]


def _all(policy: Policy, standing: Standing, cases: Sequence[_Case]) -> list[Decided]:
    deciders = [standing.decider(one.applicant.customer_id) for one, _ in cases]
    words, decided = FindingWords(), _decided(cases, deciders, policy)
    return [
        Decided(one, day, policy, who, *said, core_of(one, *said, policy, day, __version__, words, who.routed))
        for (one, day), said, who in zip(cases, decided, deciders, strict=True)
    ]


def _decided(
    cases: Sequence[_Case], deciders: Sequence[Decider], policy: Policy
) -> list[tuple[Assessment | None, Decision]]:
    """What each applicant's own model makes of the request; one call of each model for all of its requests."""
    found: dict[int, tuple[Assessment | None, Decision]] = {}
    for model, places in by_model(deciders):
        found.update(zip(places, evaluate_many([cases[place] for place in places], model, policy), strict=True))
    return [found[place] for place in range(len(cases))]


class _Known:
    """What a request needs of `lending.ports.Customers`, with the facts of a batch read at once."""

    def __init__(self, customers: Customers, asked: Sequence[tuple[str, LoanAsk, date]]) -> None:
        self._customers = customers
        ids: dict[date, set[str]] = {}
        for customer_id, ask, day in asked:
            ids.setdefault(day, set()).update({customer_id, ask.co_applicant or customer_id})
        self._facts: Mapping[date, Mapping[str, Applicant]] = {
            day: customers.facts_many(them, day) for day, them in ids.items()
        }

    def may_co_apply(self, customer_id: str, co_applicant_id: str) -> bool:
        return self._customers.may_co_apply(customer_id, co_applicant_id)

    def usable_facts(self, customer_id: str, as_of: date) -> Applicant:
        return self._facts[as_of].get(customer_id) or self._customers.usable_facts(customer_id, as_of)

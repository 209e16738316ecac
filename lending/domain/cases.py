"""Cases that a person decides: what the record speaks for, what no person sets aside, who must agree. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from lending.domain.application import Outcome
from lending.domain.eligibility import Finding

PAPER = "paper_unsettled"
"""The question that a paper asks which waits for a person or was refused."""
NO_MODEL = "no_model"
"""The question of a request that no model has assessed."""
OTHER = "other"
"""Stands for every question that the data does not name."""
_UNSETTLED = frozenset({"needs_person", "refused"})


class Note(StrEnum):
    """What staff do around a case that leaves it before a person; as its history names it."""

    TAKE = "take"
    RELEASE = "release"
    ASK = "ask"
    PROPOSE = "propose"
    CONFIRM = "confirm"
    REJECT = "reject"
    TAKE_BACK = "take_back"


INSIDE = frozenset(note.value for note in Note) - {Note.ASK.value}
"""What no customer reads of: they are told once something came of it."""


class Speaks(StrEnum):
    """What a record speaks for."""

    OFFER = "offer"
    EITHER = "either"
    """A person weighs it."""
    ASK = "ask"
    """More is needed before anybody can tell."""
    REFUSE = "refuse"


_STRICTEST = (Speaks.REFUSE, Speaks.ASK, Speaks.EITHER)


@dataclass(frozen=True, slots=True)
class Weight:
    """What an open question speaks for, and the papers that settle it once each of them is accepted."""

    speaks: Speaks
    papers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What a record speaks for as it stands.

    Attributes:
        speaks: the strictest word of its open questions; an offer where none is open.
        questions: reasons of the open ones, such as `missing_credit_score`.
        barred: rules that no person sets aside; nothing is offered while there is one.
    """

    speaks: Speaks
    questions: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()

    def is_against(self, act: str) -> bool:
        """Whether an act (`offer` or `refuse`) decides against it."""
        if act == "offer":
            return self.speaks in (Speaks.REFUSE, Speaks.ASK)
        return self.speaks is Speaks.OFFER


@dataclass(frozen=True, slots=True)
class Pairs:
    """When an override holds only once a second person confirmed it; `amount` is the market's."""

    amount: Decimal
    questions: frozenset[str]
    reasons: frozenset[str]
    products: frozenset[str]


def recommend(
    findings: Sequence[Finding], papers: Mapping[str, str], weights: Mapping[str, Weight], *, assessed: bool = True
) -> Recommendation:
    """What a referred case speaks for.

    Args:
        findings: of its decision.
        papers: what is needed of papers, to where it stands (`accepted`, `needs_person`, `missing`, …).
        weights: reason of a question to its weight; `other` for the rest.
        assessed: whether a model had its say.
    """
    failed = [f for f in findings if not f.passed]
    barred = tuple(f.rule for f in failed if f.outcome is Outcome.DECLINE)
    asked = dict.fromkeys(f.reason for f in failed if f.outcome is Outcome.REFER)
    asked |= {} if assessed else {NO_MODEL: None}
    open_ones = {reason: weights.get(reason, weights[OTHER]) for reason in asked}
    open_ones = {reason: weight for reason, weight in open_ones.items() if not _settled(weight, papers)}
    if _UNSETTLED & set(papers.values()):
        open_ones[PAPER] = weights.get(PAPER, weights[OTHER])
    words = {weight.speaks for weight in open_ones.values()}
    speaks = next((word for word in _STRICTEST if word in words), Speaks.OFFER)
    return Recommendation(Speaks.REFUSE if barred else speaks, tuple(open_ones), barred)


def _settled(weight: Weight, papers: Mapping[str, str]) -> bool:
    return bool(weight.papers) and all(papers.get(name) == "accepted" for name in weight.papers)


def two_persons(
    amount: Decimal, product: str, reason: str, recommendation: Recommendation, pairs: Pairs
) -> tuple[str, ...]:
    """Why an override takes two persons: `amount`, `product`, `reason`, `question`; empty where one is enough."""
    why = {
        "amount": amount >= pairs.amount,
        "product": product in pairs.products,
        "reason": reason in pairs.reasons,
        "question": bool(pairs.questions & set(recommendation.questions)),
    }
    return tuple(name for name, holds in why.items() if holds)


@dataclass(frozen=True, slots=True)
class Hours:
    """By when a case is worked on: hours until it is decided, until a customer's answer is looked at, and due soon."""

    decision: int
    answer: int
    soon: int


@dataclass(frozen=True, slots=True)
class Due:
    """A case's time: until when, and how it stands now (`late`, `soon` or `in_time`)."""

    at: datetime
    stands: str


def due(since: datetime, now: datetime, hours: Hours, asked_at: datetime | None = None) -> Due:
    """Until when a case is due.

    Args:
        since: when it came before a person.
        now: with its zone.
        hours: the market's.
        asked_at: when its customer was asked for more, if they were; the clock runs anew from there.
    """
    at = asked_at + timedelta(hours=hours.answer) if asked_at else since + timedelta(hours=hours.decision)
    soon = at - now <= timedelta(hours=hours.soon)
    return Due(at, "late" if at < now else "soon" if soon else "in_time")

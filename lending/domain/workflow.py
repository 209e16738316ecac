"""The life of an application: one table says which act leads from where to where, and whose act it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from lending.domain.errors import RefusedError


class State(StrEnum):
    """Where an application stands; the words are in kb/wording/status.yaml."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Act(StrEnum):
    """What moves an application."""

    SUBMIT = "submit"
    REVIEW = "review"
    """Put it before a person."""
    OFFER = "offer"
    REFUSE = "refuse"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


class Party(StrEnum):
    """Whose act it is: the customer's, a member of staff's, or one that follows from what happened."""

    CUSTOMER = "customer"
    BANK = "bank"
    SYSTEM = "system"


START = "start"
"""The act that begins an application; it comes from no state, and the customer alone does it."""

_S, _A = State, Act
_CUSTOMER, _BANK, _SYSTEM = frozenset({Party.CUSTOMER}), frozenset({Party.BANK}), frozenset({Party.SYSTEM})
LIVE = frozenset({_S.DRAFT, _S.SUBMITTED, _S.IN_REVIEW, _S.OFFERED})
ENDED = frozenset(State) - LIVE
TRANSITIONS: Mapping[tuple[Act, State], tuple[State, frozenset[Party]]] = {
    (_A.SUBMIT, _S.DRAFT): (_S.SUBMITTED, _CUSTOMER),
    (_A.REVIEW, _S.SUBMITTED): (_S.IN_REVIEW, _SYSTEM),
    (_A.OFFER, _S.SUBMITTED): (_S.OFFERED, _SYSTEM),
    (_A.OFFER, _S.IN_REVIEW): (_S.OFFERED, _BANK),  # what a person was asked to look at, a person ends
    (_A.REFUSE, _S.IN_REVIEW): (_S.REFUSED, _BANK),
    (_A.ACCEPT, _S.OFFERED): (_S.ACCEPTED, _CUSTOMER),
    **{(_A.DECLINE, state): (_S.DECLINED, _CUSTOMER) for state in LIVE},
    **{(_A.WITHDRAW, state): (_S.WITHDRAWN, _CUSTOMER) for state in LIVE},
    **{(_A.EXPIRE, state): (_S.EXPIRED, _SYSTEM) for state in LIVE},
}
"""(act, from) to (to, who may). What is not here does not happen."""


def move(state: State, act: Act, by: Party) -> State:
    """Where an act leads.

    Args:
        state: where the application stands.
        act: what is done.
        by: whose act it is.

    Raises:
        RefusedError: the act is not possible there (code `state`), or not this party's (code `party`).

    >>> move(State.OFFERED, Act.ACCEPT, Party.CUSTOMER).value
    'accepted'
    """
    found = TRANSITIONS.get((act, state))
    if found is None:
        possible = ", ".join(sorted(other.value for known, other in TRANSITIONS if known is act))
        raise RefusedError(
            f"an application that is {state.value} cannot {act.value}", code="state", field="state",
            found=state.value, expected=possible, do="Load the application again: it has moved on.",
        )  # fmt: skip
    to, parties = found
    if by not in parties:
        raise RefusedError(
            f"{act.value} is not for the {by.value} to do while the application is {state.value}", code="party",
            field="act", found=by.value, expected=", ".join(sorted(parties)), do="Ask somebody whose work it is.",
        )  # fmt: skip
    return to


def can(state: State, act: Act, by: Party) -> bool:
    """Whether `move` would let it happen."""
    found = TRANSITIONS.get((act, state))
    return found is not None and by in found[1]

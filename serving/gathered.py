"""Requests that come at the same time are decided together: one call of the model, and what they share worked out once.

Each is decided, recorded and answered as alone; a group of one is the single decision itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from lending.domain.errors import UnavailableError
from lending.errand import part
from lending.shared_call import SharedCall
from serving.batch import Decided, decide_asked
from serving.decide import LoanAsk, Made, Quotes, told

_Asked = tuple[str, LoanAsk, date | None]


class Gathered:
    """`Quotes.quote` for a server that is asked by many at a time."""

    def __init__(self, quotes: Quotes) -> None:
        self._quotes = quotes
        self._shared: SharedCall[_Asked, Made | Exception] = SharedCall(self._make)

    def quote(self, customer_id: str, ask: LoanAsk, *, channel: str, actor: str) -> dict[str, object]:
        """Decide, write down and answer; arguments and errors as `Quotes.quote`."""
        quotes = self._quotes
        if quotes.scoring is not None:  # an endpoint is asked about each request by itself
            return quotes.quote(customer_id, ask, channel=channel, actor=actor)
        made = self._shared.do((customer_id, ask, None))
        if isinstance(made, Exception):
            raise made
        with part("record"):
            quotes.record(made, customer_id, channel, actor)
        told(made)
        return made.shown()

    def _make(self, asked: Sequence[_Asked]) -> Sequence[Made | Exception]:
        """Each request decided, or its own error. Raises UnavailableError: the record cannot be read."""
        if len(asked) == 1:
            return [self._alone(*asked[0])]
        try:
            found = decide_asked(self._quotes, asked)
        except UnavailableError:
            raise
        except Exception:  # whatever one of them meets is told to that one alone
            return [self._alone(*one) for one in asked]
        return [_made(one) if isinstance(one, Decided) else one for one in found]

    def _alone(self, customer_id: str, ask: LoanAsk, as_of: date | None) -> Made | Exception:
        try:
            return self._quotes.make(customer_id, ask, as_of)
        except Exception as error:
            return error


def _made(one: Decided) -> Made:
    who = one.decider
    return Made(one.application, one.assessment, one.decision, who.model, one.policy, one.day, one.core, who.routed)

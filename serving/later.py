"""Requests that nobody can score now: kept in the outbox, decided when the model is back, and the customer told."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lending.domain.errors import CandorError
from lending.domain.money import plain
from lending.domain.record import sha256_hex
from lending.message_ports import Outbox, OutboxRow
from lending.ports import Clock
from serving.parse import loan_ask
from serving.scored import KEPT

if TYPE_CHECKING:
    from serving.customize import Advice
    from serving.decide import LoanAsk
    from serving.messages import Messages

KIND = "decide.later"
READY = "answer.ready"
"""Kind of the message that tells a customer; in kb/wording/messages.yaml."""
_log = logging.getLogger("candor.later")


@dataclass(frozen=True, slots=True)
class LaterRequests:
    """`serving.decide.Later` on the outbox, and what answers its rows.

    Attributes:
        advice: decides and records; asked when a row is answered.
        messages: tells the customer.
    """

    outbox: Outbox
    advice: Callable[[], Advice]
    messages: Messages
    clock: Clock

    def keep(self, customer_id: str, ask: LoanAsk, *, channel: str, actor: str) -> None:
        """Keep a request durably; the same one again on the same day is kept once. Raises UnavailableError."""
        said = _body(ask)
        digest = sha256_hex(json.dumps([customer_id, said], sort_keys=True).encode())
        once = f"{KIND} {digest} {self.clock.now().date()}"
        self.outbox.add(KIND, customer_id, once, {"ask": said, "channel": channel, "actor": actor})

    def __call__(self, row: OutboxRow) -> None:
        """Decide as of today, record and tell. Raises LaterError while nobody can score; the row is tried again."""
        assert row.customer_id is not None  # noqa: S101 - `keep` always names the customer
        customer_id, content, ask = row.customer_id, row.content, loan_ask(row.content["ask"])

        def tell(decision_id: str) -> None:
            self.messages.tell(customer_id, READY, decision_id, f"{KIND} {row.message_id}", product=ask.product)

        self.advice().answer(customer_id, ask, channel=content["channel"], actor=content["actor"], then=tell)

    def try_again(self) -> None:
        """Make requests due that were given up while the model was away.

        Whoever is answered at this moment bears no fault of it: what fails here is left to the sweep.
        """
        try:
            self.outbox.again(KEPT)
        except CandorError as error:
            _log.warning("kept requests wait for the sweep: %s", error.code)


def _body(ask: LoanAsk) -> Mapping[str, Any]:
    """As the parser of requests reads it."""
    body: dict[str, Any] = {"product": ask.product, "amount": plain(ask.amount), "term_months": ask.term_months}
    if (security := ask.collateral) is not None:
        named = {"value": security.value, "weight_g": security.weight_g, "purity_k": security.purity_k}
        body["collateral"] = {"kind": security.kind, **{k: plain(v) for k, v in named.items() if v is not None}}
    if ask.refinances:
        body["refinances"] = list(ask.refinances)
    return body | ({"co_applicant": ask.co_applicant} if ask.co_applicant else {})

"""Everything around one decision: offers, a plan and alternatives when refused, each chained to its record."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from lending.ports import OfferRow, Offers
from serving.decide import LoanAsk, Made, Quotes
from serving.offers import offer_set, offers_shown


@dataclass(frozen=True, slots=True)
class Advice:
    """Quotes with all that helps to choose; offers are kept, so that one can be accepted exactly as shown."""

    quotes: Quotes
    offers: Offers

    def quote(
        self, customer_id: str, ask: LoanAsk, *, channel: str, actor: str, as_of: date | None = None
    ) -> dict[str, Any]:
        """The quote result with offers and, when refused, recourse and alternatives.

        The decision recorded is the one that `Quotes.quote` records; arguments and errors as there.
        """
        made = self.quotes.make(customer_id, ask, channel=channel, actor=actor, as_of=as_of)
        return {**made.shown(), **self._offers(made, customer_id, actor)}

    def _offers(self, made: Made, customer_id: str, actor: str) -> dict[str, Any]:
        found = offer_set(made.application, made.decision, made.model, made.policy, made.day)
        asked = made.application.request.amount
        shown = offers_shown(found, made.row.decision_id, asked, made.policy, made.day)
        if shown:
            self._attach(made, "offers", shown, actor)
            self.offers.keep([_row(offer, made, customer_id) for offer in shown])
        why = found.why_fewer
        words = None if why is None else {"code": why, "text": made.policy.wording.offers[why]}
        return {"offers": shown, "why_fewer_offers": words}

    def _attach(self, made: Made, kind: str, content: object, actor: str) -> None:
        self.quotes.decisions.attach(made.row.decision_id, kind, _bytes(content), actor)


def _row(offer: dict[str, Any], made: Made, customer_id: str) -> OfferRow:
    last_day = date.fromisoformat(offer["valid_until"])
    return OfferRow(offer["offer_id"], made.row.decision_id, customer_id, _bytes(offer), last_day)


def _bytes(content: object) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

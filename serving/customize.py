"""Everything around one decision: offers, a plan and alternatives when refused, each chained to its record."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lending.domain.application import Applicant, Outcome
from lending.domain.offers import OWN
from lending.errand import part
from lending.ports import OfferRow, Offers
from serving.beside import text_beside
from serving.decide import LoanAsk, Made, Quotes, told
from serving.offers import offer_set, offers_shown
from serving.partners import partners_of
from serving.plans import plans_for
from serving.sources import Sources


@dataclass(frozen=True, slots=True)
class Advice:
    """Quotes with all that helps to choose; offers are kept, so that one can be accepted exactly as shown."""

    quotes: Quotes
    offers: Offers
    sources: Sources | None = None
    """Where texts find what they cite; None leaves them without."""

    def quote(
        self, customer_id: str, ask: LoanAsk, *, channel: str, actor: str, as_of: date | None = None
    ) -> dict[str, Any]:
        """The quote result with offers and, when refused, recourse and alternatives.

        The decision recorded is the one that `Quotes.quote` records; arguments and errors as there. It is written
        in one transaction with what comes with it. Of a day to come the offers are shown and can be accepted by nobody:
        they stand on rules and ages of that day.
        """
        made = self.quotes.make_for_record(customer_id, ask, channel=channel, actor=actor, as_of=as_of)
        return self._written(made, customer_id, channel, actor)

    def answer(
        self, customer_id: str, ask: LoanAsk, *, channel: str, actor: str, then: Callable[[str], object]
    ) -> None:  # fmt: skip
        """Decide what was kept for later, write it down as `quote` does, and with it what `then` writes, given its id.

        Raises:
            LaterError: nobody can score now either; nothing is kept anew.
            Otherwise as `quote`.
        """
        made = self.quotes.make(customer_id, ask, scoring=self.quotes.scoring)
        self._written(made, customer_id, channel, actor, then)

    def _written(
        self, made: Made, customer_id: str, channel: str, actor: str, then: Callable[[str], object] = lambda _: None
    ) -> dict[str, Any]:
        """Offers and help are worked out before the transaction, for whoever writes holds up every other writer."""
        with part("offers"):
            offers, helps = _offers(made), self._help(made, customer_id)
        decisions = self.quotes.decisions
        with part("record"), decisions.together():
            self.quotes.record(made, customer_id, channel, actor)
            if offers["offers"]:
                decisions.attach(made.decision_id, "offers", _bytes(offers["offers"]), actor)
            if offers["offers"] and made.day <= self.quotes.clock.now().date():
                self.offers.keep([_row(offer, made, customer_id) for offer in offers["offers"]])
            if helps["recourse"] or helps["alternatives"]:
                decisions.attach(made.decision_id, "recourse", _bytes(helps), actor)
            then(made.decision_id)
        told(made)
        return {**made.shown(), **offers, **helps}

    def look(self, customer_id: str, ask: LoanAsk) -> dict[str, Any]:
        """What `quote` would answer, with nothing written down: no decision, and no offer that could be accepted."""
        made = self.quotes.make(customer_id, ask)
        return {**made.shown(), **_offers(made), **self._help(made, customer_id)}

    def customize(self, customer_id: str, ask: LoanAsk, *, channel: str, actor: str) -> dict[str, Any]:
        """The same as a page compares it: the customer's own choice and the bank's offers, side by side."""
        quote = self.quote(customer_id, ask, channel=channel, actor=actor)
        own = next((o for o in quote["offers"] if OWN in o["goals"]), None)
        recommended = [o for o in quote["offers"] if o["goal"] != OWN]
        others = [o for o in recommended if o is not own]
        return {
            "decision": {**quote, "offers": [], "recourse": [], "alternatives": []},
            "own": own,
            "recommended": recommended,
            "why_fewer_offers": quote["why_fewer_offers"],
            "comparison": _side_by_side([*([own] if own else []), *others]),
            **{name: quote[name] for name in ("recourse", "alternatives", "why_no_plan")},
            "text": text_beside(quote, self.sources, self.quotes.policy.current),
        }

    def _help(self, made: Made, customer_id: str) -> dict[str, Any]:
        """Plans and alternatives where the bank declines."""
        partners: Sequence[Applicant] = ()
        if made.decision.outcome is Outcome.DECLINE and made.application.co_applicant is None:
            partners = partners_of(self.quotes.customers, customer_id, made.day)
        return plans_for(made.application, made.decision, made.model, made.policy, made.day, partners, made.routed)


def _offers(made: Made) -> dict[str, Any]:
    """What the bank would lend, and why there is no more of it."""
    found = offer_set(made.application, made.decision, made.model, made.policy, made.day)
    asked = made.application.request.amount
    shown = offers_shown(found, made.decision_id, asked, made.policy, made.day)
    why = found.why_fewer
    words = None if why is None else {"code": why, "text": made.policy.wording.offers[why]}
    return {"offers": shown, "why_fewer_offers": words}


_COMPARED = ("amount", "term_months", "annual_rate", "apr", "instalment", "total_interest", "total_cost")


def _side_by_side(offers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a figure, one value an offer, and whether they differ."""
    rows = [{"figure": name, "values": [offer[name] for offer in offers]} for name in _COMPARED] if offers else []
    return [{**row, "differs": len(set(row["values"])) > 1} for row in rows]


def _row(offer: dict[str, Any], made: Made, customer_id: str) -> OfferRow:
    last_day = date.fromisoformat(offer["valid_until"])
    return OfferRow(offer["offer_id"], made.decision_id, customer_id, _bytes(offer), last_day)


def _bytes(content: object) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

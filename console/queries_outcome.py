"""What pages ask about decisions that were made: offers put aside, texts, letters, what customers say of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from lending.domain.prepayment import due_day
from serving.papers import Form

if TYPE_CHECKING:
    from rag.events import Event
    from serving.assembly import Platform
    from serving.once import Reply

_FEEDBACK = "POST /portal/feedback"


@dataclass(frozen=True, slots=True)
class OutcomeQueries:
    """Questions bound to one platform; whose things they are about is always said first."""

    platform: Platform

    def saved(self, customer_id: str) -> Sequence[Mapping[str, Any]]:
        """Offers that the customer has put aside, the last one first; those that stand no longer too."""
        return self.platform.applications.saved(customer_id)

    def saved_ids(self, customer_id: str) -> frozenset[str]:
        """Their ids."""
        return frozenset(str(offer["offer_id"]) for offer in self.saved(customer_id))

    def offered(self, customer_id: str, decision_id: str) -> Sequence[Mapping[str, Any]]:
        """The open offers of one decision of theirs, of the newest with offers where none is named."""
        offers = self.platform.applications.open_offers(customer_id)
        wanted = decision_id or next((str(offer["decision_id"]) for offer in offers), "")
        return [offer for offer in offers if offer["decision_id"] == wanted]

    def save(self, customer_id: str, offer_id: str) -> None:
        """Put an offer aside. Raises NotFoundError for one that is not theirs."""
        self.platform.applications.save_offer(customer_id, offer_id)

    def drop(self, customer_id: str, offer_id: str) -> None:
        """Put it aside no longer. Raises NotFoundError for one that is not theirs."""
        self.platform.applications.drop_offer(customer_id, offer_id)

    def last_day(self, term_months: int) -> date:
        """When the last payment is due of a loan paid out today."""
        return due_day(self.platform.clock.now().date(), int(term_months))

    def explanation(self, customer_id: str, decision_id: str, actor: str) -> Iterator[Event]:
        """A decision in words. Raises NotFoundError at once for one that is not theirs."""
        return self.platform.words.explanation(customer_id, decision_id, actor)

    def disclosure(self, customer_id: str, offer_id: str, form: Form) -> str | bytes:
        """The key facts sheet of an offer; errors as `serving.papers.Papers.disclosure`."""
        return self.platform.papers.disclosure(customer_id, offer_id, form)

    def notice(self, customer_id: str, decision_id: str, form: Form) -> str | bytes:
        """The notice of a decision that was no approval; errors as `serving.papers.Papers.notice`."""
        return self.platform.papers.notice(customer_id, decision_id, form)

    def feedback(self, customer_id: str, user: str, key: str, body: Mapping[str, Any]) -> Reply:
        """Take what a customer says, once for each key.

        Raises:
            InvalidBody: a field is missing, wrong or unknown; NotFoundError: it is about nothing of theirs.
            Refusal: the key is missing, came with something else, or is at work.
        """
        from serving.once import once
        from serving.parse_words import feedback

        said = feedback(body)

        def take() -> dict[str, Any]:
            row = self.platform.feedbacks.take(customer_id, said)
            return {"feedback_id": row.feedback_id, "state": row.state}

        return once(self.platform.records.idempotency, user, key, _FEEDBACK, body, take)

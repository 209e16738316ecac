"""Offers that a customer may still choose, and those they set aside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lending.application_ports import ListedOffer
from lending.domain.errors import RefusedError
from lending.domain.workflow import LIVE
from serving.application_reading import Reading


@dataclass(frozen=True)
class SavedOffers(Reading):
    """Lists offers, each as it was shown and with where it stands.

    What is added: `decision_id`, `product`, `state`, `stands` (today), `saved`, `application_id` (the live application
    for it; null where there is none) and `made_at`.
    """

    def open_offers(self, customer_id: str) -> list[dict[str, Any]]:
        """What stands open today, newest first."""
        most = self.form.figure("open_offers_most", self.day())
        return self._listed(customer_id, self.offers.open_of(customer_id, self.day(), most))

    def saved(self, customer_id: str) -> list[dict[str, Any]]:
        """What was set aside, the last one first; those that stand no longer too."""
        return self._listed(customer_id, self.offers.saved(customer_id))

    def save_offer(self, customer_id: str, offer_id: str) -> list[dict[str, Any]]:
        """Set one aside; answers all of them. Raises NotFoundError; RefusedError (`too_many`) when there is no room."""
        offer = self.own_offer(customer_id, offer_id)
        most = self.form.figure("saved_offers_most", self.day())
        with self.box.together():
            kept = {one.row.offer_id for one in self.offers.saved(customer_id)}
            if offer_id not in kept and len(kept) >= most:
                raise RefusedError(
                    f"you have set aside {len(kept)} offers; at most {most} are kept", code="too_many",
                    field="offer_id", found=str(len(kept)), expected=f"fewer than {most}", do="Take one off first.",
                )  # fmt: skip
            self.offers.save(customer_id, offer.offer_id)
        return self.saved(customer_id)

    def drop_offer(self, customer_id: str, offer_id: str) -> list[dict[str, Any]]:
        """Take one off; answers those that are left. Raises NotFoundError."""
        self.offers.drop(customer_id, self.own_offer(customer_id, offer_id).offer_id)
        return self.saved(customer_id)

    def _listed(self, customer_id: str, offers: Sequence[ListedOffer]) -> list[dict[str, Any]]:
        kept = {one.row.offer_id for one in self.offers.saved(customer_id)}
        live = {row.offer_id: row.application_id for row in self.box.of(customer_id) if row.state in LIVE}
        return [self._offer(one, one.row.offer_id in kept, live.get(one.row.offer_id)) for one in offers]

    def _offer(self, one: ListedOffer, saved: bool, application_id: str | None) -> dict[str, Any]:
        row = one.row
        return {
            **json.loads(row.content),
            "decision_id": row.decision_id,
            "product": one.product,
            "state": row.state,
            "stands": row.state == "open" and row.valid_until >= self.day(),
            "saved": saved,
            "application_id": application_id,
            "made_at": one.created_at.isoformat(),
        }

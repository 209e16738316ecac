"""Offers made to customers, each sealed with the customer's own key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, insert, select

from lending.adapters.envelope import Envelopes
from lending.adapters.session import Database, time_text
from lending.adapters.tables import offers
from lending.domain.errors import NotFoundError
from lending.ports import Clock, OfferRow


class OfferFile:
    """`lending.ports.Offers` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes, clock: Clock) -> None:
        self._database = database
        self._envelopes = envelopes
        self._clock = clock

    def keep(self, rows: Sequence[OfferRow]) -> None:
        """Write down those that are not there yet, all or none; an offer once made never changes."""
        made = {row.offer_id: self._sealed(row) for row in rows}
        if not made:
            return
        with self._database.write() as connection:
            there = select(offers.c.offer_id).where(offers.c.offer_id.in_(made))
            known = set(connection.execute(there).scalars())
            new = [values for offer_id, values in made.items() if offer_id not in known]
            if new:
                connection.execute(insert(offers), new)

    def get(self, offer_id: str) -> OfferRow:
        """An offer with its content opened. Raises NotFoundError, or RefusedError when it was changed."""
        with self._database.look() as connection:
            row = connection.execute(select(offers).where(offers.c.offer_id == offer_id)).one_or_none()
        if row is None:
            raise NotFoundError(
                "there is no such offer of yours", code="not_found", field="offer_id", found=offer_id[:40],
                expected="the id of an offer made to you", do="Use the offer_id of one of your offers.",
            )  # fmt: skip
        return self._opened(row)

    def of(self, decision_id: str) -> Sequence[OfferRow]:
        """The offers made around a decision, in no order that means anything."""
        wanted = select(offers).where(offers.c.decision_id == decision_id)
        with self._database.look() as connection:
            return [self._opened(row) for row in connection.execute(wanted).all()]

    def _opened(self, row: Row[Any]) -> OfferRow:
        content = self._envelopes.open(row.customer_id, _place(row.offer_id, row.decision_id), row.envelope)
        last_day = date.fromisoformat(row.valid_until)
        return OfferRow(row.offer_id, row.decision_id, row.customer_id, content, last_day, row.state)

    def _sealed(self, row: OfferRow) -> dict[str, object]:
        return {
            "offer_id": row.offer_id,
            "decision_id": row.decision_id,
            "customer_id": row.customer_id,
            "state": row.state,
            "envelope": self._envelopes.seal(row.customer_id, _place(row.offer_id, row.decision_id), row.content),
            "created_at": time_text(self._clock.now()),
            "valid_until": row.valid_until.isoformat(),
        }


def _place(offer_id: str, decision_id: str) -> str:
    return f"offer {offer_id} of {decision_id}"

"""Offers made to customers, each sealed with the customer's own key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from sqlalchemy import Row, delete, insert, select, update

from lending.adapters.envelope import Envelopes
from lending.adapters.session import Database, read_time, time_text
from lending.adapters.tables import decisions, offers
from lending.adapters.tables_portal import saved_offers
from lending.application_ports import ListedOffer
from lending.domain.errors import NotFoundError, RefusedError
from lending.ports import Clock, OfferRow

_LISTED = select(offers, decisions.c.product).join(decisions, decisions.c.decision_id == offers.c.decision_id)


class OfferFile:
    """`lending.ports.Offers` and `lending.application_ports.OfferShelf` on a database."""

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

    def settle(self, offer_id: str, state: Literal["accepted", "declined"]) -> None:
        """End an open offer, once."""
        mine = (offers.c.offer_id == offer_id) & (offers.c.state == "open")
        with self._database.write() as connection:
            done = connection.execute(update(offers).where(mine).values(state=state))
        if done.rowcount != 1:
            raise RefusedError(
                "the offer was accepted or declined before", code="settled", field="offer_id", found=offer_id[:40],
                expected="an open offer", do="Load your offers again.",
            )  # fmt: skip

    def open_of(self, customer_id: str, day: date, most: int) -> Sequence[ListedOffer]:
        """A customer's open offers that still stand on a day, newest first."""
        wanted = _LISTED.where(offers.c.customer_id == customer_id, offers.c.state == "open")
        standing = wanted.where(offers.c.valid_until >= day.isoformat())
        return self._listed(standing.order_by(offers.c.created_at.desc(), offers.c.offer_id).limit(most))

    def save(self, customer_id: str, offer_id: str) -> None:
        """Set one aside; again changes nothing."""
        table = saved_offers
        mine = (table.c.customer_id == customer_id) & (table.c.offer_id == offer_id)
        values = {"customer_id": customer_id, "offer_id": offer_id, "at": time_text(self._clock.now())}
        with self._database.write() as connection:
            if connection.execute(select(table.c.offer_id).where(mine)).scalar() is None:
                connection.execute(insert(table), values)

    def drop(self, customer_id: str, offer_id: str) -> None:
        """Take it off again; nothing happens where it is not there."""
        mine = (saved_offers.c.customer_id == customer_id) & (saved_offers.c.offer_id == offer_id)
        with self._database.write() as connection:
            connection.execute(delete(saved_offers).where(mine))

    def saved(self, customer_id: str) -> Sequence[ListedOffer]:
        """Those set aside, the last one first."""
        joined = _LISTED.join(saved_offers, saved_offers.c.offer_id == offers.c.offer_id)
        mine = joined.where(saved_offers.c.customer_id == customer_id, offers.c.customer_id == customer_id)
        return self._listed(mine.order_by(saved_offers.c.at.desc(), offers.c.offer_id))

    def _listed(self, wanted: Any) -> list[ListedOffer]:
        with self._database.look() as connection:
            rows = connection.execute(wanted).all()
        return [ListedOffer(self._opened(row), row.product, read_time(row.created_at)) for row in rows]

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

"""Erasure: at once where no law keeps the records, else a restriction with a date, carried out when it comes."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from lending.domain.application import Applicant
from lending.domain.errors import CandorError, NotFoundError, RefusedError, UnavailableError
from lending.domain.prepayment import due_day
from lending.ports import Objects
from lending.request_ports import LIVE, Keys, Move, Person, RequestRow, Restriction, Restrictions
from serving.customer_requests import RequestDesk, for_customer

SYSTEM = "system"
FOLDER = "user-docs"
_log = logging.getLogger("candor.erasure")


@dataclass(frozen=True, slots=True)
class Erasure:
    """Restricts and erases.

    Attributes:
        arrived: drops what a customer sent straight to storage and nobody has taken in; that is not sealed.
    """

    desk: RequestDesk
    restrictions: Restrictions
    person: Person
    keys: Keys
    objects: Objects
    arrived: Callable[[str], object]

    def ask(self, customer_id: str) -> dict[str, Any]:
        """A customer asks for all their data to be erased.

        Returns:
            The request with `erase_on`, the day on which it is or was carried out, and `source`, what keeps the records
            until then; empty when nothing does. Its state is `done` when the data is gone already; while storage does
            not answer it is not, and the sweep carries it out.

        Raises:
            NotFoundError: there is no such customer.
        """
        held = self.restrictions.get(customer_id)
        if held is not None:
            return self._shown(self.desk.requests.get(held.request_id), held.erase_on)
        today = self._today()
        day, source = self.earliest(customer_id)
        row = self._restrict(customer_id, max(day, today), source)
        if day <= today:
            self._carry_out_now(Restriction(customer_id, row.request_id, self.desk.clock.now(), today))
            row = self.desk.requests.get(row.request_id)
        return self._shown(row, max(day, today), source)

    def earliest(self, customer_id: str) -> tuple[date, str]:
        """The first day on which the data may be erased, and the source of what keeps it; today when nothing does."""
        today = self._today()
        months, source = self.desk.rights.retention(today)
        last, paid_off = self.person.last_credit(customer_id), self.paid_off(customer_id)
        ends = [day for day in (last and last.date(), paid_off) if day]
        return (due_day(max(ends), months), source) if ends else (today, "")

    def paid_off(self, customer_id: str) -> date | None:
        """About when the last of the loans that still run will be paid off; None where none runs."""
        person = self.desk.people.history(customer_id)[-1][1]
        return due_day(self._today(), _months_left(person)) if person.loans else None

    def take_back(self, customer_id: str) -> None:
        """The customer changed their mind before the day: the data is in use again.

        Raises:
            NotFoundError: nothing was asked; RefusedError: the day has come, and some of the data may be gone.
        """
        with self.desk.outbox.together():
            held = self._open_to_change(customer_id)
            self.restrictions.drop(customer_id)
            self.desk.withdraw(customer_id, held.request_id)

    def can_take_back(self, customer_id: str) -> bool:
        """Whether erasure was asked for and its day is yet to come."""
        held = self.restrictions.get(customer_id)
        return held is not None and held.erase_on > self._today()

    def carry_out_due(self) -> dict[str, int]:
        """Erase what is due; one that cannot be erased now does not stop the others.

        Returns:
            `{erased, later, failed}`; later is what the law keeps longer, or what was changed while the sweep was busy.
        """
        counts = {"erased": 0, "later": 0, "failed": 0}
        for held in self.restrictions.due(self._today()):
            try:
                counts["erased" if self._due(held) else "later"] += 1
            except CandorError as error:
                _log.warning("erasure %s: %s", held.request_id, error.code)
                counts["failed"] += 1
        return counts

    def _due(self, held: Restriction) -> bool:
        """Erase, unless something came up since that keeps the records longer; whether they are erased."""
        if not self._stands(held):
            return False
        day, source = self.earliest(held.customer_id)
        if day <= self._today():
            return self._carry_out(held)
        with self.desk.outbox.together():
            if self._stands(held):
                self.restrictions.put(replace(held, erase_on=day))
                self._tell(held.customer_id, held.request_id, day, source)
        return False

    def _stands(self, held: Restriction) -> bool:
        """Whether a restriction is still as it was read: neither taken back, nor put off, nor carried out."""
        now = self.restrictions.get(held.customer_id)
        return now is not None and (now.request_id, now.erase_on) == (held.request_id, held.erase_on)

    def _open_to_change(self, customer_id: str) -> Restriction:
        """The restriction of a customer before its day. Raises as `take_back`."""
        held = self.restrictions.get(customer_id)
        if held is None:
            raise NotFoundError(
                "you have not asked for your data to be erased", code="not_found", field="request_id",
                found="no request", expected="a request to erase", do="There is nothing to take back.",
            )  # fmt: skip
        if held.erase_on <= self._today():
            raise RefusedError(
                f"your data was due to be erased on {held.erase_on}; that cannot be taken back any more",
                code="being_erased", field="request_id", found=f"to be erased on {held.erase_on}",
                expected="a day that is yet to come", do="Nothing is left to do; your account ends with your data.",
            )  # fmt: skip
        return held

    def _restrict(self, customer_id: str, day: date, source: str) -> RequestRow:
        desk = self.desk
        content = {"erase_on": day.isoformat(), "source": source}
        with desk.outbox.together():
            row = desk.open(customer_id, "erase", customer_id, content, due=day)
            if row.state == "open":
                row = desk.requests.move(row, Move("restricted", SYSTEM, "in_progress", content))
            self.restrictions.put(Restriction(customer_id, row.request_id, desk.clock.now(), day))
            self._tell(customer_id, row.request_id, day, source)
            desk.audit.add(customer_id, "data.restricted", row.request_id, {"until": day.isoformat()})
        return row

    def _carry_out_now(self, held: Restriction) -> None:
        try:
            self._carry_out(held)
        except UnavailableError as error:  # the restriction stands, and is due today
            _log.warning("erasure %s: %s", held.request_id, error.code)

    def _carry_out(self, held: Restriction) -> bool:
        """Contents first, then everything in one transaction: whoever dies between the two is followed by the sweep.

        From its day on a restriction cannot be taken back, so contents may be dropped first. False: it stands no more.
        """
        for key in self.objects.keys(f"{FOLDER}/{held.customer_id}/"):
            self.objects.drop(key)
        self.arrived(held.customer_id)
        desk = self.desk
        with desk.outbox.together():
            if not self._stands(held):
                return False
            row = desk.requests.get(held.request_id)
            if row.state in LIVE:
                desk.requests.move(row, Move("erased", SYSTEM, "done"))
            desk.audit.add(SYSTEM, "data.erased", held.request_id, {})
            self.person.forget(held.customer_id)
            self.restrictions.drop(held.customer_id)
            self.keys.erase(held.customer_id)
        return True

    def _tell(self, customer_id: str, request_id: str, day: date, source: str) -> None:
        if source:
            once = f"{request_id} {day.isoformat()}"
            self.desk.messages.tell(customer_id, "erase.restricted", request_id, once, day=day.isoformat())

    def _shown(self, row: RequestRow, day: date, source: str = "") -> dict[str, Any]:
        said: Mapping[str, Any] = row.content
        kept_by = source or str(said.get("source", ""))
        return {**for_customer(row), "erase_on": day.isoformat(), "source": kept_by}

    def _today(self) -> date:
        return self.desk.clock.now().date()


def _months_left(person: Applicant) -> int:
    """Months until the last of the person's loans here is paid off, by its instalments."""
    return max(math.ceil(loan.payoff / loan.instalment) if loan.instalment else 0 for loan in person.loans)

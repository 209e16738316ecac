"""The bank's customers as it brings them: new ones are added, a later record of others stands beside the earlier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lending.domain.errors import InputError
from lending.ports import AuditLog, CustomerRow, Customers
from lending.request_ports import People


@dataclass(frozen=True, slots=True)
class Brought:
    """How many people were new, how many got a later record, and of how many nothing changed."""

    added: int
    changed: int
    same: int


@dataclass(frozen=True, slots=True)
class CustomerBook:
    """Whom the bank knows."""

    customers: Customers
    people: People
    audit: AuditLog

    def bring(self, rows: Sequence[CustomerRow], actor: str) -> Brought:
        """Take people as they are given; safe to repeat. New ones are added all or none.

        What a decision was made on stays: of somebody the bank knows, a record is written that holds from the day of
        the new facts. Name, household and partners of somebody known stay as they are.

        Raises:
            InputError: an id stands twice, a co-applicant is nobody, or facts are older than those on record.
            RefusedError: a known customer's data is locked.
        """
        _check_once(rows)
        known = set(self.customers.ids())
        self._check_partners(rows, known)
        new = [row for row in rows if row.applicant.customer_id not in known]
        later = [row for row in rows if row.applicant.customer_id in known and self._differs(row)]
        if new:
            self.customers.add(new)
        for row in later:
            self.people.correct(row.applicant, row.facts_as_of)
        done = Brought(len(new), len(later), len(rows) - len(new) - len(later))
        if done.added or done.changed:
            detail = {"added": str(done.added), "changed": str(done.changed)}
            self.audit.add(actor, "customers.brought", "customers", detail)
        return done

    def _check_partners(self, rows: Iterable[CustomerRow], known: set[str]) -> None:
        there = known | {row.applicant.customer_id for row in rows}
        for row in rows:
            for one in row.co_applicants:
                if one not in there or one == row.applicant.customer_id:
                    raise InputError(
                        f"{row.applicant.customer_id} cannot sign with {one}", field="co_applicants", found=one,
                        expected="another customer of the bank or of the file", do="Correct co_applicants.",
                    )  # fmt: skip

    def _differs(self, row: CustomerRow) -> bool:
        """Whether somebody known has other facts on that day; raises where later ones stand on record."""
        customer_id = row.applicant.customer_id
        latest, _ = self.people.history(customer_id)[-1]
        facts = self.customers.usable_facts(customer_id, latest)
        if latest > row.facts_as_of and facts != row.applicant:
            raise InputError(
                f"facts about {customer_id} are older than those on record", field="facts_as_of",
                found=row.facts_as_of.isoformat(), expected=f"{latest.isoformat()} or later",
                do="Bring newer facts, or leave this person out.",
            )  # fmt: skip
        return facts != row.applicant


def _check_once(rows: Iterable[CustomerRow]) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.applicant.customer_id in seen:
            raise InputError(
                f"{row.applicant.customer_id} stands twice", field="customer_id", found=row.applicant.customer_id,
                expected="each customer once", do="Take one out.",
            )  # fmt: skip
        seen.add(row.applicant.customer_id)

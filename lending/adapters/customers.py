"""The bank's record of people, sealed with each one's own key; protected attributes stand apart."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from msgspec import Struct
from msgspec.json import Decoder
from sqlalchemy import Row, bindparam, delete, insert, select

from lending.adapters.envelope import NONE_NEW, Envelopes, NewKeys
from lending.adapters.plain import Plain
from lending.adapters.session import Database, time_text
from lending.adapters.tables import customer_keys, customers, protected_attributes, relations
from lending.adapters.tables_portal import restrictions
from lending.domain.application import Applicant
from lending.domain.core import applicant_facts
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.people import locked
from lending.ports import Clock, CustomerRow

_LATEST = (
    select(customers.c.envelope, customers.c.facts_as_of)
    .where(customers.c.customer_id == bindparam("customer_id"), customers.c.facts_as_of <= bindparam("as_of"))
    .order_by(customers.c.facts_as_of.desc())
    .limit(1)
)
_ITS_LOCK = restrictions.c.customer_id == customers.c.customer_id
_ANY, _USABLE = (
    Plain(one) for one in (_LATEST, _LATEST.add_columns(restrictions.c.since).outerjoin(restrictions, _ITS_LOCK))
)
_MANY = Plain(
    select(customers.c.customer_id, customers.c.facts_as_of, customers.c.envelope, customer_keys.c.wrapped_key)
    .join(customer_keys, customer_keys.c.customer_id == customers.c.customer_id)
    .outerjoin(restrictions, _ITS_LOCK)
    .where(customers.c.customer_id.in_(bindparam("ids", expanding=True)), customers.c.facts_as_of <= bindparam("as_of"))
    .where(restrictions.c.customer_id.is_(None))
    .order_by(customers.c.customer_id, customers.c.facts_as_of)
)
_PARTNERS = (
    select(relations.c.co_applicant_id)
    .where(relations.c.customer_id == bindparam("customer_id"))
    .order_by(relations.c.co_applicant_id)
)


class _Record(Struct):
    """What is sealed of a person; numbers and days are kept as text."""

    facts: Applicant
    name: str


_READ = Decoder(_Record, strict=False)
_END_OF_TIME = "9999-12-31"
_CHUNK = 400


class CustomerFile:
    """`lending.ports.Customers` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes, clock: Clock) -> None:
        self._database = database
        self._envelopes = envelopes
        self._clock = clock

    def facts(self, customer_id: str, as_of: date) -> Applicant:
        """The facts known on a day. Raises NotFoundError."""
        return self._record(customer_id, as_of.isoformat()).facts

    def usable_facts(self, customer_id: str, as_of: date) -> Applicant:
        """The same for something new, with one question to the database. Raises RefusedError (`restricted`)."""
        row = self._row(_USABLE, customer_id, as_of.isoformat())
        if row.since is not None:
            raise locked()
        return self._opened(customer_id, row).facts

    def facts_many(self, customer_ids: Iterable[str], as_of: date) -> dict[str, Applicant]:
        """The facts of those whose record can be read and used; `usable_facts` says what ails the others."""
        found: dict[str, Applicant] = {}
        for row in self._rows(sorted(set(customer_ids)), as_of.isoformat()):
            with suppress(NotFoundError, RefusedError):
                self._envelopes.know(row.customer_id, row.wrapped_key)
                found[row.customer_id] = self._opened(row.customer_id, row).facts
        return found

    def name(self, customer_id: str) -> str:
        """What the customer is called. Raises NotFoundError."""
        return self._record(customer_id, _END_OF_TIME).name

    def co_applicants(self, customer_id: str) -> Sequence[tuple[str, str]]:
        """Ids and names of people linked to a customer who agreed to sign with them."""
        with self._database.look() as connection:
            found = connection.execute(_PARTNERS, {"customer_id": customer_id}).scalars().all()
        return [(other, self.name(other)) for other in found]

    def may_co_apply(self, customer_id: str, co_applicant_id: str) -> bool:
        """True when the two are linked and the second agreed."""
        with self._database.look() as connection:
            return co_applicant_id in connection.execute(_PARTNERS, {"customer_id": customer_id}).scalars().all()

    def link(self, customer_id: str, co_applicant_id: str) -> None:
        """Write down that the second agreed to sign with the first, and when; again changes nothing."""
        pair = {"customer_id": customer_id, "co_applicant_id": co_applicant_id}
        with self._database.write() as connection:
            if co_applicant_id not in connection.execute(_PARTNERS, pair).scalars().all():
                connection.execute(insert(relations), {**pair, "consented_at": time_text(self._clock.now())})

    def ids(self) -> Sequence[str]:
        """All customers, in order."""
        with self._database.read() as connection:
            return (
                connection.execute(select(customers.c.customer_id).distinct().order_by("customer_id")).scalars().all()
            )

    def protected(self, customer_id: str) -> Mapping[str, str]:
        """What measures fairness and never decides; empty when nothing is held."""
        wanted = select(protected_attributes.c.envelope).where(protected_attributes.c.customer_id == customer_id)
        with self._database.read() as connection:
            envelope = connection.execute(wanted).scalar()
        return {} if envelope is None else json.loads(self._envelopes.open(customer_id, "protected", envelope))

    def history(self, customer_id: str) -> Sequence[tuple[date, Applicant]]:
        """Every state of a person's record with the day from which it holds, oldest first. Raises NotFoundError."""
        self._record(customer_id, _END_OF_TIME)
        wanted = select(customers).where(customers.c.customer_id == customer_id).order_by(customers.c.facts_as_of)
        with self._database.look() as connection:
            rows = connection.execute(wanted).all()
        return [(date.fromisoformat(row.facts_as_of), self._opened(customer_id, row).facts) for row in rows]

    def correct(self, applicant: Applicant, as_of: date) -> None:
        """From a day on another record holds; earlier ones stay, so that what was decided on them replays.

        Raises:
            NotFoundError: there is no such customer.
        """
        customer_id, since = applicant.customer_id, as_of.isoformat()
        mine = (customers.c.customer_id == customer_id) & (customers.c.facts_as_of == since)
        household = select(customers.c.household).where(customers.c.customer_id == customer_id)
        with self._database.write() as connection:
            name = self._record(customer_id, _END_OF_TIME).name
            lives = connection.execute(household.order_by(customers.c.facts_as_of.desc()).limit(1)).scalar()
            row = self._sealed(CustomerRow(applicant, name, household=lives, facts_as_of=as_of), NONE_NEW)
            connection.execute(delete(customers).where(mine))
            connection.execute(insert(customers), row)

    def add(self, rows: Sequence[CustomerRow]) -> None:
        """Add or replace, all or nothing; who is there keeps the key, so that old decisions stay readable."""
        ids = [row.applicant.customer_id for row in rows]
        with self._database.write() as connection:
            new = self._envelopes.make_keys(connection, ids)
            for start in range(0, len(ids), _CHUNK):
                some = ids[start : start + _CHUNK]
                connection.execute(delete(customers).where(customers.c.customer_id.in_(some)))
                connection.execute(delete(protected_attributes).where(protected_attributes.c.customer_id.in_(some)))
                connection.execute(delete(relations).where(relations.c.customer_id.in_(some)))
            for table, values in (
                (customers, [self._sealed(row, new) for row in rows]),
                (protected_attributes, [self._protected(row, new) for row in rows if row.protected]),
                (relations, self._relations(rows)),
            ):
                if values:
                    connection.execute(insert(table), values)

    def _record(self, customer_id: str, as_of: str) -> _Record:
        return self._opened(customer_id, self._row(_ANY, customer_id, as_of))

    def _row(self, asked: Plain, customer_id: str, as_of: str) -> Any:
        row = next(iter(self._database.rows(asked, customer_id=customer_id, as_of=as_of)), None)
        if row is None:
            raise NotFoundError(
                f"there is no customer {customer_id[:40]} on {as_of}", code="not_found", field="customer",
                found=customer_id[:40], expected="a customer of the bank", do="See candor doctor.",
            )  # fmt: skip
        return row

    def _opened(self, customer_id: str, row: Any) -> _Record:
        return _READ.decode(self._envelopes.open(customer_id, f"facts {row.facts_as_of}", row.envelope))

    def _rows(self, ids: Sequence[str], as_of: str) -> Iterable[Row[Any]]:
        """The latest row of each on a day, with its wrapped key."""
        latest: dict[str, Row[Any]] = {}
        for start in range(0, len(ids), _CHUNK):
            found = self._database.rows(_MANY, ids=list(ids[start : start + _CHUNK]), as_of=as_of)
            latest |= {row.customer_id: row for row in found}
        return latest.values()

    def _sealed(self, row: CustomerRow, new: NewKeys) -> dict[str, object]:
        customer_id, since = row.applicant.customer_id, row.facts_as_of.isoformat()
        content = json.dumps({"facts": applicant_facts(row.applicant), "name": row.name}).encode()
        envelope = self._envelopes.seal(customer_id, f"facts {since}", content, new)
        return {"customer_id": customer_id, "facts_as_of": since, "household": row.household, "envelope": envelope}

    def _protected(self, row: CustomerRow, new: NewKeys) -> dict[str, object]:
        customer_id = row.applicant.customer_id
        content = json.dumps(dict(row.protected)).encode()
        envelope = self._envelopes.seal(customer_id, "protected", content, new)
        return {"customer_id": customer_id, "envelope": envelope}

    def _relations(self, rows: Sequence[CustomerRow]) -> list[dict[str, object]]:
        now = time_text(self._clock.now())
        pairs = [(row.applicant.customer_id, other) for row in rows for other in row.co_applicants]
        return [{"customer_id": a, "co_applicant_id": b, "consented_at": now} for a, b in pairs]

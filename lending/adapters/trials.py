"""Experiments of staff, and people and visits counted for them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, cast

from sqlalchemy import Row, Select, func, select, update

from lending.adapters.session import Database, insert_new, read_time, time_text
from lending.adapters.tables import feedback, generations
from lending.adapters.tables_portal import applications, behaviour, exposures, requests
from lending.adapters.tables_staff import tallies, trials
from lending.trial_ports import (
    Did,
    Exposed,
    Seen,
    TrialRow,
    TrialState,
    VisitCount,
    name_taken,
    no_trial,
    trial_changed,
)

_KIND = "trial"
"""Of the counts of days that are over, among the tallies."""
_AT_ONCE = 500
"""Names that one question asks for."""


class TrialFile:
    """`lending.trial_ports.Trials` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, row: TrialRow) -> None:
        """Keep a new one."""
        with self._database.write() as connection:
            if not insert_new(connection, trials, {"experiment": row.experiment, **_columns(row)}):
                raise name_taken(row.experiment)

    def get(self, experiment: str) -> TrialRow:
        """One of them."""
        with self._database.look() as connection:
            row = connection.execute(select(trials).where(trials.c.experiment == experiment)).one_or_none()
        if row is None:
            raise no_trial(experiment)
        return _trial(row)

    def list(self) -> Sequence[TrialRow]:
        """All, changed last first."""
        wanted = select(trials).order_by(trials.c.changed_at.desc(), trials.c.experiment)
        with self._database.look() as connection:
            return [_trial(row) for row in connection.execute(wanted)]

    def replace(self, row: TrialRow) -> TrialRow:
        """Write over the version that it was made on."""
        mine = (trials.c.experiment == row.experiment) & (trials.c.version == row.version)
        values = {**_columns(row), "version": row.version + 1}
        with self._database.write() as connection:
            if connection.execute(update(trials).where(mine).values(**values)).rowcount != 1:
                raise trial_changed(row.version)
        return self.get(row.experiment)


class TrialCountFile:
    """`lending.trial_ports.TrialCounts` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def exposed(self, experiment: str) -> Sequence[Exposed]:
        """Counted in the database."""
        e = exposures.c
        day = func.substr(e.at, 1, 10)
        wanted = select(day, e.variant, func.count()).where(e.experiment == experiment).group_by(day, e.variant)
        with self._database.look() as connection:
            rows = connection.execute(wanted.order_by(day, e.variant)).all()
        return [Exposed(date.fromisoformat(at), variant, people) for at, variant, people in rows]

    def shown(self, experiment: str, subjects: Iterable[str]) -> Mapping[str, tuple[str, datetime]]:
        """Asked for in pieces."""
        e, found = exposures.c, dict[str, tuple[str, datetime]]()
        with self._database.read() as connection:
            for names in _pieces(subjects):
                wanted = select(e.subject, e.variant, e.at).where(e.experiment == experiment, e.subject.in_(names))
                found |= {subject: (variant, read_time(at)) for subject, variant, at in connection.execute(wanted)}
        return found

    def prompted(self, prompts: Sequence[str], since: date) -> Mapping[str, tuple[str, datetime]]:
        """By the first text of each customer that one of the prompts worded."""
        g = generations.c
        mine = (g.prompt.in_(prompts), g.at >= since.isoformat(), g.customer_id.is_not(None))
        wanted = select(g.customer_id, g.prompt, func.min(g.at)).where(*mine).group_by(g.customer_id, g.prompt)
        with self._database.look() as connection:
            rows = connection.execute(wanted.order_by(func.min(g.at).desc())).all()
        return {customer: (prompt, read_time(at)) for customer, prompt, at in rows}

    def acts(self, did: Did, since: date) -> Sequence[tuple[str, datetime]]:
        """Each act by itself."""
        with self._database.look() as connection:
            return [(customer, read_time(at)) for customer, at in connection.execute(_acts(did, since.isoformat()))]

    def seen(self, day: date) -> Sequence[Seen]:
        """Each kind of event once for a visit and the variants noted with it."""
        b = behaviour.c
        until = (day + timedelta(days=1)).isoformat()
        wanted = select(b.visitor, b.event, b.page, b.step, b.variants).distinct()
        with self._database.look() as connection:
            rows = connection.execute(wanted.where(b.at >= day.isoformat(), b.at < until)).all()
        read = {variants: json.loads(variants) for variants in {row.variants for row in rows}}
        return [Seen(visitor, event, page, step, read[variants]) for visitor, event, page, step, variants in rows]

    def visits(self, experiment: str, measure: str) -> Sequence[VisitCount]:
        """Oldest first."""
        t = tallies.c
        mine = (t.kind == _KIND, t.name == experiment, t.grouping == measure)
        wanted = select(t.day, t.version, t.counts).where(*mine).order_by(t.day, t.version)
        with self._database.look() as connection:
            rows = connection.execute(wanted).all()
        return [VisitCount(date.fromisoformat(day), variant, *json.loads(counts)) for day, variant, counts in rows]

    def keep(self, experiment: str, measure: str, day: date, counts: Sequence[VisitCount]) -> None:
        """Whoever was quicker is right: the day is over."""
        alike = {"day": day.isoformat(), "kind": _KIND, "name": experiment, "grouping": measure}
        blank = {"product": "", "channel": "", "outcome": ""}
        with self._database.write() as connection:
            for one in counts:
                numbers = json.dumps([one.visits, one.went_on])
                insert_new(connection, tallies, {**alike, **blank, "version": one.variant, "counts": numbers})


def _acts(did: Did, since: str) -> Select[Any, Any]:
    """Customers and times of an act."""
    a, r, f = applications.c, requests.c, feedback.c
    if did == "applied":
        return select(a.customer_id, a.submitted_at).where(a.submitted_at >= since)
    if did == "accepted":
        return select(a.customer_id, a.changed_at).where(a.state == "accepted", a.changed_at >= since)
    if did == "asked":
        kinds = ("review", "dispute", "contact")
        return select(r.customer_id, r.opened_at).where(r.kind.in_(kinds), r.opened_at >= since)
    thumb = "up" if did == "liked" else "down"
    about = f.about.in_(("generation", "decision"))
    return select(f.customer_id, f.at).where(f.thumb == thumb, about, f.at >= since)


def _pieces(names: Iterable[str]) -> Iterator[list[str]]:
    left = iter(sorted(set(names)))
    while piece := list(islice(left, _AT_ONCE)):
        yield piece


def _columns(row: TrialRow) -> dict[str, object]:
    return {
        "state": row.state, "version": row.version, "author": row.author,
        "content": json.dumps(dict(row.content), ensure_ascii=False), "created_at": time_text(row.created_at),
        "changed_at": time_text(row.changed_at),
    }  # fmt: skip


def _trial(row: Row[Any]) -> TrialRow:
    state = cast("TrialState", row.state)
    times = read_time(row.created_at), read_time(row.changed_at)
    return TrialRow(row.experiment, state, row.version, row.author, json.loads(row.content), *times)

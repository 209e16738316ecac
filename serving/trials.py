"""Experiments that staff define: a draft, then running, then stopped or concluded; every step on record.

While one runs nothing about it changes: its name divides the people and its shares stay, so that whoever saw a
variant keeps it and the sums hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from lending.domain.errors import InputError, RefusedError
from lending.ports import AuditLog, Clock
from lending.trial_ports import TrialRow, Trials, TrialState
from serving.experiments import Experiment
from serving.trial_catalogue import Catalogue, Place, TrialLimits, shares_of, trial_limits

NAME = re.compile(r"[a-z][a-z0-9_]{2,31}")
MOST_WORDS = 300
_LOOK_EVERY = 2.0
"""Seconds for which another process may go on with the experiments of before."""
Verdicts = Callable[[TrialRow], Mapping[str, str]]
LIVE: frozenset[TrialState] = frozenset({"running", "concluded"})


@dataclass(frozen=True, slots=True)
class TrialAsk:
    """An experiment as staff write it.

    Attributes:
        question: what is believed, in a sentence.
        shares: in percent, as `shows 50, asks 50`.
        worth: smallest difference worth acting on, in points; empty takes that of kb/trial_limits.yaml.
        days: for how many days at most.
    """

    name: str
    question: str
    owner: str
    place: str
    shares: str
    measure: str
    guardrails: Sequence[str]
    worth: str
    days: str


@dataclass(slots=True)
class _Known:
    """The running and concluded ones as they were a moment ago."""

    rows: Sequence[TrialRow] = ()
    at: float = float("-inf")
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True, slots=True)
class TrialDesk:
    """What staff do with experiments.

    Attributes:
        fixed: those of kb/experiments.yaml.
        catalogue: what may be tried out and measured.
    """

    trials: Trials
    fixed: Mapping[str, Experiment]
    catalogue: Catalogue
    audit: AuditLog
    clock: Clock
    kb: Path
    known: _Known = field(default_factory=_Known)

    @property
    def limits(self) -> TrialLimits:
        """As they are today."""
        return trial_limits(self.kb, self._today())

    def live(self) -> Mapping[str, Experiment]:
        """Those that decide what people see: running ones, and concluded ones, whose winner everybody gets."""
        with self.known.lock:
            if monotonic() - self.known.at >= _LOOK_EVERY:
                self.known.rows = [row for row in reversed(self.trials.list()) if row.state in LIVE]
                self.known.at = monotonic()
            rows = self.known.rows
        return {row.experiment: self.experiment(row) for row in rows}

    def experiment(self, row: TrialRow) -> Experiment:
        """A kept one as pages read it; one whose last day has passed runs no more."""
        content = row.content
        runs = row.state == "running" and self._today() <= date.fromisoformat(content["ends_on"])
        shares = {name: Decimal(share) for name, share in content["shares"]}
        state = "running" if runs else "draft" if row.state == "draft" else "ended"
        measure = self.catalogue.measures[content["measure"]]
        rails = tuple(self.catalogue.guardrails[name].words for name in content["guardrails"])
        return Experiment(
            row.experiment, content["question"], content["owner"], state,
            date.fromisoformat(content.get("started_on") or row.created_at.date().isoformat()), content["changes"],
            content["place"], shares, measure.words, rails,
            content.get("winner") or next(iter(shares)),
        )  # fmt: skip

    def define(self, ask: TrialAsk, by: str) -> TrialRow:
        """Keep a draft. Raises InputError naming the field; RefusedError when the name is taken."""
        if not NAME.fullmatch(ask.name) or ask.name in self.fixed:
            raise _wrong("name", ask.name, "3 to 32 small letters, digits and _, of no experiment there is")
        now = self.clock.now()
        row = TrialRow(ask.name, "draft", 1, by, self._content(ask), now, now)
        self.trials.add(row)
        self.audit.add(by, "trial.defined", row.experiment, {"place": row.content["place"]})
        return row

    def change(self, ask: TrialAsk, version: int, by: str) -> TrialRow:
        """Write a draft anew. Raises InputError; RefusedError when it runs, ran, or was changed meanwhile."""
        row = self._in_state(
            ask.name, "draft", "Stop it and define another: shares and place stay while people see it."
        )
        return self._write(row, version, by, "changed", "draft", self._content(ask))

    def start(self, experiment: str, version: int, by: str) -> TrialRow:
        """Let people see it from now on. Raises RefusedError when its place is taken or it is no draft."""
        row = self._in_state(experiment, "draft", "Define another one.")
        busy = [one.name for one in (*self.fixed.values(), *self.live().values())
                if one.running and one.place == row.content["place"]]  # fmt: skip
        if busy:
            raise RefusedError(
                f"{busy[0]} is tried at {row.content['place']} already", code="place", field="place", found=busy[0],
                expected="one experiment at a place at a time", do=f"Stop or conclude {busy[0]} first.",
            )  # fmt: skip
        today = self._today()
        last = today + timedelta(days=int(row.content["days"]) - 1)
        content = {**row.content, "started_on": today.isoformat(), "ends_on": last.isoformat()}
        return self._write(row, version, by, "started", "running", content)

    def stop(self, experiment: str, version: int, by: str, why: str) -> TrialRow:
        """End it without a winner: everybody gets what they had before. Raises RefusedError; InputError without why."""
        row = self._in_state(experiment, "running", "Only a running one can be stopped.")
        return self._end(row, version, by, "stopped", why, "")

    def conclude(
        self, experiment: str, version: int, by: str, why: str, winner: str, verdicts: Verdicts
    ) -> TrialRow:  # fmt: skip
        """End it with what everybody gets from now on; `verdicts` says of each variant what the results call it.

        Raises:
            RefusedError: the results do not carry it: the split is broken, the variant is not better or it hurts.
            InputError: no such variant, or no why.
        """
        row = self._in_state(experiment, "running", "Only a running one can be concluded.")
        names = [name for name, _ in row.content["shares"]]
        if winner not in names:
            raise _wrong("winner", winner, " or ".join(names))
        verdict = verdicts(row)[winner]
        if verdict not in ("better", "control"):
            raise RefusedError(
                f"the results call {winner} {verdict.replace('_', ' ')}", code="not_better", field="winner",
                found=verdict, expected="a variant that is better and hurts nothing, or the present one",
                do="Wait for more people, stop it, or conclude for the present variant.",
            )  # fmt: skip
        return self._end(row, version, by, "concluded", why, winner)

    def prompt_shares(self) -> Mapping[str, Mapping[str, Decimal]]:
        """Prompt to the versions that are asked instead of those of rag/prompts, and their shares."""
        found = {}
        for one in self.live().values():
            if one.changes == "prompt" and (one.running or one.winner != next(iter(one.shares))):
                shares = one.shares if one.running else {one.winner: Decimal(1)}
                found[one.place.removeprefix("prompt.")] = {name.removeprefix("v"): s for name, s in shares.items()}
        return found

    def _end(self, row: TrialRow, version: int, by: str, state: TrialState, why: str, winner: str) -> TrialRow:
        content = {**row.content, "why": _words("why", why), "winner": winner, "ended_on": self._today().isoformat()}
        return self._write(row, version, by, state, state, content)

    def _write(
        self, row: TrialRow, version: int, by: str, act: str, state: TrialState, content: Mapping[str, Any]
    ) -> TrialRow:
        now = self.clock.now()
        after = self.trials.replace(replace(row, version=version, state=state, content=content, changed_at=now))
        self.known.at = float("-inf")
        self.audit.add(
            by, f"trial.{act}", row.experiment, {"version": str(after.version), "why": content.get("why", "")}
        )
        return after

    def _in_state(self, experiment: str, state: TrialState, do: str) -> TrialRow:
        row = self.trials.get(experiment)
        if row.state != state:
            raise RefusedError(
                f"{experiment} is {row.state}", code="state", field="experiment", found=row.state, expected=state, do=do
            )
        return row

    def _content(self, ask: TrialAsk) -> dict[str, Any]:
        """The draft, each field checked against the catalogue."""
        place, limits = self._place(ask.place), self.limits
        shares = shares_of(ask.shares, place)
        rails = [name for name in ask.guardrails if name]
        if ask.measure not in self.catalogue.measures:
            raise _wrong("measure", ask.measure, ", ".join(self.catalogue.measures))
        if not rails or not set(rails) <= set(self.catalogue.guardrails):
            raise _wrong("guardrails", ", ".join(rails), f"one or more of {', '.join(self.catalogue.guardrails)}")
        days = _number("days", ask.days or str(limits.days_most), 1, limits.days_most)
        worth = _number("worth", ask.worth or str(limits.worth * 100), Decimal("0.1"), 50) / 100
        last = self._today() + timedelta(days=int(days) - 1)
        return {
            "question": _words("question", ask.question), "owner": _words("owner", ask.owner), "place": place.name,
            "changes": place.changes, "shares": [[name, str(share)] for name, share in shares], "measure": ask.measure,
            "guardrails": rails, "worth": str(worth.normalize()), "days": int(days), "ends_on": last.isoformat(),
        }  # fmt: skip

    def _place(self, name: str) -> Place:
        if name not in self.catalogue.places:
            raise _wrong("place", name, f"one of {', '.join(self.catalogue.places)}; prices and rules are no place")
        return self.catalogue.places[name]

    def _today(self) -> date:
        return self.clock.now().date()


def _words(name: str, text: str) -> str:
    found = text.strip()
    if not 1 <= len(found) <= MOST_WORDS:
        raise _wrong(name, f"{len(found)} characters", f"1 to {MOST_WORDS} characters")
    return found


def _number(name: str, text: str, least: Decimal | int, most: Decimal | int) -> Decimal:
    try:
        found = Decimal(text)
    except ArithmeticError:
        found = Decimal("NaN")
    if not found.is_finite() or not least <= found <= most or (name == "days" and found != int(found)):
        raise _wrong(name, text, f"a number from {least} to {most}")
    return found


def _wrong(name: str, found: str, expected: str) -> InputError:
    return InputError(f"{name} is {found[:60] or 'missing'}", code=name, field=name, found=found[:60] or "nothing",
                      expected=expected, do=f"Correct {name}.")  # fmt: skip

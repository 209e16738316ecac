"""How loans turned out, as it comes in: read strictly, matched with the decisions, written down once.

What cannot be taken is never lost in silence: it is counted and named in the answer.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lending.domain.errors import CandorError, InputError
from lending.outcome_ports import OutcomeRow, Outcomes
from lending.ports import AuditLog, Clock
from serving.fields import Fields, kind_of
from serving.strict_json import parse_json

FIELDS = ("decision_id", "known_on", "bad")
_ID = "d_[a-z2-7]{26}"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_WORDS: Mapping[str, bool] = {"1": True, "0": False, "true": True, "false": False}
"""How a table writes whether a loan went bad."""
LONGEST_SOURCE = 64
NAMED = 20
"""How many of each kind of trouble an answer names; all are counted."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A line that was not taken, and why."""

    line: int
    decision_id: str
    why: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"line": self.line, "decision_id": self.decision_id, "why": self.why}


@dataclass(frozen=True)
class Taken:
    """What came of a file.

    Attributes:
        lines: that had something on them.
        added: outcomes that are new; `again` were on record already, the same.
        unreadable: lines that are not what is asked for.
        unknown: outcomes of decisions that this bank did not make, or whose customer was erased.
        not_lent: outcomes of declined applications: nothing was lent there.
        too_early: known only in the future.
        contradicting: another outcome is on record, or in the same file; what is on record stays.
    """

    source: str
    lines: int = 0
    added: int = 0
    again: int = 0
    unreadable: list[Trouble] = field(default_factory=list[Trouble])
    unknown: list[Trouble] = field(default_factory=list[Trouble])
    not_lent: list[Trouble] = field(default_factory=list[Trouble])
    too_early: list[Trouble] = field(default_factory=list[Trouble])
    contradicting: list[Trouble] = field(default_factory=list[Trouble])

    @property
    def refused(self) -> Mapping[str, Sequence[Trouble]]:
        """What was not taken, by kind."""
        names = ("unreadable", "unknown", "not_lent", "too_early", "contradicting")
        return {name: getattr(self, name) for name in names}

    def as_dict(self) -> dict[str, Any]:
        """As `candor outcomes add --json` prints it: every kind counted, the first of each named."""
        counts = {name: len(found) for name, found in self.refused.items()}
        named = {name: [one.as_dict() for one in found[:NAMED]] for name, found in self.refused.items() if found}
        return {
            "source": self.source, "lines": self.lines, "added": self.added, "again": self.again, **counts,
            "named": named,
        }  # fmt: skip


Line = tuple[int, OutcomeRow | Trouble]
"""The number of a line, counted from 1, and what stands on it."""


def take_outcomes(
    file: Outcomes, audit: AuditLog, clock: Clock, lines: Iterator[Line], source: str, actor: str
) -> Taken:
    """Match outcomes with decisions and write down what is new; audited.

    Args:
        file: the record.
        audit: the trail.
        clock: says what lies in the future.
        lines: from `read_outcomes`.
        source: where they come from.
        actor: who brings them.
    """
    today, read = clock.now().date(), list(lines)
    rows = [(number, row) for number, row in read if isinstance(row, OutcomeRow)]
    taken = {"unreadable": [row for _, row in read if isinstance(row, Trouble)]}
    wanted = [row.decision_id for _, row in rows]
    decided, known = file.decided(wanted), dict(file.known(wanted))
    fresh: list[OutcomeRow] = []
    again = 0
    for number, row in rows:
        kind, why = _trouble(row, decided.get(row.decision_id), known.get(row.decision_id), today)
        if kind == "again":
            again += 1
        elif kind:
            taken.setdefault(kind, []).append(Trouble(number, row.decision_id, why))
        else:
            known[row.decision_id] = row
            fresh.append(row)
    done = Taken(source, len(read), file.add(fresh, clock.now()), again, **taken)
    counts = {name: str(count) for name, count in done.as_dict().items() if isinstance(count, int)}
    audit.add(actor, "outcomes.add", source, counts)
    return done


def _trouble(row: OutcomeRow, decided: str | None, known: OutcomeRow | None, today: date) -> tuple[str, str]:
    """The kind of trouble with a row and why; two empty texts when there is none."""
    if decided is None:
        return "unknown", "no such decision, or its customer was erased"
    if decided == "decline":
        return "not_lent", "the application was declined"
    if row.known_on > today:
        return "too_early", f"known on {row.known_on}, which is still to come"
    if known is None:
        return "", ""
    if (known.known_on, known.bad) == (row.known_on, row.bad):
        return "again", ""
    words = {True: "bad", False: "good"}
    return "contradicting", f"{words[row.bad]} on {row.known_on}, on record {words[known.bad]} on {known.known_on}"


def read_outcomes(name: str, content: bytes, source: str = "") -> Iterator[Line]:
    """The outcomes of a file, line by line: JSON lines, or a table with a header.

    Args:
        name: of the file; `.csv` means a table.
        content: UTF-8.
        source: what is written beside each outcome; left out: the name.

    Raises:
        InputError: the file is no text, or its header lacks a column.
    """
    mark = (source or name)[:LONGEST_SOURCE]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is no UTF-8 text", code="encoding", field=name, found=f"a byte {error.object[error.start]:#04x}",
            expected="UTF-8", do="Save it as UTF-8.",
        ) from None  # fmt: skip
    return _table(name, text, mark) if name.lower().endswith(".csv") else _lines(text, mark)


def _lines(text: str, source: str) -> Iterator[Line]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, _row(number, lambda line=line: parse_json(line), source)


def _table(name: str, text: str, source: str) -> Iterator[Line]:
    rows = csv.reader(io.StringIO(text, newline=""))
    header = [column.strip() for column in next(rows, [])]
    if sorted(header) != sorted(FIELDS):
        found, expected = ", ".join(header)[:80] or "none", ", ".join(FIELDS)
        raise InputError(
            f"{name} has the columns {found}; expected {expected}", code="columns", field=name, found=found,
            expected=expected, do="Give it exactly these columns.",
        )  # fmt: skip
    return ((rows.line_num, _row(rows.line_num, lambda cells=cells: _cells(header, cells), source))
            for cells in rows if any(cell.strip() for cell in cells))  # fmt: skip


def _cells(header: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    if len(cells) != len(header):
        raise InputError(f"{len(cells)} cells; the header has {len(header)}", code="cells")
    row: dict[str, Any] = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    return row | {"bad": _WORDS.get(row["bad"].lower(), row["bad"])}


def _row(number: int, read: Any, source: str) -> OutcomeRow | Trouble:
    """One outcome, or what is wrong with its line."""
    try:
        return _outcome(read(), source)
    except CandorError as error:
        return Trouble(number, "", str(error)[:200])


def _outcome(data: Mapping[str, Any], source: str) -> OutcomeRow:
    """`{decision_id, known_on, bad}` and nothing else. Raises InvalidBody naming every fault."""
    fields = Fields(data, FIELDS)
    name = fields.text("decision_id", "a decision's id such as d_…", 28, _ID)
    day = fields.text("known_on", "a day such as 2026-03-31", 10, _DAY)
    bad = data.get("bad")
    if not isinstance(bad, bool):
        fields.wrong("bad", kind_of(bad) if bad is not None else "missing", "true or false", "Say true or false.")
    known = None
    try:
        known = date.fromisoformat(day) if day else None
    except ValueError:
        fields.wrong("known_on", day, "a day of the calendar", "Correct known_on.")
    fields.check()
    assert known is not None  # noqa: S101 - `check` has raised otherwise
    return OutcomeRow(name, known, bool(bad), source)

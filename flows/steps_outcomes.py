"""What is done about how loans turned out: files are read, those of the demo bank are generated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lending.domain.errors import InputError

if TYPE_CHECKING:
    from lending.outcome_ports import LentRow
    from serving.assembly import Platform
    from serving.outcomes import Line, Taken

FOLDER = "outcomes"
"""Below the home: files laid here are read by the flow; the same file again changes nothing."""
KINDS = (".jsonl", ".csv")
MOST_BYTES = 256 * 1024 * 1024


def add_outcomes(file: Path, actor: str) -> Taken:
    """Take the outcomes of a file. Raises InputError when it cannot be read as such a file."""
    from serving.assembly import platform
    from serving.outcomes import read_outcomes, take_outcomes

    place = platform()
    lines = read_outcomes(file.name, _content(file))
    return take_outcomes(place.records.outcomes, place.audit, place.clock, lines, file.name[:64], actor)


def add_laid(actor: str) -> list[dict[str, Any]]:
    """Take the outcomes of every file laid in the folder, by name; one that cannot be read is told and left there."""
    from serving.assembly import platform

    folder = platform().settings.var / FOLDER
    files = sorted(one for one in folder.glob("*") if one.suffix in KINDS) if folder.is_dir() else []
    return [_added(file, actor) for file in files]


def _added(file: Path, actor: str) -> dict[str, Any]:
    try:
        return add_outcomes(file, actor).as_dict()
    except InputError as error:
        return {"source": file.name, "error": error.as_dict()}


def add_generated(seed: int, actor: str) -> dict[str, Any] | None:
    """Outcomes of the demo bank's own loans, as far as they would be known by now; labelled as generated.

    None where the bank is not the demo bank: there nobody's outcome is invented.
    """
    from features.synthetic.late import SOURCE
    from flows.parameters import PORTFOLIO
    from serving.assembly import platform
    from serving.outcomes import take_outcomes

    place = platform()
    if place.settings.profile == "production" or place.settings.portfolio != PORTFOLIO:
        return None
    lines = _generated(place, seed)
    return take_outcomes(place.records.outcomes, place.audit, place.clock, lines, SOURCE, actor).as_dict()


def first_look(seed: int, actor: str) -> None:
    """Outcomes of a history that was just given, and how model and groups do: no page waits for the first night."""
    from flows.steps_fairness import measure_fairness
    from flows.steps_performance import measure_performance
    from serving.assembly import platform
    from serving.loans import LIVE

    add_generated(seed, actor)
    for data in (LIVE, platform().settings.portfolio):
        for measure in (measure_performance, measure_fairness):
            with suppress(InputError):  # such as a book that has no champion yet; the flow of the night says so
                measure(data)


def _generated(place: Platform, seed: int) -> Iterator[Line]:
    """The outcomes that are due and not on record."""
    from features.synthetic.late import SOURCE, late_outcomes
    from lending.outcome_ports import OutcomeRow

    today = place.clock.now().date()
    waiting = [_lent(place, row) for row in place.records.outcomes.lent() if row.outcome is None]
    turned = late_outcomes(waiting, place.settings.market, seed)
    for number, (loan, (bad, known_on)) in enumerate(zip(waiting, turned, strict=True), start=1):
        if known_on <= today:
            yield number, OutcomeRow(loan.decision_id, known_on, bad, SOURCE)


def _lent(place: Platform, row: LentRow) -> Any:
    import json
    from datetime import date

    from features.synthetic.late import Lent
    from lending.domain.core import application_from

    core = json.loads(row.core)
    protected = place.records.customers.protected(row.customer_id)
    return Lent(row.decision_id, application_from(core), protected, date.fromisoformat(core["as_of"]))


def _content(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if size > MOST_BYTES:
            raise InputError(
                f"{file.name} has {size} bytes", code="too_large", field=str(file), found=f"{size} bytes",
                expected=f"at most {MOST_BYTES} bytes", do="Split it; the order of the parts does not matter.",
            )  # fmt: skip
        return file.read_bytes()
    except OSError as error:
        raise InputError(
            f"{file} cannot be read: {(error.strerror or 'unknown').lower()}", code="not_readable", field=str(file),
            found=str(error.strerror), expected="a file of outcomes", do="Check the name and its permissions.",
        ) from None  # fmt: skip

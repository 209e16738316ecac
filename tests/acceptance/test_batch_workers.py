"""A large file decided by several processes gives what one process gives, byte by byte."""

from __future__ import annotations

import json
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from flows.batch import decide_lines
from flows.batch_workers import Workers, workers_for
from lending.domain.errors import UnavailableError
from serving.assembly import Platform
from tests.acceptance.test_one_line import PEOPLE, named, requests
from tests.conftest import sized

BAD = ["{", '{"customer": "nobody", "product": "car", "amount": "9000", "term_months": 48}', ""]


def wanted() -> list[dict[str, Any]]:
    """Requests of every kind, more than one chunk of them."""
    return requests(sorted(PEOPLE.values()), sized(1_100, 5_000))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """What is wanted, with bad lines between."""
    lines = [json.dumps({"id": n, "customer": r["customer"], **r["body"]}) for n, r in enumerate(wanted())]
    lines[7:7] = BAD
    (tmp_path / "in.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path / "in.jsonl"


@pytest.mark.full
def test_processes_give_the_file_that_one_gives(bank: Platform, source: Path, tmp_path: Path) -> None:
    several, alone = tmp_path / "several.jsonl", tmp_path / "alone.jsonl"
    with Workers(bank.settings, 2) as workers:
        done = decide_lines(bank.quotes, source, several, workers)
    assert done["failed"] == len(BAD)
    assert decide_lines(bank.quotes, source, alone)["decided"] == done["decided"]
    assert several.read_bytes() == alone.read_bytes()
    rows = [json.loads(line) for line in several.read_text(encoding="utf-8").splitlines()]
    assert [row["line"] for row in rows if "error" in row] == [8, 9, 10]
    by_function = [named(bank.quotes.quote, one, channel="cli", actor="test") for one in wanted()[:12]]
    assert by_function == [row["decision_id"] for row in rows if "error" not in row][:12]
    written = {row["decision_id"] for row in rows if "error" not in row}
    assert {state.status for state in bank.decisions.audit(sorted(written))} == {"ok"}


@pytest.mark.full
def test_when_a_process_dies_the_old_file_stays(bank: Platform, source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("before", encoding="utf-8")
    with Workers(bank.settings, 1) as workers:
        decide_lines(bank.quotes, source, tmp_path / "first.jsonl", workers)
        for process in active_children():
            process.kill()
        with pytest.raises(UnavailableError, match="ended before its work"):
            decide_lines(bank.quotes, source, target, workers)
    assert target.read_text(encoding="utf-8") == "before"


@pytest.mark.full
def test_a_small_file_needs_no_other_process(bank: Platform, source: Path) -> None:
    with workers_for(source, bank.settings) as workers:
        assert workers is None

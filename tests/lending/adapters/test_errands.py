"""What a request wrote is found by its id, and nothing of another request whose id only looks like it."""

from __future__ import annotations

from pathlib import Path

from lending.errand import Errand, at_work
from tests.bank import open_bank


def test_a_line_in_an_id_stands_for_itself_alone(tmp_path: Path) -> None:
    place = open_bank(tmp_path)
    for name in ("core_banking-1", "core-banking-1"):
        with at_work(Errand.begin(name)):
            place.audit.add("officer", "document.read", name, {})
    found = place.records.traced("core_banking-1")
    assert [act.subject for act in found.acts] == ["core_banking-1"]
    place.records.database.engine.dispose()

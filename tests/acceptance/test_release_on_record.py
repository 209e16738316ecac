"""A demo bank's promotions: the first by itself and said so, the next by two people, each in the audit trail."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import select

from lending.adapters.tables import audit_events
from serving.assembly import Platform


def promotions(bank: Platform) -> list[tuple[str, str, dict[str, Any]]]:
    with bank.records.database.read() as connection:
        rows = connection.execute(select(audit_events).order_by(audit_events.c.seq)).mappings().all()
    return [(r["actor"], r["act"], json.loads(r["detail"])) for r in rows if r["act"].startswith("model.")]


@pytest.mark.full
def test_the_first_model_was_promoted_by_the_first_start_and_the_record_says_so(bank: Platform) -> None:
    (_, begun, _), (actor, done, detail) = promotions(bank)[:2]
    assert (begun, done, actor) == ("model.promote.begun", "model.promote.done", "first start")
    assert detail["previous"] == "none"
    assert "no person approved this" in detail["reason"]
    assert bank.records.audit.broken_at() is None


def test_who_trained_a_model_is_refused_as_its_approver_and_that_is_on_record(
    bank: Platform, cli_env: dict[str, str]
) -> None:
    words = ["promote", "1", "--reason", "mine", "--approver", "Ann", "--requested-by", "ann", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", *words], env=cli_env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    said = json.loads(done.stdout)["error"]
    assert said["code"] == "four_eyes"
    assert said["do"]
    said_of_ann = [(act, detail.get("code")) for actor, act, detail in promotions(bank) if actor == "Ann"]
    assert said_of_ann == [("model.promote.begun", None), ("model.promote.refused", "four_eyes")], promotions(bank)
    assert bank.records.audit.broken_at() is None

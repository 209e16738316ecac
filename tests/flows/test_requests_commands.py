"""Requests of customers and messages to them, on the command line and in the flow that sweeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flows.cli import run
from flows.summaries import delivery_summary
from lending.adapters.outbox import MOST_ATTEMPTS
from serving import assembly
from serving.assembly import Platform
from tests.bank import open_bank
from tests.conftest import HandClock

GOOD = "C00001"


@pytest.fixture
def bank(tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Platform:
    made = open_bank(tmp_path, clock=clock)
    monkeypatch.setattr(assembly, "platform", lambda: made)
    monkeypatch.setattr("flows.outbox_sweep.platform", lambda: made)
    return made


def answered(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert run([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_an_officer_lists_takes_and_closes_a_request(bank: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    asked = bank.account.dispute(GOOD, "gross_monthly_income", "9100", "My pay was raised.")["request_id"]
    (row,) = answered(capsys, "requests", "list")["requests"]
    assert (row["request_id"], row["results"]) == (asked, ["corrected", "unchanged"])
    assert answered(capsys, "requests", "take", asked, "--by", "officer")["handled_by"] == "officer"
    refused = answered(capsys, "requests", "take", asked, "--by", "senior", code=1)
    assert refused["error"]["code"] == "taken"
    words = ("--answer", "It is corrected.", "--by", "officer")
    assert answered(capsys, "requests", "close", asked, "sent", *words, code=2)["error"]["code"] == "result"
    assert answered(capsys, "requests", "close", asked, "corrected", *words)["state"] == "done"
    assert answered(capsys, "requests", "show", asked)["answer"] == "It is corrected."
    assert answered(capsys, "requests", "show", "q_unknown", code=2)["error"]["code"] == "not_found"
    assert answered(capsys, "requests", "list")["requests"] == []


def test_people_read_it_too(bank: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    asked = bank.account.dispute(GOOD, "credit_score", "800", "I paid.")["request_id"]
    for arguments in (("list",), ("show", asked), ("take", asked, "--by", "officer")):
        assert run(["requests", *arguments]) == 0
    assert f"candor requests close {asked}" in capsys.readouterr().out.replace("\n", " ")


def test_what_was_given_up_is_seen_and_tried_again(
    bank: Platform, clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    bank.records.outbox.add("nobody", None, "x", {})
    for _ in range(MOST_ATTEMPTS):
        assert answered(capsys, "messages", "deliver")["delivered"] == 0
        clock.move(hours=1)
    assert answered(capsys, "messages", "list")["messages"] == []
    (lost,) = answered(capsys, "messages", "list", "--failed")["messages"]
    assert (lost["state"], lost["trouble"], lost["attempts"]) == ("given_up", "no_handler", MOST_ATTEMPTS)
    assert answered(capsys, "messages", "retry", lost["message_id"]) == {"due_again": 1}
    assert [row["state"] for row in answered(capsys, "messages", "list")["messages"]] == ["waiting"]
    assert run(["messages", "list"]) == 0


def test_the_sweep_delivers_and_erases_what_is_due(bank: Platform, clock: HandClock) -> None:
    from flows.outbox_sweep import sweep

    bank.messages.tell(GOOD, "application.submitted", "a_1", "one", reference="AB")
    bank.objects.put("endpoint-capture/candor/AllTraffic/2026/01/01/00/00-00-000-x.jsonl", b"{}")
    done = sweep()
    assert (done["delivered"], done["erased"], done["captured"]) == (1, 0, 1)
    assert bank.objects.keys("endpoint-capture/") == []
    assert "| delivered | 1 |" in delivery_summary(done)

"""Replays in the policy lab, as steps of a flow and as a command."""

import json

import pytest

from flows import lab
from flows.cli import run
from flows.summaries import lab_summary
from lending.domain.errors import RefusedError
from serving.assembly import platform
from tests.conftest import HandClock
from tests.serving.lab_bank import open_lab
from tests.serving.standins import Champion, LinearModel

ASKED = {"car.score_min": "700"}


@pytest.fixture
def place(home):
    """The platform that steps and commands find, with a book of past loans and a small model."""
    open_lab(home, clock=HandClock())
    opened = platform()
    opened.__dict__["champion"] = Champion(LinearModel())
    return opened


@pytest.fixture
def draft(place):
    return place.draft_desk.write("risk", "A higher score for cars", ASKED).draft_id


def test_a_replay_is_kept_with_its_draft_and_tells_how_far_it_is(place, draft):
    told = []
    found = lab.run_draft(draft, "demo_bank", None, 300, lambda share, text: told.append((share, text)))
    assert place.records.drafts.get(draft).result == json.loads(json.dumps(found))
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert told[-1] == (0.9, "comparing both")
    summary = lab_summary(draft, found)
    assert f"{found['swaps']['out']['count']} move out" in summary
    assert "approval_rate" in summary


def test_a_replay_that_fails_leaves_word_with_its_draft(place, draft):
    place.__dict__["champion"] = Champion(None)
    with pytest.raises(RefusedError):
        lab.run_draft(draft, "demo_bank", None, None, lambda share, text: None)
    assert "no_model" in place.records.drafts.get(draft).result["failed"]["code"]


def test_the_command_prints_one_object_with_intervals_and_who_moves(place, capsys):
    assert run(["lab", "run", "--set", "car.score_min=700", "--data", "demo_bank", "--most", "60", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["applications"], found["values"]) == (60, ASKED)
    assert set(found["figures"]["approval_rate"]["change"]) == {"value", "low", "high", "count"}
    assert run(["lab", "figures", "--json"]) == 0
    assert "car.score_min" in [row["path"] for row in json.loads(capsys.readouterr().out)["figures"]]


@pytest.mark.parametrize(
    ("change", "code"),
    [("car.score_min", "lab_set"), ("car.score_min=", "lab_set"), ("car.score_min=1", "lab_bounds"),
     ("nothing=1", "lab_leaf"), ("car.rate_min=0.2", "policy")],
)  # fmt: skip
def test_a_change_that_cannot_be_is_refused_in_one_object(place, capsys, change, code):
    assert run(["lab", "run", "--set", change, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code

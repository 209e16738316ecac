"""`candor models challenger | shadow | route | end-split`: one sentence for people, one object for programs."""

import io
import json

import pytest
from rich.console import Console

from flows.cli import run
from flows.cli_routes import _show_route

ONE = {"version": "candor-pd-small/2", "folder": "2", "manifest_sha256": "0" * 64, "approver": "ann",
       "requested_by": "tom", "reason": "newer [loans]", "at": "2026-11-02T09:00:00+00:00", "share": "0.1"}  # fmt: skip
NOBODY = {"data": "small", "champion": "candor-pd-small/1", "challenger": None, "shadow": None, "split": None}


def shown(**parts):
    console = Console(width=220, record=True, file=io.StringIO())
    _show_route(console, {**NOBODY, **parts})
    return console.export_text()


def test_without_a_challenger_the_champion_decides_for_everybody():
    assert shown() == "candor-pd-small/1 decides for everybody\n"
    assert "no model decides for small yet" in shown(champion=None)


def test_challenger_and_shadow_are_shown_with_share_people_and_reason():
    text = shown(challenger=ONE, shadow={**ONE, "version": "candor-pd-small/3", "share": ""})
    assert "candor-pd-small/1 decides, but for 0.1 of the applicants" in text
    assert "candor-pd-small/2 decides for those as challenger" in text
    assert "let by ann, asked for by tom: newer [loans]" in text
    assert "candor-pd-small/3 only scores, as shadow" in text


def test_a_data_set_without_models_has_no_route(home, capsys):
    assert run(["models", "route", "--data", "small", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {**NOBODY, "champion": None}


@pytest.mark.parametrize(
    ("line", "code", "word"),
    [
        (["challenger", "2", "--share", "0.1", "--reason", "why"], 1, "has no champion to stand beside"),
        (["challenger", "2", "--share", "0.9", "--reason", "why"], 2, "at most 0.5"),
        (["shadow", "2", "--reason", "why"], 1, "has no champion to stand beside"),
        (["shadow", "2", "--reason", " "], 2, "needs its reason"),
        (["end-split", "--reason", "why"], 1, "has no challenger"),
        (["end-split", "--shadow", "--reason", "why"], 1, "has no shadow"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(home, capsys, line, code, word):
    assert run(["models", *line, "--data", "small"]) == code
    assert word in capsys.readouterr().err

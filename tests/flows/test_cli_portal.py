"""The funnel of the portal on the command line."""

from __future__ import annotations

import json

import pytest

from flows.cli import run


@pytest.fixture
def visited(home):
    from serving.assembly import platform

    place = platform()
    for session in ("one", "two"):
        place.behaviour.note(session, "C00001", {"event": "view", "page": "home"})
    place.behaviour.note("two", "C00001", {"event": "view", "page": "loans", "product": "car"})


def test_the_funnel_says_where_visits_stop(visited, capsys):
    assert run(["funnel", "--json"]) == 0
    drawn = json.loads(capsys.readouterr().out)
    assert drawn["visits"] == 2
    assert [step["visits"] for step in drawn["groups"][0]["steps"]][:2] == [2, 1]


def test_people_read_it_as_a_table(visited, capsys):
    assert run(["funnel", "--by", "product", "--since", "2020-01-01"]) == 0
    shown = capsys.readouterr().out
    assert "car" in shown
    assert "looked at a loan" in shown


@pytest.mark.parametrize("wrong", [["--by", "customer"], ["--since", "last week"]])
def test_a_wrong_option_is_one_sentence(home, capsys, wrong):
    assert run(["funnel", *wrong]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1

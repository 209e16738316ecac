"""The doctor: finds what is wrong, says how to mend it, changes nothing."""

import json

import pytest

from flows.cli import run
from flows.doctor import examine


@pytest.fixture
def report(home):
    return examine()


def _check(report, name):
    return next(check for check in report["checks"] if check["name"] == name)


def test_everything_that_is_not_well_comes_with_a_fix(report):
    assert all(check["fix"] for check in report["checks"] if check["level"] != "ok")


def test_looking_changes_nothing(home, report):
    assert list(home.iterdir()) == []
    assert report["home"] == str(home)


def test_before_the_first_start_there_is_no_champion_and_nobody(report):
    assert report["ok"] is True
    assert _check(report, "champion")["level"] == "note"
    assert report["demo_customers"] == {}


def test_a_bad_setting_is_a_problem_named_by_its_variable(home, monkeypatch, capsys):
    monkeypatch.setenv("CANDOR_MARKET", "atlantis")
    assert run(["doctor", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    assert "CANDOR_MARKET" in _check(report, "settings")["found"]


def test_a_torn_pointer_to_the_champion_is_a_problem(home):
    pointer = home / "models" / "demo_bank" / "champion.json"
    pointer.parent.mkdir(parents=True)
    pointer.write_text("{", encoding="utf-8")
    found = _check(examine(), "champion")
    assert found["level"] == "problem"
    assert found["fix"]


def test_the_report_can_be_read_by_people(home, capsys):
    assert run(["doctor"]) == 0
    assert "candor up" in capsys.readouterr().out


def test_an_override_that_has_ended_is_a_problem_and_one_that_holds_is_not(home):
    pointer = home / "models" / "demo_bank" / "champion.json"
    pointer.parent.mkdir(parents=True)
    for until, problems in (("2099-01-01", []), ("2020-01-01", ["override"])):
        override = {"gate": "auc", "owner": "bob", "until": until}
        pointer.write_text(json.dumps({"version": "candor-pd-demo_bank/1", "override": override}), encoding="utf-8")
        checks = {check["name"]: check for check in examine()["checks"]}
        assert [name for name in checks if name == "override"] == problems
    assert "gate auc by bob ended on 2020-01-01" in checks["override"]["found"]

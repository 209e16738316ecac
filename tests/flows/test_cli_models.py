"""`candor models`: what each version is used for, its gates, who answers for it, and overrides that end."""

import io
import json

import pytest
from rich.console import Console

from flows.cli import run
from flows.cli_models import _show_models

ROW = {
    "version": "candor-pd-small/2", "aliases": "champion", "family": "scorecard", "run_id": "a" * 32,
    "registered_at": "2026-11-02T09:00:00+00:00", "metrics": {"auc": {"value": 0.7123, "low": 0.69, "high": 0.73}},
    "gates_failed": [], "trained_by": "tom", "requested_by": "tom", "approver": "ann", "reason": "newer [loans]",
    "approved_at": "2026-11-02T10:00:00+00:00", "override": None, "rolled_back": None,
}  # fmt: skip


def shown(*rows):
    console = Console(width=220, record=True, file=io.StringIO())
    _show_models(console, {"data": "small", "champion": "candor-pd-small/2", "models": list(rows)})
    return console.export_text()


def test_a_version_is_shown_with_its_use_family_gates_people_and_reason():
    text = shown(ROW)
    for word in ("champion", "scorecard", "0.712", "all passed", "tom", "ann", "newer [loans]"):
        assert word in text
    assert "champion of small: candor-pd-small/2" in text


@pytest.mark.parametrize(
    ("ended", "word"), [(False, "auc by bob, until 2026-12-01"), (True, "auc by bob, ended 2026-12-01")]
)
def test_an_override_is_shown_with_its_owner_and_whether_it_has_ended(ended, word):
    override = {"gate": "auc", "owner": "bob", "until": "2026-12-01", "ended": ended}
    text = shown({**ROW, "gates_failed": ["auc"], "override": override})
    assert word in text
    assert "failed: auc" in text


def test_a_data_set_without_models_says_what_to_do(home, capsys):
    assert run(["models", "--data", "small"]) == 0
    assert "candor train --data small" in capsys.readouterr().out
    assert run(["models", "--data", "small", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"data": "small", "champion": None, "models": []}


def test_going_back_where_nobody_decided_before_is_refused_in_one_sentence(home, capsys):
    assert run(["models", "rollback", "--data", "small"]) == 1
    assert "has had no champion before" in capsys.readouterr().err

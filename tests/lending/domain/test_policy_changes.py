"""What was published or is tried beside the files of kb/."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from lending.adapters.policy_files import PolicyFiles, parse_policy, read_texts
from lending.domain.errors import PolicyError
from lending.domain.policy import rulebook
from lending.domain.policy_changes import Change, place_of
from lending.yaml_text import read_tree

KB = Path(__file__).resolve().parents[3] / "kb"
BEFORE, SINCE = date(2026, 11, 30), date(2026, 12, 1)


class Kept:
    """Keeps the texts of policies in memory."""

    def __init__(self) -> None:
        self.texts: dict[str, Mapping[str, str]] = {}

    def keep(self, version: str, files: Mapping[str, str]) -> bool:
        self.texts.setdefault(version, dict(files))
        return True

    def files(self, version: str) -> Mapping[str, str]:
        return self.texts[version]


class Said:
    """Changes in force, changed by hand."""

    def __init__(self) -> None:
        self.changes: tuple[Change, ...] = ()

    def in_force(self) -> tuple[Change, ...]:
        return self.changes


def a_change(path: str = "car.score_min", value: str = "700") -> Change:
    return Change(path, Decimal(value), SINCE, "a draft")


@pytest.fixture(scope="module")
def files() -> PolicyFiles:
    return PolicyFiles(KB, "us", Kept())


def test_without_changes_the_policy_is_that_of_the_files(files: PolicyFiles) -> None:
    plain = parse_policy(read_texts(KB, "us"), "us")
    assert files.current.sha256 == plain.sha256 == files.tried({}).sha256 == files.with_changes(()).sha256


def test_a_published_figure_holds_from_its_day_on(files: PolicyFiles) -> None:
    changed = files.with_changes([a_change(), a_change("shared.foir_max", "0.5")])
    assert changed.version != files.current.version
    before, after = (rulebook(changed, "car", day) for day in (BEFORE, SINCE))
    assert (before["score_min"], after["score_min"]) == (650, 700)
    assert (before["foir_max"], after["foir_max"]) == (Decimal("0.55"), Decimal("0.5"))


def test_a_tried_figure_holds_on_every_day_and_alone(files: PolicyFiles) -> None:
    tried, now = files.tried({"shared.foir_max": Decimal("0.5")}), files.current
    for day in (date(2023, 1, 1), date(2025, 12, 31), SINCE):
        one, other = rulebook(tried, "car", day), rulebook(now, "car", day)
        assert one["foir_max"] == Decimal("0.5")
        assert {n: v for n, v in one.values.items() if n != "foir_max"} == {
            n: v for n, v in other.values.items() if n != "foir_max"
        }


def test_what_a_market_says_of_a_figure_is_what_changes() -> None:
    texts = read_texts(KB, "in")
    trees = {path: read_tree(path, text) for path, text in texts.items()}
    assert place_of(trees, "in", "car.income_min").file == "markets/in.yaml"
    assert place_of(trees, "in", "car.score_min").file == "products/car.yaml"
    assert place_of(trees, "in", "shared.foir_max").file == "policy/credit.yaml"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("car.rate_min", "0.2", "kb/products/car.yaml: rate_min"),
        ("home.lgd", "1.5", "kb/products/home.yaml: lgd"),
        ("car.nothing", "1", "car.nothing is not known"),
        ("gold_bullet.ltv_max", "0.9", "depends on the amount"),
    ],
)
def test_a_contradiction_is_refused_with_file_and_key(files: PolicyFiles, path: str, value: str, said: str) -> None:
    with pytest.raises(PolicyError) as refused:
        files.tried({path: Decimal(value)})
    assert said in str(refused.value)


def test_a_process_that_runs_decides_by_what_is_published_meanwhile() -> None:
    kept, said = Kept(), Said()
    running = PolicyFiles(KB, "us", kept, said)
    old = running.current
    said.changes = (a_change(),)
    new = running.current
    assert new.version != old.version
    assert rulebook(new, "car", SINCE)["score_min"] == 700
    said.changes = ()
    assert running.current.version == old.version


def test_both_policies_are_kept_so_that_their_decisions_replay() -> None:
    kept, said = Kept(), Said()
    running = PolicyFiles(KB, "us", kept, said)
    old, said.changes = running.current.version, (a_change(),)
    new = running.current.version
    elsewhere = PolicyFiles(KB, "us", kept)
    assert json.loads(kept.files(new)["published.yaml"])["car.score_min"]["2026-12-01"]["value"] == "700"
    assert [elsewhere.by_version(one).version for one in (old, new)] == [old, new]
    assert rulebook(elsewhere.by_version(new), "car", SINCE)["score_min"] == 700
    assert rulebook(elsewhere.by_version(old), "car", SINCE)["score_min"] == 650

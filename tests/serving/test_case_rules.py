"""The rules of the desk as data: complete in every market, refused in words where they are wrong."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from lending.domain.errors import PolicyError
from lending.domain.roles import Role
from lending.settings import ROOT
from serving.case_rules import FILE, read_case_rules

KB = ROOT / "kb"
DAY = date(2026, 11, 2)


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    shutil.copytree(KB / "cases", tmp_path / "cases")
    shutil.copy(KB / FILE, tmp_path / FILE)
    return tmp_path


@pytest.mark.parametrize("market", ["us", "in"])
def test_every_market_has_its_hours_and_its_amount(market: str) -> None:
    rules = read_case_rules(KB, market)
    hours = rules.hours(DAY)
    assert 0 < hours.soon < hours.decision < hours.answer
    assert rules.pairs(DAY).amount > 0
    assert rules.pairs(DAY).reasons <= {one.code for act in ("offer", "refuse") for one in rules.reasons(act, DAY)}


def test_a_reason_is_offered_from_its_day_on() -> None:
    rules = read_case_rules(KB, "us")
    assert rules.reasons("offer", DAY)
    assert not rules.reasons("offer", date(2022, 12, 31))


def test_few_know_of_a_confidential_rule() -> None:
    rules = read_case_rules(KB, "us")
    assert {role for role in Role if rules.knows_confidential(role)} == {Role.SENIOR_OFFICER, Role.AUDITOR}


@pytest.mark.parametrize(
    ("old", "new"),
    [("  other: {act: ask}\n", ""), ("{act: refuse}", "{act: burn}"), ("valid_from: 2023-01-01", "valid_from: soon"),
     ("watch:", "watching:"), ("  call: A talk", "  call: \"\" #")],
)  # fmt: skip
def test_wrong_rules_are_refused_naming_the_file(kb: Path, old: str, new: str) -> None:
    text = (kb / FILE).read_text(encoding="utf-8")
    assert old in text
    (kb / FILE).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=FILE):
        read_case_rules(kb, "us")

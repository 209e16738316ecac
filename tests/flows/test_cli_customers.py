"""The bank brings its customers: whole or not at all, safe to repeat, and the past stays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from features import synthetic
from flows.cli import run
from lending.domain.core import applicant_facts
from lending.domain.errors import RefusedError
from serving.assembly import Platform
from serving.parse_customers import customer_row
from serving.profile_fields import profile_fields
from serving.strict_json import parse_json

ONE = {
    "customer_id": "B-1", "name": "Ada Byron", "facts_as_of": "2026-01-05", "birth_date": "1986-12-10",
    "employment_status": "salaried", "gross_monthly_income": "5200.00", "net_monthly_income": 3900, "credit_score": 720,
    "documents": ["identity", "income"], "household": "H-1", "protected": {"sex": "female"},
    "loans": [{"loan_id": "L-1", "instalment": "120.50", "payoff": "2000"}],
    "expiries": [{"document": "identity", "valid_until": "2031-01-01"}],
}  # fmt: skip
TWO = {"customer_id": "B-2", "name": "Charles B.", "birth_date": "1981-12-26", "employment_status": "gig",
       "co_applicants": ["B-1"]}  # fmt: skip
Said = pytest.CaptureFixture[str]


@pytest.fixture
def bank(home: Path) -> Platform:
    from serving.assembly import platform

    return platform()


def brought(folder: Path, capsys: Said, *people: Mapping[str, Any]) -> tuple[int, Any]:
    file = folder / "people.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in people), encoding="utf-8")
    code = run(["customer", "add", str(file), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_people_are_known_with_everything_that_was_brought(bank: Platform, tmp_path: Path, capsys: Said) -> None:
    assert brought(tmp_path, capsys, ONE, TWO) == (0, {"added": 2, "changed": 0, "same": 0})
    facts = bank.records.customers.facts("B-1", date(2026, 1, 5))
    assert (facts.gross_monthly_income, facts.net_monthly_income) == (Decimal("5200.00"), Decimal(3900))
    assert (facts.loans[0].payoff, facts.expiries[0].valid_until) == (Decimal(2000), date(2031, 1, 1))
    assert bank.records.customers.name("B-1") == "Ada Byron"
    assert bank.records.customers.protected("B-1") == {"sex": "female"}
    assert bank.records.customers.may_co_apply("B-2", "B-1")


def test_bringing_the_same_again_changes_nothing(bank: Platform, tmp_path: Path, capsys: Said) -> None:
    brought(tmp_path, capsys, ONE)
    assert brought(tmp_path, capsys, ONE) == (0, {"added": 0, "changed": 0, "same": 1})
    assert len(bank.records.customers.history("B-1")) == 1


def test_later_facts_stand_beside_the_earlier(bank: Platform, tmp_path: Path, capsys: Said) -> None:
    brought(tmp_path, capsys, ONE)
    later = {**ONE, "facts_as_of": "2026-03-01", "credit_score": 690}
    assert brought(tmp_path, capsys, later) == (0, {"added": 0, "changed": 1, "same": 0})
    scores = [(day.isoformat(), facts.credit_score) for day, facts in bank.records.customers.history("B-1")]
    assert scores == [("2026-01-05", 720), ("2026-03-01", 690)]
    assert brought(tmp_path, capsys, {**ONE, "credit_score": 650})[0] == 2, "older than what is on record"


def test_locked_data_is_not_changed(bank: Platform, tmp_path: Path, capsys: Said) -> None:
    brought(tmp_path, capsys, ONE)
    bank.account.erase("B-1")
    assert brought(tmp_path, capsys, {**ONE, "facts_as_of": "2026-03-01", "credit_score": 690})[0] == 1
    with pytest.raises(RefusedError):
        bank.records.customers.usable_facts("B-1", date(2026, 3, 1))


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"customer_id": "B 3"}, "customer_id"), ({"name": ""}, "name"), ({"birth_date": "1999-02-30"}, "birth_date"),
        ({"birth_date": None}, "birth_date"), ({"employment_status": "king"}, "employment_status"),
        ({"credit_score": 9000}, "credit_score"), ({"net_monthly_income": -1}, "net_monthly_income"),
        ({"net_monthly_income": True}, "net_monthly_income"), ({"facts_as_of": "2999-01-01"}, "facts_as_of"),
        ({"facts_as_of": "2026-13-01"}, "facts_as_of"), ({"flags": ["rich"]}, "flags"), ({"loans": [7]}, "loans"),
        ({"loans": [{"loan_id": "L", "instalment": "x", "payoff": "1"}]}, "loans[0].instalment"),
        ({"expiries": [{"document": "identity"}]}, "expiries[0].valid_until"), ({"protected": ["x"]}, "protected"),
        ({"protected": {"sex": 1}}, "protected.sex"), ({"salary": 1}, "salary"),
        ({"co_applicants": ["B-9"]}, "co_applicants"), ({"co_applicants": ["B-2"]}, "co_applicants"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named_and_nobody_is_added(
    bank: Platform, tmp_path: Path, capsys: Said, changed: dict[str, Any], named: str
) -> None:
    code, said = brought(tmp_path, capsys, ONE, {**TWO, "co_applicants": [], **changed})
    assert code == 2
    assert named in json.dumps(said["error"])
    assert list(bank.records.customers.ids()) == []


@pytest.mark.parametrize("text", ["", "\n\n", "{", '{"customer_id": "B-1"', "[1]\n", "\x00"])
def test_what_is_no_list_of_people_is_refused_in_one_sentence(
    bank: Platform, tmp_path: Path, capsys: Said, text: str
) -> None:
    file = tmp_path / "people.jsonl"
    file.write_text(text, encoding="utf-8")
    assert run(["customer", "add", str(file)]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert run(["customer", "add", str(tmp_path / "none.jsonl")]) == 2


def test_somebody_twice_in_a_file_is_refused(bank: Platform, tmp_path: Path, capsys: Said) -> None:
    assert brought(tmp_path, capsys, ONE, ONE)[0] == 2
    assert list(bank.records.customers.ids()) == []


@pytest.mark.parametrize("market", ["us", "in"])
def test_everybody_of_the_demo_bank_could_have_been_brought(market: str) -> None:
    from lending.settings import ROOT

    known = profile_fields(ROOT / "kb")
    for row in synthetic.customer_rows(synthetic.demo_bank(7, 120), market):
        facts = applicant_facts(row.applicant)
        line = {name: value for name, value in facts.items() if value not in (None, [])}
        line |= {"name": row.name, "facts_as_of": row.facts_as_of.isoformat(), "protected": dict(row.protected),
                 "co_applicants": list(row.co_applicants)}  # fmt: skip
        line |= {"household": row.household} if row.household else {}
        assert customer_row(parse_json(json.dumps(line)), known, date(2026, 11, 2)) == row

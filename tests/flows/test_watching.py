"""Outcomes, performance and fairness as flows and commands, offline; and the planted disparity of the demo bank."""

from __future__ import annotations

import json
import shutil
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from features import synthetic
from features.synthetic.recipe import default_chance
from flows import steps_fairness
from flows.cli import run
from serving.loans import Loans
from tests.bank import DATABASE, the_records
from tests.conftest import HandClock, sized
from tests.features.books import a_frame, a_mapping
from tests.lent import lend
from tests.serving.standins import Champion, LinearModel

TODAY = HandClock()


@pytest.fixture
def bank(home):
    """A bank with people, a model that decides, and loans of a year and a half."""
    from serving.assembly import platform

    shutil.copyfile(the_records("us", None), home / DATABASE)
    place = platform()
    place.clock = TODAY
    place.__dict__["champion"] = Champion(LinearModel())
    lend(place, 75, date(2025, 4, 7), a_day=10)
    return place


def _json(capsys, *words):
    code = run([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_flows_write_down_outcomes_measure_both_and_leave_a_summary(prefect_server, bank):
    from flows.monitor_fairness import monitor_fairness
    from flows.monitor_performance import monitor_performance
    from flows.record_outcomes import record_outcomes

    folder = bank.settings.var / "outcomes"
    folder.mkdir(parents=True)
    (folder / "march.csv").write_text("loan,bad\n1,1\n", encoding="utf-8")
    generated, unread = sorted(record_outcomes(), key=lambda one: "error" in one)
    assert generated["added"] > 100
    assert "has the columns" in unread["error"]["found"] or "loan, bad" in unread["error"]["found"]
    assert monitor_performance()["known"] == generated["added"]
    assert monitor_fairness()["approved_by"] == "the bank's decision"
    kinds = [bank.records.measurements.latest(kind, "live") for kind in ("performance", "fairness")]
    assert all(kinds)


def test_before_anything_was_lent_or_decided_a_night_passes_quietly(home):
    from flows.steps_performance import measure_performance
    from serving.assembly import platform

    shutil.copyfile(the_records("us", None), home / DATABASE)
    assert measure_performance("live")["measurement_id"] is None
    assert steps_fairness.measure_fairness("live")["measurement_id"] is None
    assert platform().records.measurements.heads("performance") == []


def test_after_a_history_pages_have_a_first_look_although_the_book_is_not_there(bank):
    from flows.steps_outcomes import first_look

    first_look(7, "test")
    assert bank.records.outcomes.counts()[0] > 100
    for kind in ("performance", "fairness"):
        assert [row.data for row in bank.records.measurements.heads(kind)] == ["live"]


def test_the_command_takes_a_file_once_and_names_what_it_did_not_take(bank, capsys, tmp_path):
    lent = [row.decision_id for row in bank.records.outcomes.lent()][:2]
    file = tmp_path / "outcomes.jsonl"
    lines = [json.dumps({"decision_id": name, "known_on": "2026-03-31", "bad": False}) for name in lent]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert _json(capsys, "outcomes", "add", str(file))[0] == 0
    code, again = _json(capsys, "outcomes", "add", str(file))
    assert (code, again["added"], again["again"]) == (0, 0, 2)
    file.write_text(lines[0].replace("false", "true"), encoding="utf-8")
    code, refused = _json(capsys, "outcomes", "add", str(file))
    assert (code, refused["contradicting"]) == (1, 1)
    assert refused["named"]["contradicting"][0]["decision_id"] == lent[0]
    assert _json(capsys, "outcomes", "add", str(tmp_path / "none.csv"))[0] == 2


def test_commands_print_every_period_and_every_group(bank, capsys):
    steps_outcomes_added(bank)
    code, told = _json(capsys, "monitor", "performance", "--period", "quarter")
    assert code == 0
    assert [row["period"] for row in told["rows"]] == sorted(row["period"] for row in told["rows"])
    assert {"estimated", "found", "verdict"} <= set(told["rows"][0])
    code, groups = _json(capsys, "monitor", "fairness", "--period", "year", "--product", "car")
    assert code == 0
    assert {"sex", "age_band", "control_group", "age_band x sex"} <= {one["attribute"] for one in groups["whole"]}
    for words in (["--period", "decade"], ["--product", "yacht"], ["--data", "nowhere"]):
        code, error = _json(capsys, "monitor", "performance", *words)
        assert (code, bool(error["error"]["do"])) == (2, True)


@pytest.mark.parametrize("look", ["run", "performance", "fairness"])
def test_a_period_that_there_is_not_is_refused_in_a_sentence_that_says_which_there_are(home, capsys, look):
    assert run(["monitor", look, "--period", "decade"]) == 2
    assert "'decade' is no period; expected month, quarter, year" in capsys.readouterr().err


def test_months_without_loans_are_blank_among_the_marks(home, capsys):
    from serving.assembly import platform

    frame = a_frame()
    mapping = a_mapping(home, frame[~frame["day"].between("2022-07-01", "2022-09-30")])
    platform().datasets.add(mapping)
    assert run(["monitor", "run", "--data", "small", "--reference", "2022"]) == 0
    out = capsys.readouterr().out
    assert "2022-01 to 2024-01, a mark each" in out
    marks = next(line for line in out.splitlines() if line.split()[:1] == ["visits"]).rstrip()[-25:]
    assert [place for place, mark in enumerate(marks) if mark == " "] == [6, 7, 8]
    assert "blank: no loans" in " ".join(out.split())


def steps_outcomes_added(bank):
    from flows.steps_outcomes import add_generated

    assert add_generated(7, "test")["added"]


def test_an_alarm_is_raised_once_for_a_gap_that_stays(bank, monkeypatch):
    gap = {"attribute": "sex", "group": "female", "crossed": False, "verdict": "look", "why": "approved half as often"}
    fair = {**gap, "verdict": "fair"}
    rows = [{"period": name, "groups": [one]} for name, one in
            (("2025Q3", fair), ("2025Q4", gap), ("2026Q1", gap))]  # fmt: skip
    (found,) = steps_fairness._runs(rows)
    assert (found.first, found.last) == ("2025Q4", "2026Q1")
    first = bank.alarm_desk.raise_("fairness", "live", found)
    second = bank.alarm_desk.raise_("fairness", "live", found)
    assert (first.fresh, second.fresh) == (True, False)


def test_the_planted_disparity_of_the_demo_bank_is_found_and_the_control_group_is_fair(bank):
    """A model that reads the records as they are: women turn out better than promised, blue and green alike."""
    book = synthetic.demo_bank(7, sized(20_000, 60_000))
    loans = book.loans
    names = ("credit_score", "revolving_utilisation", "inquiries_6m", "delinquencies_24m", "public_records", "amount",
             "term_months")  # fmt: skip
    causes = {name: loans[name].to_numpy(dtype=np.float64) for name in names}
    income = loans["gross_monthly_income"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        causes["dti_before"] = np.nan_to_num(loans["monthly_obligations"].to_numpy() / income, nan=0.0, posinf=1.0)
    months = np.nan_to_num(loans["employment_months"].to_numpy(dtype=np.float64))
    causes |= {"true_income": income, "true_employment": months}
    pd, bad = default_chance(causes, np.zeros(len(loans))), loans["defaulted"].to_numpy().astype(np.int8)
    protected = loans[["sex", "control_group"]].reset_index(drop=True)
    count = len(pd)
    made = Loans("book", pd, bad, loans["decided_on"].to_numpy().astype("datetime64[D]"),
                 np.full(count, "NaT", dtype="datetime64[D]"), np.full(count, 12), np.full(count, "", dtype=object),
                 False, "test")  # fmt: skip
    place = SimpleNamespace(settings=bank.settings, clock=TODAY)
    told = {one["group"]: one for one in steps_fairness._promises(place, made, protected, bad >= 0)}
    assert told["female"]["verdict"] == "look into it"
    assert told["female"]["calibration_gap"]["low"] > 0
    assert "promised a default rate" in told["female"]["why"]
    assert {told[name]["verdict"] for name in ("blue", "green")} == {"within four fifths"}

"""Figures of applications equal what plain SQL counts; quantiles and shares say what they rest on."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from lending.adapters.decisions import DecisionLedger
from lending.adapters.tables_portal import application_events, applications
from lending.domain.workflow import Act, State
from lending.tally_ports import Moved
from serving.api.app import create_api
from serving.assembly import Platform
from serving.kpi_spans import asked_span
from serving.kpis import Span, period_of, quantile, share_of
from serving.tally_days import HOURS, application_counts
from tests.bank import PASSWORD, open_bank
from tests.conftest import HandClock, sized
from tests.serving.clients import TestClient

PRODUCTS, CHANNELS, ENDS = (
    ("car", "gold", "home", "education"),
    ("portal", "api", "batch"),
    ("approve", "refer", "decline"),
)
FIRST = datetime(2026, 5, 6, 8, tzinfo=UTC)
DAYS, A_BATCH = 100, 500
REASONS = ("credit_score_low", "debt_burden_too_high", "income_low")


def a_core(dice: random.Random, number: int) -> tuple[bytes, str]:
    """A core with what counting reads; its sums and names follow from the dice."""
    product, end, person = dice.choice(PRODUCTS), dice.choices(ENDS, (5, 1, 4))[0], f"C{dice.randrange(1, 300):05}"
    reasons = [{"code": code} for code in dice.sample(REASONS, dice.randrange(1, 3))] if end == "decline" else []
    core = {
        "applicant_ref": person, "as_of": "2026-05-06", "findings": [], "number": str(number),
        "assessment": {"pd": f"0.{dice.randrange(1, 300000):06}", "model_version": f"m/{dice.randrange(1, 3)}"},
        "features": {"set": "t", "values": {"credit_score": str(dice.randrange(400, 800))}},
        "outcome": end, "product": product, "reasons": reasons, "request": {"product": product},
    }  # fmt: skip
    return json.dumps(core, sort_keys=True, separators=(",", ":")).encode(), person


def generated(bank: Platform, count: int) -> None:
    """Decisions through the real writer of the ledger, spread over days and channels."""
    dice, written = random.Random(7), 0
    while written < count:
        clock = HandClock(FIRST + timedelta(days=DAYS * written / count))
        some = [a_core(dice, written + place) for place in range(min(A_BATCH, count - written))]
        DecisionLedger(bank.records.database, bank.records.envelopes, clock).record_many(
            some, dice.choice(CHANNELS), "test"
        )
        written += len(some)
    bank.counting.run()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    place = open_bank(tmp_path_factory.mktemp("kpis"), clock=HandClock(FIRST + timedelta(days=DAYS)))
    generated(place, sized(2_000, 100_000))
    return place


def sql(bank: Platform, wanted: str, **given: Any) -> list[tuple[Any, ...]]:
    joined = "FROM decisions d JOIN ledger l ON l.decision_id = d.decision_id AND l.kind = 'decision'"
    with bank.records.database.look() as connection:
        return [tuple(row) for row in connection.execute(text(wanted.replace("FROM", joined)), given)]


def whole(by: Any = "week", **narrowed: str) -> Span:
    return Span(FIRST.date(), (FIRST + timedelta(days=DAYS)).date(), by, **narrowed)


def ends(line: dict[str, Any]) -> dict[str, int]:
    return {end: line[end] for end in ENDS if line[end]}


def test_totals_equal_a_count_in_sql(bank: Platform) -> None:
    found = bank.kpis.report(whole())["totals"]
    assert ends(found) == dict(sql(bank, "SELECT d.outcome, count(*) FROM GROUP BY 1"))  # type: ignore[arg-type]
    assert found["decided"] == sized(2_000, 100_000)


@pytest.mark.parametrize(("part", "column"), [("products", "d.product"), ("channels", "l.channel")])
def test_each_part_equals_a_count_in_sql(bank: Platform, part: str, column: str) -> None:
    found = bank.kpis.report(whole())[part]
    counted = {(line[part[:-1]], end): line[end] for line in found for end in ENDS if line[end]}
    rows = sql(bank, "SELECT {column}, d.outcome, count(*) FROM GROUP BY 1, 2".replace("{column}", column))
    assert counted == {row[:2]: row[2] for row in rows}


@pytest.mark.parametrize("by", ["day", "week", "month"])
def test_each_period_equals_a_count_in_sql(bank: Platform, by: Any) -> None:
    counted: Counter[str] = Counter()
    for day, count in sql(bank, "SELECT substr(l.recorded_at, 1, 10), count(*) FROM GROUP BY 1"):
        counted[period_of(date.fromisoformat(day), by)] += count
    assert {
        one["period"]: one["decided"] for one in bank.kpis.report(whole(by))["periods"] if one["decided"]
    } == counted


def test_filters_equal_a_where_in_sql(bank: Platform) -> None:
    narrowed = Span(date(2026, 6, 1), date(2026, 6, 30), "day", product="car", channel="portal")
    wanted = """SELECT d.outcome, count(*) FROM WHERE d.product = 'car' AND l.channel = 'portal'
                AND l.recorded_at >= '2026-06-01' AND l.recorded_at < '2026-07-01' GROUP BY 1"""
    assert ends(bank.kpis.report(narrowed)["totals"]) == dict(sql(bank, wanted))  # type: ignore[arg-type]


def test_the_models_share_the_decisions_among_them(bank: Platform) -> None:
    report = bank.kpis.report(whole())
    assert [line["model"] for line in report["models"]] == ["m/1", "m/2"]
    one = bank.kpis.report(whole(model="m/1"))
    assert one["totals"]["decided"] == report["models"][0]["decided"] < report["totals"]["decided"]
    assert sum(r["count"] for r in one["reasons"]) < sum(r["count"] for r in report["reasons"])


def test_expected_defaults_are_the_sum_of_the_scores_of_what_was_approved(bank: Platform) -> None:
    day = "SELECT d.decision_id FROM WHERE substr(l.recorded_at, 1, 10) = :day"
    names = [name for (name,) in sql(bank, day, day=FIRST.date().isoformat())]
    cores = [json.loads(bank.records.decisions.get(name).core) for name in names]
    scores = [Decimal(core["assessment"]["pd"]) for core in cores if core["outcome"] == "approve"]
    found = bank.kpis.report(Span(FIRST.date(), FIRST.date()))["totals"]["expected_default"]
    assert (found["of"], found["defaults"]) == (len(scores), f"{sum(scores):.2f}")


def test_a_share_of_nothing_is_unknown_and_not_zero() -> None:
    assert share_of(0, 0) == {"value": None, "low": None, "high": None, "of": 0}
    assert share_of(0, 10)["value"] == "0.000000"


def test_a_quantile_from_buckets_lies_in_its_bucket() -> None:
    buckets = [0] * (len(HOURS) + 1)
    buckets[4], buckets[6] = 6, 4
    assert quantile(buckets, 0.5) == {"low": 4, "high": 8, "about": 7.3333}
    found = quantile(buckets, 0.9)
    assert found is not None
    assert (found["low"], found["high"]) == (HOURS[5], HOURS[6])
    assert quantile([0] * len(buckets), 0.5) is None
    assert quantile([*[0] * len(HOURS), 3], 0.5) == {"low": HOURS[-1], "high": None, "about": None}


def test_waiting_is_from_sending_to_the_offer_or_the_refusal() -> None:
    sent = datetime(2026, 5, 6, 9, tzinfo=UTC)
    moves = [
        Moved(sent, "car", "submit", "draft", "submitted", sent),
        Moved(sent, "car", "review", "submitted", "in_review", sent),
        Moved(sent + timedelta(hours=30), "car", "offer", "in_review", "offered", sent),
        Moved(sent + timedelta(hours=40), "car", "accept", "offered", "accepted", sent),
        Moved(sent + timedelta(seconds=5), "gold", "offer", "submitted", "offered", sent),
    ]
    counts = application_counts(moves)
    waits = {key.product: counts[key].index(1) for key in counts if key.kind == "time"}
    assert waits == {"car": HOURS.index(48), "gold": 0}
    assert sum(counts[key][0] for key in counts if key.kind == "application") == len(moves)


def test_acts_of_applications_equal_a_count_in_sql(tmp_path: Path) -> None:
    bank, dice = open_bank(tmp_path, clock=HandClock()), random.Random(3)
    states = [one.value for one in State]
    with bank.records.database.write() as connection:
        for number in range(200):
            at = (bank.clock.now() - timedelta(hours=dice.randrange(2000))).isoformat(timespec="microseconds")
            row = {"application_id": f"a{number}", "customer_id": "C00001", "product": dice.choice(PRODUCTS),
                   "state": "draft", "version": 1, "envelope": b"", "created_at": at, "changed_at": at}  # fmt: skip
            event = {"application_id": f"a{number}", "seq": 1, "at": at, "actor": "x", "detail": "",
                     "act": dice.choice([one.value for one in Act]), "to_state": dice.choice(states)}  # fmt: skip
            connection.execute(insert(applications), row)
            connection.execute(insert(application_events), event)
    bank.counting.run()
    with bank.records.database.look() as connection:
        wanted = Counter(
            dict(connection.execute(text("SELECT act, count(*) FROM application_events GROUP BY 1")).all())
        )  # type: ignore[arg-type]
    found: Counter[str] = Counter()
    for one in bank.kpis.report(Span(date(2026, 1, 1), bank.clock.now().date()))["applications"]:
        found[one["act"]] += one["count"]
    assert found == wanted


def test_a_report_is_made_again_when_counts_change_and_only_then(tmp_path: Path) -> None:
    bank = open_bank(tmp_path, clock=HandClock(FIRST + timedelta(days=DAYS)))
    empty = bank.kpis.report(whole())
    assert bank.kpis.report(whole()) is empty
    assert not bank.kpis.choices()["channels"]
    generated(bank, 3)
    assert bank.kpis.report(whole())["totals"]["decided"] == 3
    assert len(bank.kpis.choices()["channels"]) == 1


@pytest.mark.parametrize(
    "query",
    [{"to": "0001-01-01"}, {"from": "9999-12-31", "to": "0001-01-01"}, {"to": "0003-01-03", "from": "0001-01-01"},
     {"from": "2026-W01-1"}, {"from": "20260101"}, {"to": "9999-12-31"}, {"from": "٢٠٢٦-01-01"}],
)  # fmt: skip
def test_a_day_that_is_none_is_named_and_the_usual_one_taken(query: dict[str, str]) -> None:
    choices = {f"{name}s": [] for name in ("product", "channel", "model", "variant")}
    asked = asked_span(query, date(2026, 11, 2), choices)
    assert asked.wrong
    assert asked.wrong.keys() <= query.keys()
    assert asked.span.first <= asked.span.last == date(2026, 11, 2)


def test_the_api_answers_what_the_page_shows_and_names_what_is_wrong(bank: Platform) -> None:
    client = TestClient(create_api(bank))
    client.post("/api/v1/login", json={"username": "risk", "password": PASSWORD})
    span = {"from": FIRST.date().isoformat(), "product": "car", "by": "month"}
    answer = client.get("/api/v1/staff/kpis", params=span)
    shown = bank.kpis.report(Span(FIRST.date(), bank.clock.now().date(), "month", product="car"))
    assert (answer.status_code, answer.json()) == (200, shown)
    wrong = client.get("/api/v1/staff/kpis", params={"by": "hour", "colour": "red"})
    assert wrong.status_code == 422
    assert {one["field"] for one in wrong.json()["errors"]} == {"by", "colour"}
    client.post("/api/v1/login", json={"username": "officer", "password": PASSWORD})
    assert client.get("/api/v1/staff/kpis").status_code == 403

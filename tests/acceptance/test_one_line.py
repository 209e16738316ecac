"""The decision is the quote on every path, and the record knows when it was touched."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from console.queries import Queries
from flows.batch import decide_lines
from lending.domain.record import decision_id, sha256_hex
from serving.api.app import create_api
from serving.assembly import Platform
from serving.decide import LoanAsk
from serving.parse import loan_ask
from tests.conftest import sized
from tests.serving.clients import TestClient

PEOPLE = {"good": "C00001", "refused": "C00002", "student": "C00003", "thin": "C00004", "selfemployed": "C00005"}
PRODUCTS = {"car": (6, 84, 90_000), "home": (24, 360, 900_000), "gold": (6, 36, 20_000), "education": (60, 180, 90_000)}


def requests(count: int) -> list[dict[str, Any]]:
    """Distinct generated requests of the personas, in bounds and out of them."""
    draw = random.Random(11)
    made: list[dict[str, Any]] = []
    for number in range(count):
        product = draw.choice(sorted(PRODUCTS))
        low, high, most = PRODUCTS[product]
        body: dict[str, Any] = {
            "product": product,
            "amount": f"{draw.randint(100, most)}.{number % 100:02d}",
            "term_months": draw.randint(max(1, low - 3), high + 6),
        }
        if product == "gold":
            body["collateral"] = {"kind": "gold", "weight_g": str(draw.randint(5, 300)), "purity_k": "22"}
        if product == "home" and number % 3:
            body["collateral"] = {"kind": "property", "value": str(draw.randint(50_000, 1_500_000))}
        made.append({"username": draw.choice(sorted(PEOPLE)), "body": body})
    return made


def test_the_core_is_byte_equal_by_batch_api_and_portal(bank: Platform, tmp_path: Path) -> None:
    wanted = requests(sized(200, 1000))
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(
        "".join(json.dumps({"customer": PEOPLE[r["username"]], **r["body"]}) + "\n" for r in wanted), encoding="utf-8"
    )
    assert decide_lines(bank.quotes, source, target)["failed"] == 0
    by_batch = [json.loads(line)["decision_id"] for line in target.read_text(encoding="utf-8").splitlines()]
    with TestClient(create_api(bank)) as client:
        tokens = {name: token(client, name) for name in PEOPLE}
        by_api = [posted(client, tokens[r["username"]], r["body"])["decision_id"] for r in wanted]
    portal = Queries(bank)
    by_portal = [portal.quote(PEOPLE[r["username"]], r["username"], r["body"])["decision_id"] for r in wanted]
    assert by_batch == by_api == by_portal
    cores = [bank.decisions.get(name).core for name in by_batch]
    assert [decision_id(core) for core in cores] == by_batch
    assert len({sha256_hex(core) for core in cores}) == len({json.dumps(r, sort_keys=True) for r in wanted})
    outcomes = {json.loads(core)["outcome"] for core in cores}
    assert outcomes == {"approve", "refer", "decline"}


def token(client: TestClient, username: str) -> str:
    reply = client.post("/api/v1/login", json={"username": username, "password": "candor-demo"})
    assert reply.status_code == 200, reply.text
    client.cookies.clear()
    return reply.json()["token"]


def posted(client: TestClient, bearer: str, body: dict[str, Any]) -> dict[str, Any]:
    reply = client.post("/api/v1/loans/predict", json=body, headers={"Authorization": f"Bearer {bearer}"})
    assert reply.status_code == 200, reply.text
    return reply.json()


def candor(*words: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flows.cli", *words], env=env, capture_output=True, text=True, timeout=300, check=False
    )


def test_every_decision_replays_and_one_update_is_named(
    bank: Platform, cli_env: dict[str, str], tmp_path: Path
) -> None:
    for number in range(sized(20, 200)):
        ask = loan_ask({"product": "car", "amount": f"{9000 + number}.50", "term_months": 48})
        bank.quotes.quote("C00001", ask, channel="cli", actor="test")
    clean = candor("replay", "--all", "--json", env=cli_env)
    report = json.loads(clean.stdout)
    assert clean.returncode == 0, clean.stderr
    assert report["checked"] == report["equal"] > 0
    assert report["chain_ok"]

    home = tmp_path / "copy"
    shutil.copytree(bank.settings.var, home)
    victim = next(iter(bank.decisions.ids()))
    with sqlite3.connect(home / "candor.db") as database:
        database.execute("UPDATE decisions SET outcome = 'approved' WHERE decision_id = ?", (victim,))
    database.close()
    found = candor("replay", "--all", "--json", env={**cli_env, "CANDOR_HOME": str(home)})
    assert found.returncode == 1
    assert json.loads(found.stdout)["different"] == [victim]


def test_without_a_champion_a_quote_refers_and_says_no_model_yet(bank: Platform, tmp_path: Path) -> None:
    home = tmp_path / "young"
    shutil.copytree(bank.settings.var, home, ignore=shutil.ignore_patterns("models"))
    young = Platform(bank.settings.model_copy(update={"home": home}))
    result = young.quotes.quote("C00001", an_ask("car", "9000"), channel="cli", actor="test")
    assert result["outcome"] == "refer"
    assert result["pd"] is None
    assert [r["code"] for r in result["reasons"]] == ["no_model"]  # type: ignore[index, union-attr]


def an_ask(product: str, amount: str, **more: Any) -> LoanAsk:
    return loan_ask({"product": product, "amount": amount, **more})


@pytest.mark.parametrize(
    ("person", "ask", "outcome", "reason"),
    [
        ("good", {"product": "car", "amount": "12000", "term_months": 48}, "approve", None),
        ("refused", {"product": "car", "amount": "12000", "term_months": 48}, "decline", "credit_score_low"),
        ("student", {"product": "car", "amount": "12000"}, "decline", "student_not_eligible"),
        ("thin", {"product": "car", "amount": "12000"}, "refer", "missing_credit_score"),
        ("student", {"product": "education", "amount": "12000"}, "decline", "co_applicant_needed"),
    ],
)
def test_each_persona_gets_the_answer_it_was_made_for(
    bank: Platform, person: str, ask: dict[str, Any], outcome: str, reason: str | None
) -> None:
    result = bank.quotes.quote(PEOPLE[person], loan_ask(ask), channel="cli", actor="test")
    assert result["outcome"] == outcome
    assert reason is None or reason in [r["code"] for r in result["reasons"]]  # type: ignore[index, union-attr]


def test_a_student_with_a_co_applicant_gets_an_education_loan(bank: Platform) -> None:
    result = bank.quotes.quote(
        "C00003", an_ask("education", "12000", co_applicant="C00008"), channel="cli", actor="test"
    )
    assert result["outcome"] == "approve"


def test_a_flagged_customer_hears_only_that_a_person_looks(bank: Platform) -> None:
    said = bank.quotes.quote("C00010", an_ask("car", "12000"), channel="cli", actor="test")
    assert said["outcome"] == "refer"
    assert [r["code"] for r in said["reasons"]] == ["person_needed"]  # type: ignore[index, union-attr]
    text = json.dumps([said, bank.catalogue.products("C00010")]).lower()
    assert not [word for word in ("fraud", "sanction", "screening", "flag") if word in text]

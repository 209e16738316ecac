"""The decision is the quote on every path, and the record knows when it was touched."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from console.queries import Queries
from flows.batch import decide_lines
from lending.domain.record import decision_id, sha256_hex
from lending.domain.roles import Role
from lending.ports import Account
from serving.api.app import create_api
from serving.assembly import Platform
from serving.decide import LoanAsk
from serving.parse import loan_ask
from tests.conftest import sized
from tests.serving.clients import TestClient

PEOPLE = {"good": "C00001", "refused": "C00002", "student": "C00003", "thin": "C00004", "selfemployed": "C00005"}
PRODUCTS = {"car": (6, 84, 90_000), "home": (24, 360, 900_000), "gold": (6, 36, 20_000), "education": (60, 180, 90_000)}


LINKED = {"C00003": "C00008", "C00006": "C00007"}
LOANS = {"C00001": "C00001-1", "C00005": "C00005-1", "C00006": "H00006-1"}


def requests(people: Sequence[str], count: int) -> list[dict[str, Any]]:
    """Distinct generated requests, in bounds and out of them, with everything that a request may say."""
    draw = random.Random(11)
    return [
        {"customer": who, "body": a_body(draw, who, number)} for number, who in enumerate(draw.choices(people, k=count))
    ]


def a_body(draw: random.Random, who: str, number: int) -> dict[str, Any]:
    product = draw.choice(sorted(PRODUCTS))
    low, high, most = PRODUCTS[product]
    body: dict[str, Any] = {"product": product, "amount": f"{draw.randint(100, most)}.{number % 100:02d}"}
    if draw.random() > 0.03:
        body["term_months"] = draw.randint(max(1, low - 3), high + 6)
    if product == "gold":
        body["collateral"] = {"kind": "gold", "weight_g": str(draw.randint(5, 300)), "purity_k": "22"}
    if product == "home" and number % 3:
        body["collateral"] = {"kind": "property", "value": str(draw.randint(50_000, 1_500_000))}
    if who in LINKED and draw.random() < 0.7:
        body["co_applicant"] = LINKED[who]
    if who in LOANS and draw.random() < 0.3:
        body["refinances"] = [LOANS[who]]
    return body


@pytest.fixture(scope="module")
def people(bank: Platform) -> list[str]:
    """The personas and forty more customers, each with an account named like the customer."""
    others = random.Random(5).sample(list(bank.customers.ids()), 40)
    ids = sorted({*PEOPLE.values(), "C00006", "C00009", "C00010", *others})
    for customer in ids:
        bank.accounts.add(Account(customer, Role.CUSTOMER, customer, customer), "candor-demo")
    return ids


def test_the_core_is_byte_equal_by_function_batch_api_and_portal(
    bank: Platform, people: list[str], tmp_path: Path
) -> None:
    wanted = requests(people, sized(200, 10_000))
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = (json.dumps({"customer": r["customer"], **r["body"]}) + "\n" for r in wanted)
    source.write_text("".join(lines), encoding="utf-8")
    assert decide_lines(bank.quotes, source, target)["failed"] == 0
    by_batch = [json.loads(line)["decision_id"] for line in target.read_text(encoding="utf-8").splitlines()]
    with TestClient(create_api(bank)) as client:
        tokens = {name: token(client, name) for name in people}
        by_api = [posted(client, tokens[r["customer"]], r["body"])["decision_id"] for r in wanted]
    by_function = [named(bank.quotes.quote, r, channel="cli", actor="test") for r in wanted]
    assert by_batch == by_api == by_function
    cores = [bank.decisions.get(name).core for name in by_batch]
    assert [decision_id(core) for core in cores] == by_batch
    assert len({sha256_hex(core) for core in cores}) == len({json.dumps(r, sort_keys=True) for r in wanted})
    assert {json.loads(core)["outcome"] for core in cores} == {"approve", "refer", "decline"}
    some = wanted[: sized(100, 500)]
    portal = Queries(bank)
    by_portal = [
        portal.what_if.decide(r["customer"], r["customer"], r["body"])["decision"]["decision_id"] for r in some
    ]
    assert by_portal == by_batch[: len(some)]
    with_offers = wanted[: sized(20, 300)]
    assert [named(bank.advice.quote, r, channel="api", actor="test") for r in with_offers] == by_batch[
        : len(with_offers)
    ]


def named(quote: Any, wanted: dict[str, Any], **who: str) -> str:
    return quote(wanted["customer"], loan_ask(wanted["body"]), **who)["decision_id"]


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
    copied(bank, home)
    victim = next(iter(bank.decisions.ids()))
    with sqlite3.connect(home / "candor.db") as database:
        database.execute("UPDATE decisions SET outcome = 'approved' WHERE decision_id = ?", (victim,))
    database.close()
    found = candor("replay", "--all", "--json", env={**cli_env, "CANDOR_HOME": str(home)})
    assert found.returncode == 1
    assert json.loads(found.stdout)["different"] == [victim]


def test_without_a_champion_a_quote_refers_and_says_no_model_yet(bank: Platform, tmp_path: Path) -> None:
    home = tmp_path / "young"
    copied(bank, home)
    shutil.rmtree(home / "models")
    young = Platform(bank.settings.model_copy(update={"home": home}))
    result = young.quotes.quote("C00001", an_ask("car", "9000"), channel="cli", actor="test")
    assert result["outcome"] == "refer"
    assert result["pd"] is None
    assert [r["code"] for r in result["reasons"]] == ["no_model"]  # type: ignore[index, union-attr]


def copied(bank: Platform, home: Path) -> None:
    """Copy a bank's folder from another process: a file of SQLite that is closed here takes this process's locks along,
    and whoever closes the database elsewhere then believes to be the last and removes what is still read here."""
    subprocess.run(["cp", "-r", str(bank.settings.var), str(home)], check=True)


def an_ask(product: str, amount: str, **more: Any) -> LoanAsk:
    return loan_ask({"product": product, "amount": amount, **more})


@pytest.mark.parametrize(
    ("person", "ask", "outcome", "reason"),
    [
        ("good", {"product": "car", "amount": "12000", "term_months": 48}, "approve", None),
        ("refused", {"product": "car", "amount": "12000", "term_months": 48}, "decline", "debt_burden_too_high"),
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

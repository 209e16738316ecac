"""What the page shows before the bank has answered is what the bank then decides."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lending.domain.money import money_text, plain
from serving.assembly import Platform
from serving.parse import loan_ask, surface_ask
from tests.bank import open_bank
from tests.node import node_answer
from tests.serving.stairs import Stairs

POINTS = 500
LEAST_AGREEMENT = 0.99
GOLD = {"kind": "gold", "weight_g": "80", "purity_k": "22"}
ASKING: Sequence[dict[str, Any]] = (
    {"customer": "C00001", "product": "car"},
    {"customer": "C00002", "product": "car"},
    {"customer": "C00003", "product": "education", "co_applicant": "C00008"},
    {"customer": "C00004", "product": "gold", "collateral": GOLD},
    {"customer": "C00005", "product": "car", "collateral": {"kind": "vehicle", "value": "24000"}},
    {"customer": "C00006", "product": "home", "co_applicant": "C00007",
     "collateral": {"kind": "property", "value": "400000"}},
    {"customer": "C00009", "product": "gold", "collateral": GOLD},
    {"customer": "C00010", "product": "car"},
)  # fmt: skip
STEPS = {"amount": [3000.0, 9000.0, 12_345.67, 60_000.0], "loan_to_income": [0.1, 0.3333, 0.7],
         "term_months": [25.0, 61.5, 100.0]}  # fmt: skip


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """A bank whose model changes its mind at many amounts and terms."""
    home: Path = tmp_path_factory.mktemp("bank")
    return open_bank(home, Stairs(steps=STEPS, height=0.0041, floor=0.008))


def surface_for(bank: Platform, who: dict[str, Any]) -> dict[str, Any]:
    stated = json.dumps(who["collateral"]) if "collateral" in who else ""
    ask = surface_ask(who["product"], stated, who.get("co_applicant", ""))
    return json.loads(bank.surfaces.surface(who["customer"], ask))


def drawn(draw: random.Random, surface: dict[str, Any], count: int) -> list[tuple[str, int]]:
    """Points all over a product, small amounts as often as large ones; a few lie just outside."""
    steps = surface["steps"]
    least, most = (int(Decimal(steps[f"amount_{end}"]) * 100) for end in ("min", "max"))
    shortest, longest = steps["term_months_min"], steps["term_months_max"]
    amounts = [min(most + 100, int(least * (most / least) ** draw.uniform(-0.01, 1.01))) for _ in range(count)]
    return [(money_text(Decimal(cents).scaleb(-2)), draw.randint(shortest, longest)) for cents in amounts]


def decided(bank: Platform, who: dict[str, Any], amount: str, term: int) -> list[Any]:
    """The server's decision, as the page would show it."""
    asked = {name: who[name] for name in ("product", "collateral", "co_applicant") if name in who}
    made = bank.quotes.make(who["customer"], loan_ask({**asked, "amount": amount, "term_months": term}))
    terms = made.decision.terms
    outcome = made.decision.outcome.value
    if terms is None:
        return [outcome, None, None, None, None]
    return [outcome, plain(terms.annual_rate), money_text(terms.instalment), plain(terms.apr),
            money_text(terms.total_cost)]  # fmt: skip


@pytest.fixture(scope="module")
def pairs(bank: Platform) -> list[tuple[list[Any], list[Any], object]]:
    """What the page shows and what the server decides, at each point."""
    draw = random.Random(20261121)
    questions = []
    for who in ASKING:
        surface = surface_for(bank, who)
        questions.append({"surface": surface, "points": drawn(draw, surface, -(-POINTS // len(ASKING)))})
    shown = node_answer("tests/quote_points.mjs", questions)
    found = []
    for who, question, answers in zip(ASKING, questions, shown, strict=True):
        for point, (outcome, _code, *figures) in zip(question["points"], answers, strict=True):
            found.append(([outcome, *figures], decided(bank, who, *point), (who, point)))
    return found


def test_the_estimate_is_the_decision_to_the_cent(pairs: list[Any]) -> None:
    differ = [pair for pair in pairs if pair[0] != pair[1]]
    assert len(pairs) >= POINTS
    assert len(differ) <= (1 - LEAST_AGREEMENT) * len(pairs), differ[:5]


def test_nothing_is_shown_as_approved_that_the_server_does_not_approve(pairs: list[Any]) -> None:
    assert [where for shown, said, where in pairs if shown[0] == "approve" != said[0]] == []


def test_the_points_meet_every_outcome(pairs: list[Any]) -> None:
    assert {said[0] for _, said, _ in pairs} == {"approve", "refer", "decline"}

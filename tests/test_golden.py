"""The golden vectors of the page's sums are what Python makes now, and Node can read all of them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from lending.domain.money import Money, money
from lending.domain.surface import read_point
from lending.settings import ROOT
from serving.evaluate import evaluate
from tests.builders import AS_OF
from tests.conftest import missing
from tests.golden import PATH, loans, text
from tests.golden_surfaces import Case, cases

MOST_BYTES = 150_000
CASES = ("car", "home", "education", "gold_bullet", "no model")
CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def case(request: pytest.FixtureRequest) -> Case:
    return next(case for case in cases() if case.name == request.param)


def points(case: Case) -> Iterator[tuple[Money, int, list[Any]]]:
    """Amount, term and row of each point of a case, as the file has them."""
    surfaces = json.loads(PATH.read_text(encoding="utf-8"))["surfaces"]
    kept = next(s for s in surfaces if s["case"] == case.name)
    return ((money(row[0]), row[1], row) for row in kept["points"])


def test_the_vectors_are_what_python_makes_now() -> None:
    same = PATH.read_text(encoding="utf-8") == text()
    assert same, (
        "tests/cases/quote_vectors.json is out of date: run `python -m tests.golden` and look at the difference"
    )


def test_the_vectors_stay_small_enough_to_read() -> None:
    assert PATH.stat().st_size < MOST_BYTES
    assert max(len(line) for line in PATH.read_text(encoding="utf-8").splitlines()) < 1000


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_every_point_is_the_decision(case: Case) -> None:
    for amount, term, row in points(case):
        _, decision = evaluate(case.at(amount, term), case.model, case.policy, AS_OF)
        terms = None if decision.terms is None else str(decision.terms.instalment)
        assert (row[2], row[5]) == (decision.outcome.value, terms), row


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_both_sides_of_every_cut_are_there(case: Case) -> None:
    surface = case.surface()
    amounts, terms = ({row[at] for _, _, row in points(case)} for at in (0, 1))
    wanted = set(surface["amount_cuts"][:-1])
    assert wanted | {str(Decimal(cut) + CENT) for cut in wanted} <= amounts
    assert {cut + more for cut in surface["term_cuts"][:-1] for more in (0, 1)} <= terms


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_every_kind_of_limit_is_met_to_the_cent_and_broken_by_one_more(case: Case) -> None:
    surface = case.surface()
    at = {(amount, term) for amount, term, _ in points(case)}
    pairs = [(amount, term) for amount, term in at if (Money(amount + CENT), term) in at]
    broken = {_broken_by_a_cent(surface, *pair) for pair in pairs}
    assert {limit["code"] for limit in surface["limits"]} <= broken


def _broken_by_a_cent(surface: Mapping[str, Any], amount: Money, term: int) -> str | None:
    """The code that one cent more brings."""
    below, above = read_point(surface, amount, term), read_point(surface, Money(amount + CENT), term)
    return above.code if above.code != below.code else None


def test_half_cents_go_to_the_even_side_up_and_down() -> None:
    moved = {loan.terms().instalment - money(loan.amount) * (1 + Decimal(loan.annual_rate) / 12)
             for loan in loans() if loan.why == "one payment of half a cent"}  # fmt: skip
    assert moved == {CENT / 2, -CENT / 2}


def test_node_reads_every_vector() -> None:
    node = shutil.which("node")
    if node is None:
        missing("node", "no node on the PATH; install Node 20 to run the page's own tests")
    done = subprocess.run(
        [str(node), "--test", "tests/golden.test.mjs"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr

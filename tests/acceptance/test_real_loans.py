"""A portfolio of real loans: a model learned from LendingClub decides for demo customers and knows where it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lending.domain.surface import read_point
from serving.assembly import Platform, platform
from serving.decide import LoanAsk
from tests.conftest import sized

pytestmark = pytest.mark.full
ROOT = Path(__file__).parents[2]
OUTSIDE = "outside_training_range"


@pytest.fixture(scope="module")
def lender(tmp_path_factory: pytest.TempPathFactory, sample_data: Path) -> Iterator[Platform]:
    """A seeded bank whose champion learned from LendingClub's loans."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CANDOR_HOME", str(tmp_path_factory.mktemp("lender")))
        patch.setenv("CANDOR_PROFILE", "test")
        patch.setenv("CANDOR_PORTFOLIO", "lendingclub")
        patch.setenv("CANDOR_SAMPLE_DATA", str(sample_data))
        platform.cache_clear()
        from flows import steps

        steps.seed_bank(seed=7, customers=sized(300, 5000))
        name = platform().datasets.add(ROOT / "kb" / "mappings" / "lendingclub.yaml")
        trained = steps.train_model(name, 7, float(sized(30, 240)), lambda share, text: None)
        assert trained["model_version"], trained["gates"]
        steps.promote_model(name, trained["model_version"], "Ann", "real loans")
        yield platform()
    platform.cache_clear()


def quoted(bank: Platform, product: str, amount: str, term: int, customer: str = "C00001") -> dict[str, Any]:
    from lending.domain.money import money

    ask = LoanAsk(product, money(amount), term)
    return bank.quotes.quote(customer, ask, channel="cli", actor="test")


@pytest.mark.sample_data
@pytest.mark.filterwarnings("ignore")  # MLflow's own, on this Python
def test_a_model_of_real_loans_decides_for_a_demo_customer(lender: Platform) -> None:
    answer = quoted(lender, "car", "15000", 48)
    assert answer["outcome"] == "approve"
    assert str(answer["model_version"]).startswith("candor-pd-lendingclub/")
    assert answer["annual_rate"]


@pytest.mark.sample_data
@pytest.mark.parametrize(
    ("product", "amount", "term", "fields"),
    [
        ("home", "240000", 240, {"amount", "term_months"}),
        ("car", "60000", 48, {"amount"}),
        ("car", "15000", 84, {"term_months"}),
        ("gold", "3000", 36, {"product"}),
    ],
)
def test_what_lies_outside_its_loans_is_said_to_and_referred(
    lender: Platform, product: str, amount: str, term: int, fields: set[str]
) -> None:
    answer: Any = quoted(lender, product, amount, term)
    failed = {f["field"] for f in answer["findings"] if f["rule"].startswith("training_range")}
    assert failed == fields
    if answer["outcome"] == "refer":
        assert [reason["code"] for reason in answer["reasons"]] == [OUTSIDE]
    assert answer["annual_rate"] is None


@pytest.mark.sample_data
def test_the_surface_ends_where_the_decision_does(lender: Platform) -> None:
    import json

    from lending.domain.money import money

    learned = lender.champion.current()
    assert learned is not None
    (_, most), (_, longest) = learned.ranges["amount"], learned.ranges["term_months"]
    surface = json.loads(lender.surfaces.surface("C00001", LoanAsk("car", money("15000"), 48)))
    for amount in ("15000", f"{most:.2f}", f"{most + 0.01:.2f}", "60000"):
        for term in (48, int(longest), int(longest) + 1):
            answer: Any = quoted(lender, "car", amount, term)
            point = read_point(surface, money(amount), term)
            code = answer["reasons"][0]["code"] if answer["reasons"] else None
            assert point.outcome == answer["outcome"], (amount, term)
            assert (point.code == OUTSIDE) == (code == OUTSIDE)


@pytest.mark.sample_data
def test_its_decisions_replay(lender: Platform) -> None:
    quoted(lender, "home", "240000", 240)
    report = lender.replay.run()
    assert report.checked == report.equal
    assert report.checked > 0

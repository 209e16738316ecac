"""A policy that is incomplete or contradicts itself is refused, naming file and key."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from lending.adapters.policy_files import parse_policy, read_texts
from lending.domain.errors import PolicyError
from lending.domain.policy import rulebook
from lending.settings import ROOT


@pytest.fixture
def texts() -> dict[str, str]:
    return read_texts(ROOT / "kb", "us")


def test_a_value_with_two_dates_gives_two_answers(texts: dict[str, str]) -> None:
    policy = parse_policy(texts, "us")
    assert rulebook(policy, "car", date(2025, 9, 30))["foir_max"] == Decimal("0.60")
    assert rulebook(policy, "car", date(2025, 10, 1))["foir_max"] == Decimal("0.55")


def test_a_market_says_its_own_figure_of_what_all_share(texts: dict[str, str]) -> None:
    """Unemployment compensation counts in full where it is public assistance under Regulation B."""
    india = parse_policy(read_texts(ROOT / "kb", "in"), "in")
    for policy, share in ((parse_policy(texts, "us"), "1"), (india, "0.50")):
        assert rulebook(policy, "car", date(2026, 11, 1))["income_share_unemployed"] == Decimal(share)


def test_the_version_is_made_from_every_effective_file(texts: dict[str, str]) -> None:
    changed = {**texts, "policy/credit.yaml": texts["policy/credit.yaml"] + "# a comment\n"}
    assert parse_policy(texts, "us").version != parse_policy(changed, "us").version


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        ("products/car.yaml", "    unit: fraction\n", "", "car.yaml: .*unit is missing"),
        ("products/car.yaml", ', source: "Candor demo bank, product catalogue 2023"}', "}", "source is missing"),
        ("policy/credit.yaml", "2025-10-01: {value: 0.55", "2022-10-01: {value: 0.55", "foir_max.*out of order"),
        ("products/gold.yaml", "{value: 200.00,", "{value: 200000.00,", "gold.yaml: amount_min.*above amount_max"),
        ("products/car.yaml", "market: [us, in]", "market: [us]\nmarket: [in]", "market stands twice"),
        ("products/car.yaml", "market: [us, in]", "market: [us, in]\ncolour: red", "colour is not known"),
        ("products/home.yaml", "operator: at_most", "operator: below", "home.yaml: rules.*one of at_least"),
        ("products/home.yaml", "parameter: ltv_max", "parameter: ltv_most", "ltv_most"),
        ("reasons.yaml", "  utilisation_high:\n", "  utilisation_hi:\n", "revolving_utilisation"),
        ("products/education.yaml", "[accreditation]", "[accredited]", "before_payout.*one of accreditation"),
        ("markets/us.yaml", "0.0450", "four", "a number"),
        ("policy/pricing.yaml", "parameters:", "parameters: [", "pricing.yaml is not YAML"),
    ],
)
def test_each_mistake_has_its_own_sentence(texts: dict[str, str], path: str, old: str, new: str, said: str) -> None:
    assert old in texts[path]
    broken = {**texts, path: texts[path].replace(old, new, 1)}
    with pytest.raises(PolicyError, match=said):
        parse_policy(broken, "us")


def test_a_day_before_the_first_value_is_refused(texts: dict[str, str]) -> None:
    with pytest.raises(PolicyError, match="has no value on 2019-01-01"):
        rulebook(parse_policy(texts, "us"), "car", date(2019, 1, 1))


def test_an_unknown_market_names_the_known_ones(texts: dict[str, str]) -> None:
    with pytest.raises(PolicyError, match="kb/markets has us"):
        parse_policy(texts, "mars")

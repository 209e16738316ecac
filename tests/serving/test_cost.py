"""What a month costs comes from dated prices; what is unknown is said to be unknown and never counted."""

from decimal import Decimal

import pytest

from lending.domain.errors import PolicyError
from lending.settings import ROOT
from serving.cost import cost_of, read_prices, total

PRICES = """
dated: 2026-10-05
source: a list
region: us-east-1
items:
  machine: {unit: hour, usd: "0.115", source: "https://a.page", read: 2026-07-30}
  store: {unit: gb_month, usd: "0.023", source: "https://b.page", read: 2026-07-30}
  secret: {unit: month, usd: null, source: "https://c.page", read: null}
"""


@pytest.fixture
def prices(tmp_path):
    (tmp_path / "prices.yaml").write_text(PRICES)
    return read_prices(tmp_path / "prices.yaml")


def test_a_cost_is_price_by_quantity_to_the_cent_with_its_day_and_page(prices):
    cost = cost_of("machine", "1461", prices)
    assert cost.usd == Decimal("168.02")  # 168.015
    assert (cost.why, cost.source) == ("1461 x 0.115 USD per hour, read 2026-07-30", "https://a.page")


@pytest.mark.parametrize(
    ("item", "quantity", "why"),
    [
        ("secret", "1", "the price in us-east-1 is unknown"),
        ("nobody knows it", "1", "the price in us-east-1 is unknown"),
        ("store", "", "depends on use, at 0.023 USD per gb-month, read 2026-07-30"),
    ],
)
def test_what_is_not_known_has_no_figure_and_says_why(prices, item, quantity, why):
    cost = cost_of(item, quantity, prices)
    assert (cost.usd, cost.why) == (None, why)
    assert cost.source.startswith("https://")


def test_what_costs_nothing_by_itself_is_nought_and_not_unknown(prices):
    assert total([cost_of("", "", prices)]) == (Decimal("0.00"), [])


def test_a_sum_leaves_out_what_is_unknown_and_names_it(prices):
    costs = [cost_of("machine", "10", prices), cost_of("secret", "2", prices), cost_of("store", "", prices)]
    assert total(costs) == (Decimal("1.15"), ["secret", "store"])


def test_prices_of_one_region_are_unknown_in_another(prices):
    assert prices.within("") == prices.within("us-east-1") == prices
    assert cost_of("machine", "1", prices.within("eu-west-1")).why == "the price in eu-west-1 is unknown"


@pytest.mark.parametrize(
    "text", ["", "[]", "dated: 1", PRICES.replace('"0.115"', "cheap"), PRICES.replace("source: a list", ""), "a: [b"]
)
def test_a_file_that_cannot_be_read_is_named_with_what_it_should_hold(tmp_path, text):
    (tmp_path / "prices.yaml").write_text(text)
    with pytest.raises(PolicyError, match=r"prices\.yaml cannot be read") as told:
        read_prices(tmp_path / "prices.yaml")
    assert "items" in told.value.expected


def test_each_price_of_ours_has_its_page_and_a_known_one_its_day():
    ours = read_prices(ROOT / "infra" / "prices.yaml")
    assert ours.items
    for name, price in ours.items.items():
        assert price.source.startswith("https://"), name
        assert (price.usd is None) == (price.read == ""), name

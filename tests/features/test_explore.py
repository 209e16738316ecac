import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.adapters.dataset_files import DataSetFiles
from features.explore import MOST_IN_DETAIL, MOST_ROWS, explore, information
from features.explore_page import explore_page
from tests.conftest import sized
from tests.features.books import a_frame, a_mapping


def look(frame: pd.DataFrame, seed: int = 1, dates: pd.Series | None = None):
    bad = pd.Series((np.random.default_rng(seed).random(len(frame)) < 0.2).astype(int))
    return explore("mine", frame, bad, dates)


def test_a_book_is_explored_and_said_in_sentences(tmp_path: Path, datasets: DataSetFiles) -> None:
    found = datasets.explore(datasets.add(a_mapping(tmp_path)))
    assert found.features[0].name == "credit_score"
    assert found.features[0].says.startswith("Safer as it grows")
    assert found.sentences[0].startswith("1,500 loans")
    assert "credit_score" in found.sentences[1]
    assert json.loads(json.dumps(found.as_dict()))["loans"] == 1500


def test_a_set_with_a_leak_can_be_looked_at(tmp_path: Path, datasets: DataSetFiles) -> None:
    frame = a_frame().assign(paid=lambda d: (d["outcome"] == "late") * 5.0 + d["visits"] / 100)
    found = datasets.explore(datasets.add(a_mapping(tmp_path, frame)))
    assert found.features[0].name == "paid"
    assert any("Was each known on the day" in s for s in found.sentences)


def test_the_page_loads_nothing_from_elsewhere_and_escapes_names() -> None:
    frame = pd.DataFrame({"<script>alert(1)</script>": np.arange(300.0), "b": ["x", None, "<i>"] * 100})
    page = explore_page(look(frame))
    assert not re.search(r"(src|href)=|url\(|@import|<script", page)
    assert "prefers-color-scheme:dark" in page
    assert "&lt;script&gt;" in page

    class Strict(HTMLParser):
        tags: list[str] = []  # noqa: RUF012 one parser

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.tags.append(tag)

    parser = Strict()
    parser.feed(page)
    assert {"main", "svg", "h1"} <= set(parser.tags)


@pytest.mark.parametrize("columns", [1, 3, 1000])
def test_any_number_of_columns_fits_on_a_page(columns: int) -> None:
    frame = pd.DataFrame(np.random.default_rng(2).normal(size=(400, columns))).add_prefix("x")
    found = look(frame)
    page = explore_page(found)
    assert page.count("<section class=card>") == min(columns, MOST_IN_DETAIL)
    assert all(f">{v.name}" in page for v in found.features)
    assert len(page) < 2_000_000


def test_more_loans_than_are_looked_at_is_said_so() -> None:
    rows = sized(MOST_ROWS + 1000, 1_000_000)
    found = look(pd.DataFrame({"a": np.arange(rows) % 17.0, "b": np.tile(["x", "y"], rows // 2)}))
    assert found.looked_at == MOST_ROWS
    assert "evenly spaced ones are shown" in found.sentences[0]


def test_missing_values_are_a_bin_of_their_own() -> None:
    frame = pd.DataFrame({"a": np.where(np.arange(500) % 5 == 0, np.nan, np.arange(500) % 40)})
    view = look(frame).features[0]
    assert (view.bins[-1].name, view.bins[-1].loans, view.missing) == ("missing", 100, 0.2)
    assert sum(b.loans for b in view.bins) == 500


def test_periods_are_few_and_hold_all_loans() -> None:
    dates = pd.Series(pd.date_range("2001-01-01", periods=4000, freq="D"))
    found = look(pd.DataFrame({"a": np.arange(4000.0)}), dates=dates)
    assert 2 <= len(found.periods) <= 24
    assert sum(p.loans for p in found.periods) == 4000


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=2, max_size=200))
def test_information_lies_between_none_and_all(pairs: list[tuple[int, bool]]) -> None:
    codes, bad = np.array([c for c, _ in pairs]), np.array([b for _, b in pairs])
    assert 0 <= information(codes, bad) <= 1 + 1e-9


def test_a_group_that_is_the_outcome_explains_it_all() -> None:
    bad = np.arange(10_000) % 4 == 0
    assert information(bad.astype(np.intp), bad) == pytest.approx(1, abs=1e-3)
    assert information(np.arange(10_000) % 4 // 4, bad) == 0

"""Every kind of mistake in a mapping file gets its own sentence: a good one is spoilt in one place at a time."""

import contextlib
import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.adapters.dataset_files import DataSetFiles
from features.contract import contract
from features.mapping import _FIELD, _TOP
from lending.domain.errors import InputError
from tests.conftest import sized
from tests.features.books import MAPPING, a_frame

GOOD: dict[str, Any] = {**MAPPING, "protected": {"area": "branch"}, "monotone": {"visits": 1}, "missing": [-9]}
LISTS = ("drop", "after_decision", "missing")
SECTIONS = ("source", "label", "fields", "protected", "monotone")
Told = dict[str, Any]


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=5), st.floats(allow_nan=True),
    st.lists(st.integers(0, 3), max_size=2), st.dictionaries(st.text(max_size=4), st.none(), max_size=2),
)  # fmt: skip


def paths(told: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a mapping, sections and values alike."""
    pairs = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    return [p for key, value in pairs for p in ((*at, key), *paths(value, (*at, key)))]


def parent(told: Told, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        told = told[key]
    return told


def misspelt(name: str, place: int) -> str:
    return name[:place] + "q" + name[place:]


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[Told, str]:
    """A mapping with one mistake, and a part of the sentence that must name it."""
    told = copy.deepcopy(GOOD)
    kind = draw(st.sampled_from(sorted(MISTAKES)))
    return told, MISTAKES[kind](told, draw)


def unknown_key(told: Told, draw: st.DrawFn) -> str:
    name = draw(st.sampled_from([n for n in _TOP if n in told]))
    wrong = misspelt(name, draw(st.integers(0, len(name))))
    told[wrong] = told.pop(name)
    return wrong if name not in ("source", "label") else ""


def unknown_word(told: Told, draw: st.DrawFn) -> str:
    word = draw(st.sampled_from(sorted(contract().words)))
    wrong = misspelt(word, draw(st.integers(0, len(word))))
    told["fields"][wrong] = "visits"
    return f"fields.{wrong}"


def unknown_field_key(told: Told, draw: st.DrawFn) -> str:
    key = draw(st.sampled_from(_FIELD))
    wrong = misspelt(key, draw(st.integers(0, len(key))))
    told["fields"]["amount"] = {"column": "amount", wrong: 1}
    return f"fields.amount.{wrong}"


def unknown_column(told: Told, draw: st.DrawFn) -> str:
    column = draw(st.sampled_from(list(a_frame(5).columns)))
    wrong = misspelt(column, draw(st.integers(0, len(column))))
    place = draw(st.sampled_from(["drop", "after_decision", "id", "date", "field", "protected", "label"]))
    change: dict[str, Callable[[], Any]] = {
        "drop": lambda: told.update(drop=[wrong]), "after_decision": lambda: told.update(after_decision=[wrong]),
        "id": lambda: told.update(id=wrong), "date": lambda: told.update(date=wrong),
        "field": lambda: told["fields"].update(amount=wrong), "protected": lambda: told["protected"].update(area=wrong),
        "label": lambda: told["label"].update(column=wrong),
    }  # fmt: skip
    change[place]()
    return wrong


def wrong_shape(told: Told, draw: st.DrawFn) -> str:
    key = draw(st.sampled_from(SECTIONS))
    told[key] = draw(st.sampled_from([3, [1, 2], True]))
    return key


def wrong_list(told: Told, draw: st.DrawFn) -> str:
    key = draw(st.sampled_from(("drop", "after_decision")))
    told[key] = [{"column": "visits"}]
    return key


def wrong_number(told: Told, draw: st.DrawFn) -> str:
    key = draw(st.sampled_from(["divide", "multiply"]))
    told["fields"]["amount"] = {"column": "amount", key: draw(st.sampled_from([0, -1, "twelve", True, None, [1]]))}
    return f"fields.amount.{key}"


def wrong_horizon(told: Told, draw: st.DrawFn) -> str:
    told["horizon_months"] = draw(st.sampled_from([0, -3, 481, 1.5, "year", True, [12]]))
    return "horizon_months"


def wrong_name(told: Told, draw: st.DrawFn) -> str:
    told["name"] = draw(st.sampled_from(["Big", "a b", "../x", "1st", "x" * 60, ""]))
    return "name"


def wrong_promise(told: Told, draw: st.DrawFn) -> str:
    told["monotone"] = {"visits": draw(st.sampled_from([2, "up", True, 0.5, None]))}
    return "monotone.visits"


def wrong_day(told: Told, draw: st.DrawFn) -> str:
    key = draw(st.sampled_from(["test_from", "from", "to"]))
    told["date"] = {"column": "day", key: draw(st.sampled_from(["soon", 2010, "2010-13-01", [1]]))}
    return f"date.{key}"


def wrong_format(told: Told, draw: st.DrawFn) -> str:
    told["date"] = {"column": "day", "format": draw(st.sampled_from(["%Q", "%", "%s", "%d/%m/%y %Z%Z", "%Y-%m-%d %z"]))}
    return "date.format"


def wrong_file(told: Told, draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(["none.csv", "small.xlsx", ".", "small"]))
    told["source"] = {"path": name}
    return "found"


def wrong_way_of_writing(told: Told, draw: st.DrawFn) -> str:
    key = draw(st.sampled_from(["encoding", "separator", "decimal"]))
    told["source"] = {**told["source"], key: "klingon"}
    return f"source.{key}"


def nothing_there(told: Told, draw: st.DrawFn) -> str:
    key = draw(st.sampled_from(["source", "label"]))
    del told[key]
    return key


MISTAKES: dict[str, Callable[[Told, st.DrawFn], str]] = {
    f.__name__: f
    for f in (unknown_key, unknown_word, unknown_field_key, unknown_column, wrong_shape, wrong_list, wrong_number,
              wrong_horizon, wrong_name, wrong_promise, wrong_day, wrong_format, wrong_file,
              wrong_way_of_writing, nothing_there)
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("book")
    a_frame(60).to_csv(made / "small.csv", index=False)
    return made


@given(spoilt())
@settings(max_examples=sized(150, 3000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_mistake_gets_one_sentence_that_names_its_place(folder: Path, case: tuple[Told, str]) -> None:
    told, named = case
    file = folder / "spoilt.yaml"
    file.write_text(yaml.safe_dump(told), encoding="utf-8")
    datasets = DataSetFiles(folder / "data")
    with pytest.raises(InputError) as caught:
        datasets.add(file)
    error = caught.value
    assert named in f"{error} {error.field}"
    assert error.do
    assert error.expected
    assert list(datasets.names()) == []


@pytest.mark.parametrize("path", ["\0", "~nobody-of-that-name/loans.csv", "loop.csv"])
def test_a_path_that_no_file_can_have_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    file = tmp_path / "odd.yaml"
    file.write_text(yaml.safe_dump({**GOOD, "source": {"path": path}}), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        DataSetFiles(tmp_path / "odd").add(file)
    assert caught.value.field == "source.path"


@given(st.data())
@settings(max_examples=sized(150, 3000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_anywhere_is_taken_or_refused_and_never_breaks(folder: Path, data: st.DataObject) -> None:
    told = copy.deepcopy(GOOD)
    path = data.draw(st.sampled_from(paths(told)))
    parent(told, path)[path[-1]] = data.draw(JUNK)
    file = folder / "odd.yaml"
    file.write_text(yaml.safe_dump(told), encoding="utf-8")
    with contextlib.suppress(InputError):
        assert DataSetFiles(folder / "odd").add(file)

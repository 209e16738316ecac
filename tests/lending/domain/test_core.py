"""The text of a core: written piece by piece, equal to what a parser and a writer of JSON would make of it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.domain.core import core_of, plain_columns
from lending.domain.core_parts import FindingWords
from lending.domain.decision import decide
from lending.domain.errors import InputError
from lending.domain.money import money, plain
from lending.domain.record import canonical, fragment, joined
from tests.builders import AS_OF, a_request, an_application, an_assessment, the_policy

texts = st.text(max_size=12)
values = st.recursive(
    st.none() | st.booleans() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.from_regex(r"[ -~]{0,6}", fullmatch=True), inner),
    max_leaves=12,
)


@given(values)
def test_a_fragment_is_what_the_json_library_writes_sorted_and_compact(value: Any) -> None:
    assert fragment(value) == json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), values, max_size=5))
def test_fragments_join_to_the_object_of_their_values(value: dict[str, Any]) -> None:
    assert joined({name: fragment(item) for name, item in value.items()}).encode() == canonical(value)


@pytest.mark.parametrize("value", [1, 0.5, [1], {"a": 2}, {"ä": "x"}, {1: "x"}, {"a": ("b",)}, Decimal(1)])
def test_what_a_core_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match="a core h"):
        fragment(value)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_has_one_text_without_exponent_or_idle_zeros(value: Decimal) -> None:
    text = plain(value)
    assert Decimal(text) == value
    assert "E" not in text
    assert "." not in text or not text.endswith("0")


@given(st.sampled_from(["car", "home", "gold", "education"]), st.integers(1, 10**8), st.text(min_size=1, max_size=20))
def test_what_stands_in_the_open_is_what_the_core_says(product: str, cents: int, name: str) -> None:
    core = a_core(product, cents, customer_id=name + '"outcome":"approve"')
    said = json.loads(core)
    assert plain_columns(core) == {"product": said["product"], "outcome": said["outcome"]}


@given(st.sampled_from(["car", "home", "gold", "education"]), st.integers(1, 10**8), st.text(max_size=20))
def test_a_core_is_the_canonical_text_of_what_it_says(product: str, cents: int, name: str) -> None:
    for core in (a_core(product, cents, customer_id=name), a_core(product, cents, FindingWords(), customer_id=name)):
        assert canonical(json.loads(core)) == core


def test_findings_that_decisions_share_are_written_alike() -> None:
    words = FindingWords()
    for cents in (10**6, 10**6, 2 * 10**6):
        assert a_core("car", cents, words) == a_core("car", cents)


def a_core(product: str, cents: int, words: FindingWords | None = None, **facts: Any) -> bytes:
    asked = a_request(product=product, amount=money(Decimal(cents).scaleb(-2)))
    application, word, policy = an_application(asked, **facts), an_assessment(), the_policy()
    return core_of(application, word, decide(application, word, policy, AS_OF), policy, AS_OF, "1", words)

"""Answers of an application: which will do, what is asked, what is shown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.domain.answers import MOST_TYPED, Field, Kind, Step, asked, clean, problem, shown

GOOD: list[tuple[Kind, dict[str, Any], list[str]]] = [
    ("text", {"most": "12"}, ["Corolla", "Çelik", "李", "O'Brien & Co", "  spaced  "]),
    ("email", {}, ["a@b.co", "first.last+tag@mail.example.com", "ñandú@correo.es"]),
    ("phone", {}, ["555 010 2030", "+91 (22) 5550-1020", "5550102", "555.010.2030"]),
    ("money", {"least": "10.00", "most": "1000.00"}, ["10", "10.00", "1,000.00", "999.99", "1 000"]),
    ("number", {"least": "1980", "most": "2035"}, ["1980", "2035"]),
    ("date", {"least": "2000-01-01", "most": "2100-12-31"}, ["2000-01-01", "2026-09-01"]),
    ("choice", {"options": ("new", "used")}, ["new"]),
    ("yes", {}, ["yes"]),
    ("yes", {"required": False}, ["yes", "no", ""]),
    ("account", {}, ["0012 3456 7890", "DE89 3704 0044 0532 0130 00", "1234", "12-34", "no93 8601 1117 947"]),
    ("text", {"required": False}, ["", "   "]),
]
BAD: list[tuple[Kind, dict[str, Any], str, list[str]]] = [
    ("text", {}, "missing", ["", "   ", "\u200b", "\x00"]),
    ("text", {"most": "5"}, "too_long", ["abcdef"]),
    ("email", {}, "email", ["a@b", "@b.co", "a b@c.de", "a@@b.co", "a@b..co", "a@.co", "x" * 250 + "@b.co"]),
    ("phone", {}, "phone", ["123456", "1" * 16, "call me", "555 010 2030 ext 4", "٥٥٥٠١٠٢٠٣٠"]),
    ("money", {"least": "10.00", "most": "1000.00"}, "money", ["9.99", "1000.01", "ten", "-10", "10.001", "NaN"]),
    ("number", {"least": "1980", "most": "2035"}, "number", ["1979", "2036", "20.5", "-1", "²", "9" * 5000]),
    ("date", {"least": "2000-01-01", "most": "2100-12-31"}, "date", ["1999-12-31", "2026-02-30", "01/09/2026"]),
    ("choice", {"options": ("new", "used")}, "choice", ["old", "NEW"]),
    ("yes", {}, "not_agreed", ["no", "maybe"]),
    ("yes", {"required": False}, "choice", ["maybe"]),
    ("account", {}, "account", ["123", "12 34!", "x" * 40, "a-b", "Main Street 1", "abcd",
                                "12 Elm Street 34", "DE89 37", "１２３４"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "more", "answer"), [(k, m, a) for k, m, answers in GOOD for a in answers])
def test_what_can_be_used_will_do(kind: Kind, more: dict[str, Any], answer: str) -> None:
    assert problem(Field("x", kind, **more), answer) is None


@pytest.mark.parametrize(("kind", "more", "code", "answer"), [(k, m, c, a) for k, m, c, some in BAD for a in some])
def test_what_cannot_be_used_is_named(kind: Kind, more: dict[str, Any], code: str, answer: str) -> None:
    wrong = problem(Field("x", kind, **more), answer)
    assert wrong is not None
    assert wrong.code == code


@given(st.text(max_size=MOST_TYPED), st.sampled_from([(k, m) for k, m, _ in GOOD]))
def test_no_text_breaks_a_check(answer: str, kind: tuple[Kind, dict[str, Any]]) -> None:
    field = Field("x", kind[0], **kind[1])
    problem(field, answer)
    assert clean(clean(answer)) == clean(answer)
    assert all(c.isprintable() for c in clean(answer))


def test_a_question_is_asked_where_its_condition_holds() -> None:
    seller = Field("seller", "choice", options=("dealer", "private"), when={"product": ("car",)})
    dealer = Field("dealer", "text", when={"product": ("car",), "seller": ("dealer",)})
    step = Step("loan", (seller, dealer))
    car, home = {"product": "car"}, {"product": "home"}
    assert asked(step, car, {}) == [seller]
    assert asked(step, car, {"seller": "dealer"}) == [seller, dealer]
    assert asked(step, home, {"seller": "dealer"}) == []


def test_no_answer_passes_for_a_fact() -> None:
    step = Step("loan", (Field("gold_items", "text", when={"product": ("gold",)}),))
    assert asked(step, {"product": "car"}, {"product": "gold"}) == []


@given(st.text("0123456789 -", min_size=4, max_size=34))
def test_of_an_account_no_more_than_four_digits_are_shown(number: str) -> None:
    said = shown(Field("account", "account"), number)
    assert sum(c.isdigit() for c in said) in (0, 4)
    assert shown(Field("name", "text"), number) == number

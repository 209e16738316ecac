"""What the pages of applying say: the same keys in every language, the same status as the bank writes elsewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest

from console.components.apply_fields import problem_words
from console.words import LANGUAGES, Say
from lending.domain.workflow import State
from lending.settings import ROOT
from lending.yaml_text import read_tree
from serving.formats import formats

_SLOT = re.compile(r"\{\w+\}")


def tree(path: str) -> Any:
    return read_tree(path, (ROOT / "kb" / "wording" / path).read_text(encoding="utf-8"))


def flat(branch: Any, prefix: str = "") -> dict[str, str]:
    if not isinstance(branch, dict):
        return {prefix: str(branch)}
    return {key: text for name, part in branch.items() for key, text in flat(part, f"{prefix}.{name}").items()}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_every_text_with_the_same_slots(language: str) -> None:
    english, theirs = flat(tree("portal/en/apply.yaml")), flat(tree(f"portal/{language}/apply.yaml"))
    assert set(theirs) == set(english)
    differing = [key for key in english if set(_SLOT.findall(english[key])) != set(_SLOT.findall(theirs[key]))]
    assert not differing


@pytest.mark.parametrize(
    ("kind", "slots", "told"),
    [("money", {"least": "1000.00", "most": "50000.00"}, "Escriba un importe entre ₹1,000 y ₹50,000."),
     ("date", {"least": "2000-01-01", "most": "2100-12-31"}, "1 de enero de 2000")],
)  # fmt: skip
def test_the_bounds_of_an_answer_are_written_as_the_reader_writes_them(kind: str, slots: Any, told: str) -> None:
    field = {"kind": kind, "problem": f"apply_fields.problem.{kind}", "slots": slots}
    assert told in problem_words(field, Say("es"), formats("in", "es"))


@pytest.mark.parametrize("state", list(State))
def test_the_texts_of_a_state_are_those_that_the_bank_writes(state: State) -> None:
    written, said = tree("status.yaml")[state.value], Say("en")
    day = "{day}"
    assert said(f"apply.status.{state.value}.text", day=day) == written["text"]
    assert said(f"apply.status.{state.value}.next", day=day) == written["next"]

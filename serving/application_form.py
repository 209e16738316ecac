"""What an application asks and by which rules it lives: kb/applications.yaml with its English words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast, get_args

from lending.domain.answers import MOST_TYPED, Field, Kind, Problem, Step, asked, clean, problem
from lending.domain.policy import Parameter
from lending.domain.policy_checks import parameters_of
from lending.domain.policy_leaves import choice_of, keys_of, list_of, text_of, texts_of, tree_of, words_of
from lending.yaml_text import read_tree
from serving.fields import Fields, InvalidBody
from serving.formats import Formats

FILE = "applications.yaml"
AREA = "apply_fields"
"""What the keys of these texts begin with in the catalogue of the pages."""
_WORDS, _STATUS = Path("wording") / "portal" / "en" / f"{AREA}.yaml", Path("wording") / "status.yaml"
_OPTIONAL = ("optional", "least", "most", "options", "when", "known", "kept", "autocomplete")


@dataclass(frozen=True, slots=True)
class Form:
    """Steps in order, and the rules.

    Attributes:
        accept: what is confirmed when an offer is accepted.
        grounds: why a person ends a review, by act; `silent` holds those that a customer is never told.
        autocomplete: field to what browsers call it.
        words: English texts by key without the area.
        status: state to what a customer reads: `text` and `next`.
    """

    steps: tuple[Step, ...]
    accept: tuple[Field, ...]
    grounds: Mapping[str, tuple[str, ...]]
    figures: Mapping[str, Parameter]
    autocomplete: Mapping[str, str]
    words: Mapping[str, Any]
    status: Mapping[str, Mapping[str, str]]
    formats: Formats

    def figure(self, name: str, day: date) -> int:
        """A rule's figure on a day."""
        return int(self.figures[name].at(day).value)

    def fields(self) -> Iterator[Field]:
        """Every question there is."""
        for step in self.steps:
            yield from step.fields

    def step(self, name: str) -> Step:
        """A step by its name. Raises InvalidBody."""
        found = next((step for step in self.steps if step.name == name), None)
        if found is None:
            names = ", ".join(step.name for step in self.steps)
            raise InvalidBody(f"there is no step {name[:40]}", field="step", found=name[:40] or "missing",
                              expected=f"one of {names}", do="Choose one of them.")  # fmt: skip
        return found

    def typed(self, given: Mapping[str, object], step: Step | None = None) -> dict[str, str]:
        """Answers as they are kept, of one step or of all; whether they will do is not looked at here.

        Raises:
            InvalidBody: a name that no question has, a value that is no text, or more than anybody types.
        """
        known = [f.name for f in (step.fields if step else self.fields())]
        fields = Fields(given, known, "answers.")
        expected = f"text of at most {MOST_TYPED} characters"
        for name, value in given.items():
            if name in known and not (isinstance(value, str) and len(value) <= MOST_TYPED):
                fields.wrong(name, "a longer text" if isinstance(value, str) else "no text", expected, "Correct it.")
        fields.check()
        return {name: clean(str(value)) for name, value in given.items()}

    def check(self, facts: Mapping[str, str], answers: Mapping[str, str]) -> None:
        """Raise InvalidBody naming every question of every step that is not answered as it must be."""
        self.check_fields([f for step in self.steps for f in asked(step, facts, answers)], answers)

    def check_fields(self, questions: list[Field], answers: Mapping[str, str]) -> None:
        """The same for some questions."""
        report = Fields({}, ())
        for field in questions:
            wrong = problem(field, answers.get(field.name, ""))
            if wrong is not None:
                found = "missing" if wrong.code == "missing" else "an answer that will not do"
                label, do = self.words[field.name]["label"], self.said(field, wrong)
                report.wrong(f"answers.{field.name}", found, label, do)
        report.check()

    def told(self, ground: str) -> str:
        """A ground as the customer may know it: `general` for a silent one, or one without words."""
        silent = ground in self.grounds.get("silent", ()) or ground not in self.words["refused"]
        return "general" if silent else ground

    def said(self, field: Field, wrong: Problem) -> str:
        """A problem in English."""
        bounds = {name: bound(field.kind, value, self.formats) for name, value in wrong.bounds.items()}
        return self.words["problem"][wrong.code].format(**bounds)


def bound(kind: Kind, value: str, formats: Formats) -> str:
    """A bound of a field as people read it."""
    if kind == "money":
        return formats.round_money(value)
    return formats.day(value) if kind == "date" else value


def read_form(kb: Path, formats: Formats) -> Form:
    """The form of a kb folder. Raises PolicyError naming file and key."""
    tree = _tree(kb, Path(FILE))
    keys = keys_of(tree, FILE, ("steps", "accept", "grounds", "parameters"))
    steps = list_of(keys["steps"], f"{FILE}: steps")
    status = _tree(kb, _STATUS)
    return Form(
        tuple(_step(entry, f"{FILE}: steps[{n}]") for n, entry in enumerate(steps)),
        _fields(keys["accept"], f"{FILE}: accept"),
        {name: words_of(entry, f"{FILE}: grounds") for name, entry in tree_of(keys["grounds"], FILE).items()},
        parameters_of(keys["parameters"], FILE),
        _autocomplete(steps),
        _tree(kb, _WORDS),
        {state: texts_of(entry, f"{_STATUS}: {state}") for state, entry in status.items()},
        formats,
    )


def _tree(kb: Path, file: Path) -> Mapping[str, Any]:
    return read_tree(str(file), (kb / file).read_text(encoding="utf-8"))


def _step(value: object, place: str) -> Step:
    keys = keys_of(value, place, ("step", "fields"))
    return Step(text_of(keys["step"], f"{place}.step"), _fields(keys["fields"], f"{place}.fields"))


def _fields(value: object, place: str) -> tuple[Field, ...]:
    return tuple(_field(entry, f"{place}[{n}]") for n, entry in enumerate(list_of(value, place)))


def _field(value: object, place: str) -> Field:
    keys = keys_of(value, place, ("name", "kind"), _OPTIONAL)
    kind = cast("Kind", choice_of(keys["kind"], get_args(Kind), f"{place}.kind"))
    when = {name: words_of(words, f"{place}.when") for name, words in tree_of(keys.get("when", {}), place).items()}
    texts = {name: text_of(keys[name], f"{place}.{name}") for name in ("least", "most", "known") if name in keys}
    return Field(
        text_of(keys["name"], f"{place}.name"), kind, keys.get("optional") != "yes",
        options=words_of(keys.get("options", []), f"{place}.options"), when=when, kept=keys.get("kept") == "yes",
        **texts,
    )  # fmt: skip


def _autocomplete(steps: list[Any]) -> dict[str, str]:
    fields = [field for step in steps for field in step["fields"]]
    return {field["name"]: field["autocomplete"] for field in fields if "autocomplete" in field}

"""The questions and the rules of applications as data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lending.settings import ROOT
from lending.yaml_text import read_tree
from serving.application_form import read_form
from serving.assembly import Platform
from serving.formats import formats
from tests.applying import GOOD


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_question_and_every_problem_has_words(language: str) -> None:
    form = read_form(ROOT / "kb", formats("us"))
    path = ROOT / "kb" / "wording" / "portal" / language / "apply_fields.yaml"
    words: Any = read_tree(path.name, path.read_text(encoding="utf-8"))
    for field in (*form.fields(), *form.accept):
        assert {"label", "hint", *field.options} == set(words[field.name])
    assert set(words["step"]) == {step.name for step in form.steps}
    told_grounds = set(form.grounds["refuse"]) - set(form.grounds["silent"])
    assert set(words["refused"]) == {"general", *told_grounds}
    names = {"missing", "too_long", "choice", "not_agreed", "email", "phone", "account", "money", "number", "date"}
    assert set(words["problem"]) == names


def test_conditions_of_questions_name_what_there_is(bank: Platform) -> None:
    form = bank.applications.form
    choices = {f.name: set(f.options) for f in form.fields() if f.kind == "choice"}
    work = {"salaried", "self_employed", "gig", "student", "retired", "unemployed"}
    known = choices | {
        "product": {*bank.policy.current.products, "gold_bullet"}, "employment_status": work, "joint": {"yes", "no"},
    }  # fmt: skip
    for field in form.fields():
        for name, words in (field.when or {}).items():
            assert set(words) <= known[name]
    person = replace(bank.customers.facts(GOOD, bank.clock.now().date()))
    assert all(hasattr(person, field.known) for field in form.fields() if field.known)

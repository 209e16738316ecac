"""A refusal is said in the reader's language, to people and to the scripts of our pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from console.app import create_app
from console.problems import found_words, refusal_words
from console.words import Say
from lending.domain.errors import InputError, RefusedError
from serving.limits import TooOftenError
from serving.refusals import Refusal
from tests.bank import PASSWORD, open_bank

OVER = RefusedError("the offer stood until May", code="expired", field="offer_id", found="2026-05-01", do="Ask anew.")


@pytest.fixture
def spanish(tmp_path: Path) -> Any:
    client = create_app(open_bank(tmp_path)).server.test_client()
    client.post("/sign-in", data={"username": "good", "password": PASSWORD})
    client.post("/portal/language", data={"language": "es"})
    return client


def test_a_code_with_words_is_said_in_the_readers_language() -> None:
    assert refusal_words(OVER, Say("es")) == "Esta oferta ya terminó. Pida un cálculo nuevo."
    assert refusal_words(OVER, Say("en")) == "This offer is over. Ask for a new quote."


def test_how_long_to_wait_is_said_in_figures() -> None:
    assert "Espere 7 segundos" in refusal_words(TooOftenError(6.2), Say("es"))


def test_a_file_that_is_not_taken_has_the_words_of_its_finding() -> None:
    locked = Refusal(422, "locked", "not taken", field="file", found="a password", do="Save it without.")
    assert "contraseña" in refusal_words(locked, Say("es"))


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (InputError("no", code="odd", do="Mend it."), "problem.check"),
        (RefusedError("no", code="odd"), "problem.refused"),
    ],
)
def test_a_code_without_words_is_said_in_general_ones_but_in_english_by_itself(error: Any, key: str) -> None:
    assert refusal_words(error, Say("es")) == Say("es")(key)
    assert found_words(InputError("no", code="odd", found="a figure"), Say("es")) == ""
    assert refusal_words(InputError("no", code="odd", do="Mend it."), Say("en")) == "Mend it."


def test_the_page_of_a_problem_has_no_english_for_a_spanish_reader(spanish: Any) -> None:
    answer = spanish.post(f"/portal/offers/o_{'a' * 26}/save", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "Aquí no lo encontramos" in answer.text
    assert "offer" not in answer.text


def test_a_script_of_our_pages_gets_the_advice_in_spanish_too(spanish: Any) -> None:
    answer = spanish.post(f"/portal/offers/o_{'a' * 26}/save", headers={"Accept": "application/json"})
    assert answer.json["do"].startswith("Aquí no lo encontramos")

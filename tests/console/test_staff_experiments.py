"""Pages of experiments: each state, a life from draft to end by forms, who may act, wrong input, one look noted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import dash
import pytest
from flask.testing import FlaskClient

from console.app import create_app
from serving.assembly import Platform
from tests.bank import open_bank
from tests.console.staff import browser, drawn

FORM = {
    "name": "loans_first", "question": "Do more people open a loan?", "owner": "portal team",
    "place": "tried.home_loans", "shares": "cards 50, list 50", "measure": "looked", "worth": "2", "days": "28",
    "guardrails": ["complaints", "decided"],
}  # fmt: skip
Shown = Callable[..., str]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Platform]:
    place = open_bank(tmp_path)
    yield place
    place.records.database.engine.dispose()


@pytest.fixture
def app(bank: Platform) -> dash.Dash:
    return create_app(bank)


@pytest.fixture
def client_of(bank: Platform, app: dash.Dash) -> Callable[[str], FlaskClient]:
    known: dict[str, FlaskClient] = {}

    def signed_in(name: str) -> FlaskClient:
        if name not in known:
            known[name] = browser(bank, name, app)
        return known[name]

    return signed_in


@pytest.fixture
def shown(app: dash.Dash, client_of: Callable[[str], FlaskClient]) -> Shown:
    """What a page draws, as JSON text."""

    def ask(name: str, path: str = "/staff/experiments", search: str = "") -> str:
        return drawn(app, client_of(name), path, search)

    return ask


def test_an_experiment_lives_from_draft_to_end_by_the_pages_forms(
    bank: Platform, client_of: Callable[[str], FlaskClient], shown: Shown
) -> None:
    scientist = client_of("scientist")
    answer = scientist.post("/staff/experiments/define", data=FORM)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/experiments/loans_first")
    page = shown("scientist", "/staff/experiments/loans_first")
    for words in ("draft", "Start", "Nobody has seen a variant yet"):
        assert words in page
    assert scientist.post("/staff/experiments/loans_first/start", data={"version": "1"}).status_code == 303
    shown("good", "/")
    shown("good", "/")
    assert sum(one.people for one in bank.records.trial_counts.exposed("loans_first")) == 1
    page = shown("risk", "/staff/experiments/loans_first")
    for words in (
        "Is the split as planned?",
        "as planned",
        "The difference over time",
        "Guardrails",
        "cannot tell yet",
    ):
        assert words in page
    assert "What now?" not in page
    done = {"version": "2", "why": "It confuses people."}
    assert scientist.post("/staff/experiments/loans_first/stop", data=done).status_code == 303
    page = shown("auditor", "/staff/experiments/loans_first")
    assert "stopped" in page
    assert "It confuses people." in page


def test_the_list_shows_those_of_the_file_too_and_the_form_only_to_who_may(shown: Shown) -> None:
    page = shown("scientist")
    for words in ("home_lead", "running", "Define one", "Keep as a draft"):
        assert words in page
    assert "Define one" not in shown("risk")
    assert "kb/experiments.yaml" in shown("risk", "/staff/experiments/home_lead")


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ("?state=draft", "No experiment in this state"),
        ("?state=%00rate", "which is no state"),
        ("?state=running", "home_lead"),
    ],
)
def test_a_list_of_one_state_a_wrong_state_and_an_empty_one(search: str, words: str, shown: Shown) -> None:
    assert words in shown("risk", "/staff/experiments", search)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"place": "pricing.margin"}, 422),
        ({"shares": "cards 50"}, 422),
        ({"guardrails": []}, 422),
        ({"name": ""}, 422),
        ({"days": "x" * 5000}, 422),
        ({"name": "home_lead"}, 422),
    ],
)
def test_wrong_input_is_refused_and_nothing_is_kept(
    changes: dict[str, object], status: int, bank: Platform, client_of: Callable[[str], FlaskClient]
) -> None:
    answer = client_of("scientist").post("/staff/experiments/define", data={**FORM, **changes})
    assert answer.status_code == status
    assert not bank.trial_desk.trials.list()


def test_only_a_data_scientist_acts(bank: Platform, client_of: Callable[[str], FlaskClient]) -> None:
    for name in ("risk", "auditor", "officer", "admin", "good"):
        assert client_of(name).post("/staff/experiments/define", data=FORM).status_code in (403, 404)
    assert not bank.trial_desk.trials.list()


def test_an_act_on_an_old_page_or_of_another_kind_is_refused(
    bank: Platform, client_of: Callable[[str], FlaskClient]
) -> None:
    scientist = client_of("scientist")
    scientist.post("/staff/experiments/define", data=FORM)
    for act, form, status in (
        ("start", {"version": "7"}, 409),
        ("start", {"version": "soon"}, 422),
        ("stop", {"version": "1", "why": "x"}, 409),
        ("promote", {"version": "1"}, 404),
    ):
        assert scientist.post(f"/staff/experiments/loans_first/{act}", data=form).status_code == status, act
    assert scientist.post("/staff/experiments/none/start", data={"version": "1"}).status_code == 404
    assert bank.trial_desk.trials.get("loans_first").state == "draft"

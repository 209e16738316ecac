"""Experiments of staff: only what may be tried, shares that stay, one at a place, ended for reasons that hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from lending.domain.errors import InputError, NotFoundError, PolicyError, RefusedError
from lending.settings import ROOT
from lending.trial_ports import TrialRow
from rag.prompt import Prompt, Prompts
from serving.assembly import Platform
from serving.behaviour import open_behaviour
from serving.trial_catalogue import read_catalogue
from serving.trials import TrialAsk
from tests.bank import open_bank
from tests.conftest import HandClock

ASK = TrialAsk(
    "loans_first", "Do more people open a loan when loans come first?", "portal team", "tried.home_order",
    "own_first 50, loans_first 50", "looked", ("complaints",), "2", "28",
)  # fmt: skip
PEOPLE = [f"C{number:05}" for number in range(60)]


@pytest.fixture
def clock() -> HandClock:
    return HandClock(datetime(2026, 12, 1, 9, tzinfo=UTC))


@pytest.fixture
def bank(tmp_path: Path, clock: HandClock) -> Iterator[Platform]:
    place = open_bank(tmp_path, clock=clock)
    yield place
    place.records.database.engine.dispose()


def running(bank: Platform, ask: TrialAsk = ASK) -> TrialRow:
    bank.trial_desk.define(ask, "scientist")
    return bank.trial_desk.start(ask.name, 1, "scientist")


def drawn(bank: Platform, place: str = "tried.home_order") -> Counter[str | None]:
    return Counter(bank.variants.at(person, place) for person in PEOPLE)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("place", {"place": "pricing.margin"}),
        ("place", {"place": "credit.foir_max"}),
        ("place", {"place": "model.champion"}),
        ("shares", {"shares": "own_first 50, price_low 50"}),
        ("shares", {"shares": "own_first 50, loans_first 40"}),
        ("shares", {"shares": "own_first 100"}),
        ("shares", {"shares": "own_first NaN, loans_first 50"}),
        ("shares", {"shares": "own_first 150, loans_first -50"}),
        ("shares", {"shares": "own_first 50, own_first 50"}),
        ("shares", {"place": "prompt.reword", "shares": "v1 50, v9 50"}),
        ("measure", {"measure": "profit"}),
        ("guardrails", {"guardrails": ()}),
        ("guardrails", {"guardrails": ("weather",)}),
        ("name", {"name": "Loans first!"}),
        ("name", {"name": "home_lead"}),
        ("question", {"question": "  "}),
        ("owner", {"owner": ""}),
        ("worth", {"worth": "0"}),
        ("worth", {"worth": "NaN"}),
        ("days", {"days": "100000"}),
        ("days", {"days": "2.5"}),
    ],
)
def test_only_what_the_catalogue_allows_can_be_defined(field: str, changes: dict[str, object], bank: Platform) -> None:
    with pytest.raises(InputError) as refused:
        bank.trial_desk.define(replace(ASK, **changes), "scientist")  # type: ignore[arg-type]
    assert refused.value.field == field
    assert not bank.trial_desk.trials.list()


def test_a_draft_shows_nothing_to_anybody(bank: Platform) -> None:
    bank.trial_desk.define(ASK, "scientist")
    assert drawn(bank) == {None: len(PEOPLE)}


def test_a_running_one_divides_people_who_keep_what_they_saw(bank: Platform) -> None:
    running(bank)
    first = {person: bank.variants.at(person, "tried.home_order") for person in PEOPLE}
    assert set(first.values()) == {"own_first", "loans_first"}
    assert {person: bank.variants.at(person, "tried.home_order") for person in PEOPLE} == first
    (count,) = {sum(one.people for one in bank.records.trial_counts.exposed("loans_first"))}
    assert count == len(PEOPLE)


def test_what_somebody_saw_is_noted_once_at_the_first_look(bank: Platform, clock: HandClock) -> None:
    running(bank)
    at = clock.now()
    bank.variants.at("C00001", "tried.home_order")
    clock.move(days=2)
    bank.variants.at("C00001", "tried.home_order")
    hidden = bank.variants.hidden("C00001")
    ((_, when),) = bank.records.trial_counts.shown("loans_first", [hidden]).values()
    assert when == at
    assert [one.people for one in bank.records.trial_counts.exposed("loans_first")] == [1]


def test_shares_and_place_stay_while_it_runs(bank: Platform) -> None:
    row = running(bank)
    for version in (1, row.version):
        with pytest.raises(RefusedError, match="is running"):
            bank.trial_desk.change(replace(ASK, shares="own_first 10, loans_first 90"), version, "scientist")
    assert bank.trial_desk.trials.get("loans_first") == row


def test_a_place_has_one_at_a_time(bank: Platform) -> None:
    running(bank)
    bank.trial_desk.define(replace(ASK, name="again"), "scientist")
    with pytest.raises(RefusedError, match=r"loans_first is tried at tried\.home_order already"):
        bank.trial_desk.start("again", 1, "scientist")
    lead = replace(ASK, name="lead", place="tried.home_lead", shares="shows 50, asks 50")
    bank.trial_desk.define(lead, "scientist")
    with pytest.raises(RefusedError, match="home_lead is tried"):  # of kb/experiments.yaml
        bank.trial_desk.start("lead", 1, "scientist")


def test_a_name_is_given_once(bank: Platform) -> None:
    running(bank)
    with pytest.raises(RefusedError, match="already"):
        bank.trial_desk.define(ASK, "scientist")


def test_a_change_on_an_old_version_is_refused(bank: Platform) -> None:
    bank.trial_desk.define(ASK, "scientist")
    bank.trial_desk.change(replace(ASK, days="14"), 1, "scientist")
    with pytest.raises(RefusedError, match="somebody changed the experiment"):
        bank.trial_desk.start("loans_first", 1, "scientist")
    assert bank.trial_desk.start("loans_first", 2, "scientist").content["days"] == 14


def test_after_a_stop_everybody_gets_what_they_had(bank: Platform) -> None:
    row = running(bank)
    with pytest.raises(InputError, match="why"):
        bank.trial_desk.stop("loans_first", row.version, "scientist", " ")
    bank.trial_desk.stop("loans_first", row.version, "scientist", "It confuses people.")
    assert drawn(bank) == {None: len(PEOPLE)}


def test_after_its_last_day_it_shows_the_present_one_by_itself(bank: Platform, clock: HandClock) -> None:
    running(bank)
    assert len(drawn(bank)) == 2
    clock.move(days=28)
    assert drawn(bank) == {"own_first": len(PEOPLE)}
    assert bank.trial_results.all()[0]["over"]


@pytest.mark.parametrize("verdict", ["undecided", "worse", "hurts", "broken_ratio"])
def test_no_winner_without_a_verdict_that_carries_it(verdict: str, bank: Platform) -> None:
    row = running(bank)

    def says(_: TrialRow) -> dict[str, str]:
        return {"own_first": "control", "loans_first": verdict}

    with pytest.raises(RefusedError, match=verdict.replace("_", " ")):
        bank.trial_desk.conclude("loans_first", row.version, "scientist", "It looks good.", "loans_first", says)
    with pytest.raises(InputError, match="winner"):
        bank.trial_desk.conclude("loans_first", row.version, "scientist", "It looks good.", "prices", says)
    assert bank.trial_desk.conclude("loans_first", row.version, "scientist", "Enough.", "own_first", says)


def test_what_won_is_what_everybody_gets(bank: Platform) -> None:
    row = running(bank)
    bank.trial_desk.conclude(
        "loans_first", row.version, "scientist", "Two points more.", "loans_first",
        lambda _: {"own_first": "control", "loans_first": "better"},
    )  # fmt: skip
    assert drawn(bank) == {"loans_first": len(PEOPLE)}
    with pytest.raises(RefusedError, match="is concluded"):
        bank.trial_desk.stop("loans_first", row.version + 1, "scientist", "Oh.")


def test_there_is_no_experiment_of_another_name(bank: Platform) -> None:
    with pytest.raises(NotFoundError):
        bank.trial_desk.start("nothing", 1, "scientist")
    with pytest.raises(NotFoundError):
        bank.trial_results.of("nothing")


def test_a_prompt_is_tried_on_a_share_of_the_readers() -> None:
    both = Prompts((Prompt("reword", 1, "a"), Prompt("reword", 2, "b")), {"reword": {"1": Decimal(1)}})
    assert both.variants() == {"reword": ("v1", "v2")}
    shares: dict[str, dict[str, Decimal]] = {}
    tried = both.tried(lambda: shares)
    assert {tried.of("reword", person).version for person in PEOPLE} == {1}
    shares["reword"] = {"1": Decimal("0.5"), "2": Decimal("0.5")}
    divided = {person: tried.of("reword", person).version for person in PEOPLE}
    assert set(divided.values()) == {1, 2}
    assert {person: tried.of("reword", person).version for person in PEOPLE} == divided


def test_every_place_of_the_catalogue_is_drawn_by_a_page_and_every_wording_has_its_texts() -> None:
    from console.words import LANGUAGES, Say

    kb = ROOT / "kb"
    drawing = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "console").rglob("*.py"))
    for place in read_catalogue(kb, open_behaviour(kb).funnel, {"reword": ("v1",)}).places.values():
        assert place.changes == "prompt" or f'"{place.name}"' in drawing, place.name
        if place.changes == "wording":
            texts = {Say(language)(f"{place.name}.{name}") for language in LANGUAGES for name in place.variants}
            assert len(texts) == len(LANGUAGES) * len(place.variants)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("changes: layout", "changes: price"),
        ("from: arrived", "from: somewhere"),
        ("did: accepted", "did: accepted, from: arrived, to: looked at a loan"),
        ("did: asked", "did: died"),
        ("worse: more", "worse: sideways"),
    ],
)
def test_a_catalogue_that_says_something_else_is_refused(old: str, new: str, tmp_path: Path) -> None:
    text = (ROOT / "kb" / "trials.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "trials.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"trials\.yaml"):
        read_catalogue(tmp_path, open_behaviour(ROOT / "kb").funnel, {"reword": ("v1",)})

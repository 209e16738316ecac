from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path

import pytest
from openfeature import api
from openfeature.evaluation_context import EvaluationContext

from lending.domain.errors import InputError, PolicyError
from lending.settings import ROOT
from serving.experiments import FILE, areas_of, read_experiments
from serving.variants import Variants
from tests.bank import open_bank

KB = ROOT / "kb"
AREAS = frozenset({"tried"})
ONE = """
lead:
  question: Which one?
  owner: somebody
  state: running
  since: 2026-01-01
  changes: wording
  place: tried.lead
  shares: {plain: 0.5, warm: 0.5}
  measure: visits that go on
  guardrails: [complaints]
"""


class Seen:
    """Exposures in memory."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], str] = {}
        self.writes = 0
        self.reads = 0

    def of(self, subject: str, experiments: Collection[str]) -> dict[str, str]:
        self.reads += 1
        return {name: shown for (name, who), shown in self.rows.items() if who == subject and name in experiments}

    def first(self, experiment: str, subject: str, variant: str) -> str:
        self.writes += 1
        return self.rows.setdefault((experiment, subject), variant)

    def counts(self, experiment: str) -> dict[str, int]:
        return Counter(variant for (name, _), variant in self.rows.items() if name == experiment)


def variants(text: str = ONE, seen: Seen | None = None) -> Variants:
    return Variants(read_experiments(text, AREAS), seen or Seen(), b"key")


def people(count: int = 1000) -> list[str]:
    return [f"C{number:05}" for number in range(count)]


def test_people_are_divided_by_the_shares() -> None:
    several = variants()
    drawn = Counter(several.of(person, "lead") for person in people())
    assert 430 < drawn["plain"] < 570
    assert drawn["plain"] + drawn["warm"] == 1000


def test_a_variant_is_noted_once_however_often_it_is_drawn() -> None:
    seen = Seen()
    several = variants(seen=seen)
    assert len({several.of("C00001", "lead") for _ in range(5)}) == 1
    assert variants(seen=seen).of("C00001", "lead") == several.of("C00001", "lead")
    assert seen.writes == 1


def test_whoever_saw_a_variant_keeps_it_when_the_shares_change() -> None:
    seen = Seen()
    before = {person: variants(seen=seen).of(person, "lead") for person in people(60)}
    changed = ONE.replace("{plain: 0.5, warm: 0.5}", "{plain: 0.01, warm: 0.99}")
    later = variants(changed, seen)
    assert {person: later.of(person, "lead") for person in people(60)} == before
    assert Counter(later.of(f"new {person}", "lead") for person in people(200))["warm"] > 180


@pytest.mark.parametrize(("state", "expected"), [("state: draft", "plain"), ("state: ended", "plain"),
                                                 ("state: ended\n  winner: warm", "warm")])  # fmt: skip
def test_before_and_after_everybody_gets_the_same_and_nothing_is_noted(state: str, expected: str) -> None:
    seen = Seen()
    still = variants(ONE.replace("state: running", state), seen)
    assert {still.of(person, "lead") for person in people(50)} == {expected}
    assert not seen.writes
    assert not still.seen("C00001")


def test_asking_what_was_seen_notes_nothing() -> None:
    seen = Seen()
    several = variants(seen=seen)
    assert several.seen("C00001") == {}
    shown = several.at("C00001", "tried.lead")
    assert several.seen("C00001") == {"lead": shown}
    assert several.at("C00001", "tried.nothing") is None


def test_what_another_process_has_shown_is_known_to_this_one_at_once(tmp_path: Path) -> None:
    bank = open_bank(tmp_path)
    here, there = (Variants(read_experiments(ONE, AREAS), bank.records.exposures, b"key") for _ in range(2))
    assert here.seen("C00001") == {}
    shown = there.of("C00001", "lead")
    assert here.seen("C00001") == {"lead": shown}


def test_who_has_seen_all_that_runs_is_looked_up_no_more() -> None:
    seen = Seen()
    several = variants(seen=seen)
    several.of("C00001", "lead")
    before = seen.reads
    assert several.seen("C00001") == several.seen("C00001") != {}
    assert seen.reads == before


def test_no_customers_id_is_kept() -> None:
    seen = Seen()
    variants(seen=seen).of("C00001", "lead")
    assert "C00001" not in repr(seen.rows)


def test_an_unknown_experiment_is_refused() -> None:
    with pytest.raises(InputError, match="no experiment"):
        variants().of("C00001", "interest_rate")


def test_any_program_can_ask_through_openfeature() -> None:
    several = variants()
    client = several._client
    assert isinstance(client, type(api.get_client()))
    found = client.get_string_details("lead", "none", EvaluationContext("somebody"))
    assert found.value in ("plain", "warm")
    assert client.get_float_value("lead", 0.1, EvaluationContext("somebody")) == 0.1
    assert client.get_boolean_value("lead", False, EvaluationContext("somebody")) is False
    assert client.get_string_details("rate", "none", EvaluationContext("somebody")).error_code == "FLAG_NOT_FOUND"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("place: tried.lead", "place: pricing.margin"),
        ("place: tried.lead", "place: credit.foir_max"),
        ("place: tried.lead", "place: products/car.yaml"),
        ("changes: wording", "changes: price"),
        ("changes: wording", "changes: eligibility"),
        ("shares: {plain: 0.5, warm: 0.5}", "shares: {plain: 0.5, warm: 0.4}"),
        ("shares: {plain: 0.5, warm: 0.5}", "shares: {plain: 1}"),
        ("shares: {plain: 0.5, warm: 0.5}", "shares: {plain: 0.5, warm: 0.5}\n  values: {plain: 0.10, warm: 0.12}"),
        ("shares: {plain: 0.5, warm: 0.5}", "shares: {0.10: 0.5, 0.12: 0.5}"),
        ("  guardrails: [complaints]\n", ""),
        ("since: 2026-01-01", "since: soon"),
    ],
)
def test_an_experiment_can_touch_texts_and_parts_of_pages_alone(old: str, new: str) -> None:
    assert old in ONE
    with pytest.raises(PolicyError, match=r"experiments\.yaml"):
        read_experiments(ONE.replace(old, new), AREAS)


def test_one_place_has_one_running_experiment() -> None:
    with pytest.raises(PolicyError, match="two running experiments"):
        read_experiments(ONE + ONE.replace("lead:", "other:", 1), AREAS)


def test_the_banks_own_experiments_have_a_text_for_every_variant_in_every_language() -> None:
    from console.words import LANGUAGES, Say

    ours = read_experiments((KB / FILE).read_text(encoding="utf-8"), areas_of(KB))
    assert any(one.running for one in ours.values())
    for one in ours.values():
        texts = {Say(language)(f"{one.place}.{name}") for language in LANGUAGES for name in one.shares}
        assert one.changes != "wording" or len(texts) == len(LANGUAGES) * len(one.shares)


def test_no_decision_depends_on_a_variant(tmp_path: Path) -> None:
    """The same question is the same decision, whatever wording its customer has seen."""
    ask = {"product": "car", "amount": "12000", "term_months": 48}
    asked = []
    for number, share in enumerate(("{plain: 0.001, warm: 0.999}", "{plain: 0.999, warm: 0.001}")):
        bank = open_bank(tmp_path / str(number))
        experiments = read_experiments(ONE.replace("{plain: 0.5, warm: 0.5}", share), AREAS)
        bank.__dict__["variants"] = Variants(experiments, bank.records.exposures, b"key")
        shown = bank.variants.of("C00001", "lead")
        from serving.parse import loan_ask

        asked.append((shown, bank.quotes.quote("C00001", loan_ask(ask), channel="portal", actor="good")))
    (one, first), (other, second) = asked
    assert one != other
    assert {**first, "valid_until": ""} == {**second, "valid_until": ""}

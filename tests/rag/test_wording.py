"""A model may word claims; what it may not do is say anything else."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.content import about
from rag.entries import ledger_of
from rag.events import CitationsEvent, DoneEvent, ReplaceEvent, SentenceEvent, StatusEvent
from rag.grammar import grammar_of, ways
from rag.ledger import Ledger
from rag.meaning import SLOT, turned
from rag.prompt import read_prompts
from rag.verify import Ground, verify
from rag.wording import Plan, _again, _task, _try, faults, texts
from serving.formats import formats
from tests.conftest import sized
from tests.rag.results import an_approval
from tests.rag.writers import Endless, Gone, Writer, faithful, lying, turning

US = formats("us")
PROMPT = read_prompts().version("reword", 1)


def a_case(seed=3):
    result = an_approval(seed)
    return Plan(tuple(about(result, US))), Ground(ledger_of(result, "USD"), {}, result["outcome"])


def told(model, seed=3, **more):
    plan, ground = a_case(seed)
    return list(texts(plan, ground, model, PROMPT, **more))


def kinds(events):
    return [type(event) for event in events]


def test_the_template_is_told_at_once_and_a_good_text_takes_its_place():
    events = told(Writer(faithful))
    first = kinds(events).index(CitationsEvent)
    assert set(kinds(events)[:first]) == {SentenceEvent}
    assert kinds(events)[first:] == [CitationsEvent, StatusEvent, ReplaceEvent, DoneEvent]
    assert events[-1].worded.written_by == Writer.name
    assert events[-1].worded.prompt == "reword@1"
    assert events[-1].worded.sentences == events[-2].sentences
    assert all(s.text.startswith("So ") for s in events[-1].worded.sentences)


def test_without_a_model_the_template_is_the_text():
    events = told(None)
    assert events[-1].worded.written_by == "template"
    assert events[-1].worded.body == " ".join(e.sentence.text for e in events if isinstance(e, SentenceEvent))


@pytest.mark.parametrize(
    "liar", [lying, turning, "It is all free.", "", "{rate}" * 40], ids=["figures", "turned", "own", "nothing", "slots"]
)
def test_a_lie_is_never_told_and_the_template_stays(liar):
    model = Writer(liar)
    events = told(model)
    assert ReplaceEvent not in kinds(events)
    assert events[-1].worded.written_by == "template"
    assert events[-1].worded.failures
    assert len(model.tasks) == 2


def test_a_second_try_is_told_what_failed():
    model = Writer(lying, faithful)
    events = told(model)
    assert events[-1].worded.written_by == model.name
    assert "was wrong" in model.tasks[1].user
    assert model.tasks[1].seed != model.tasks[0].seed
    assert [e.step for e in events if isinstance(e, StatusEvent)] == ["writing", "rewriting"]


def test_the_first_wrong_line_stops_the_model():
    model = Writer(lying)
    told(model)
    assert model.stopped == 2


def test_a_model_that_cannot_be_reached_leaves_the_template():
    events = told(Gone())
    assert events[-1].worded.written_by == "template"
    assert not events[-1].worded.final


def test_what_takes_too_long_is_given_up():
    model = Endless()
    events = told(model, ticks=model.ticks)
    assert events[-1].worded.written_by == "template"
    assert [f.check for f in events[-1].worded.failures] == ["unavailable"]
    assert model.now <= 22


def test_a_refusal_is_never_given_to_a_model():
    plan, ground = a_case()
    model = Writer(faithful)
    list(texts(Plan(plan.claims, reworded=False), ground, model, PROMPT))
    assert model.tasks == []


@given(st.text(max_size=400))
def test_whatever_a_model_writes_what_is_shown_passes(text):
    plan, ground = a_case()
    *_, done = texts(plan, ground, Writer(text), PROMPT)
    assert isinstance(done, DoneEvent)
    assert verify(done.worded.sentences, ground) == []


@given(st.lists(st.sampled_from([*"abcdefgh", "not", "{amount}", "{back}", "{term}", "You", "borrow", "pay", "."])))
def test_only_a_text_with_every_slot_in_its_place_is_told(words):
    """Words thrown together from a claim's own."""
    claim = "You borrow {amount} and pay back {back} over {term}."
    line = " ".join(words)
    if not turned(claim, line):
        assert [w for w in words if w.startswith("{")] == ["{amount}", "{back}", "{term}"]
        assert "not" not in words


CHEAPEST = "The cheapest offer costs {saving} less in all."


@pytest.mark.parametrize(
    ("claim", "line", "caught"),
    [
        (CHEAPEST, "With the cheapest offer, it costs you {saving} less in all.", ""),
        (CHEAPEST, "The cheapest offer costs {saving} more in all.", "turned"),
        (CHEAPEST, "This offer costs {saving} less in all.", "turned"),
        (CHEAPEST, "It costs {saving} less than the cheapest offer in all.", "turned"),
        (CHEAPEST, "The cheapest offer doesn't cost {saving} less in all.", "turned"),
        ("The offer stands until {day}.", "Your offer is valid until {day}.", ""),
        ("The offer stands until {day}.", "The offer stands after {day}.", "turned"),
        ("The offer stands until {day}.", "If you ask, the offer stands until {day}.", "turned"),
        ("The offer stands until {day}.", "The great offer stands until {day}.", "added"),
        ("The offer stands until {day}.", "It stands until {day}.", "left out"),
        ("The offer stands until {day}.", "The offer stands twice until {day}.", "number word"),
        ("The offer stands until {day}.", "The offer stands until 2031.", "characters"),
        ("The offer stands until {day}.", "<b>The offer</b> stands until {day}.", "characters"),
        ("The offer stands until {day}.", "Does the offer stand until {day}?", "characters"),
        ("It is not a no.", "It is a no.", "turned"),
        ("You pay {a} a month.", "We pay you {a} a month.", "turned"),
    ],
)  # fmt: skip
def test_a_rewording_keeps_its_claim(claim, line, caught):
    assert [f.check for f in turned(claim, line)][:1] == ([caught] if caught else [])


def test_a_grammar_knows_no_digit_and_no_repetition():
    plan, _ = a_case()
    grammar = grammar_of([claim.text for claim in plan.claims])
    written = grammar.split('"')[1::2]
    assert not any(character.isdigit() for part in written for character in part)
    assert not set("*+?") & set("".join(grammar.split('"')[0::2]))
    slots = [slot for claim in plan.claims for slot in SLOT.findall(claim.text)]
    assert [slot for part in written for slot in SLOT.findall(part)] == slots


def test_every_way_the_grammar_allows_says_the_same_and_passes():
    draw = random.Random(7)
    for seed in range(sized(20, 200)):
        plan, ground = a_case(seed)
        for claim in plan.claims:
            line = "".join(draw.choice(piece) for piece in ways(claim.text))
            assert faults(claim, line, ground) == []


def test_every_claim_keeps_itself():
    for seed in range(40):
        for claim in a_case(seed)[0].claims:
            assert turned(claim.text, claim.text) == []


def test_a_model_is_never_told_a_figure():
    """A line may keep its claim and still fail the ledger: the figure at fault does not go back to the model."""
    plan, ground = a_case()
    bare = Ground(Ledger(ground.ledger.entries[:1], "USD"), {}, "approve")
    found = _again(_try(_task(plan, PROMPT), plan, bare, Writer(faithful), lambda: 0.0))
    assert "number" in found
    assert "$" not in found

"""Traces of texts: what they tell, what they never tell, and MLflow's side of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lending.domain.errors import RefusedError, UnavailableError
from rag.events import DoneEvent
from rag.prompt import Prompt, Prompts, read_prompts
from rag.tracing import Opinion, Trace
from serving.feedback import Say
from serving.text_scores import text_scores
from serving.traces import TraceExport, trace_of
from tests.rag.writers import Writer, faithful, lying
from tests.serving.word_bank import WordBank

KEY = b"a key of the test"


class HeldTraces:
    """Traces in a list; away until told otherwise."""

    def __init__(self, *, away: bool = False) -> None:
        self.held, self.said, self.away = list[Trace](), list[tuple[str, Opinion]](), away

    def write(self, traces: Sequence[Trace]) -> Sequence[str]:
        """Keeps them."""
        if self.away:
            raise UnavailableError("MLflow is away")
        self.held += traces
        return [f"tr-{len(self.held) - len(traces) + n}" for n in range(len(traces))]

    def say(self, trace_id: str, opinion: Opinion) -> None:
        """Keeps it."""
        self.said.append((trace_id, opinion))


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[WordBank]:
    place = WordBank(tmp_path, Writer(lying, faithful))
    yield place
    place.records.database.engine.dispose()


def explained(place: WordBank) -> DoneEvent:
    *_, done = place.words.explanation("C1", place.quote()["decision_id"], "user1")
    assert isinstance(done, DoneEvent)
    return done


def export(place: WordBank, kept: HeldTraces) -> TraceExport:
    return TraceExport(place.records.generations, place.records.feedback, kept, KEY)


def test_every_text_becomes_one_trace_with_its_steps_and_verdicts(bank: WordBank) -> None:
    explained(bank)
    kept = HeldTraces()
    assert export(bank, kept).run() == 1
    assert export(bank, kept).run() == 0
    (trace,) = kept.held
    assert set(trace.steps) == {"plan", "retrieve", "word", "verify"}
    assert trace.inputs["word"]["prompt"] == "reword@1"
    assert trace.outputs["verify"]["failed_checks"] != []
    assert "{instalment}" in trace.outputs["word"]["slotted"]
    assert trace.outputs["retrieve"]["passages"]


def test_a_trace_names_nobody_and_holds_no_amount(bank: WordBank) -> None:
    done = explained(bank)
    row = bank.records.generations.get(done.generation_id)
    told = trace_of(row, KEY, [])
    text = json.dumps([told.inputs, told.outputs, dict(told.tags)])
    assert row.decision_id is not None
    for hidden in ("C1", "Person", row.decision_id, "$", *(s.text for s in done.worded.sentences if "$" in s.text)):
        assert hidden not in text
    assert trace_of(row, KEY, []).tags["customer"] == told.tags["customer"]
    assert trace_of(replace(row, customer_id="C2"), KEY, []).tags["customer"] != told.tags["customer"]


def test_what_could_not_be_written_is_written_next_time(bank: WordBank) -> None:
    explained(bank)
    kept = HeldTraces(away=True)
    with pytest.raises(UnavailableError):
        export(bank, kept).run()
    kept.away = False
    assert export(bank, kept).run() == 1


def test_only_accepted_feedback_reaches_a_trace_and_never_its_comment(bank: WordBank) -> None:
    name = explained(bank).generation_id
    kept = HeldTraces()
    export(bank, kept).run()
    row = bank.feedbacks.take("C1", Say("generation", name, "down", "missing", "my salary is 7000"))
    assert export(bank, kept).say(row) is False
    assert export(bank, kept).say(bank.feedbacks.review(row.feedback_id, "accepted", "risk")) is True
    assert kept.said == [("tr-0", Opinion(False, "missing"))]


def test_scores_say_who_wrote_and_what_failed_and_count_only_reviewed_feedback(bank: WordBank) -> None:
    name = explained(bank).generation_id
    explained(bank)  # kept, told again
    for reason in ("clear", "helpful"):
        bank.feedbacks.take("C1", Say("generation", name, "up", reason))
    bank.feedbacks.review(bank.feedbacks.list()[0].feedback_id, "accepted", "risk")
    (score,) = text_scores(bank.records.generations.since(bank.clock.now()), bank.feedbacks.list())
    assert (score["texts"], score["cached"], score["asked"], score["by_model"]) == (2, 1, 1, 1)
    assert score["failed_checks"]
    assert (score["up"], score["down"], score["reasons"]) == (1, 0, {"clear": 1})


def test_mlflow_keeps_traces_opinions_and_prompts(bank: WordBank, tmp_path: Path) -> None:
    from rag.adapters.mlflow_prompts import MlflowPrompts
    from rag.adapters.mlflow_traces import MlflowTraces

    place = f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path / "artifacts"
    name = explained(bank).generation_id
    taken = bank.feedbacks.take("C1", Say("generation", name, "up", "clear"))
    bank.feedbacks.review(taken.feedback_id, "accepted", "risk")
    exporter = TraceExport(bank.records.generations, bank.records.feedback, MlflowTraces(*place), KEY)
    assert exporter.run() == 1
    import mlflow

    found: Any = mlflow.get_trace(bank.records.generations.get(name).trace_id, flush=True)
    assert [span.name for span in found.data.spans] == ["explanation", "plan", "retrieve", "word", "verify"]
    assert found.info.tags["prompt"] == "reword@1"
    assert [(a.name, a.value, a.rationale) for a in found.info.assessments] == [("reader", True, "clear")]
    mirror = MlflowPrompts(*place)
    prompts = read_prompts()
    assert mirror.sync(prompts) == [p.key for p in prompts.all]
    assert mirror.sync(prompts) == []
    kept = mlflow.MlflowClient(place[0]).get_prompt_version_by_alias("candor-reword", "live")
    assert kept.template == prompts.version("reword", int(kept.version)).text
    changed = Prompts(tuple(Prompt(p.id, p.version, p.text + " Now.", p.note) for p in prompts.all), prompts.live)
    with pytest.raises(RefusedError):
        mirror.sync(changed)

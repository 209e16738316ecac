"""What the API answers about generated texts and experiments, as types. Shares are fractions with their interval."""

from __future__ import annotations

from typing import Literal

from serving.api.shapes import Shape
from serving.language_quality import By

TrialState = Literal["draft", "running", "stopped", "concluded", "ended"]


class CountedShare(Shape):
    """A share with its 95 % interval, and what it is of."""

    value: float
    low: float
    high: float
    of: int


class TextFigures(Shape):
    """Texts, what the checks stopped, times and cost; shares and times None where nothing was counted."""

    texts: int
    anew: int
    asked: int
    template: CountedShare | None
    cached: CountedShare | None
    failed: CountedShare | None
    unfound: int
    p50_ms: int | None
    p95_ms: int | None
    tokens_in: int
    tokens_out: int
    cost_usd: str


class Opinions(Shape):
    """Thumbs of readers."""

    up: int
    down: int
    thumbs_down: CountedShare | None


class TextTotals(TextFigures, Opinions):
    """Of the whole span."""


class TextPeriod(TextTotals):
    """Of a day, or of the week that begins on a Monday."""

    period: str


class TextsByPrompt(TextFigures):
    """Of a kind of text, a prompt and a model."""

    kind: str
    prompt: str
    model: str


class ReasonOpinions(Opinions):
    """Of those who named a reason."""

    reason: str


class Named(Shape):
    """How often something was met."""

    name: str
    count: int


class AskedMost(Shape):
    """Named only where enough customers met it on one day; `left_out` names are not told."""

    least_people: int
    intents: list[Named]
    passages: list[Named]
    left_out: int


class IndexUse(Shape):
    """An index of documents, and when it answered."""

    version: str
    texts: int
    first: str
    last: str


class IndexFound(Shape):
    """How well an index finds what golden questions need."""

    version: str
    at: str
    recall_at_5: float


class Language(Shape):
    """How generated texts do."""

    since: str
    until: str
    by: By
    totals: TextTotals
    periods: list[TextPeriod]
    failures: list[Named]
    prompts: list[TextsByPrompt]
    reasons: list[ReasonOpinions]
    asked: AskedMost
    indexes: list[IndexUse]
    retrieval: list[IndexFound]


class ExperimentHead(Shape):
    """An experiment and its state; `version` None of those in kb/experiments.yaml."""

    experiment: str
    state: TrialState
    over: bool
    question: str
    owner: str
    changes: str
    place: str
    measure: str
    promises: list[str]
    since: str
    version: int | None
    shares: dict[str, str]
    winner: str
    ends_on: str | None
    ended_on: str | None
    why: str
    author: str
    worth: str
    people: int


class ExperimentList(Shape):
    """Every experiment."""

    experiments: list[ExperimentHead]


class Difference(Shape):
    """A variant against the present one, in fractions; the interval holds at every look."""

    variant: str
    against: str
    difference: float
    low: float
    high: float
    verdict: Literal["better", "worse", "undecided", "broken_ratio", "hurts"]


class DifferenceOn(Difference):
    """As it stood at the end of a day."""

    day: str


class VariantCount(Shape):
    """A variant: of how many, and how many of them did what counts."""

    variant: str
    of: int
    did: int
    share: CountedShare | None


class Split(Shape):
    """Whether people were divided as planned: the chance of a split as uneven as this."""

    chance: float
    broken: bool
    people: dict[str, int]


class Guardrail(Shape):
    """What must not get worse."""

    guardrail: str
    words: str
    verdict: Literal["hurt", "kept", "cannot_tell"]
    compared: list[Difference]


class ExperimentResult(ExperimentHead):
    """An experiment with what it shows; `ratio` None while nobody saw a variant."""

    ratio: Split | None
    arms: list[VariantCount]
    compared: list[Difference]
    guardrails: list[Guardrail]
    over_time: list[DifferenceOn]
    more: int | None
    short: str
    of: str
    sentence: str

"""Shapes of texts and of what readers say of them, for the schema."""

from __future__ import annotations

from typing import Literal

from serving.api.shapes import CitedPassage, Offer, Outcome, Shape, ToldSentence


class Told(Shape):
    """A text with its sources. `generation_id` names it for feedback."""

    generation_id: str
    body: str
    sentences: list[ToldSentence]
    citations: list[CitedPassage]
    written_by: str
    prompt: str
    cached: bool


class Explanation(Told):
    """A decision in words."""

    decision_id: str


class Advised(Shape):
    """What one product would give; `needs` says what secures it where that has to be told first."""

    product: str
    name: str
    open: bool
    needs: str
    outcome: Outcome | None
    offer: Offer | None
    why_not: str


class Advice(Shape):
    """Every product side by side, and in words which one to take."""

    need: str | None
    loans: list[Advised]
    text: Told


class FeedbackTaken(Shape):
    """Feedback as it was taken; staff look at it before it counts."""

    feedback_id: str
    state: Literal["new"]

"""Shapes of texts and of what readers say of them, for the schema."""

from __future__ import annotations

from typing import Literal

from serving.api.shapes import CitedPassage, Shape, ToldSentence


class Explanation(Shape):
    """A decision in words. `generation_id` names this text for feedback."""

    decision_id: str
    generation_id: str
    body: str
    sentences: list[ToldSentence]
    citations: list[CitedPassage]
    written_by: str
    prompt: str
    cached: bool


class FeedbackTaken(Shape):
    """Feedback as it was taken; staff look at it before it counts."""

    feedback_id: str
    state: Literal["new"]

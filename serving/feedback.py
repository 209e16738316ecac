"""What readers say of decisions and texts: taken from whoever they were for, looked at by staff, then counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lending.application_ports import ApplicationBox
from lending.domain.errors import NotFoundError
from lending.ports import AuditLog, Clock, Decisions
from lending.word_ports import About, FeedbackBox, FeedbackRow, Generations, State
from serving.teller import new_id

Thumb = Literal["up", "down"]
REASONS = ("helpful", "clear", "wrong_figure", "not_about_me", "hard_to_understand", "missing", "unkind", "other")
RATINGS = range(1, 6)
"""How it was to apply: from very hard to very easy."""

_PLEASED = 4
"""From which rating on somebody counts as pleased, as surveys count their two upper boxes."""

MOST_COMMENT = 1000
"""Characters of a comment."""


@dataclass(frozen=True, slots=True)
class Say:
    """What a reader says.

    Attributes:
        about: a decision, one text by its generation, or how it was to apply, by the application.
        subject: its id.
        thumb: up or down.
        reason: one of `REASONS`; of applying, `rated_` and the rating.
        comment: at most 1,000 characters; may be empty. It is data, wherever it goes.
    """

    about: About
    subject: str
    thumb: Thumb
    reason: str
    comment: str = ""


def rated(application_id: str, rating: int, comment: str = "") -> Say:
    """What somebody says of applying, by a rating of `RATINGS`."""
    return Say("application", application_id, "up" if rating >= _PLEASED else "down", f"rated_{rating}", comment)


@dataclass(frozen=True, slots=True)
class Feedbacks:
    """Takes feedback and lets staff review it."""

    box: FeedbackBox
    generations: Generations
    decisions: Decisions
    applications: ApplicationBox
    audit: AuditLog
    clock: Clock

    def take(self, customer_id: str, say: Say) -> FeedbackRow:
        """Write down what a customer says of something that is theirs.

        Raises:
            NotFoundError: it is not there, or somebody else's; which of the two is not said.
        """
        if self._owner(say) != customer_id:
            raise NotFoundError(
                "there is nothing of yours with that id", code="not_found", field="id", found=say.subject[:40],
                expected="the decision_id of a decision of yours, the generation_id of a text shown to you, or the "
                "application_id of an application of yours",
                do="Use the id that came with it.",
            )  # fmt: skip
        row = FeedbackRow(
            new_id("f"), customer_id, say.about, say.subject, say.thumb, say.reason, say.comment, self.clock.now()
        )
        self.box.add(row)
        return row

    def list(self, state: State | None = None) -> Sequence[FeedbackRow]:
        """What was said, oldest first."""
        return self.box.list(state)

    def review(self, feedback_id: str, state: State, by: str) -> FeedbackRow:
        """Accept it into the evaluation, or reject it. Raises NotFoundError; RefusedError when that was done before."""
        row = self.box.review(feedback_id, state, by)
        self.audit.add(by, f"feedback.{state}", feedback_id, {"about": row.about, "subject": row.subject})
        return row

    def _owner(self, say: Say) -> str | None:
        try:
            if say.about == "decision":
                return self.decisions.get(say.subject).customer_id
            if say.about == "application":
                return self.applications.get(say.subject).customer_id
            return self.generations.get(say.subject).customer_id
        except NotFoundError:
            return None

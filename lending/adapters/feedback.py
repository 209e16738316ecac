"""What readers say of decisions and texts; their comments are sealed with their own key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Row, insert, select, update

from lending.adapters.envelope import Envelopes, ErasedError
from lending.adapters.session import Database, read_time, time_text
from lending.adapters.tables import feedback
from lending.domain.errors import NotFoundError, RefusedError
from lending.word_ports import FeedbackRow, State


class FeedbackFile:
    """`lending.word_ports.FeedbackBox` on a database."""

    def __init__(self, database: Database, envelopes: Envelopes) -> None:
        self._database, self._envelopes = database, envelopes

    def add(self, row: FeedbackRow) -> None:
        """Write one down."""
        names = ("feedback_id", "customer_id", "about", "subject", "thumb", "reason", "state", "reviewed_by")
        values = {name: getattr(row, name) for name in names}
        sealed = self._envelopes.seal(row.customer_id, _place(row.feedback_id), row.comment.encode())
        with self._database.write() as connection:
            connection.execute(insert(feedback), {**values, "envelope": sealed, "at": time_text(row.at)})

    def list(self, state: State | None = None) -> Sequence[FeedbackRow]:
        """In one state or all, oldest first."""
        wanted = select(feedback).order_by(feedback.c.at)
        if state is not None:
            wanted = wanted.where(feedback.c.state == state)
        with self._database.look() as connection:
            return [opened_feedback(self._envelopes, row) for row in connection.execute(wanted).all()]

    def review(self, feedback_id: str, state: State, by: str) -> FeedbackRow:
        """Accept or reject, once."""
        mine = feedback.c.feedback_id == feedback_id
        with self._database.write() as connection:
            row = connection.execute(select(feedback).where(mine)).one_or_none()
            if row is None:
                raise _unknown(feedback_id)
            if row.state != "new":
                raise RefusedError(
                    f"{row.reviewed_by} has {row.state} it already", code="reviewed", field="feedback_id",
                    found=row.state, expected="feedback that nobody has looked at", do="Leave it as it is.",
                )  # fmt: skip
            connection.execute(update(feedback).where(mine).values(state=state, reviewed_by=by))
            row = connection.execute(select(feedback).where(mine)).one()
        return opened_feedback(self._envelopes, row)


def opened_feedback(envelopes: Envelopes, row: Row[Any]) -> FeedbackRow:
    """A row with its comment opened; a comment whose customer was erased is empty."""
    try:
        comment = envelopes.open(row.customer_id, _place(row.feedback_id), row.envelope).decode()
    except ErasedError:
        comment = ""
    return FeedbackRow(
        row.feedback_id, row.customer_id, row.about, row.subject, row.thumb, row.reason, comment,
        read_time(row.at), cast("State", row.state), row.reviewed_by,
    )  # fmt: skip


def _place(feedback_id: str) -> str:
    return f"feedback {feedback_id}"


def _unknown(feedback_id: str) -> NotFoundError:
    return NotFoundError(
        f"there is no feedback {feedback_id[:40]}", code="not_found", field="feedback_id", found=feedback_id[:40],
        expected="an id that candor kb feedback list shows", do="Run: candor kb feedback list",
    )  # fmt: skip

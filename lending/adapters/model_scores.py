"""What models say of decisions, on the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Integer, cast, exists, func, select

from lending.adapters.session import Database, insert_rows, time_text
from lending.adapters.tables import decisions, ledger
from lending.adapters.tables_staff import model_scores, outcomes
from lending.score_ports import ScoredPair, ScoreRow

_FEW = 400
"""Names in one statement; every database takes as many."""


class ScoreFile:
    """`lending.score_ports.ModelScores` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unscored(self, version: str, since: datetime, count: int) -> Sequence[str]:
        """Decisions of which a model has said nothing yet, oldest first."""
        there = exists().where(model_scores.c.decision_id == ledger.c.decision_id, model_scores.c.version == version)
        wanted = (
            select(ledger.c.decision_id)
            .where(ledger.c.kind == "decision", ledger.c.recorded_at >= time_text(since), ~there)
            .order_by(ledger.c.recorded_at)
            .limit(count)
        )
        with self._database.look() as connection:
            return connection.execute(wanted).scalars().all()

    def keep(self, rows: Sequence[ScoreRow], at: datetime) -> int:
        """Write down those that are not there yet, in one transaction."""
        new = {(one.decision_id, one.version): one for one in rows}
        with self._database.write() as connection:
            for start in range(0, len(rows), _FEW):
                names = [one.decision_id for one in rows[start : start + _FEW]]
                found = select(model_scores.c.decision_id, model_scores.c.version)
                for known in connection.execute(found.where(model_scores.c.decision_id.in_(names))):
                    new.pop((known.decision_id, known.version), None)
            insert_rows(connection, model_scores, [_values(one, at) for one in new.values()])
        return len(new)

    def pairs(self, first: str, other: str, since: date) -> Sequence[ScoredPair]:
        """Latest decision of each applicant and product that both models scored."""
        one, two = model_scores.alias(), model_scores.alias()
        place = func.row_number().over(
            partition_by=(decisions.c.customer_id, one.c.product), order_by=(one.c.day.desc(), one.c.decision_id)
        )
        each = (
            select(
                func.dense_rank().over(order_by=decisions.c.customer_id).label("person"), one.c.product,
                func.coalesce(one.c.split, "").label("split"),
                cast(one.c.decided, Integer).label("by_first"), cast(two.c.decided, Integer).label("by_other"),
                one.c.outcome.label("first_outcome"), one.c.pd.label("first_pd"),
                two.c.outcome.label("other_outcome"), two.c.pd.label("other_pd"),
                outcomes.c.bad, place.label("place"),
            )
            .select_from(one)
            .join(two, two.c.decision_id == one.c.decision_id)
            .join(decisions, decisions.c.decision_id == one.c.decision_id)
            .join(outcomes, outcomes.c.decision_id == one.c.decision_id, isouter=True)
            .where(one.c.version == first, two.c.version == other, one.c.day >= since.isoformat())
            .where(one.c.pd.is_not(None), two.c.pd.is_not(None))
            .subquery()
        )  # fmt: skip
        with self._database.read() as connection:
            rows = connection.execute(select(each).where(each.c.place == 1).order_by(each.c.person)).all()
        return [
            ScoredPair(
                row.person, row.product, row.split, first if row.by_first else other if row.by_other else "",
                row.first_outcome, float(row.first_pd), row.other_outcome, float(row.other_pd),
                None if row.bad is None else bool(row.bad),
            )
            for row in rows
        ]  # fmt: skip


def _values(one: ScoreRow, at: datetime) -> dict[str, object]:
    return {
        "decision_id": one.decision_id, "version": one.version, "role": one.role, "decided": int(one.decided),
        "split": one.split or None, "product": one.product, "outcome": one.outcome, "pd": one.pd,
        "day": one.day.isoformat(), "at": time_text(at),
    }  # fmt: skip

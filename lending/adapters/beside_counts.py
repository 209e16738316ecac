"""Counts of what a new model did beside the champion, from what every model said of each decision."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select

from lending.adapters.session import Database, time_text
from lending.adapters.tables_staff import model_scores
from lending.domain.application import Outcome
from lending.rollout_ports import ShadowCount, SplitCount


class BesideCounts:
    """`lending.rollout_ports.Beside` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def shadow(self, version: str, since: datetime) -> ShadowCount:
        """Of a version in the shadow, since it stands there."""
        mine, theirs = model_scores.alias("mine"), model_scores.alias("theirs")
        pair = (mine.c.decision_id == theirs.c.decision_id) & (theirs.c.decided == 1)
        scored = (mine.c.version == version) & (mine.c.decided == 0) & mine.c.outcome.is_not(None)
        wanted = (
            select(func.count(), _sum(mine.c.outcome != theirs.c.outcome))
            .select_from(mine.join(theirs, pair))
            .where(scored, theirs.c.outcome.is_not(None), mine.c.at >= time_text(since))
        )
        with self._database.look() as connection:
            decisions, turned = connection.execute(wanted).one()
        return ShadowCount(decisions, turned)

    def split(self, split: str, version: str) -> SplitCount:
        """Of a challenger's version in a split."""
        table = model_scores.c
        own, yes = table.version == version, table.outcome == Outcome.APPROVE.value
        wanted = select(_sum(own), _sum(own & yes), _sum(~own), _sum(~own & yes)).where(
            table.split == split, table.decided == 1, table.outcome.is_not(None)
        )
        with self._database.look() as connection:
            return SplitCount(*connection.execute(wanted).one())


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

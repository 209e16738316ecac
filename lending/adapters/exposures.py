"""Who has seen which variant of an experiment on the pages; people stand there as keyed hashes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import func, insert, select

from lending.adapters.session import Database, time_text
from lending.adapters.tables_portal import exposures
from lending.ports import Clock


class ExposureFile:
    """`lending.variant_ports.Exposures` on a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def of(self, subject: str, experiments: Collection[str]) -> Mapping[str, str]:
        """What a subject has seen of some experiments; their names lead to the rows without a search."""
        wanted = select(exposures.c.experiment, exposures.c.variant).where(
            exposures.c.experiment.in_(sorted(experiments)), exposures.c.subject == subject
        )
        with self._database.look() as connection:
            return {row.experiment: row.variant for row in connection.execute(wanted)}

    def first(self, experiment: str, subject: str, variant: str) -> str:
        """Note a first look, unless another process was quicker."""
        theirs = (exposures.c.experiment == experiment, exposures.c.subject == subject)
        row = {"experiment": experiment, "subject": subject, "variant": variant, "at": time_text(self._clock.now())}
        with self._database.write() as connection:
            kept = connection.execute(select(exposures.c.variant).where(*theirs)).scalar()
            if kept is None:
                connection.execute(insert(exposures), row)
        return kept or variant

    def counts(self, experiment: str) -> Mapping[str, int]:
        """How many saw each variant."""
        wanted = (
            select(exposures.c.variant, func.count().label("seen"))
            .where(exposures.c.experiment == experiment)
            .group_by(exposures.c.variant)
        )
        with self._database.look() as connection:
            return {row.variant: row.seen for row in connection.execute(wanted)}

"""What the pages about drift and alarms ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from features.synthetic import DRIFT_FEATURE, DRIFT_MONTH, DRIFT_SHIFT
from lending.alarm_ports import AlarmEvent, AlarmRow, MeasurementRow
from lending.domain.errors import NotFoundError
from serving.drift_looks import Look, alarms_in, cells_of, look_at

if TYPE_CHECKING:
    from serving.alarms import AlarmDesk
    from serving.assembly import Platform


@dataclass(frozen=True, slots=True)
class Planted:
    """The drift that the recipe of the demo bank plants; `shift` as a fraction."""

    feature: str
    since: date
    shift: float


@dataclass(frozen=True, slots=True)
class DriftQueries:
    """Questions bound to one platform; answered from stored measurements, never from rows."""

    platform: Platform

    @property
    def desk(self) -> AlarmDesk:
        """Alarms, and what can be done about them."""
        return self.platform.alarm_desk

    @property
    def now(self) -> datetime:
        """The time, for ages."""
        return self.platform.clock.now()

    def look(self, query: Mapping[str, str]) -> Look | None:
        """The newest look at what the address asks for; None while nobody has looked."""
        return look_at(self.desk.measurements, query, self.platform.settings.portfolio)

    def cells(self, row: MeasurementRow) -> Mapping[str, Any]:
        """Verdicts, counts and calibration of a look."""
        return cells_of(self.desk.measurements, row)

    def look_of(self, alarm: AlarmRow) -> MeasurementRow | None:
        """The measurement that found an alarm; None where it names none."""
        try:
            return self.desk.measurements.get(alarm.measurement_id) if alarm.measurement_id else None
        except NotFoundError:
            return None

    def planted(self, data: str) -> Planted | None:
        """What the recipe of the generated bank plants; None for any other data."""
        settings = self.platform.settings
        if settings.profile == "production" or data != settings.portfolio:
            return None
        return Planted(DRIFT_FEATURE, DRIFT_MONTH, DRIFT_SHIFT)

    def alarms(self, state: str = "living", kind: str = "", data: str = "", owner: str = "") -> Sequence[AlarmRow]:
        """Alarms in a state of `serving.drift_looks.STATES`."""
        return alarms_in(self.desk.alarms, state, kind, data, owner)

    def alarm(self, alarm_id: str) -> AlarmRow:
        """One. Raises NotFoundError."""
        return self.desk.alarms.get(alarm_id)

    def history(self, alarm_id: str) -> Sequence[AlarmEvent]:
        """What happened to an alarm, oldest first."""
        return self.desk.alarms.events(alarm_id)

    def report(self, measurement_id: str) -> bytes:
        """The deep report of a measurement, packed by gzip. Raises NotFoundError."""
        return self.platform.report_shelf.page(measurement_id)

"""What watching inputs does, as plain functions: count, judge, keep, ring, and a deep report where one is wanted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lending.domain.errors import CandorError, UnavailableError

if TYPE_CHECKING:
    from features.watched import Watched
    from flows.parameters import InputsRequest
    from serving.alarms import Rung
    from serving.assembly import Platform
    from serving.input_watch import Found, Kept
    from training.servable.protocol import ServableModel

_log = logging.getLogger("candor.flows")
Say = Callable[[float, str], None]
"""Gets the share done, 0 to 1, and what is happening."""


def watch_data(request: InputsRequest, say: Say) -> dict[str, Any]:
    """Look at a data set, keep what was found, ring alarms; a deep report when one rang or one is asked for.

    Returns:
        `{data, reference, period, measurement_id, alarms, rang, report_key}`; see `_told`.

    Raises:
        InputError: the data set has no date, or the reference is no period of it.
        NotFoundError: no such data set.
    """
    from serving.assembly import platform

    place = platform()
    say(0.1, f"reading {request.data}")
    watched, found = _look(place, request, say)
    kept = place.input_watch.keep(found, ring=request.alarms)
    told = _told(found, kept)
    if request.report or told["rang"]:
        say(0.6, "making the deep report")
        told["report_key"] = _report(place, watched, found, kept)
    return told


def watch_live(request: InputsRequest) -> dict[str, Any] | None:
    """Look at the bank's own decisions, from counts alone; None while none is counted."""
    from serving.assembly import platform
    from serving.input_watch import live_inputs
    from serving.monitor import rules_on

    place = platform()
    today = place.clock.now().date()
    found = live_inputs(place.records.tallies, request.period, rules_on(place.settings.kb, today), today)
    if found is None:
        return None
    return _told(found, place.input_watch.keep(found, ring=request.alarms))


def _look(place: Platform, request: InputsRequest, say: Say) -> tuple[Watched, Found]:
    from serving.drift_score import calibration, with_score
    from serving.input_watch import Found
    from serving.monitor import monitor, period_names, rules_on

    rules = rules_on(place.settings.kb, place.clock.now().date())
    watched, scored = place.datasets.watch(request.data), _scores(place, request.data)
    say(0.4, "comparing every period with the reference")
    if scored is None or len(scored[1]) != len(watched.days):
        return watched, Found(monitor(watched, request.reference, request.period, rules))
    model, pds, bad = scored
    watched = with_score(watched, pds)
    names = period_names(watched.days.to_numpy(dtype="datetime64[D]"), request.period)
    found = monitor(watched, request.reference, request.period, rules)
    return watched, Found(found, model.version, calibration(pds, bad, names, rules.limits))


def _scores(place: Platform, data: str) -> tuple[ServableModel, Any, Any] | None:
    """What the data set's champion says of its loans, and what came of them; None where it has none or cannot tell."""
    from training.reassess import columns_for

    try:
        model = _champion(place, data)
        if model is None:
            return None
        loans = place.datasets.load(data)
        return model, model.predict(columns_for(loans, model.feature_set)), loans.label.to_numpy()
    except CandorError:  # inputs are watched all the same; the page says that nothing scored
        return None


def _champion(place: Platform, data: str) -> ServableModel | None:
    from training.servable import load

    if data == place.settings.portfolio:
        return place.champion.current()
    version = place.registry.champion(data)
    return None if version is None else load(place.registry.package(data, version))


def _report(place: Platform, watched: Watched, found: Found, kept: Kept) -> str | None:
    """A deep report on the periods of the latest alarm, or on the last period where there is none.

    None where none comes about: the alarms stand without it.
    """
    from serving.deep_report import sample_of
    from serving.monitor import rules_on

    rules, monitored = rules_on(place.settings.kb, place.clock.now().date()), found.monitored
    alarms = monitored.alarms
    first, last = (alarms[0].first, alarms[0].last) if alarms else (monitored.periods[-1],) * 2
    sample = sample_of(watched, monitored, first, last, rules, place.settings.seed)
    try:
        report = place.deep_reports.drift(sample, rules.limits.psi_alarm)
    except UnavailableError as error:
        _log.warning("%s", error)
        return None
    return place.report_shelf.keep(kept.measurement.measurement_id, report)


def _told(found: Found, kept: Kept) -> dict[str, Any]:
    """JSON-ready: `alarms` are all that ring now or before, `rang` the ids of those that are news."""
    monitored = found.monitored
    return {
        "data": monitored.data, "reference": monitored.reference, "period": monitored.period,
        "measurement_id": kept.measurement.measurement_id, "alarms": [_alarm(one) for one in kept.rung],
        "rang": [one.row.alarm_id for one in kept.rung if one.fresh], "report_key": None,
    }  # fmt: skip


def _alarm(rung: Rung) -> dict[str, Any]:
    content: Mapping[str, Any] = rung.row.content
    names = ("verdict", "features", "first", "last", "since", "cause")
    return {"alarm_id": rung.row.alarm_id, "act": rung.act, **{name: content[name] for name in names}}


def in_words(told: Mapping[str, Any]) -> str:
    """One line on a look: what rings, or that nothing does."""
    alarms = [f"{', '.join(a['features'])} {a['verdict']} since {a['since']}" for a in told["alarms"]]
    report = "; a deep report is stored" if told["report_key"] else ""
    return f"{told['data']} against {told['reference']}: {'; '.join(alarms) or 'nothing to look at'}{report}"

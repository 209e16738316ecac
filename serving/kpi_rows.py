"""A report of figures as rows of a file: what is shown, in the order in which it is shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

COLUMNS = ("part", "name", "measure", "value", "low", "high", "of")
_COUNTS = ("decided", "approve", "refer", "decline")
Row = tuple[str, str, str, str, str, str, str]


def kpi_csv(report: Mapping[str, Any]) -> str:
    """The file's text, with a header line; shares are fractions with their 95 % interval."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([COLUMNS, *rows_of(report)])
    return text.getvalue()


def rows_of(report: Mapping[str, Any]) -> Iterable[Row]:
    """Every figure of `serving.kpis.Kpis.report`."""
    yield from _ends("total", "", report["totals"])
    expected = report["totals"]["expected_default"]
    yield _row("total", "", "mean_pd_of_approved", expected["mean_pd"], of=expected["of"])
    for part, name in (("periods", "period"), ("products", "product"), ("channels", "channel"), ("models", "model")):
        for line in report[part]:
            yield from _ends(name, line[name], line)
    for one in report["reasons"]:
        yield _row("reason of refusal", one["reason"], "count", one["count"])
        yield _share("reason of refusal", one["reason"], "share", one["share"])
    for one in report["applications"]:
        yield _row("application", f"{one['act']} to {one['state']}", "count", one["count"])
    yield from _waits(report["waiting"])
    for group in report["funnel"]:
        yield from (_row("funnel", group["group"], step["step"], step["visits"]) for step in group["steps"])


def _ends(part: str, name: str, line: Mapping[str, Any]) -> Iterable[Row]:
    yield from (_row(part, name, measure, line[measure]) for measure in _COUNTS)
    yield from (_share(part, name, measure, line[measure]) for measure in ("approval", "refusal"))


def _waits(waiting: Mapping[str, Any]) -> Iterable[Row]:
    for measure in ("median", "p90"):
        if found := waiting[measure]:
            yield _row("hours to decision", "", measure, found["about"], found["low"], found["high"], waiting["of"])


def _share(part: str, name: str, measure: str, share: Mapping[str, Any]) -> Row:
    return _row(part, name, measure, share["value"], share["low"], share["high"], share["of"])


def _row(
    part: str, name: str, measure: str, value: object, low: object = None, high: object = None, of: object = None
) -> Row:
    said = ["" if one is None else str(one) for one in (value, low, high, of)]
    return (part, name, measure, *said)  # type: ignore[return-value]

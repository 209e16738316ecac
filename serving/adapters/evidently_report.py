"""Deep reports by Evidently; the only file that imports it. Flows call it, never a page: its import takes seconds."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lending.domain.errors import UnavailableError
from serving.deep_report import DeepReport, Sample

if TYPE_CHECKING:
    import pandas as pd


class EvidentlyReports:
    """`serving.deep_report.DeepReports` by Evidently's drift preset, with the method and the limit of the rules."""

    def drift(self, sample: Sample, psi_alarm: float) -> DeepReport:
        """A page and its figures: every column of the window against the reference.

        Args:
            sample: the rows.
            psi_alarm: PSI from which the page calls a column drifted.

        Raises:
            UnavailableError: the library trips over the data.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library's own, on import and while it runs
            from evidently import DataDefinition, Dataset, Report
            from evidently.presets import DataDriftPreset

            numbers = [name for name, kind in sample.kinds.items() if kind == "number"]
            columns = DataDefinition(
                numerical_columns=numbers, categorical_columns=[n for n in sample.kinds if n not in numbers]
            )
            preset = DataDriftPreset(
                num_method="psi", cat_method="psi", num_threshold=psi_alarm, cat_threshold=psi_alarm
            )
            now, before = (Dataset.from_pandas(_frame(rows), columns) for rows in (sample.window, sample.reference))
            try:
                found = Report([preset]).run(now, before)
                return DeepReport(found.get_html_str(as_iframe=False).encode(), found.json().encode())
            except Exception as error:  # whatever the library trips over: alarms do not wait for a report
                raise _no_report(type(error).__name__) from error


def _no_report(found: str) -> UnavailableError:
    return UnavailableError(
        f"no deep report came about: {found}", code="report", field="report", found=found,
        expected="columns with values on both sides", do="Look at the page of drift; it needs no report.",
    )  # fmt: skip


def _frame(columns: Mapping[str, Any]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(dict(columns))

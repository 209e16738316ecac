"""Runs the expectations with Great Expectations; its analytics and progress bars stay off."""

# pyright: reportPrivateImportUsage=false
# (the library lists its expectations in a way that the type checker takes for private)

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from features.expectations import Expectation

if TYPE_CHECKING:
    import pandas as pd


def run_expectations(frame: pd.DataFrame, expectations: Sequence[Expectation]) -> list[dict[str, Any]]:
    """One row per expectation: `{expectation, column, severity, passed, observed, limit, detail}`.

    Rows come from the single results: the library's own verdict counts a failed warning as a failure.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns about its own dependencies
        result = _run(frame, expectations)
    validation = next(iter(result.run_results.values()))
    by_number = {r.expectation_config.meta["number"]: r for r in validation.results}
    return [_row(e, by_number[i]) for i, e in enumerate(expectations)]


def _run(frame: pd.DataFrame, expectations: Sequence[Expectation]) -> Any:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    for name in ("great_expectations", "great_expectations.data_context.types.base"):  # the second sets its own level
        logging.getLogger(name).setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    suite = context.suites.add(gx.ExpectationSuite(name="gate"))
    for number, expectation in enumerate(expectations):
        suite.add_expectation(_expectation(expectation, number))
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("loans")
    batch = asset.add_batch_definition_whole_dataframe("all")
    definition = context.validation_definitions.add(gx.ValidationDefinition(name="gate", data=batch, suite=suite))
    checkpoint = context.checkpoints.add(gx.Checkpoint(name="gate", validation_definitions=[definition]))
    return checkpoint.run(batch_parameters={"dataframe": frame})


def _expectation(expectation: Expectation, number: int) -> Any:
    from great_expectations import expectations as gxe

    kinds = {
        "between": gxe.ExpectColumnValuesToBeBetween,
        "not_null": gxe.ExpectColumnValuesToNotBeNull,
        "in_set": gxe.ExpectColumnValuesToBeInSet,
        "unique": gxe.ExpectColumnValuesToBeUnique,
        "row_count": gxe.ExpectTableRowCountToBeBetween,
    }
    column = {"column": expectation.column} if expectation.column else {}
    told: Any = {**column, **expectation.limits, "severity": expectation.severity, "meta": {"number": number}}
    return kinds[expectation.kind](**told)


def _row(expectation: Expectation, result: Any) -> dict[str, Any]:
    return {
        "expectation": expectation.name,
        "column": expectation.column,
        "severity": expectation.severity,
        "passed": bool(result.success),
        "observed": _observed(result),
        "limit": expectation.limit,
        "detail": "",
    }


def _observed(result: Any) -> str:
    if result.exception_info.get("raised_exception"):
        return str(result.exception_info.get("exception_message"))[:120]
    told = result.result
    if "unexpected_count" not in told:
        return str(told.get("observed_value", ""))
    count = told["unexpected_count"]
    if not count:
        return "all as expected"
    odd = [v for v in told.get("partial_unexpected_list", []) if v is not None and v == v]  # NaN is not itself
    some = ", ".join(str(v)[:30] for v in list(dict.fromkeys(odd))[:3])
    text = f"{count} of {told.get('element_count', '?')} ({told.get('unexpected_percent', 0):.1f} %)"
    return f"{text}, such as {some}" if some else text

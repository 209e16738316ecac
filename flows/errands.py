"""Every flow works under one id: that of the request that started it, else that of its own run.

What it writes into the audit trail and the ledger bears it, so that `candor trace ID` finds run and entries together.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from lending.errand import Errand, at_work, current
from serving.ports import REQUEST_TAG

P = ParamSpec("P")
R = TypeVar("R")


def under_one_id(work: Callable[P, R]) -> Callable[P, R]:
    """The body of a flow that works as an errand; one that another flow calls goes on under that one's id."""

    @functools.wraps(work)
    def run(*given: P.args, **named: P.kwargs) -> R:
        with at_work(current() or Errand.begin(run_id())):
            return work(*given, **named)

    # Prefect reads the parameters here, and would look for the names of their types in this file.
    run.__signature__ = inspect.signature(work, eval_str=True)  # type: ignore[attr-defined]
    return run


def run_id() -> str:
    """The id of the request that started the present run, else the run's own; "" outside a run."""
    from prefect.runtime import flow_run

    asked = (tag.removeprefix(REQUEST_TAG) for tag in flow_run.tags or () if tag.startswith(REQUEST_TAG))
    return next(asked, str(flow_run.id or ""))

"""Questions of the page of flows: what can be started, how runs do, what they left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from lending.domain.errors import NotFoundError
from lending.ports import Account
from serving.flow_forms import (
    FlowRule,
    FormField,
    fields_of,
    last_runs,
    parameters_from,
    read_rules,
    stop_when_closed,
)
from serving.ports import Deployed, FlowNote, FlowRun

if TYPE_CHECKING:
    from serving.assembly import Platform

ENDED = frozenset({"completed", "failed", "crashed", "cancelled"})
_rules = lru_cache(maxsize=2)(read_rules)


@dataclass(frozen=True, slots=True)
class FlowLine:
    """A flow, its last run among the latest, and whether this person may start it."""

    flow: Deployed
    last: FlowRun | None
    open: bool


@dataclass(frozen=True, slots=True)
class FlowQueries:
    """Questions bound to one platform. All raise UnavailableError while the orchestrator does not answer."""

    platform: Platform

    def lines(self, account: Account) -> Sequence[FlowLine]:
        """Every flow by name."""
        runs = self.platform.flow_runs
        last = last_runs(runs)
        return [FlowLine(one, last.get(one.name), self._open(one.name, account)) for one in runs.deployed()]

    def form(self, name: str, account: Account) -> tuple[Deployed, Sequence[FormField]]:
        """A flow and the fields of its form. Raises NotFoundError; RefusedError when this person may not start it."""
        rule = stop_when_closed(name, self._known, account.role)
        flow = self._deployed(name)
        return flow, fields_of(flow.schema, rule)

    def start(self, name: str, form: Mapping[str, str], account: Account) -> FlowRun:
        """Start a flow with what was typed. Raises InputError; NotFoundError; RefusedError."""
        rule = stop_when_closed(name, self._known, account.role)
        parameters = parameters_from(self._deployed(name).schema, rule, form, account.username)
        run = self.platform.flow_runs.start(name, parameters)
        self.platform.records.audit.add(account.username, "flow.started", name, {"run": run.run_id})
        return run

    def run(self, run_id: str) -> FlowRun:
        """How a run does. Raises NotFoundError."""
        return self.platform.flow_runs.get(run_id)

    def notes(self, run_id: str) -> Sequence[FlowNote]:
        """What it left for people."""
        return self.platform.flow_runs.notes(run_id)

    def may_stop(self, run: FlowRun, account: Account) -> bool:
        """Whether this person may stop a run: one that goes on, of a flow that they may start."""
        return run.state not in ENDED and self._open(run.flow, account)

    def stop(self, run_id: str, account: Account) -> None:
        """Ask a run to stop. Raises NotFoundError; RefusedError when it is not this person's to stop, or has ended."""
        run = self.run(run_id)
        stop_when_closed(run.flow, self._known, account.role)
        self.platform.flow_runs.cancel(run_id)
        self.platform.records.audit.add(account.username, "flow.stopped", run.flow, {"run": run_id})

    @property
    def _known(self) -> Mapping[str, FlowRule]:
        kb: Path = self.platform.settings.kb
        return _rules(kb)

    def _open(self, name: str, account: Account) -> bool:
        rule = self._known.get(name)
        return rule is not None and rule.open_to(account.role)

    def _deployed(self, name: str) -> Deployed:
        found = next((one for one in self.platform.flow_runs.deployed() if one.name == name), None)
        if found is None:
            raise NotFoundError(
                f"{name} is not deployed", field="flow", found=name, expected="a flow of prefect.yaml",
                do="Start everything again: candor up",
            )  # fmt: skip
        return found

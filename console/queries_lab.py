"""Questions of the policy lab: drafts, what may be changed, a replay that is begun, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from lending.domain.errors import CandorError, InputError, NotFoundError, UnavailableError
from lending.draft_ports import DraftRow
from serving.lab import QUICK, Wanted
from serving.lab_cases import RECORDED
from serving.lab_drafts import DraftDesk
from serving.lab_leaves import Leaf

if TYPE_CHECKING:
    from serving.assembly import Platform

FLOW = "run-lab"
_AT_WORK = {"scheduled", "pending", "late", "running", "awaitingretry", "retrying", "paused"}


@dataclass(frozen=True, slots=True)
class Replaying:
    """How far a replay in a flow is; `percent` is None while unknown, `url` that of the orchestrator's page."""

    state: Literal["running", "failed", "done", "unseen"]
    percent: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class LabQueries:
    """Questions bound to one platform."""

    platform: Platform

    @property
    def desk(self) -> DraftDesk:
        """Where drafts are written and answered."""
        return self.platform.draft_desk

    @property
    def today(self) -> date:
        """The day whose figures hold."""
        return self.platform.clock.now().date()

    def drafts(self) -> Sequence[DraftRow]:
        """All, newest first."""
        return self.desk.drafts.list()

    def draft(self, draft_id: str) -> DraftRow:
        """One of them. Raises NotFoundError."""
        return self.desk.drafts.get(draft_id)

    def leaves(self) -> list[Leaf]:
        """The figures that may be changed."""
        return self.desk.leaves()

    def products(self) -> Mapping[str, str]:
        """Product to its title, of those on sale in this market."""
        return {name: one.title for name, one in sorted(self.platform.policy.current.products.items())}

    def overtaken(self, row: DraftRow) -> bool:
        """Whether the policy in force is another one than that for which it was replayed or proposed."""
        return row.state in ("draft", "proposed") and row.base_version != self.platform.policy.current.version

    def run(self, draft_id: str, data: str, product: str, *, quick: bool) -> None:
        """Replay a sample at once, or have a flow replay everything.

        Raises:
            NotFoundError: no such draft or data; RefusedError: it is no draft any more, or no model decides.
            UnavailableError: the orchestrator does not answer; then a sample can still be replayed.
            InputError, PolicyError: as `serving.lab.Lab.run`.
        """
        row = self.draft(draft_id)
        if data not in self.platform.lab.sources():
            known = ", ".join(self.platform.lab.sources())
            raise NotFoundError(f"there is no data {data[:40]!r}", field="data", found=data[:40], expected=known,
                                do="Choose from the list.")  # fmt: skip
        if product and product not in self.products():
            raise InputError(f"there is no product {product[:40]!r}", field="product", found=product[:40],
                             do="Choose from the list.")  # fmt: skip
        if quick:
            self.desk.keep_result(draft_id, self.platform.lab.run(Wanted(row.values, data, product or None, QUICK)))
            return
        request = {"draft_id": draft_id, "data": data, "product": product, "most": 0}
        begun = self._start(request)
        self.desk.keep_result(draft_id, {**row.result, "run": {"run_id": begun, "data": data}})

    def replaying(self, row: DraftRow) -> Replaying | None:
        """How far the draft's replay in a flow is; None when none is under way."""
        run = row.result.get("run")
        if not run:
            return None
        try:
            found = self.platform.flow_runs.get(str(run["run_id"]))
        except NotFoundError:
            return Replaying("failed", message="The orchestrator does not know this run any more.")
        except UnavailableError:
            return Replaying("unseen")
        state = found.state.lower()
        if state in _AT_WORK:
            return Replaying("running", found.percent, found.message)
        return Replaying("done" if state == "completed" else "failed", message=found.message)

    def _start(self, request: Mapping[str, Any]) -> str:
        try:
            return self.platform.flow_runs.start(FLOW, {"request": dict(request)}).run_id
        except CandorError as error:
            changes = " ".join(
                f"--set {path}={value}" for path, value in self.draft(request["draft_id"]).values.items()
            )
            raise UnavailableError(
                f"the flow {FLOW} cannot be started: {error}", code="lab_flow", found=str(error),
                expected="the orchestrator with this flow",
                do=f"Replay a sample, or run: candor lab run --data {request['data']} {changes}",
            ) from None  # fmt: skip


def data_words(name: str) -> str:
    """A source as people read it."""
    return "Decisions on record" if name == RECORDED else f"Past loans: {name.replace('_', ' ')}"

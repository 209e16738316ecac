"""What staff see first: how the model is, in three answers, and what waits for whoever looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lending.alarm_ports import LIVING, AlarmRow, MeasurementRow
from lending.domain.roles import Permission, may
from lending.draft_ports import Drafts
from lending.ports import Account
from serving.alarms import AlarmDesk
from serving.approvals import ApprovalDesk
from serving.case_queue import CaseQueue, Wish
from serving.customer_requests import RequestDesk
from serving.loans import LIVE
from serving.performance import is_judged
from serving.tally_counts import SCORE

Question = Literal["inputs", "score", "outcomes"]
Health = Literal["well", "alarm", "early", "unknown"]
_MEASURED: dict[Question, str] = {"inputs": "drift", "score": "drift", "outcomes": "performance"}


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether one side of the model is well.

    Attributes:
        health: `early` where somebody looked and nothing could be judged yet.
        alarms: those that live, changed last first.
        measured_at: when it was last looked at; None: never, and then `health` is unknown.
        judged: of outcomes, the data sets of which something could be said; the bank's own decisions first.
        early: of outcomes, those that were looked at and could not be judged yet.
    """

    question: Question
    health: Health
    alarms: Sequence[AlarmRow]
    measured_at: datetime | None
    judged: Sequence[str] = ()
    early: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for the person who looks: how many, of what, where; `late` ones come first."""

    what: str
    count: int
    href: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class Today:
    """Asks every desk what it has for somebody."""

    alarms: AlarmDesk
    approvals: ApprovalDesk
    cases: CaseQueue
    requests: RequestDesk
    drafts: Drafts
    stood_in: Callable[[], int] = lambda: 0
    """Decisions of the last day that this program scored in place of a model endpoint."""

    def answers(self) -> list[Answer]:
        """Inputs, score, outcomes; of the bank's own decisions and of its data sets together."""
        living = self.alarms.alarms.list(LIVING)
        return [self._answer(question, [row for row in living if _is_about(row, question)]) for question in _MEASURED]

    def _answer(self, question: Question, alarms: Sequence[AlarmRow]) -> Answer:
        measured = self.alarms.measurements.heads(_MEASURED[question])
        judged, early = self._judged(measured) if question == "outcomes" else ((), ())
        health: Health = "alarm" if alarms else "early" if early and not judged else "well" if measured else "unknown"
        return Answer(question, health, alarms, measured[0].at if measured else None, judged, early)

    def _judged(self, measured: Sequence[MeasurementRow]) -> tuple[Sequence[str], Sequence[str]]:
        """Data sets whose outcomes could be judged, and those for which it is too early."""
        names = sorted({row.data for row in measured}, key=lambda name: (name != LIVE, name))
        newest = [self.alarms.measurements.latest("performance", name) for name in names]
        judged = [row.data for row in newest if row and is_judged(row.content)]
        return judged, [name for name in names if name not in judged]

    def tasks(self, who: Account) -> list[Task]:
        """What waits for somebody, late first, then by number; empty when nothing does."""
        found = [task for permission, ask in _DESKS if may(who.role, permission) for task in ask(self, who)]
        return sorted((task for task in found if task.count), key=lambda task: (not task.late, -task.count))

    def _alarms(self, who: Account) -> Iterator[Task]:
        living = self.alarms.alarms.list(LIVING)
        nobodys = sum(row.owner is None for row in living)
        yield Task("Alarms that nobody looks after", nobodys, "/staff/alarms", late=True)
        yield Task("Alarms of yours", sum(row.owner == who.username for row in living), "/staff/alarms")

    def _approvals(self, who: Account) -> Iterator[Task]:
        mine = [row for row in self.approvals.waiting() if not self.approvals.why_not(row, who)]
        yield Task("Models that wait for your answer", len(mine), "/staff/approvals")

    def _scored(self, who: Account) -> Iterator[Task]:
        words = "Decisions since yesterday that were scored without the model endpoint, which did not answer"
        yield Task(words, self.stood_in(), "/staff/models", late=True)

    def _cases(self, who: Account) -> Iterator[Task]:
        queue = self.cases.queue(who, Wish())
        yield Task("Cases that are late", queue.late, "/staff/cases?late=1", late=True)
        yield Task("Cases that nobody has taken", queue.counts["free"], "/staff/cases?tab=free")
        yield Task("Cases of yours", queue.counts["mine"], "/staff/cases?tab=mine")
        yield Task("Requests of customers", len(self.requests.waiting()), "/staff/cases?kind=requests")

    def _seconds(self, who: Account) -> Iterator[Task]:
        waiting = self.cases.queue(who, Wish(tab="second")).counts["second"]
        yield Task("Decisions against the record that wait for a second person", waiting, "/staff/cases?tab=second")

    def _drafts(self, who: Account) -> Iterator[Task]:
        waiting = [row for row in self.drafts.list() if row.state == "proposed" and row.author != who.username]
        yield Task("Changes of the policy that wait for your answer", len(waiting), "/staff/lab")


_DESKS: Sequence[tuple[Permission, Callable[[Today, Account], Iterator[Task]]]] = (
    (Permission.ALARM_HANDLE, Today._alarms),
    (Permission.MODEL_COUNTERSIGN, Today._approvals),
    (Permission.MONITOR_READ, Today._scored),
    (Permission.CASE_DECIDE, Today._cases),
    (Permission.CASE_COUNTERSIGN, Today._seconds),
    (Permission.POLICY_PUBLISH, Today._drafts),
)


def _is_about(row: AlarmRow, question: Question) -> bool:
    """Which side an alarm belongs to: the score is one of the things whose drift is watched."""
    if row.kind == "drift":
        return (SCORE in row.content["features"]) == (question == "score") and question != "outcomes"
    return question == "outcomes" and row.kind in ("performance", "calibration")

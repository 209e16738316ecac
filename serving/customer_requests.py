"""Requests of customers, from opening to an answer in words: each step is kept, told and audited together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from lending.domain.errors import InputError, NotFoundError, RefusedError
from lending.domain.policy import Parameter
from lending.domain.policy_checks import parameters_of
from lending.message_ports import Outbox
from lending.ports import AuditLog, Clock
from lending.request_ports import LIVE, Kind, Move, People, RequestEvent, RequestRow, Requests, RequestState
from lending.yaml_text import read_tree
from serving.messages import Messages
from serving.profile_fields import ProfileFields
from serving.teller import new_id

RESULTS: Mapping[Kind, tuple[str, ...]] = {
    "review": ("upheld", "changed"),
    "dispute": ("corrected", "unchanged"),
    "add": ("corrected", "unchanged"),
    "contact": ("answered",),
    "erase": (),
}
"""How a person may close a request of each kind; erasure ends by itself."""
MOST_WORDS = 1000
"""Characters of what a customer says, and of an answer."""


@dataclass(frozen=True, slots=True)
class Rights:
    """A market's dated times, from kb/rights."""

    parameters: Mapping[str, Parameter]

    def days(self, kind: str, day: date) -> int:
        """Days in which a request of a kind is answered."""
        return int(self.parameters[f"{kind}_days"].at(day).value)

    def retention(self, day: date) -> tuple[int, str]:
        """Months for which records of decisions are kept, and the source of that."""
        found = self.parameters["retention_months"].at(day)
        return int(found.value), found.source


def read_rights(kb: Path, market: str) -> Rights:
    """The times of kb/rights for a market. Raises PolicyError when the file is wrong."""
    file = Path("rights") / f"{market}.yaml"
    return Rights(parameters_of(read_tree(str(file), (kb / file).read_text(encoding="utf-8")), str(file)))


@dataclass(frozen=True, slots=True)
class RequestDesk:
    """Opens, shows, hands out and closes requests."""

    requests: Requests
    people: People
    fields: ProfileFields
    messages: Messages
    outbox: Outbox
    audit: AuditLog
    clock: Clock
    rights: Rights

    def open(
        self, customer_id: str, kind: Kind, subject: str, content: Mapping[str, Any], due: date | None = None
    ) -> RequestRow:
        """Open a request; one of the kind that lives on the same subject is answered instead.

        Args:
            customer_id: who asks; from the session.
            kind: see `RESULTS`.
            subject: id of the decision, name of the figure, id of the conversation, or the customer.
            content: what was said.
            due: by when the bank answers; default the market's time for the kind, of which the customer is told.
        """
        now = self.clock.now()
        days = timedelta(self.rights.days(kind, now.date())) if due is None else due - now.date()
        row = RequestRow(new_id("q"), customer_id, kind, subject, "open", 1, content, now, now + days)
        with self.outbox.together():
            kept = self.requests.open(row)
            if kept.request_id == row.request_id:
                if due is None:
                    self._told(kept, "opened")
                self.audit.add(customer_id, f"request.{kind}", kept.request_id, {"subject": subject})
        return kept

    def of(self, customer_id: str) -> list[dict[str, Any]]:
        """A customer's requests, newest first, JSON-ready."""
        return [for_customer(row) for row in self.requests.of(customer_id)]

    def own(self, customer_id: str, request_id: str) -> dict[str, Any]:
        """One of theirs. Raises NotFoundError."""
        return for_customer(self._own(customer_id, request_id))

    def withdraw(self, customer_id: str, request_id: str) -> dict[str, Any]:
        """Take one back while nobody has closed it. Raises NotFoundError; RefusedError when it is closed."""
        row = _living(self._own(customer_id, request_id))
        return for_customer(self.step(row, Move("withdrawn", customer_id, "withdrawn")))

    def waiting(self, states: Sequence[RequestState] = LIVE) -> list[dict[str, Any]]:
        """Everybody's, those due first, for staff."""
        return [for_staff(row) for row in self.requests.list(states)]

    def one(self, request_id: str) -> dict[str, Any]:
        """One with all its steps, for staff. Raises NotFoundError."""
        return for_staff(self.requests.get(request_id))

    def take(self, request_id: str, officer: str) -> dict[str, Any]:
        """A member of staff takes it up; who has it already keeps it. Raises NotFoundError; RefusedError."""
        row = _living(self.requests.get(request_id))
        if row.handled_by == officer:
            return for_staff(row)
        if row.handled_by is not None:
            raise _refused("taken", row, f"{row.handled_by} works on it", "Ask them to hand it over.")
        return for_staff(self.step(row, Move("taken", officer, "in_progress", handled_by=officer)))

    def close(
        self, request_id: str, officer: str, result: str, answer: str, value: str | None = None
    ) -> dict[str, Any]:
        """Close a request with an answer in words.

        Args:
            request_id: which.
            officer: who closes it; whoever took it, or anybody while nobody has.
            result: one of the kind's `RESULTS`.
            answer: what the customer reads.
            value: of a figure that is corrected; default what the customer stated.

        Raises:
            NotFoundError: there is none. RefusedError: closed before, or somebody else's work.
            InputError: the result is none of the kind's, there is no answer, or the value does not fit.
        """
        row = _living(self.requests.get(request_id))
        if row.handled_by not in (None, officer):
            raise _refused("taken", row, f"{row.handled_by} works on it", "Ask them to hand it over.")
        _check_result(row, result)
        detail: dict[str, Any] = {"result": result, "answer": _words("answer", answer)}
        with self.outbox.together():
            if result == "corrected":
                detail["value"] = self._correct(row, officer, value)
            return for_staff(self.step(row, Move("closed", officer, "done", detail, officer)))

    def step(self, row: RequestRow, move: Move) -> RequestRow:
        """Move a request, tell the customer and note it in the audit, all or nothing. Raises RefusedError `changed`."""
        with self.outbox.together():
            moved = self.requests.move(row, move)
            if moved.state != "open":
                self._told(moved, moved.state)
            self.audit.add(move.actor, f"request.{move.act}", row.request_id, {"kind": row.kind, "state": moved.state})
        return moved

    def _correct(self, row: RequestRow, officer: str, value: str | None) -> str:
        """Write the right figure into the bank's record, from today on."""
        field = self.fields.field(row.subject)
        text = value if value is not None else str(row.content.get("stated", ""))
        right, today = field.read(text), self.clock.now().date()
        person = self.people.history(row.customer_id)[-1][1]
        self.people.correct(replace(person, **{field.name: right}), today)
        self.audit.add(officer, "facts.corrected", row.customer_id, {"field": field.name, "request": row.request_id})
        return text

    def _told(self, row: RequestRow, what: str) -> None:
        slots = {"reference": reference(row.request_id), "day": row.due_at.date().isoformat()}
        self.messages.tell(
            row.customer_id, f"request.{what}", row.request_id, f"{row.request_id} {row.version}", **slots
        )

    def _own(self, customer_id: str, request_id: str) -> RequestRow:
        row = self.requests.get(request_id)
        if row.customer_id != customer_id:
            raise NotFoundError(
                "there is no such request", code="not_found", field="request_id", found=request_id[:40],
                expected="the id of a request", do="Use an id from the list of requests.",
            )  # fmt: skip
        return row


def reference(request_id: str) -> str:
    """What people call a request: `ABCD-EFGH`."""
    return f"{request_id[2:6]}-{request_id[6:10]}".upper()


def for_customer(row: RequestRow) -> dict[str, Any]:
    """A request as its customer sees it: no names of staff."""
    closing = next((event.detail for event in reversed(row.events) if event.act == "closed"), {})
    return {
        "request_id": row.request_id, "reference": reference(row.request_id), "kind": row.kind,
        "subject": row.subject, "state": row.state, "said": dict(row.content), "result": closing.get("result"),
        "answer": closing.get("answer"), "opened_at": row.opened_at.isoformat(),
        "due_on": row.due_at.date().isoformat(), "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        "can_withdraw": row.state in LIVE, "timeline": [_step(row, event) for event in row.events],
    }  # fmt: skip


def for_staff(row: RequestRow) -> dict[str, Any]:
    """The same with who asks and who works on it."""
    more = {"customer_id": row.customer_id, "handled_by": row.handled_by, "version": row.version}
    return {**for_customer(row), **more, "results": list(RESULTS[row.kind])}


def said(name: str, text: str, *, needed: bool = True) -> str:
    """What somebody typed, trimmed. Raises InputError when it is missing or too long."""
    return _words(name, text, needed=needed)


def _step(row: RequestRow, event: RequestEvent) -> dict[str, str]:
    by = "you" if event.actor == row.customer_id else "system" if event.actor == "system" else "bank"
    return {"at": event.at.isoformat(), "act": event.act, "by": by}


def _words(name: str, text: str, *, needed: bool = True) -> str:
    found = text.strip()
    if (not found and needed) or len(found) > MOST_WORDS:
        raise InputError(
            f"{name} has {len(found)} characters", code="words", field=name, found=f"{len(found)} characters",
            expected=f"1 to {MOST_WORDS} characters", do="Say it in a few sentences.",
        )  # fmt: skip
    return found


def _living(row: RequestRow) -> RequestRow:
    if row.state not in LIVE:
        raise _refused("closed", row, f"it is {row.state}", "Open a new one.")
    return row


def _refused(code: str, row: RequestRow, found: str, do: str) -> RefusedError:
    return RefusedError(
        f"request {reference(row.request_id)} cannot be changed: {found}", code=code, field="request_id", found=found,
        expected="an open request", do=do,
    )  # fmt: skip


def _check_result(row: RequestRow, result: str) -> None:
    if result not in RESULTS[row.kind]:
        known = ", ".join(RESULTS[row.kind]) or "no result: it ends by itself"
        raise InputError(
            f"a request of kind {row.kind} cannot end as {result[:20]!r}", code="result", field="result",
            found=result[:20], expected=known, do="Choose one of these.",
        )  # fmt: skip

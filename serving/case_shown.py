"""A case on one page, JSON-ready: who, what is asked, the decision, papers, history, and what may be done.

What a reader's role may not know is left out here, so that no interface has to remember it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lending.application_ports import ApplicationRow
from lending.case_ports import OverrideRow
from lending.domain.cases import due
from lending.domain.errors import CandorError
from lending.domain.roles import Permission, may
from lending.domain.workflow import State
from lending.ports import Account
from lending.request_ports import Requests
from lending.word_ports import Attached
from serving.application_shown import reference
from serving.case_queue import CaseQueue
from serving.case_readings import readings
from serving.case_record import CaseRecord, case_record
from serving.case_summary import Summaries
from serving.customer_requests import for_staff
from serving.grounds import case_of
from serving.messages import Messages
from serving.profile import Profile

HIDDEN = "hidden"
"""Stands for what the reader's role may not know."""
_SCREENING = "screening"


@dataclass(frozen=True)
class CaseView:
    """Opens cases. Whoever calls has checked that they may be read."""

    desk: CaseQueue
    profile: Profile
    messages: Messages
    requests: Requests
    attached: Attached
    summaries: Summaries

    def open(self, who: Account, application_id: str) -> dict[str, Any]:
        """A case for somebody; that they looked is written down. Raises NotFoundError."""
        shown = self.shown(who, application_id)
        self.desk.applications.audit.add(who.username, "case.open", application_id, {})
        return shown

    def shown(self, who: Account, application_id: str) -> dict[str, Any]:
        """The same without a trace, for the answer to an act of theirs."""
        use = self.desk.applications
        row = use.current(use.box.get(application_id))
        record = case_record(row, use, self.desk.rules)
        knows = self.desk.rules.knows_confidential(who.role)
        return {
            **self._application(row, knows=knows), "clock": self._clock(row), "who": self._who(record),
            "asked_for": _asked_for(record), "decision": self._decision(record, knows=knows),
            "recommendation": self._recommendation(record, knows=knows), "offers": self._offers(record),
            "papers": self._papers(record), "overrides": self._overrides(who, record, knows=knows),
            "earlier": self._earlier(row), "told": self._told(row), "requests": self._requests(row),
            "may": self.may(who, record),
        }  # fmt: skip

    def summary(self, decision_id: str) -> dict[str, Any] | None:
        """The case in words; None where it cannot be told, as after a key was deleted."""
        try:
            return self.summaries.shown(decision_id)
        except CandorError:
            return None

    def may(self, who: Account, record: CaseRecord) -> dict[str, bool]:
        """What somebody may do with the case now; each act checks again."""
        desk, row = self.desk, record.row
        waits, holder = row.state is State.IN_REVIEW, desk.book.holder(row.application_id)
        pending = next((o for o in desk.book.overrides(row.application_id) if o.state == "proposed"), None)
        own = self._own(who, record)
        free = waits and holder in (None, who.username) and pending is None and not own
        decides, overrides = may(who.role, Permission.CASE_DECIDE), may(who.role, Permission.CASE_OVERRIDE)
        second = waits and pending is not None and may(who.role, Permission.CASE_COUNTERSIGN) and not own
        return {
            "take": decides and waits and holder is None and pending is None and not own,
            "release": waits and holder is not None and decides and (holder == who.username or overrides),
            "decide": decides and free, "override": overrides and free, "own": own,
            "confirm": second and pending is not None and desk.may_confirm(who, pending),
            "take_back": pending is not None and pending.proposed_by == who.username,
        }  # fmt: skip

    def _own(self, who: Account, record: CaseRecord) -> bool:
        try:
            self.desk.check_interest(who, record)
        except CandorError:
            return True
        return False

    def _application(self, row: ApplicationRow, *, knows: bool) -> dict[str, Any]:
        """The application as staff read it; a ground that few may know is none of theirs."""
        case = self.desk.applications.case(row.application_id)
        rules = self.desk.rules
        grounds = {
            act: [{"code": code, "words": rules.words(code)} for code in codes if knows or code != _SCREENING]
            for act, codes in case["grounds"].items()
        }
        hidden = not knows and case["ground"] == _SCREENING
        events = [_event(event, rules.words, hidden=hidden) for event in case["events"]]
        return {**case, "grounds": grounds, "events": events, "ground": HIDDEN if hidden else case["ground"],
                "note": "" if hidden else case["note"]}  # fmt: skip

    def _clock(self, row: ApplicationRow) -> dict[str, Any] | None:
        """Until when it is due; None once it is decided."""
        use = self.desk.applications
        if row.state is not State.IN_REVIEW:
            return None
        asked = [e for e in use.box.events(row.application_id) if e.act == "ask"]
        until = due(row.changed_at, use.clock.now(), self.desk.rules.hours(row.changed_at.date()),
                    asked[-1].at if asked else None)  # fmt: skip
        return {"due": until.at.isoformat(), "stands": until.stands, "asked": asked[-1].detail if asked else None,
                "taken_by": self.desk.book.holder(row.application_id)}  # fmt: skip

    def _who(self, record: CaseRecord) -> list[dict[str, Any]]:
        """Facts of the bank's record with their source and day; what the application says of them stands beside."""
        return self.profile.of(record.row.customer_id)

    def _decision(self, record: CaseRecord, *, knows: bool) -> dict[str, Any]:
        made, word = record.made, record.made.assessment
        core = json.loads(self.desk.applications.decisions.get(record.row.decision_id).core)
        words = made.policy.wording.reasons
        findings = [f.as_dict() for f in made.decision.findings if knows or not f.confidential]
        return {
            "decision_id": record.row.decision_id, "outcome": made.decision.outcome.value,
            "as_of": made.day.isoformat(), "policy_version": made.policy.version,
            "model_version": word.model_version if word else None, "pd": str(word.pd) if word else None,
            "horizon_months": word.horizon_months if word else None, "findings": findings,
            "hidden": record.confidential and not knows, "terms": core["terms"],
            "contributions": [{"feature": n, "value": str(v)} for n, v in word.contributions] if word else [],
            "features": core["features"]["values"] if core["features"] else {},
            "reasons": [{"code": r.code, "person": r.person, "words": words[r.code].officer}
                        for r in made.decision.reasons],
        }  # fmt: skip

    def _recommendation(self, record: CaseRecord, *, knows: bool) -> dict[str, Any]:
        found, rules, words = record.recommendation, self.desk.rules, record.made.policy.wording.reasons
        said = {code: words[code].officer for code in found.questions if code in words}
        day = self.desk.applications.day()
        return {
            "speaks": found.speaks.value, "barred": list(found.barred) if knows or not record.confidential else [],
            "questions": [{"code": c, "words": said.get(c, "A paper waits for a person or was refused.")}
                          for c in found.questions],
            "priced": record.row.offer_id is not None or record.made.decision.terms is not None,
            "against": [act for act in ("offer", "refuse") if found.is_against(act)],
            "override_reasons": {
                act: [{"code": one.code, "words": one.words, "two_persons": list(self.desk.why_two(record, one.code))}
                      for one in rules.reasons(act, day)]
                for act in ("offer", "refuse")
            },
        }  # fmt: skip

    def _offers(self, record: CaseRecord) -> dict[str, Any]:
        """Offers and plans as they came with the decision."""
        use = self.desk.applications
        try:
            found = case_of(use.decisions.get(record.row.decision_id), self.attached, use.policy).result
        except CandorError:  # what came with it was taken out
            return {"offers": [], "recourse": []}
        return {"offers": found["offers"], "recourse": found["recourse"]}

    def _papers(self, record: CaseRecord) -> list[dict[str, Any]]:
        """Each paper with its verdict, and what was read beside what is known or stated."""
        documents, row = self.desk.documents(), record.row
        found = []
        for item in self.desk.applications.papers(row.customer_id, row.application_id):
            brought = [readings(documents, one["document_id"]) for one in item["documents"]]
            found.append({**item, "documents": brought})
        return found

    def _overrides(self, who: Account, record: CaseRecord, *, knows: bool) -> list[dict[str, Any]]:
        rows = self.desk.book.overrides(record.row.application_id)
        return [self._override(who, row, hidden=record.confidential and not knows) for row in rows]

    def _override(self, who: Account, row: OverrideRow, *, hidden: bool) -> dict[str, Any]:
        words = HIDDEN if hidden else self.desk.rules.words(row.reason)
        return {
            "override_id": row.override_id, "wanted": row.wanted, "state": row.state, "version": row.version,
            "reason": HIDDEN if hidden else row.reason, "words": words, "comment": "" if hidden else row.comment,
            "answer": row.answer, "proposed_by": row.proposed_by, "confirmed_by": row.confirmed_by,
            "opened_at": row.opened_at.isoformat(), "mine": row.proposed_by == who.username,
            "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        }  # fmt: skip

    def _earlier(self, row: ApplicationRow) -> list[dict[str, Any]]:
        """Other applications of the customer, newest first."""
        return [
            {"application_id": one.application_id, "reference": reference(one.application_id), "product": one.product,
             "state": one.state.value, "created_at": one.created_at.isoformat()}
            for one in self.desk.applications.box.of(row.customer_id) if one.application_id != row.application_id
        ]  # fmt: skip

    def _told(self, row: ApplicationRow) -> list[dict[str, Any]]:
        """What the customer was told about it, in English."""
        return [one for one in self.messages.inbox(row.customer_id, "en") if one["subject"] == row.application_id]

    def _requests(self, row: ApplicationRow) -> list[dict[str, Any]]:
        """What the customer asked of the bank."""
        return [for_staff(one) for one in self.requests.of(row.customer_id)]


def _asked_for(record: CaseRecord) -> dict[str, Any]:
    request = record.made.application.request
    item = request.collateral
    return {
        "product": request.product, "amount": str(record.amount), "term_months": request.term_months,
        "collateral": item.kind if item else None,
        "collateral_value": str(item.value) if item and item.value is not None else None,
        "refinances": len(request.refinances),
    }  # fmt: skip


def _event(event: Mapping[str, Any], words: Callable[[str], str], *, hidden: bool) -> dict[str, Any]:
    """A line of the history; the ground of an end is put into words, unless its reader may not know it."""
    ends = event["act"] in ("offer", "refuse")
    detail = str(event["detail"])
    said = (HIDDEN if hidden and ends else words(detail)) if detail else ""
    return {**event, "detail": HIDDEN if hidden and ends else detail, "words": said}

"""What the pages about cases and customers' requests ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from serving.case_overrides import Proposal
from serving.case_queue import TABS, Queue, Tab, Wish
from serving.cases import Verdict

if TYPE_CHECKING:
    from lending.case_ports import Wanted
    from lending.ports import Account
    from serving.assembly import Platform
    from serving.documents.checking import Decision

ANY = "any"
"""What a list of an address's form holds for no choice."""
_WHYS = ("referred", "papers")
_LONGEST = 60


def wish_of(query: Mapping[str, str], products: Sequence[str]) -> tuple[Wish, list[str]]:
    """What an address asks of the queue, and the names of what in it is no choice."""
    said = {name: value for name, value in query.items() if value != ANY}
    tab, product, why, page = (said.get(name, "") for name in ("tab", "product", "why", "page"))
    wrong = [name for name, value, known in (("tab", tab, TABS), ("product", product, products), ("why", why, _WHYS))
             if value and value not in known]  # fmt: skip
    wrong += ["page"] if page and not (page.isascii() and page.isdigit() and len(page) < 6) else []
    wish = Wish(
        cast("Tab", tab) if tab in TABS else "all", "" if "product" in wrong else product,
        "" if "why" in wrong else why, query.get("late") == "yes", query.get("find", "")[:_LONGEST],
        1 if "page" in wrong or not page else int(page),
    )  # fmt: skip
    return wish, wrong


@dataclass(frozen=True, slots=True)
class CaseQueries:
    """Questions bound to one platform; each act names the account that acts."""

    platform: Platform

    @property
    def now(self) -> datetime:
        """The time of the clock that cases run by."""
        return self.platform.clock.now()

    def products(self) -> list[str]:
        """Loan types by name."""
        return sorted(self.platform.policy.current.products)

    def queue(self, who: Account, wish: Wish) -> Queue:
        """The queue as somebody sees it."""
        found = self.platform.case_desk.queue(who, wish)
        words = self.platform.case_desk.rules.words
        return replace(found, rows=[{**row, "words": words(row["override"] or "")} if "override" in row else row
                                    for row in found.rows])  # fmt: skip

    def open(self, who: Account, application_id: str) -> dict[str, Any]:
        """A case; that they looked is written down. Raises NotFoundError."""
        return self.platform.case_view.open(who, application_id)

    def summary(self, decision_id: str) -> dict[str, Any] | None:
        """The case in words; None where it cannot be told."""
        return self.platform.case_view.summary(decision_id)

    def write_summary(self, who: Account, application_id: str) -> None:
        """Have the summary written and chained to the decision. Raises NotFoundError."""
        row = self.platform.records.applications.get(application_id)
        self.platform.case_view.summaries.write(row.decision_id, who.username)

    def take(self, who: Account, application_id: str) -> None:
        """Work on a case; errors as `serving.cases`."""
        self.platform.case_desk.take(who, application_id)

    def release(self, who: Account, application_id: str) -> None:
        """Let a case go."""
        self.platform.case_desk.release(who, application_id)

    def ask(self, who: Account, application_id: str, what: str, version: int) -> None:
        """Ask the customer for more."""
        self.platform.case_desk.ask(who, application_id, what, version)

    def decide(self, who: Account, application_id: str, act: str, ground: str, note: str, version: int) -> None:
        """End a case as its record speaks."""
        self.platform.case_desk.decide(who, application_id, Verdict(cast("Wanted", act), ground, note, version))

    def override(self, who: Account, application_id: str, said: Proposal) -> None:
        """Decide against the record, or propose it."""
        self.platform.case_desk.override(who, application_id, said)

    def second(self, who: Account, act: str, override_id: str, version: int, answer: str) -> str:
        """Confirm, reject or take back what is proposed; answers whose case it is."""
        desk = self.platform.case_desk
        if act == "take-back":
            return desk.take_back(who, override_id, version).application_id
        return (desk.confirm if act == "confirm" else desk.reject)(who, override_id, version, answer).application_id

    def decide_paper(self, who: Account, application_id: str, document_id: str, decision: str, reason: str) -> None:
        """A person's word on a paper of the case."""
        word = cast("Decision", decision)
        self.platform.case_desk.decide_paper(who, application_id, document_id, word, reason)

    def paper(self, who: Account, application_id: str, document_id: str) -> tuple[bytes, str, str]:
        """Bytes, media type and name of a paper of the case; that they looked is written down. Raises NotFoundError."""
        row = self.platform.records.applications.get(application_id)
        self.platform.documents.row(row.customer_id, document_id)
        return self.platform.documents.content_for_staff(document_id, who.username)

    def overrides_watched(self) -> dict[str, Any]:
        """How often cases go against the record, as it is now; reasons in words."""
        found = self.platform.override_watch.found()
        words = self.platform.case_desk.rules.words
        return {**found, "reasons": [{**one, "words": words(one["reason"])} for one in found["reasons"]]}

    def requests(self) -> list[dict[str, Any]]:
        """What customers ask of the bank, due first."""
        return self.platform.request_desk.waiting()

    def request(self, who: Account, request_id: str) -> dict[str, Any]:
        """One request with its steps and who asks; that they looked is written down. Raises NotFoundError."""
        found = self.platform.request_desk.one(request_id)
        self.platform.records.audit.add(who.username, "request.open", request_id, {})
        return {**found, "name": self.platform.records.customers.name(found["customer_id"])}

    def take_request(self, who: Account, request_id: str) -> None:
        """Take a request up. Raises NotFoundError, RefusedError."""
        self.platform.request_desk.take(request_id, who.username)

    def close_request(self, who: Account, request_id: str, result: str, answer: str, value: str | None) -> None:
        """Answer a request; errors as `serving.customer_requests`."""
        self.platform.request_desk.close(request_id, who.username, result, answer, value)

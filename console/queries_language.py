"""What the pages about generated texts ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from lending.domain.roles import Permission, may
from serving.language_quality import BYS, SPANS, By, LanguageRules

if TYPE_CHECKING:
    from lending.ports import Account
    from serving.assembly import Platform


@dataclass(frozen=True, slots=True)
class LanguageView:
    """What of the texts is looked at, as an address says it.

    Attributes:
        trouble: what stood in the address and is no choice; empty where all was well.
    """

    days: int
    by: By
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class LanguageQueries:
    """Questions bound to one platform."""

    platform: Platform

    @property
    def rules(self) -> LanguageRules:
        """When texts are too bad."""
        return self.platform.language_quality.rules

    def view(self, query: Mapping[str, str]) -> LanguageView:
        """The choices of an address; wrong ones fall back and say so."""
        days, by = query.get("days", ""), query.get("by", "")
        wrong = [name for name, allowed in ((days, map(str, SPANS)), (by, BYS)) if name and name not in allowed]
        span = int(days) if days and days not in wrong else self.rules.days
        cut = cast("By", by) if by in BYS else "day"
        trouble = f"The address asks for {' and '.join(repr(one[:20]) for one in wrong)}, which is no choice here."
        return LanguageView(span, cut, trouble if wrong else "")

    def report(self, view: LanguageView) -> dict[str, Any]:
        """Texts, checks and opinions; see `serving.language_quality`."""
        return self.platform.language_quality.report(view.days, view.by)

    def complaints(self, view: LanguageView, account: Account) -> list[dict[str, Any]]:
        """The latest thumbs down, with the customers' own words for those who may read them."""
        reader = account.username if may(account.role, Permission.TALK_READ) else None
        return self.platform.language_texts.complaints(view.days, reader)

    def facts(self, generation_id: str) -> dict[str, Any]:
        """How a text came about. Raises NotFoundError."""
        return self.platform.language_texts.facts(generation_id)

    def read(self, generation_id: str, account: Account) -> dict[str, Any] | None:
        """What a text told, on record; None for those who may not read it. Raises NotFoundError: it was erased."""
        if not may(account.role, Permission.TALK_READ):
            return None
        return self.platform.language_texts.read(generation_id, account.username)

    def review(self, feedback_id: str, state: str, account: Account) -> None:
        """Accept or reject an opinion. Raises NotFoundError; RefusedError when somebody did so before."""
        self.platform.feedbacks.review(feedback_id, "accepted" if state == "accepted" else "rejected", account.username)

    def trace_page(self, trace_id: str) -> str:
        """The page of a trace in MLflow; empty where it has no pages."""
        return self.platform.mlflow_pages.trace(trace_id)

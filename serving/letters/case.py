"""One recorded decision about which a letter is written, and what stands on every letter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from lending.domain.policy import Policy, Rulebook, rulebook
from lending.domain.record import canonical, decision_id
from serving.formats import Formats
from serving.letters.figures import Figure, Scribe, say, words
from serving.letters.wording import Part, Wording

Kind = Literal["key_facts", "decline", "counter", "referral", "incomplete"]


@dataclass(frozen=True, slots=True)
class Case:
    """A decision's core, the policy that decided it, and the words of its market.

    `recorded_at` dates the letter (UTC); `sample` marks it as generated; `addressee` is a name, or empty.
    """

    core: Mapping[str, Any]
    policy: Policy
    words: Wording
    recorded_at: datetime
    sample: bool
    addressee: str = ""

    @property
    def day(self) -> date:
        """Whose day's facts, rules and prices applied."""
        return date.fromisoformat(self.core["as_of"])

    @property
    def written(self) -> date:
        """The day on the letter."""
        return self.recorded_at.astimezone(UTC).date()

    @property
    def book(self) -> Rulebook:
        """The rules of the decision."""
        return rulebook(self.policy, self.core["product"], self.day)

    @property
    def scribe(self) -> Scribe:
        """Writes figures in the market's locale."""
        return Scribe(Formats(self.policy.locale, self.policy.currency))

    @property
    def reference(self) -> Figure:
        """The decision's own name: the hash of its core."""
        return words(decision_id(canonical(dict(self.core))), "decision_id")

    def part(self, name: str) -> Part:
        """Dated words in force on the day of the letter."""
        return self.words.part(name, self.written)

    def part_days(self, part: str) -> Figure:
        """The days that a dated part sets."""
        return self.scribe.days(int(self.part(part)["days"]), f"letters.{part}.days")

    def product(self) -> Figure:
        """The name of the product."""
        return words(self.book.product.title, "policy.product.title")

    def head(self, kind: Kind, title: str, about: Figure | None = None, offer_id: str = "") -> dict[str, object]:
        """What stands on every letter; `about` is the line under the title."""
        texts = self.words.texts["sheet"]
        creditor = self.part("creditor")
        contact = {name: words(creditor[name], f"letters.creditor.{name}") for name in ("phone", "email")}
        names = [(texts["reference"], self.reference), (texts["date"], self.scribe.day(self.written, "recorded_at"))]
        if offer_id:
            names.insert(1, (texts["offer"], words(offer_id, "offer.offer_id")))
        named = texts["named_greeting"].format(name=self.addressee)
        return {
            "schema": "letter/1",
            "letter": kind,
            "market": self.words.market,
            "language": self.words.language,
            "page": self.words.page,
            "title": title,
            "about": about,
            "marks": [texts["sample"], texts["generated"]] if self.sample else [],
            "sample_note": texts["sample_note"] if self.sample else "",
            "creditor": {**creditor.words, "source": creditor.source},
            "addressee": self.addressee,
            "greeting": named if self.addressee else texts["greeting"],
            "names": [{"label": label, **figure} for label, figure in names],
            "recorded_at": self.recorded_at.astimezone(UTC).isoformat(timespec="seconds"),
            "questions": say(texts["questions"], reference=self.reference, **contact),
        }

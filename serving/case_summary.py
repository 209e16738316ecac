"""A case in words for its officer: as it was written down last, else told plainly; checked like any text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rag.events import DoneEvent, Worded
from serving.beside import template
from serving.grounds import case_of, claims_of, ledger_for, stated
from serving.words import Words

KIND = "case_summary"
_READERS = ("customer", "staff")


@dataclass(frozen=True, slots=True)
class Summaries:
    """Summaries of cases."""

    words: Words

    def shown(self, decision_id: str) -> dict[str, Any]:
        """`{sentences: [{text, cites}], citations, written_by, kept}`; nothing is written down by looking.

        Raises:
            NotFoundError, RefusedError: as `serving.grounds.case_of`.
        """
        kept = self._kept(decision_id)
        return {**kept, "kept": True} if kept else {**_plain(self._template(decision_id)), "kept": False}

    def write(self, decision_id: str, actor: str) -> dict[str, Any]:
        """Have it written, by the model where there is one, and chain it to the decision; errors as `shown`."""
        done = [event for event in self.words.case_summary(decision_id, actor) if isinstance(event, DoneEvent)]
        return {**_plain(done[-1].worded), "kept": True}

    def _kept(self, decision_id: str) -> Mapping[str, Any] | None:
        told = map(json.loads, reversed(self.words.attached.of(decision_id, "text")))
        found = next((text for text in told if text["kind"] == KIND), None)
        if found is None:
            return None
        named = {c["passage"]: c for c in found["citations"]}
        cited = [{**named[name], "text": text} for name, text in found["passages"].items() if name in named]
        return {"sentences": found["sentences"], "citations": cited, "written_by": found["written_by"]}

    def _template(self, decision_id: str) -> Worded:
        words = self.words
        case = case_of(words.decisions.get(decision_id), words.attached, words.policy)
        claims, ledger = claims_of(case, KIND, (), words.writing), ledger_for(case, KIND, ())
        return template(
            words.teller.sources, claims, ledger, case.day, words=stated(case.result),
            outcome=str(case.core["outcome"]), audiences=_READERS,
        )  # fmt: skip


def _plain(worded: Worded) -> dict[str, Any]:
    return {
        "sentences": [{"text": s.text, "cites": list(s.cites)} for s in worded.sentences],
        "citations": [cited.as_dict() for cited in worded.citations],
        "written_by": worded.written_by,
    }

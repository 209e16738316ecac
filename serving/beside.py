"""Templates that stand beside an answer at once: no model is asked, nothing is chained or noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from lending.domain.policy import Policy
from rag.content import Claim, about
from rag.entries import ledger_of
from rag.events import DoneEvent, Worded
from rag.ledger import Ledger
from rag.wording import Plan, texts
from serving.formats import formats
from serving.grounds import grounded, stated
from serving.sources import Sources

CUSTOMER = ("customer",)


def text_beside(quote: Mapping[str, Any], sources: Sources | None, policy: Policy) -> dict[str, Any]:
    """The text about a quote result just made: `{body, citations, written_by}`."""
    claims, ledger = about(quote, formats(policy.market)), ledger_of(quote, policy.currency)
    day = date.fromisoformat(quote["as_of"])
    worded = template(sources, claims, ledger, day, words=stated(quote), outcome=quote["outcome"])
    citations = [cited.as_dict() for cited in worded.citations]
    return {"body": worded.body, "citations": citations, "written_by": worded.written_by}


def template(
    sources: Sources | None, claims: Sequence[Claim], ledger: Ledger, day: date, *, words: Sequence[str] = (),
    outcome: str = "", audiences: Sequence[str] = CUSTOMER,
) -> Worded:  # fmt: skip
    """Claims told plainly, with their sources, checked like any text.

    Args:
        sources: where citations are found; None leaves them out.
        claims: what is told.
        ledger: figures that may be stated.
        day: for which day the sources must hold.
        words: texts of the bank whose figures may be told as well.
        outcome: of the decision; empty where it is about none.
        audiences: who reads it, and so what may be cited.
    """
    cited, passages = sources.cite(claims, day, audiences) if sources else (list(claims), {})
    ground = grounded(ledger, words, {name: p.read for name, p in passages.items()}, outcome)
    *_, done = texts(Plan(tuple(cited), passages), ground)
    assert isinstance(done, DoneEvent)  # noqa: S101 - the last event always is
    return done.worded

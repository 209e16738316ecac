"""Texts that were chained to a decision, checked again against its record."""

from __future__ import annotations

import json
from typing import Any

from lending.domain.errors import CandorError
from lending.ports import DecisionRow
from lending.word_ports import Attached
from rag.verify import Failure, Sentence, verify
from serving.decide import PolicySource
from serving.grounds import Case, case_of, grounded, ledger_for, stated
from serving.teller import SCHEMA

CURRENT = frozenset({"explanation", "comparison", "case_summary"})
"""Kinds of text about one decision."""


def wrong_text(row: DecisionRow, attached: Attached, policies: PolicySource) -> str:
    """What is wrong with the texts of a decision; empty when each still says what the record says.

    A text is not written again: its sentences are checked against the record and the passages kept with it.
    """
    try:
        told = [json.loads(content) for content in attached.of(row.decision_id, "text")]
        case = case_of(row, attached, policies) if told else None
        found = [(text, checked(case, text)) for text in told if case is not None]
    except (CandorError, ValueError, KeyError) as error:
        return f"a text of it cannot be checked: {error}"
    wrong = next(((text, failures[0]) for text, failures in found if failures), None)
    return "" if wrong is None else f"its text {wrong[0]['kind']} no longer passes: {wrong[1].check} {wrong[1].found}"


def checked(case: Case, text: dict[str, Any]) -> list[Failure]:
    """What a stored text fails. Raises NotFoundError, KeyError: it lacks something, or compares offers not there."""
    if text["schema"] != SCHEMA or text["kind"] not in CURRENT:
        return [Failure("schema", str(text["schema"]))]
    ledger = ledger_for(case, text["kind"], text["about"])
    sentences = [Sentence(s["text"], tuple(s["cites"])) for s in text["sentences"]]
    return verify(sentences, grounded(ledger, stated(case.result), text["passages"], case.core["outcome"]))

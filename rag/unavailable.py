"""Why a language model gave no text: one error, told apart by its code."""

from __future__ import annotations

from lending.domain.errors import UnavailableError

MISSING = "llm_missing"
"""Code: not there or not set up; trying again does not help."""
REFUSED = "llm_refused"
"""Code: the model is well, this request is not: too long, or a grammar it cannot read."""
FAULT = "llm_fault"
"""Code: it broke off or did not answer; the next try may do."""
TIME = "llm_time"
"""Code: it took longer than the task allows."""
RESTING = "llm_resting"
"""Code: it failed several times in a row and is left alone for a while."""
BLOCKED = "llm_blocked"
"""Code: the service's own guardrail kept the text back; another try would be kept back too."""
CAP = "llm_cap"
"""Code: the day's money is spent."""


def unavailable(code: str, text: str, do: str = "Texts are written by template meanwhile.") -> UnavailableError:
    """The one error of a language model."""
    return UnavailableError(text, code=code, field="language_model", do=do)

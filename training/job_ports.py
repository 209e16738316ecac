"""Big jobs on machines of somebody else: a bundle goes there, files come back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

Act = Literal["train", "score"]
ENVIRONMENT = "CANDOR_JOB"
"""Holds the facts of a job, as JSON, where the job runs."""


@dataclass(frozen=True, slots=True)
class Job:
    """What shall be done elsewhere.

    Attributes:
        act: train a model, or score a book with one.
        name: of the job; at most 63 letters, digits and hyphens, never used before.
        facts: what the work needs to know, JSON-ready; no secret and nobody's data.
        inputs: name to a folder whose files travel there.
    """

    act: Act
    name: str
    facts: Mapping[str, Any]
    inputs: Mapping[str, Path]


class Jobs(Protocol):
    """Where big jobs run."""

    def run(
        self, job: Job, into: Path, rules: Mapping[str, Any], progress: Callable[[float, str], None]
    ) -> Mapping[str, str]:
        """Send the inputs, wait for the end, and bring the outputs into a folder.

        Args:
            job: what is wanted.
            into: an empty folder; gets `model` (training alone) and `output`.
            rules: figures of kb/endpoint.yaml.
            progress: told the share done, 0 to 1, and what is happening.

        Returns:
            `{job, where, seconds}`.

        Raises:
            InputError: a setting is missing.
            UnavailableError: the job failed, took too long (then it is stopped), or nobody answers.
        """
        ...

"""Where a recorded decision's score came from: a model endpoint, or by policy the same model in this process.

A score is taken from the endpoint only when it is whole, of the asked version and possible. Never a guess: without one,
`kb/degraded.yaml` says whether the same approved package scores here, which the record of the decision then says, or
whether the request is kept and answered later.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from lending.breaker import Breaker
from lending.domain.errors import RefusedError, UnavailableError
from lending.domain.policy_leaves import choice_of, day_of, keys_of, number_of, refuse, text_of, tree_of
from lending.errand import count, part
from lending.ports import Clock
from lending.yaml_text import read_tree
from serving.happenings import CALLED, DEGRADED
from serving.ports import EndpointScorer

if TYPE_CHECKING:
    from serving.routing import Decider
    from training.servable.protocol import Columns, ServableModel

FILE = "degraded.yaml"
BY_ENDPOINT, STOOD_IN = "scored_endpoint", "scored_in_process"
"""Kinds of the attachment that says who scored a decision."""
IN_PROCESS, LATER = "in_process", "later"
KEPT = "kept_for_later"
"""Code of `LaterError`, and what an outbox row waits for that is such a request."""
_KEYS = ("when_down", "tries", "failures", "rest_seconds", "source")
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScorerRules:
    """What is done about an endpoint that does not answer.

    Attributes:
        when_down: `in_process` or `later`.
        tries: calls for one score, at least 1.
        failures: in a row, after which it is left alone.
        rest_seconds: and for how long.
    """

    when_down: str
    tries: int
    failures: int
    rest_seconds: float


@dataclass(frozen=True, slots=True)
class Scored:
    """Who scored a decision; kept beside it, for its core is the same either way.

    Attributes:
        by: the endpoint, or this process in its place.
        endpoint: its name.
        variant: that answered; "" when this process did.
        because: why the endpoint did not: `timeout`, `unreachable`, `refused`, `wrong_answer` or `resting`.
        model_version: that scored.
    """

    by: Literal["endpoint", "in_process"]
    endpoint: str
    model_version: str
    variant: str = ""
    because: str = ""

    @property
    def kind(self) -> str:
        """Of the attachment."""
        return BY_ENDPOINT if self.by == "endpoint" else STOOD_IN

    def content(self) -> bytes:
        """As it is attached to the decision."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()


class LaterError(RefusedError):
    """Nothing can be said now; the request was kept and is answered once the model is back."""


class Scoring:
    """Scores by the endpoint, and by policy without it. Safe to share between threads."""

    def __init__(self, endpoint: EndpointScorer, rules: Callable[[], ScorerRules], breaker: Breaker) -> None:
        """Take the parts.

        Args:
            endpoint: scores.
            rules: what holds now.
            breaker: leaves the endpoint alone after failures in a row.
        """
        self._endpoint, self._rules, self._breaker = endpoint, rules, breaker
        self.trouble = ""
        """Why the endpoint did not score last time; "" when it did, or was not asked yet."""
        self.on_return: Callable[[], None] = lambda: None
        """Called once it scores again."""

    @property
    def state(self) -> Literal["endpoint", "in_process", "later"]:
        """Who scores, as of the last score that this process asked for."""
        if not self.trouble:
            return "endpoint"
        return "later" if self._rules().when_down == LATER else "in_process"

    def by(self, decider: Decider) -> Scorer | None:
        """The applicant's model with its score from the endpoint; None while no model decides."""
        return Scorer(decider.model, self, targeted=decider.routed is not None) if decider.model else None

    def score(self, model: ServableModel, columns: Columns, *, targeted: bool) -> tuple[_Floats, _Floats, Scored]:
        """PD, contributions, and who said so. Raises LaterError where policy lets nobody stand in."""
        rules, name = self._rules(), self._endpoint.name
        try:
            pds, parts, variant = self._asked(model, columns, targeted=targeted, tries=rules.tries)
        except UnavailableError as error:
            self.trouble = error.code
            count(DEGRADED, part="endpoint")
            if rules.when_down == LATER:
                raise _later() from None
            return *model.score(columns), Scored("in_process", name, model.version, because=error.code)
        return pds, parts, Scored("endpoint", name, model.version, variant)

    def _asked(
        self, model: ServableModel, columns: Columns, *, targeted: bool, tries: int
    ) -> tuple[_Floats, _Floats, str]:
        if not self._breaker.lets_through():
            raise UnavailableError("the endpoint is left alone for a while", code="resting")
        began = time.perf_counter()
        try:
            with part("endpoint"):
                found = self._endpoint.score(model, columns, targeted=targeted, tries=tries)
        except BaseException as error:
            self._breaker.failed()
            count(CALLED, time.perf_counter() - began, result=getattr(error, "code", "failed"))
            raise
        self._breaker.passed()
        count(CALLED, time.perf_counter() - began, result="ok")
        returned, self.trouble = bool(self.trouble), ""
        if returned:
            self.on_return()
        return found


class Scorer:
    """A model whose score comes from the endpoint; everything else is asked of the package in this process."""

    def __init__(self, model: ServableModel, scoring: Scoring, *, targeted: bool) -> None:
        self._model, self._scoring, self._targeted = model, scoring, targeted
        self.said: Scored | None = None
        """Who scored last; None before the first score."""

    def score(self, columns: Columns) -> tuple[_Floats, _Floats]:
        """As `ServableModel.score`. Raises LaterError."""
        pds, parts, self.said = self._scoring.score(self._model, columns, targeted=self._targeted)
        return pds, parts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def as_model(self) -> ServableModel:
        """Itself, as what it stands for."""
        return cast("ServableModel", self)


class DatedRules:
    """The rules of a file that hold today; read again when the file or the day is another."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file, self._clock = file, clock
        self._kept: tuple[object, ScorerRules] | None = None

    def __call__(self) -> ScorerRules:
        """Raises PolicyError, UnavailableError."""
        day = self._clock.now().date()
        stamp = (day, self._file.stat().st_mtime_ns if self._file.is_file() else 0)
        if self._kept is None or self._kept[0] != stamp:
            self._kept = stamp, read_rules(self._file, day)
        return self._kept[1]


def read_rules(file: Path, day: date) -> ScorerRules:
    """What holds on a day. Raises PolicyError naming the place; UnavailableError when the file cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"{file.name} cannot be read: {error}", code="policy_files", field=file.name) from None
    tree = keys_of(read_tree(FILE, text), FILE, ("scorer",))
    keys = keys_of(tree["scorer"], f"{FILE}: scorer", ("description", "values"))
    text_of(keys["description"], f"{FILE}: scorer.description")
    at = f"{FILE}: scorer.values"
    dated = {day_of(since, at): one for since, one in tree_of(keys["values"], at).items()}
    if not dated:
        refuse(at, "none", "at least one day with its rules")
    since = max((at for at in dated if at <= day), default=min(dated))
    return _rules(keys_of(dated[since], f"{FILE}: scorer.{since}", _KEYS), f"{FILE}: scorer.{since}")


def _rules(keys: Mapping[str, object], place: str) -> ScorerRules:
    text_of(keys["source"], f"{place}.source")
    when = choice_of(keys["when_down"], (IN_PROCESS, LATER), f"{place}.when_down")
    tries, failures, rest = (number_of(keys[name], f"{place}.{name}") for name in ("tries", "failures", "rest_seconds"))
    return ScorerRules(when, max(int(tries), 1), max(int(failures), 1), float(rest))


def _later() -> LaterError:
    return LaterError(
        "we cannot decide at this moment; your request is kept, and you will find the answer in your messages",
        code=KEPT, field="request", found="a model that does not answer", expected="an answer later",
        do="You need not ask again.",
    )  # fmt: skip

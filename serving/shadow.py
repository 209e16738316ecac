"""What models that did not decide would have said: worked out from the record, after the answer, beside everything."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from lending.domain.application import Application
from lending.domain.core import application_from
from lending.domain.errors import CandorError
from lending.domain.policy import Policy
from lending.ports import Clock, Decisions
from lending.score_ports import ModelScores, ScoreRow
from serving.decide import PolicySource
from serving.evaluate import evaluate_many
from serving.model_comparison import Sharing, in_the_split, side_by_side
from serving.ports import Champion
from serving.routing import CHALLENGER, CHAMPION
from training.servable.protocol import ServableModel
from training.servable.routing import Beside

_log = logging.getLogger("candor.shadow")
SHADOW = "shadow"
AT_ONCE = 500
"""Decisions in one transaction."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A recorded decision, opened."""

    decision_id: str
    core: Mapping[str, Any]

    @property
    def day(self) -> date:
        return date.fromisoformat(self.core["as_of"])

    @property
    def split(self) -> str:
        return (self.core.get("routing") or {}).get("split", "")


@dataclass(frozen=True, slots=True)
class Shadows:
    """Lets champion, challenger and shadow score each recorded decision once, from the facts that were recorded.

    Nothing here is on the way of an answer: it reads the record, and writes beside it.
    """

    decisions: Decisions
    scores: ModelScores
    policy: PolicySource
    champion: Champion
    clock: Clock

    def in_force(self) -> dict[str, ServableModel]:
        """Role to model; the champion alone when nothing stands beside it. One that cannot be used is left out."""
        standing = self.champion.standing()
        found = {CHAMPION: standing.champion, CHALLENGER: standing.challenger}
        if standing.routing and standing.routing.shadow:
            found[SHADOW] = self._verified(standing.routing.shadow)
        return {role: model for role, model in found.items() if model is not None}

    def work(self, days: int, most: int) -> dict[str, int]:
        """Let every model in force score the decisions that it did not score yet.

        Args:
            days: how far back, in days.
            most: at most so many decisions a model.

        Returns:
            Role to how many were scored; a role that is not filled is left out. Without a second model there is
            nothing to compare, and nothing is scored.

        Raises:
            UnavailableError: the record cannot be read or written.
        """
        models = self.in_force()
        if len(models) < 2:
            return {}
        return {role: self._caught_up(role, model, days, most) for role, model in models.items()}

    def compared(self, days: int) -> dict[str, Any] | None:
        """What stands beside the champion, compared on the decisions of so many days; None when nothing does.

        Returns:
            `{champion, first, last, days, beside: [side_by_side], split: in_the_split or None}`, JSON-ready.
        """
        models, today = self.in_force(), self.clock.now().date()
        champion = models.pop(CHAMPION, None)
        if champion is None or not models:
            return None
        since, routing = today - timedelta(days=days), self.champion.standing().routing
        pairs = {role: self.scores.pairs(champion.version, model.version, since) for role, model in models.items()}
        told = [side_by_side(pairs[role], champion.version, model.version, role) for role, model in models.items()]
        one = routing.challenger if routing and CHALLENGER in pairs else None
        sharing = Sharing(routing.split, one.version, Decimal(one.share)) if routing and one else None
        split = in_the_split(pairs[CHALLENGER], champion.version, sharing) if sharing else None
        return {"champion": champion.version, "first": since.isoformat(), "last": today.isoformat(), "days": days,
                "beside": told, "split": split}  # fmt: skip

    def _caught_up(self, role: str, model: ServableModel, days: int, most: int) -> int:
        since, done = self.clock.now() - timedelta(days=days), 0
        while done < most:
            names = self.scores.unscored(model.version, since, min(AT_ONCE, most - done))
            if not names:
                break
            self.scores.keep(self.said_of(names, role, model), self.clock.now())
            done += len(names)
        return done

    def said_of(self, names: Sequence[str], role: str, model: ServableModel) -> list[ScoreRow]:
        """What a model says of recorded decisions at the policy of their day; empty where one cannot be read."""
        rows: list[ScoreRow] = []
        again: dict[str, list[_Case]] = {}
        for name in names:
            case = self._opened(name)
            word = case.core["assessment"] if case else None
            if case is None or word is None:
                rows.append(_nothing(name, role, model.version, case, self.clock.now().date()))
            elif word["model_version"] == model.version:
                rows.append(_row(case, role, model.version, case.core["outcome"], word["pd"], decided=True))
            else:
                again.setdefault(case.core["policy_version"], []).append(case)
        for version, cases in again.items():
            rows += self._judged(version, cases, role, model)
        return rows

    def _judged(self, version: str, cases: Sequence[_Case], role: str, model: ServableModel) -> list[ScoreRow]:
        """The whole pipeline for decisions of one policy; those that it cannot decide stand empty."""
        today = self.clock.now().date()
        try:
            return _decided(self.policy.by_version(version), cases, role, model)
        except CandorError as error:
            if len(cases) == 1:
                _log.warning("%s said nothing of %s: %s", model.version, cases[0].decision_id, error.code)
                return [_nothing(cases[0].decision_id, role, model.version, cases[0], today)]
        return [row for case in cases for row in self._judged(version, [case], role, model)]

    def _opened(self, name: str) -> _Case | None:
        try:
            return _Case(name, json.loads(self.decisions.get(name).core))
        except CandorError:  # erased or tampered with: replay says which
            return None

    def _verified(self, shadow: Beside) -> ServableModel | None:
        """The shadow's package with the hash that was set; None when it cannot be used."""
        try:
            model = self.champion.by_version(shadow.version)
        except (CandorError, OSError, ValueError, KeyError) as error:
            _log.error("the shadow %s cannot be used: %s", shadow.version, error)
            return None
        if model is None or model.sha256 != shadow.manifest_sha256:
            _log.error("the shadow %s is not the package that was set", shadow.version)
            return None
        return model


def _decided(policy: Policy, cases: Sequence[_Case], role: str, model: ServableModel) -> list[ScoreRow]:
    asked: list[tuple[Application, date]] = [(application_from(case.core), case.day) for case in cases]
    said = evaluate_many(asked, model, policy)
    return [
        _row(case, role, model.version, decision.outcome.value, f"{word.pd:.6f}", decided=False)
        for case, (word, decision) in zip(cases, said, strict=True)
        if word is not None
    ]


def _row(case: _Case, role: str, version: str, outcome: str, pd: str, *, decided: bool) -> ScoreRow:
    return ScoreRow(
        case.decision_id, version, role, decided, case.split, case.core["product"], outcome, pd, case.day
    )  # fmt: skip


def _nothing(name: str, role: str, version: str, case: _Case | None, today: date) -> ScoreRow:
    """So that nobody asks again about a decision that nobody scored, or that can be read no more."""
    split, product, day = (case.split, case.core["product"], case.day) if case else ("", "", today)
    return ScoreRow(name, version, role, False, split, product, None, None, day)

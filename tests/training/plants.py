"""A tiny honest model that tests spoil, one way at a time, and what the gates say about it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from features.build import columns_from_frame
from features.ranks import auc
from tests.training.books import FEATURES, a_book
from training.evaluate import metrics
from training.explain import measure_reasons
from training.fairness import fairness
from training.fit import take
from training.gates import Evidence, check_gates
from training.gates_on_package import reference
from training.reference import usual

NUMBERS = ("credit_score", "dti_before", "open_accounts")
HOMES = ("mortgage", "own", "rent")
TODAY = date(2026, 11, 2)
ROWS, TEST = 3000, 1000
"""The last third of the loans is looked at by the gates only."""


@dataclass
class TinyModel:
    """A logistic regression whose numbers keep their promised direction; every attribute may be spoilt.

    Attributes:
        weights: log-odds by feature, of numbers in standard deviations.
        middles: mean and standard deviation of each number in training.
        odds: makes log-odds from the sum of parts.
        detour: reference computations that a score takes on top.
        shaky: how much of each contribution hangs on digits that do not matter.
        bent: turns the direction of the credit score within its middle.
    """

    weights: dict[str, float]
    middles: dict[str, tuple[float, float]]
    base: float
    odds: Any = field(default=lambda parts: parts)
    detour: int = 0
    shaky: float = 0.0
    bent: float = 0.0
    monotone = {s.name: s.monotone for s in FEATURES.features if s.monotone}  # noqa: RUF012 - read only
    feature_set = FEATURES

    def parts(self, columns):
        """Log-odds by feature; shape (n, features)."""
        found = [self._number(name, columns[name]) for name in NUMBERS]
        home = np.array([self.weights["rent"] * (value == "rent") for value in columns["home_ownership"]])
        return np.column_stack([*found, home])

    def predict(self, columns):
        odds = self.odds(self.base + self.parts(columns).sum(axis=1))
        return np.clip(np.round(1 / (1 + np.exp(-odds)), 6), 1e-6, 1 - 1e-6)

    def contributions(self, columns):
        parts = self.parts(columns)
        noise = np.column_stack([np.sin(1e4 * np.nan_to_num(columns[name])) for name in NUMBERS])
        parts[:, : len(NUMBERS)] += self.shaky * noise
        return np.round(parts, 4)

    def score(self, columns):
        for _ in range(self.detour):
            reference()
        return self.predict(columns), self.contributions(columns)

    def _number(self, name, column):
        middle, spread = self.middles[name]
        worst = next(s.worst for s in FEATURES.features if s.name == name)
        known = np.where(np.isnan(column), middle if worst is None else worst, column)
        bend = self.bent * np.sin(known / 40) if name == "credit_score" else 0.0
        return self.weights[name] * (known - middle) / spread + bend


@dataclass(frozen=True)
class Loans:
    """Columns, outcomes and groups of a book."""

    columns: Any
    label: Any
    protected: Any

    def rows(self, which):
        return Loans(take(self.columns, which), self.label[which], self.protected.iloc[which])


def loans(seed: int = 3, rows: int = ROWS, **changes: Any) -> Loans:
    """A book as the gates need it."""
    book = a_book(rows, seed=seed, **changes)
    return Loans(columns_from_frame(book.frame, FEATURES), book.label.to_numpy(), book.protected)


def apart(book: Loans) -> tuple[Loans, Loans]:
    """Loans to learn from and loans to measure with."""
    count = len(book.label)
    return book.rows(np.arange(count - TEST)), book.rows(np.arange(count - TEST, count))


def fitted(train: Loans) -> TinyModel:
    """The honest model of some loans; a number that goes against its promise gets no weight."""
    from sklearn.linear_model import LogisticRegression

    middles = {n: (float(np.nanmean(train.columns[n])), float(np.nanstd(train.columns[n]))) for n in NUMBERS}
    blank = TinyModel(dict.fromkeys((*NUMBERS, "rent"), 1.0), middles, 0.0)
    learned = LogisticRegression(C=1e6).fit(blank.parts(train.columns), train.label)
    weights = dict(zip((*NUMBERS, "rent"), learned.coef_[0].tolist(), strict=True))
    return replace(blank, weights=weights, base=float(learned.intercept_[0]))


def verdicts(model: TinyModel, train: Loans, test: Loans, yardstick: TinyModel | None = None) -> dict[str, Any]:
    """Every gate by name, as training would ask them."""
    pd = model.predict(test.columns)
    found = metrics(pd, test.label, 0, 100)
    named = measure_reasons(model, test.columns, pd, usual(train.columns, FEATURES), 0)
    evidence = Evidence(
        found, auc(model.predict(train.columns), train.label == 1), int(train.label.sum()), int(test.label.sum()),
        pd, test.label, test.columns, named, 0, TODAY,
    )  # fmt: skip
    rows = fairness(test.protected, pd, test.label, 0)
    plain = [] if yardstick is None else [_measured(yardstick, test)]
    return {gate.name: gate for gate in check_gates(model, evidence, plain, rows)}


def _measured(model: TinyModel, test: Loans) -> dict[str, Any]:
    return {"family": "plain_logistic", "auc": metrics(model.predict(test.columns), test.label, 0, 100)["auc"]}


def refused(*asked: Any) -> set[str]:
    """Names of the gates that failed."""
    return {name for name, gate in verdicts(*asked).items() if not gate.passed}

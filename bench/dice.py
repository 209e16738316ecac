"""DiCE on a champion: it varies what a plan may vary and sees a row as approved up to the PD that the price allows.

Ratios are left out of its columns and worked out again from those it varies, so that it never tears them apart.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from lending.domain.application import Application
    from lending.domain.decision import Decision
    from lending.domain.policy import Rulebook
    from training.servable.package import PackageModel

MOVES = ("monthly_obligations", "amount", "term_months", "revolving_balance")
WANTED = 4  # counterfactuals a row
_DERIVED = ("dti_before", "loan_to_income", "revolving_utilisation")
_READ = (*MOVES, "gross_monthly_income", "revolving_utilisation")
"""What ratios and credit lines are made of, whether or not the model reads it too."""
_LINES, _LABEL, _NO_LINES = "credit_lines", "approved", 1e12


class Peer:
    """DiCE by one method over the loans of a book."""

    def __init__(self, method: str, model: PackageModel, book: pd.DataFrame) -> None:
        """Raises ImportError when dice-ml is not installed."""
        import dice_ml

        self._method, self._model, self._banded = method, model, _Banded(model)
        self._features = list(dict.fromkeys((*model.feature_set.names, *_READ)))
        self._names = [n for n in self._features if n not in _DERIVED] + [_LINES]
        frame = _with_lines(book)[self._names].dropna()
        frame[_LABEL] = self._banded.predict(frame)
        frame.loc[frame.index[0], _LABEL] = 1 - frame[_LABEL].iloc[0]  # both classes must be there
        numbers = [n for n in self._names if frame[n].dtype.kind == "f"]
        places = {n: 0 if n == "term_months" else 2 for n in numbers}
        data = dice_ml.Data(
            dataframe=frame, continuous_features=numbers, outcome_name=_LABEL, continuous_features_precision=places
        )
        self._dice = dice_ml.Dice(data, dice_ml.Model(model=self._banded, backend="sklearn"), method=method)

    def row(self, application: Application) -> pd.DataFrame | None:
        """The query of an application; None where the record lacks a figure, which DiCE cannot read."""
        import pandas as pd

        from features.build import online_values

        request = application.request
        values = online_values(application.applicant, request, self._features)
        row = _with_lines(pd.DataFrame([values]))[self._names]
        return None if row.isna().to_numpy().any() else row

    def find(self, row: pd.DataFrame, limit: float, book: Rulebook) -> list[dict[str, float]]:
        """Counterfactuals as the figures that it varied; none where it gives up.

        Args:
            row: of `row`.
            limit: the highest PD that the product has a price for.
            book: its bounds.
        """
        from raiutils.exceptions import UserConfigValidationException

        self._banded.limit = limit
        np.random.seed(0)
        seed = {"random_seed": 0} if self._method == "random" else {"verbose": False}
        thrift = {"posthoc_sparsity_algorithm": "binary"}  # its usual linear one can take a minute for a row
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            try:
                found = self._dice.generate_counterfactuals(
                    row, total_CFs=WANTED, desired_class=1, features_to_vary=list(MOVES),
                    permitted_range=_ranges(row.iloc[0], book), **seed, **thrift,
                )  # fmt: skip
            except UserConfigValidationException:
                return []
        frame = found.cf_examples_list[0].final_cfs_df
        return [] if frame is None else frame[list(MOVES)].astype(float).to_dict("records")


class _Banded:
    """The champion as a classifier: approved up to a PD, less sure of it the nearer it is."""

    def __init__(self, model: PackageModel) -> None:
        self._model, self.limit = model, 0.05

    def predict_proba(self, rows: pd.DataFrame) -> np.ndarray[Any, Any]:
        """Declined and approved; shape (n, 2)."""
        from features.build import columns_from_frame

        pds = np.clip(
            self._model.predict(columns_from_frame(_with_ratios(rows), self._model.feature_set)), 1e-6, 1 - 1e-6
        )
        odds = np.log(self.limit / (1 - self.limit)) - np.log(pds / (1 - pds))
        sure = 1 / (1 + np.exp(-odds))
        return np.column_stack([1 - sure, sure])

    def predict(self, rows: pd.DataFrame) -> np.ndarray[Any, Any]:
        """1 for approved."""
        return (self.predict_proba(rows)[:, 1] > 0.5).astype(int)


def limit_of(decision: Decision, book: Rulebook) -> float:
    """The highest PD within a year that the product has a price for."""
    assert decision.price is not None  # noqa: S101 - a model declined it
    parts = sum((value for name, value in decision.price.parts if name != "expected_loss"), Decimal(0))
    return float(min(book["pd_12m_max"], (book["rate_max"] - parts) / book["lgd"]))


def carried_out(application: Application, found: Mapping[str, float]) -> Application:
    """The application once the figures of a counterfactual are true, credit lines staying what they are."""
    from lending.domain.changes import put

    person, request = application.applicant, application.request
    now = {
        "repay_debt": person.monthly_obligations, "smaller_amount": request.amount,
        "longer_term": Decimal(request.term_months), "reduce_utilisation": person.revolving_balance,
    }  # fmt: skip
    for (action, before), name in zip(now.items(), MOVES, strict=True):
        after = Decimal(f"{found[name]:.2f}")
        if before is not None and after != before:
            application = put(application, action, after)
    return application


def _with_lines(rows: pd.DataFrame) -> pd.DataFrame:
    used = rows["revolving_utilisation"].astype(float)
    lines = rows["revolving_balance"].astype(float) / used.where(used > 0, np.nan)
    return rows.assign(**{_LINES: lines.where(used > 0, _NO_LINES).where(used.notna(), np.nan)})


def _with_ratios(rows: pd.DataFrame) -> pd.DataFrame:
    income = rows["gross_monthly_income"].astype(float)
    return rows.assign(
        dti_before=rows["monthly_obligations"].astype(float) / income,
        loan_to_income=rows["amount"].astype(float) / (income * 12),
        revolving_utilisation=rows["revolving_balance"].astype(float) / rows[_LINES].astype(float),
    )


def _ranges(row: Any, book: Rulebook) -> dict[str, Sequence[float]]:
    """What a plan may ask for: less debt, a smaller amount, a smaller balance, any term of the product."""
    ranges = {name: [0.0, float(row[name])] for name in ("monthly_obligations", "revolving_balance")}
    ranges["amount"] = [float(book["amount_min"]), float(row["amount"])]
    return {**ranges, "term_months": [float(book["term_months_min"]), float(book["term_months_max"])]}

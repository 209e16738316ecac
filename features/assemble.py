"""From mapped columns to the frame and feature set that training reads."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from features.build import INPUTS, derive
from features.contract import contract
from features.dataset import DataFinding
from features.dead import dead_columns
from features.extras import extra_columns, left_out_constant
from features.feature_sets import FeatureSet, FeatureSpec, Kind
from features.mapped import Mapped
from features.mapping import Mapping

if TYPE_CHECKING:
    import pandas as pd

DERIVED = ("dti_before", "loan_to_income", "ltv")
MOST_CATEGORIES = 30
FEWEST_IN_CATEGORY = 30


def assemble(mapped: Mapped, mapping: Mapping) -> tuple[pd.DataFrame, FeatureSet, list[DataFinding]]:
    """The features of every loan (numbers float64, categories text or None), their set, and what was left out."""
    import pandas as pd

    columns, findings = _columns(mapped, mapping)
    frame = pd.DataFrame({name: values for name, (_, values) in columns.items()}, index=mapped.label.index)
    dead = dead_columns(frame, mapped.dates, mapped.sources)
    gone = {f.column for f in dead if not f.passed}
    constant = [left_out_constant(c, frame[c]) for c in frame if c not in gone and frame[c].nunique(dropna=False) <= 1]
    gone |= {f.column for f in constant}
    kinds = {name: kind for name, (kind, _) in columns.items() if name not in gone}
    training = _training(frame, mapped, mapping)
    specs = tuple(_spec(name, kind, training[name], mapping) for name, kind in kinds.items())
    return frame[list(kinds)], FeatureSet(_set_name(mapping.name, specs), specs), [*findings, *dead, *constant]


def contract_columns(mapped: Mapped, drop: tuple[str, ...] = ()) -> dict[str, Any]:
    """Mapped and derived words of the contract, cleaned by the functions that quotes use; word to array."""
    raw = {name: mapped.fields[name].to_numpy() for name in mapped.fields}
    direct = [name for name in raw if name not in DERIVED]
    derivable = [n for n in DERIVED if n not in raw and n not in drop and all(i in raw for i in INPUTS[n])]
    values = derive(raw, [*direct, *derivable])
    given = {name: _clean_ratio(raw[name]) for name in raw if name in DERIVED}
    everything = {**values, **given}
    return {name: everything[name] for name in contract().words if name in everything}


def _columns(mapped: Mapped, mapping: Mapping) -> tuple[dict[str, tuple[Kind, pd.Series]], list[DataFinding]]:
    import pandas as pd

    words = contract().words
    index = mapped.label.index
    own: dict[str, tuple[Kind, pd.Series]] = {
        name: (words[name].kind, pd.Series(values, index=index))
        for name, values in contract_columns(mapped, mapping.drop).items()
    }
    extras, findings = extra_columns(mapped.extras)
    return {**own, **{name: pair for name, pair in extras.items() if name not in own}}, findings


def _clean_ratio(values: Any) -> Any:
    from features.definitions.known import known

    return known(values)


def _training(frame: pd.DataFrame, mapped: Mapped, mapping: Mapping) -> pd.DataFrame:
    """The rows before the out-of-time test; all of them when there is none."""
    if mapping.test_from is None or mapped.dates is None:
        return frame
    before = frame[(mapped.dates < mapping.test_from).to_numpy()]
    return before if len(before) else frame


def _spec(name: str, kind: Kind, values: pd.Series, mapping: Mapping) -> FeatureSpec:
    word = contract().words.get(name)
    risk: Any = mapping.monotone.get(name, word.risk if word else 0)
    if kind == "category":
        return FeatureSpec(name, kind, categories=_often(values))
    spec = FeatureSpec(name, kind, monotone=risk)
    if risk == 0 or not values.notna().any():
        return spec
    return replace(spec, worst=float(values.max() if risk > 0 else values.min()))


def _often(values: pd.Series) -> tuple[str, ...]:
    counts = values.value_counts()
    fewest = max(FEWEST_IN_CATEGORY, len(values) // 500) if len(values) >= 20 * FEWEST_IN_CATEGORY else 1
    often = counts[counts >= fewest].head(MOST_CATEGORIES)
    return tuple(sorted(str(v) for v in often.index))


def _set_name(name: str, specs: tuple[FeatureSpec, ...]) -> str:
    text = "\n".join(f"{s.name} {s.kind} {s.monotone}" for s in specs)
    return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

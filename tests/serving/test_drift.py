"""Drift that can be trusted: chance is known, missing and new are told apart, shifts of real loans are found."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.adapters.dataset_files import DataSetFiles
from lending.domain.errors import InputError
from lending.settings import ROOT
from serving.counts import Bins, bins_of, labels_of
from serving.drift import ALARMS, Shift, Told, tell
from serving.monitor import Monitored, in_period, monitor, rules_on
from tests.conftest import sized

RULES = rules_on(ROOT / "kb", date(2026, 1, 1))
LOOKS = 20


def shift_of(before: np.ndarray, now: np.ndarray, *, number: bool = True) -> Shift:
    bins = bins_of(before, number=number, bins=10, few_values=12, rare_share=0.01)
    return Shift(bins.count(before), bins.count(now))


def told(before: np.ndarray, now: np.ndarray, *, number: bool = True) -> Told:
    return tell(shift_of(before, now, number=number), RULES.limits, LOOKS)


def a_reference(rows: int = 4000, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(8, 0.5, rows)


@pytest.mark.parametrize("share", [0.05, 1.0])
def test_of_twenty_windows_without_drift_at_most_one_alarms_over_twenty_features(share: float) -> None:
    """The alarm budget, at 5 % and at 100 % of the reference's size; repeated, so that luck does not pass it."""
    rng, alarmed, rounds = np.random.default_rng(7), 0, sized(2, 25)
    for _ in range(rounds):
        before = [_column(rng, number, 4000) for number in range(LOOKS)]
        bins = [bins_of(values, number=values.dtype != object, bins=10, few_values=12, rare_share=0.01)
                for values in before]  # fmt: skip
        counts = [cut.count(values) for cut, values in zip(bins, before, strict=True)]
        for _ in range(20):
            now = [cut.count(_column(rng, number, int(4000 * share))) for number, cut in enumerate(bins)]
            verdicts = {tell(Shift(c, n, cut.unseen), RULES.limits, LOOKS).verdict
                        for c, n, cut in zip(counts, now, bins, strict=True)}  # fmt: skip
            alarmed += bool(verdicts & ALARMS)
    assert alarmed <= rounds


def _column(rng: np.random.Generator, number: int, rows: int) -> np.ndarray:
    """Values of one of twenty features: skewed, counted, with codes, with names that hardly come twice, in turn."""
    kind = number % 4
    if kind == 0:
        return rng.lognormal(8, 0.5 + number / 20, rows)
    if kind == 1:
        return rng.poisson(1 + number / 4, rows).astype(float)
    if kind == 2:
        return _codes(rng, rows)
    return np.array([f"c{n}" for n in rng.integers(0, 50 * 10 ** (number % 3), rows)], dtype=object)


def _codes(rng: np.random.Generator, rows: int) -> np.ndarray:
    drawn = rng.choice(list("abcde"), rows, p=[0.5, 0.3, 0.15, 0.046, 0.004]).astype(object)
    return np.where(rng.random(rows) < 0.1, None, drawn)  # type: ignore[call-overload]


@pytest.mark.parametrize("rows", [200, 1000, 4000])
def test_expectation_and_band_are_what_windows_without_drift_show(rows: int) -> None:
    rng = np.random.default_rng(11)
    shifts = [shift_of(rng.normal(size=4000), rng.normal(size=rows)) for _ in range(sized(200, 2000))]
    found = np.array([s.psi for s in shifts])
    assert found.mean() == pytest.approx(shifts[0].expected, rel=0.1)
    above = np.mean([s.psi > s.most(1.645) for s in shifts])
    assert above == pytest.approx(0.05, abs=0.04)
    assert all((s.bounds(1.645)[0] > 0) == (s.psi > s.most(1.645)) for s in shifts)
    assert np.mean([s.distance for s in shifts]) == pytest.approx(shifts[0].distance_expected, rel=0.1)


def test_a_move_of_half_a_deviation_is_an_alarm_and_says_so() -> None:
    before = a_reference()
    found = told(before, before[:1000] * 1.5)
    assert found.verdict == "moved"
    assert found.low is not None
    assert found.low > 0


def test_a_real_but_slight_move_is_reported_as_small() -> None:
    rng = np.random.default_rng(3)
    assert told(rng.normal(size=50_000), rng.normal(0.1, 1, 50_000)).verdict == "small"


def test_values_that_go_missing_are_missing_and_did_not_move() -> None:
    before = a_reference()
    gone = np.where(np.arange(1000) % 3 == 0, np.nan, a_reference(1000, 2))
    found = told(before, gone)
    assert (found.verdict, round(found.missing, 2), found.missing_before) == ("missing", 0.33, 0.0)
    assert found.excess == pytest.approx(0, abs=0.03)


def test_a_value_never_seen_is_new_and_did_not_move() -> None:
    before, now = np.full(3000, 36.0), np.where(np.arange(900) % 4 == 0, 60.0, 36.0)
    found = told(before, now)
    assert (found.verdict, found.new_values) == ("new_values", 0.25)


def test_names_of_persons_are_new_every_time_and_that_is_no_news() -> None:
    before, now = (np.array([f"p{n}" for n in names], dtype=object) for names in (range(3000), range(5000, 6000)))
    bins = bins_of(before, number=False, bins=10, few_values=12, rare_share=0.01)
    assert bins.unseen == 1.0
    assert tell(Shift(bins.count(before), bins.count(now), bins.unseen), RULES.limits, LOOKS).verdict not in ALARMS


def test_a_shift_of_a_small_window_is_seen_where_a_bin_has_emptied() -> None:
    """A hundred rows are enough for a shift that chance makes once in a million windows."""
    rng = np.random.default_rng(5)
    assert told(rng.uniform(0, 0.7, 408), rng.uniform(0.15, 0.85, 97)).verdict == "moved"


def test_too_few_rows_are_not_judged() -> None:
    assert told(a_reference(), a_reference(20) * 9).verdict == "too_few"


def test_a_window_in_which_everything_is_missing_is_told_without_a_figure() -> None:
    found = told(a_reference(), np.full(500, np.nan))
    assert (found.verdict, found.psi) == ("missing", None)


@settings(max_examples=sized(50, 500))
@given(
    st.lists(st.one_of(st.floats(allow_infinity=False), st.integers(-5, 5).map(float)), min_size=1, max_size=300),
    st.lists(st.floats(allow_infinity=False), max_size=300),
)
def test_every_value_is_counted_once_and_bins_survive_being_kept(before: list[float], now: list[float]) -> None:
    bins = bins_of(np.array(before), number=True, bins=10, few_values=12, rare_share=0.01)
    counts = bins.count(np.array(now))
    assert counts.sum() == len(now)
    assert len(counts) == bins.known + 2 == len(labels_of(bins))
    assert Bins.from_dict(bins.as_dict()) == bins
    assert bins.count(np.array(before))[-2] == 0


@pytest.fixture(scope="module")
def lending_club(sample_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Monitored:
    files = DataSetFiles(tmp_path_factory.mktemp("data"), sample_data)
    watched = files.watch(files.add(ROOT / "kb/mappings/lendingclub.yaml"))
    return monitor(watched, "2009", "quarter", RULES)


def _verdicts(found: Monitored, feature: str, *periods: str) -> list[str]:
    return [row.told.verdict for row in found.rows if row.feature == feature and row.period in periods]


@pytest.mark.sample_data
def test_the_real_shifts_of_lending_club_are_named_with_their_kind(lending_club: Monitored) -> None:
    late = ("2010Q2", "2010Q3", "2010Q4")
    assert _verdicts(lending_club, "term_months", "2010Q1", *late) == ["steady", *["new_values"] * 3]
    assert _verdicts(lending_club, "int_rate", "2010Q1", *late) == ["moved"] * 4
    assert _verdicts(lending_club, "credit_score", *late) == ["missing"] * 3
    assert _verdicts(lending_club, "amount", "2008Q2", "2008Q3") == ["moved"] * 2


@pytest.mark.sample_data
@pytest.mark.parametrize(
    "feature", ["dti_before", "gross_monthly_income", "open_accounts", "public_records", "delinquencies_24m"]
)
def test_what_did_not_move_in_2009_and_2010_raises_no_alarm(lending_club: Monitored, feature: str) -> None:
    periods = [f"{year}Q{quarter}" for year in (2009, 2010) for quarter in (1, 2, 3, 4)]
    assert not ALARMS & set(_verdicts(lending_club, feature, *periods))


@pytest.mark.sample_data
def test_one_alarm_names_all_that_began_together_and_says_how_long(lending_club: Monitored) -> None:
    alarm = next(a for a in lending_club.alarms if "term_months" in a.features)
    assert (alarm.verdict, alarm.first, alarm.last, alarm.periods) == ("new_values", "2010Q2", "2010Q4", 3)


@pytest.mark.sample_data
def test_an_alarm_says_since_when(lending_club: Monitored) -> None:
    assert {a.since for a in lending_club.alarms if "term_months" in a.features} == {"2010Q2"}
    assert "since 2010Q2" in next(a.cause for a in lending_club.alarms if "term_months" in a.features)
    assert "term_months" in lending_club.changes


@pytest.mark.sample_data
@pytest.mark.parametrize("reference", ["1999", "2009Q5", "then"])
def test_a_reference_that_is_no_period_of_the_data_says_what_is(
    sample_data: Path, tmp_path: Path, reference: str
) -> None:
    files = DataSetFiles(tmp_path, sample_data)
    watched = files.watch(files.add(ROOT / "kb/mappings/lendingclub.yaml"))
    with pytest.raises(InputError) as refused:
        monitor(watched, reference, "quarter", RULES)
    assert refused.value.expected


def test_a_reference_written_otherwise_is_refused_with_the_ways_to_write_one() -> None:
    with pytest.raises(InputError, match="'2009-Q1' is no period; expected a year 2009, a quarter 2009Q1 or a month"):
        in_period(np.array(["2009-03-01"], dtype="datetime64[D]"), "2009-Q1")

"""What an experiment shows, in figures and in one plain sentence; right however often one looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lending.ports import Clock
from lending.trial_ports import TrialRow
from serving.experiment_results import RATIO_ALARM, Arm, Compared, compare, more_people, ratio_chance
from serving.experiments import Experiment
from serving.language_quality import share
from serving.trial_catalogue import Measure
from serving.trial_counts import Look, TrialCounter
from serving.trials import TrialDesk

Shares = Mapping[str, Decimal]
_POINTS = 100


@dataclass(frozen=True, slots=True)
class TrialResults:
    """Results of experiments, of staff and of kb/experiments.yaml alike."""

    desk: TrialDesk
    counter: TrialCounter
    clock: Clock

    def all(self) -> list[dict[str, Any]]:
        """Every experiment with its state, JSON-ready: drafts and running ones first, then what ended."""
        rows = [self._head(self.desk.experiment(row), row) for row in self.desk.trials.list()]
        fixed = [self._head(one, None) for one in self.desk.fixed.values()]
        order = ("running", "draft", "stopped", "concluded", "ended")
        return sorted([*rows, *fixed], key=lambda one: order.index(one["state"]))

    def of(self, name: str) -> dict[str, Any]:
        """One experiment with its results, JSON-ready. Raises NotFoundError."""
        row = None if name in self.desk.fixed else self.desk.trials.get(name)
        one = self.desk.experiment(row) if row else self.desk.fixed[name]
        return {**self._head(one, row), **self._result(one, row)}

    def verdicts(self, row: TrialRow) -> Mapping[str, str]:
        """Variant to what the results say of it, for whoever concludes."""
        found = self._result(self.desk.experiment(row), row)
        told = {line["variant"]: line["verdict"] for line in found["compared"]}
        return {next(iter(self.desk.experiment(row).shares)): "control", **told}

    def _head(self, one: Experiment, row: TrialRow | None) -> dict[str, Any]:
        content = row.content if row else {}
        over = bool(row and row.state == "running" and not one.running)
        return {
            "experiment": one.name, "state": row.state if row else one.state, "over": over, "question": one.question,
            "owner": one.owner, "changes": one.changes, "place": one.place, "measure": one.measure,
            "promises": list(one.guardrails), "since": one.since.isoformat(), "version": row.version if row else None,
            "shares": {name: str(value) for name, value in one.shares.items()}, "winner": one.winner,
            "ends_on": content.get("ends_on"), "ended_on": content.get("ended_on"), "why": content.get("why", ""),
            "author": row.author if row else "kb/experiments.yaml", "worth": self._worth(row),
            "people": sum(count.people for count in self.counter.divided(one)),
        }  # fmt: skip

    def _result(self, one: Experiment, row: TrialRow | None) -> dict[str, Any]:
        measure = self.desk.catalogue.measure_in_words(one.measure)
        until = date.fromisoformat(row.content["ended_on"]) if row and "ended_on" in row.content else self._today()
        rails = self.desk.catalogue.guardrails_in_words(one.guardrails)
        if measure is None or not self._began(row):
            return result([], one.shares, measure, [], self._worth(row))
        looks, *others = self.counter.looks(one, [measure, *rails], until)
        lines = [rail_line(rail, own[-1:], one.shares) for rail, own in zip(rails, others, strict=True)]
        return result(looks, one.shares, measure, lines, self._worth(row))

    def _began(self, row: TrialRow | None) -> bool:
        return row is None or row.state != "draft"

    def _worth(self, row: TrialRow | None) -> str:
        return str(row.content["worth"] if row else self.desk.limits.worth)

    def _today(self) -> date:
        return self.clock.now().date()


def result(
    looks: Sequence[Look], shares: Shares, measure: Measure | None, rails: Sequence[Mapping[str, Any]], worth: str
) -> dict[str, Any]:
    """Figures and verdicts of the last look, the way there, and the sentence.

    Args:
        looks: one a day, oldest first; none while nobody was divided.
        shares: variant to its planned share.
        measure: what is counted; None where the catalogue does not know it.
        rails: of `rail_line`.
        worth: the smallest difference worth acting on, a fraction.
    """
    blank = {"ratio": None, "arms": [], "compared": [], "guardrails": list(rails), "over_time": [], "more": None}
    if measure is None or not looks:
        return {**blank, "short": "", "of": "", "sentence": _nothing(measure)}
    last, hurt = looks[-1], any(rail["verdict"] == "hurt" for rail in rails)
    ratio = split(last.divided, shares)
    lines = [line(one, broken=ratio["broken"], hurt=hurt) for one in told(last, shares)]
    more = more_people(last.arms, float(worth))
    return {
        "ratio": ratio, "arms": [{"variant": arm.variant, "of": arm.people, "did": arm.successes,
                                  "share": share(arm.successes, arm.people)} for arm in last.arms],
        "compared": lines, "guardrails": list(rails), "short": measure.short, "of": measure.of, "more": more,
        "over_time": [{"day": look.day.isoformat(), **line(one)} for look in looks for one in told(look, shares)],
        "sentence": sentence(lines, ratio, measure, rails, float(worth), more),
    }  # fmt: skip


def told(look: Look, shares: Shares) -> list[Compared]:
    """Each variant against the first. Visits may divide otherwise than people: the ratio is judged of people alone."""
    whole = sum(arm.people for arm in look.arms)
    as_met = {arm.variant: Decimal(arm.people) / whole for arm in look.arms} if whole else shares
    return compare(look.arms, as_met if all(as_met.values()) else shares)


def split(divided: Sequence[Arm], shares: Shares) -> dict[str, Any]:
    """Whether people were divided as planned: chance of a split as uneven as this, and who saw what."""
    chance = ratio_chance(divided, shares)
    people = {arm.variant: arm.people for arm in divided}
    return {"chance": chance, "broken": chance < RATIO_ALARM, "people": people}


def line(one: Compared, *, broken: bool = False, hurt: bool = False) -> dict[str, Any]:
    """A comparison, JSON-ready; a broken split has no verdict, and what hurts is never called better."""
    verdict = "broken_ratio" if broken else "hurts" if hurt and one.verdict == "better" else one.verdict
    return {"variant": one.variant, "against": one.against, "difference": one.difference, "low": one.low,
            "high": one.high, "verdict": verdict}  # fmt: skip


def rail_line(rail: Measure, looks: Sequence[Look], shares: Shares) -> dict[str, Any]:
    """A guardrail: hurt when a variant's whole interval lies on the bad side, kept when none can tell that."""
    found = [line(one) for look in looks for one in told(look, shares)]
    bad = "better" if rail.worse == "more" else "worse"
    verdict = "hurt" if any(one["verdict"] == bad for one in found) else "kept" if found else "cannot_tell"
    return {"guardrail": rail.name, "words": rail.words, "verdict": verdict, "compared": found}


def sentence(
    lines: Sequence[Mapping[str, Any]], ratio: Mapping[str, Any], measure: Measure,
    rails: Sequence[Mapping[str, Any]], worth: float, more: int,
) -> str:  # fmt: skip
    """What somebody needs to know who reads nothing else."""
    if ratio["broken"]:
        people = " to ".join(f"{count:,}" for count in ratio["people"].values())
        return (f"People were divided {people}; by the plan that would come by chance less than once in a thousand. "
                "Something is broken, so there is no verdict: stop it and look for the cause.")  # fmt: skip
    hurt = [str(rail["words"]).rstrip(".") for rail in rails if rail["verdict"] == "hurt"]
    warning = f" But a guardrail is broken: “{hurt[0]}” does not hold." if hurt else ""
    return " ".join(_line_sentence(one, measure, worth, more) for one in lines) + warning


def _line_sentence(one: Mapping[str, Any], measure: Measure, worth: float, more: int) -> str:
    low, high = _points(one["low"]), _points(one["high"])
    sure = f"(95% interval {low} to {high}, however often you look)"
    size, pair = f"{abs(one['difference']) * _POINTS:.1f} points", (one["variant"], one["against"])
    if one["verdict"] in ("better", "hurts"):
        end = "You may stop now." if one["verdict"] == "better" else ""
        return f"Of those who saw “{pair[0]}”, {size} more {measure.short} than of “{pair[1]}” {sure}. {end}".strip()
    if one["verdict"] == "worse":
        return f"Of those who saw “{pair[0]}”, {size} fewer {measure.short} than of “{pair[1]}” {sure}. Stop it."
    if max(abs(one["low"]), abs(one["high"])) < worth:
        return f"“{pair[0]}” and “{pair[1]}” differ by less than {worth * _POINTS:g} points {sure}. You may stop now."
    need = f"it needs about {more:,} more {measure.of}" if more else "a little more time will tell"
    seen = f"to see {worth * _POINTS:g} points"
    return f"Cannot tell yet whether “{pair[0]}” or “{pair[1]}” does better {sure}; {need} {seen}."


def _points(value: float) -> str:
    return f"{value * _POINTS:+.1f}"


def _nothing(measure: Measure | None) -> str:
    if measure is None:
        return "What this experiment measures is written in words that nobody counts; see kb/trials.yaml."
    return "Nobody has seen a variant yet, so there is nothing to tell."

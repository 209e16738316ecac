"""What an experiment has counted so far, day by day: people divided, and of each variant how many did what counts.

People are the unit of every comparison, for people are what is divided. Visits cannot be joined to people (they name
nobody), so a variant never counts for more visits than it has people: visits of one person are alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lending.ports import Clock
from lending.trial_ports import Exposed, Seen, TrialCounts, VisitCount
from serving.behaviour import FunnelStep
from serving.experiment_results import Arm
from serving.experiments import Experiment
from serving.trial_catalogue import Measure


@dataclass(frozen=True, slots=True)
class Look:
    """Everything up to the end of a day: people who were divided, and the arms of a measure."""

    day: date
    divided: Sequence[Arm]
    arms: Sequence[Arm]


@dataclass(frozen=True, slots=True)
class TrialCounter:
    """Counts for experiments.

    Attributes:
        hidden: customer to the keyed hash under which exposures stand.
    """

    counts: TrialCounts
    clock: Clock
    hidden: Callable[[str], str]

    def looks(self, one: Experiment, measures: Sequence[Measure], until: date) -> list[list[Look]]:
        """Of each measure one look a day from the start to a day; days on which nothing was new are left out."""
        divided, events = self.divided(one), dict[date, Sequence[Seen]]()
        found = []
        for measure in measures:
            did = self._visits(one, measure, until, events) if measure.steps else self._did(one, measure)
            days = sorted({count.day for count in (*divided, *did) if count.day <= until})
            found.append([_look(one, day, divided, did, of_visits=measure.steps is not None) for day in days])
        return found

    def divided(self, one: Experiment) -> Sequence[Exposed]:
        """People by the day on which they first saw their variant."""
        if one.changes != "prompt":
            return self.counts.exposed(one.name)
        met = Counter((at.date(), variant) for variant, at in self._readers(one).values())
        return [Exposed(day, variant, people) for (day, variant), people in met.items()]

    def _readers(self, one: Experiment) -> Mapping[str, tuple[str, datetime]]:
        prompt = one.place.removeprefix("prompt.")
        variants = {f"{prompt}@{name.removeprefix('v')}": name for name in one.shares}
        met = self.counts.prompted(list(variants), one.since)
        return {customer: (variants[key], at) for customer, (key, at) in met.items()}

    def _did(self, one: Experiment, measure: Measure) -> list[VisitCount]:
        """People by the day on which they first did it after they were shown their variant."""
        assert measure.did is not None  # noqa: S101 - a measure has either steps or an act
        acts = self.counts.acts(measure.did, one.since)
        names = {customer: customer if one.changes == "prompt" else self.hidden(customer) for customer, _ in acts}
        shown = self._readers(one) if one.changes == "prompt" else self.counts.shown(one.name, names.values())
        first: dict[str, tuple[date, str]] = {}
        for customer, at in sorted(acts, key=lambda act: act[1]):
            variant, since = shown.get(names[customer], ("", at))
            if variant and at >= since:
                first.setdefault(names[customer], (at.date(), variant))
        return [VisitCount(day, variant, 0, people) for (day, variant), people in Counter(first.values()).items()]

    def _visits(
        self, one: Experiment, measure: Measure, until: date, events: dict[date, Sequence[Seen]]
    ) -> list[VisitCount]:
        """Days that are over are counted once and kept; today is counted anew. `events` are read once for all."""
        kept = list(self.counts.visits(one.name, measure.name))
        known, today = {count.day for count in kept}, self.clock.now().date()
        for number in range((min(until, today) - one.since).days + 1):
            day = one.since + timedelta(days=number)
            if day in known:
                continue
            if day not in events:
                events[day] = self.counts.seen(day)
            new = visits_of(day, events[day], one, measure)
            if day < today:
                self.counts.keep(one.name, measure.name, day, new)
            kept += new
        return kept


def visits_of(day: date, seen: Sequence[Seen], one: Experiment, measure: Measure) -> list[VisitCount]:
    """Visits of a day by variant: those that came to the measure's first step, and of these those that went on."""
    assert measure.steps is not None  # noqa: S101 - a measure has either steps or an act
    came: list[set[str]] = [set(), set()]
    variants: dict[str, str] = {}
    for event in seen:
        if one.name in event.variants:
            variants[event.visitor] = event.variants[one.name]
        for step, visitors in zip(measure.steps, came, strict=True):
            if _shows(step, event):
                visitors.add(event.visitor)
    first, on = ({visitor for visitor in visitors if visitor in variants} for visitors in came)
    visits, went_on = (Counter(variants[visitor] for visitor in own) for own in (first, first & on))
    return [VisitCount(day, name, visits[name], went_on[name]) for name in one.shares]


def _shows(step: FunnelStep, event: Seen) -> bool:
    return (event.event, event.page) == (step.event, step.page) and (not step.steps or event.step in step.steps)


def _look(
    one: Experiment, day: date, divided: Sequence[Exposed], did: Sequence[VisitCount], *, of_visits: bool
) -> Look:
    people, visits, hits = Counter[str](), Counter[str](), Counter[str]()
    for count in divided:
        people[count.variant] += count.people * (count.day <= day)
    for count in did:
        visits[count.variant] += count.visits * (count.day <= day)
        hits[count.variant] += count.went_on * (count.day <= day)
    split = [Arm(name, people[name], 0) for name in one.shares]
    if not of_visits:
        return Look(day, split, [Arm(name, people[name], min(hits[name], people[name])) for name in one.shares])
    return Look(day, split, [_at_most(Arm(name, visits[name], hits[name]), people[name]) for name in one.shares])


def _at_most(arm: Arm, people: int) -> Arm:
    """The same share of no more than so many."""
    if arm.people <= people or not arm.people:
        return arm
    return Arm(arm.variant, people, round(arm.share * people))

"""What staff may try out and measure: kb/trials.yaml, read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal, cast, get_args

from lending.domain.errors import InputError
from lending.domain.policy_leaves import choice_of, keys_of, refuse, text_of, tree_of, words_of
from lending.trial_ports import Did
from lending.yaml_text import dated_values, read_tree
from serving.behaviour import FunnelStep
from serving.experiments import Change

FILE, LIMITS = "trials.yaml", "trial_limits.yaml"
Worse = Literal["more", "less"]


@dataclass(frozen=True, slots=True)
class Place:
    """A text, an order, a layout or a prompt that may be tried out; the first variant is what everybody has today."""

    name: str
    changes: Change
    words: str
    variants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """What is counted: of visits, those that went on from a step to another; of people, those who did something.

    Attributes:
        short: what they did, in two or three words; of a guardrail its name.
        worse: of a guardrail, the direction that hurts.
    """

    name: str
    words: str
    short: str
    steps: tuple[FunnelStep, FunnelStep] | None
    did: Did | None
    worse: Worse = "less"

    @property
    def of(self) -> str:
        """What it is a share of."""
        return "visits" if self.steps else "people"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that an experiment may choose from."""

    places: Mapping[str, Place]
    measures: Mapping[str, Measure]
    guardrails: Mapping[str, Measure]

    def measure_in_words(self, words: str) -> Measure | None:
        """The measure that is written so, by its name or its words; None where there is none."""
        return next((one for one in self.measures.values() if words in (one.name, one.words)), None)

    def guardrails_in_words(self, several: Sequence[str]) -> list[Measure]:
        """Those of the guardrails that are measured."""
        return [one for one in self.guardrails.values() if {one.name, one.words} & set(several)]


@dataclass(frozen=True, slots=True)
class TrialLimits:
    """Of kb/trial_limits.yaml: the longest run in days, and the smallest difference of shares worth acting on."""

    days_most: int
    worth: Decimal


def trial_limits(kb: Path, day: date) -> TrialLimits:
    """The limits on a day. Raises PolicyError when their file is wrong."""
    value = dated_values(kb / LIMITS, day)
    return TrialLimits(int(value["days_most"]), value["worth"])


def read_catalogue(kb: Path, funnel: Sequence[FunnelStep], prompts: Mapping[str, Sequence[str]]) -> Catalogue:
    """The catalogue below a folder.

    Args:
        kb: the folder.
        funnel: steps by which visits are measured.
        prompts: prompt to its versions, such as `{"reword": ("v1", "v2")}`; they are the variants of its place.

    Raises:
        PolicyError: naming the place: an unknown key, step, change or act.
    """
    tree = keys_of(read_tree(FILE, (kb / FILE).read_text(encoding="utf-8")), FILE, ("places", "measures", "guardrails"))
    steps = {step.name: step for step in funnel}
    places = {name: _place(name, read, prompts) for name, read in tree_of(tree["places"], f"{FILE}: places").items()}
    several = [
        {name: _measure(f"{FILE}: {kind}.{name}", name, read, steps)
         for name, read in tree_of(tree[kind], f"{FILE}: {kind}").items()}
        for kind in ("measures", "guardrails")
    ]  # fmt: skip
    return Catalogue(places, *several)


def shares_of(text: str, place: Place) -> list[tuple[str, Decimal]]:
    """Shares as staff write them, in percent: `shows 50, asks 50`; the first is what everybody has today.

    Raises:
        InputError: a variant that the place does not have, fewer than two, or not 100 in all.
    """
    parts = [part.split() for part in text.replace("%", "").split(",")]
    try:
        found = [(name, Decimal(percent) / 100) for name, percent in parts]
    except (ValueError, ArithmeticError):
        found = []
    names, shares = [name for name, _ in found], [share for _, share in found]
    fits = len(set(names)) == len(names) >= 2 and set(names) <= set(place.variants)
    if not fits or any(not share.is_finite() or share <= 0 for share in shares) or sum(shares) != 1:
        raise InputError(
            f"the shares are {text[:60]!r}", code="shares", field="shares", found=text[:60],
            expected=f"two or more of {', '.join(place.variants) or 'no variants'} with percents that add up to 100",
            do=f"Write for example: {_example(place)}",
        )  # fmt: skip
    return found


def _example(place: Place) -> str:
    return ", ".join(f"{name} 50" for name in place.variants[:2]) or "nothing, there is only one version"


def _place(name: str, value: object, prompts: Mapping[str, Sequence[str]]) -> Place:
    at = f"{FILE}: places.{name}"
    tree = keys_of(value, at, ("changes", "words"), ("variants",))
    changes = choice_of(tree["changes"], get_args(Change), f"{at}.changes")
    if changes == "prompt":
        variants = tuple(prompts.get(name.removeprefix("prompt."), ()))
    else:
        variants = words_of(tree.get("variants"), f"{at}.variants")
    return Place(name, changes, text_of(tree["words"], f"{at}.words"), variants)


def _measure(at: str, name: str, value: object, steps: Mapping[str, FunnelStep]) -> Measure:
    tree = keys_of(value, at, ("words",), ("short", "from", "to", "did", "worse"))
    ends = [tree.get(end) for end in ("from", "to")]
    if ("did" in tree) == all(ends):
        refuse(at, "neither or both", "either `from` and `to`, or `did`")
    words, short = text_of(tree["words"], f"{at}.words"), text_of(tree.get("short", name), f"{at}.short")
    worse = choice_of(tree.get("worse", "less"), get_args(Worse), f"{at}.worse")
    if "did" in tree:
        return Measure(name, words, short, None, choice_of(tree["did"], get_args(Did), f"{at}.did"), worse)
    first, last = (choice_of(end, tuple(steps), f"{at}") for end in cast("list[str]", ends))
    return Measure(name, words, short, (steps[first], steps[last]), None, worse)

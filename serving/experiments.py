"""What is tried out on the pages, from kb/experiments.yaml: wording, order and layout, never a figure or a rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal, get_args

from lending.domain.errors import InputError
from lending.domain.policy_leaves import choice_of, keys_of, number_of, refuse, text_of, tree_of, words_of
from lending.yaml_text import read_tree

FILE = "experiments.yaml"
State = Literal["draft", "running", "ended"]
Change = Literal["wording", "order", "layout", "prompt"]
_ON_PAGES: tuple[Change, ...] = ("wording", "order", "layout")
"""What the file may change; prompts are tried from the page of experiments alone."""
_NEEDED = ("question", "owner", "state", "since", "changes", "place", "shares", "measure", "guardrails")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_PLACE = re.compile(r"([a-z][a-z_]{0,31})\.[a-z][a-z_.]{0,63}")


@dataclass(frozen=True, slots=True)
class Experiment:
    """One thing tried out.

    Attributes:
        since: the day from which its state holds.
        place: `area.name`: of a wording the texts `area.name.<variant>` of the pages' catalogue, else a part of a page.
        shares: variant to its share, 0 to 1, together 1; the first is what everybody gets while nothing is tried.
        winner: what everybody gets once it has ended.
    """

    name: str
    question: str
    owner: str
    state: State
    since: date
    changes: Change
    place: str
    shares: Mapping[str, Decimal]
    measure: str
    guardrails: tuple[str, ...]
    winner: str

    @property
    def running(self) -> bool:
        """Whether people are divided over its variants."""
        return self.state == "running"


def read_experiments(text: str, areas: frozenset[str]) -> Mapping[str, Experiment]:
    """The file's text, read strictly: name to experiment.

    Args:
        text: of kb/experiments.yaml.
        areas: areas of the pages' catalogue; nothing outside them can be tried out.

    Raises:
        PolicyError: naming the place: an unknown key, a place that is no text or part of a page, shares that do not
            add up to 1, two running experiments on one place.
    """
    found = {name: _experiment(name, tree, areas) for name, tree in read_tree(FILE, text).items()}
    places = [one.place for one in found.values() if one.running]
    for place in places:
        if places.count(place) > 1:
            refuse(f"{FILE}: {place}", "tried by two running experiments", "one at a time")
    return found


def open_experiments(kb: Path, areas: frozenset[str]) -> Mapping[str, Experiment]:
    """Those of the file below a folder. Raises PolicyError when it is wrong."""
    return read_experiments((kb / FILE).read_text(encoding="utf-8"), areas)


def areas_of(kb: Path) -> frozenset[str]:
    """The areas of the pages' catalogue."""
    return frozenset(file.stem for file in (kb / "wording" / "portal" / "en").glob("*.yaml"))


def _experiment(name: str, value: object, areas: frozenset[str]) -> Experiment:
    at = f"{FILE}: {name}"
    if not _NAME.fullmatch(name):
        refuse(at, repr(name)[:40], "a name of small letters, digits and _")
    tree = keys_of(value, at, _NEEDED, ("winner",))
    shares = _shares(tree["shares"], f"{at}.shares")
    return Experiment(
        name, text_of(tree["question"], f"{at}.question"), text_of(tree["owner"], f"{at}.owner"),
        choice_of(tree["state"], get_args(State), f"{at}.state"), _day(tree["since"], f"{at}.since"),
        choice_of(tree["changes"], _ON_PAGES, f"{at}.changes"), _place(tree["place"], areas, f"{at}.place"),
        shares, text_of(tree["measure"], f"{at}.measure"), words_of(tree["guardrails"], f"{at}.guardrails"),
        choice_of(tree.get("winner", next(iter(shares))), list(shares), f"{at}.winner"),
    )  # fmt: skip


def _place(value: object, areas: frozenset[str], at: str) -> str:
    text = text_of(value, at)
    fits = _PLACE.fullmatch(text)
    if not fits or fits[1] not in areas:
        refuse(at, repr(text)[:60], f"a text or part of a page, area.name, of the areas {', '.join(sorted(areas))}")
    return text


def _shares(value: object, at: str) -> Mapping[str, Decimal]:
    shares = {name: number_of(share, f"{at}.{name}") for name, share in tree_of(value, at).items()}
    wrong = [name for name in shares if not _NAME.fullmatch(name)]
    if wrong or len(shares) < 2 or min(shares.values()) <= 0 or sum(shares.values()) != 1:
        refuse(at, repr(value)[:60], "two or more named variants with shares above zero that add up to 1")
    return shares


def _day(value: object, at: str) -> date:
    text = text_of(value, at)
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse(at, repr(text)[:40], "a day such as 2026-11-21")


def unknown(name: str) -> InputError:
    """There is no such experiment."""
    return InputError(
        f"there is no experiment {name[:40]}", code="no_experiment", field="experiment", found=name[:40],
        expected="one of kb/experiments.yaml", do="Name one that is there.",
    )  # fmt: skip

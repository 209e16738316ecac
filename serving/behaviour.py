"""How the pages are used: events that name nobody, kept for a while; the funnel is drawn from counts of them."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from lending.behaviour_ports import Behaviour, BehaviourRow
from lending.domain.policy_leaves import keys_of, list_of, number_of, refuse, text_of, tree_of, words_of
from lending.ports import Clock
from lending.yaml_text import read_tree
from serving.fields import Fields
from serving.variants import Variants

FILE = "behaviour.yaml"
PURPOSE = b"candor behaviour"
"""Names the key that makes a visitor of a session."""


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One step of the way from arriving to a loan, and the event that shows it."""

    name: str
    event: str
    page: str
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lists:
    """What may be noted, from kb/behaviour.yaml: pages to their steps, and the funnel."""

    events: tuple[str, ...]
    pages: Mapping[str, tuple[str, ...]]
    funnel: tuple[FunnelStep, ...]
    retention_days: int
    events_a_visit: int


def read_lists(text: str) -> Lists:
    """The file's text, read strictly. Raises PolicyError naming the place."""
    tree = keys_of(read_tree(FILE, text), FILE, ("settings", "events", "pages", "funnel"))
    named = tree_of(tree["pages"], f"{FILE}: pages")
    pages = {name: words_of(steps, f"{FILE}: pages.{name}") for name, steps in named.items()}
    events = words_of(tree["events"], f"{FILE}: events")
    funnel = tuple(_funnel_step(one, events, pages) for one in list_of(tree["funnel"], f"{FILE}: funnel"))
    settings = keys_of(tree["settings"], f"{FILE}: settings", ("retention_days", "events_a_visit"))
    return Lists(events, pages, funnel, _count(settings, "retention_days"), _count(settings, "events_a_visit"))


@dataclass(frozen=True, slots=True)
class Behaviours:
    """Notes what happens on the pages, forgets it in time."""

    rows: Behaviour
    lists: Lists
    variants: Variants
    products: frozenset[str]
    clock: Clock
    key: bytes

    def note(self, session: str, customer_id: str, data: Mapping[str, Any]) -> bool:
        """Note one event as a page sent it; False when its visit has its number already.

        Args:
            session: the token of the session; only a keyed hash of it is kept.
            customer_id: whose wordings are noted beside it; the id itself is not.
            data: parsed JSON `{event, page, step?, product?}`, each from a closed list.

        Raises:
            InvalidBody: anything else.
        """
        asked = self._read(data)
        visitor = hmac.new(self.key, session.encode(), sha256).hexdigest()[:40]
        row = BehaviourRow(self.clock.now(), visitor, *asked, variants=self.variants.seen(customer_id))
        return self.rows.add(row, self.lists.events_a_visit)

    def known(self) -> dict[str, Any]:
        """What `note` takes beside the event's name, JSON-ready: pages to their steps, and the loan types."""
        return {"pages": {name: list(steps) for name, steps in self.lists.pages.items()},
                "products": sorted(self.products)}  # fmt: skip

    def sweep(self) -> int:
        """Delete what is older than it may be; answers how many events there were."""
        return self.rows.sweep(self.clock.now() - timedelta(days=self.lists.retention_days))

    def _read(self, data: Mapping[str, Any]) -> tuple[str, str, str, str]:
        fields = Fields(data, ("event", "page", "step", "product"))
        event = _listed(fields, data, "event", self.lists.events)
        page = _listed(fields, data, "page", tuple(self.lists.pages))
        step = _listed(fields, data, "step", self.lists.pages.get(page, ()), optional=True)
        product = _listed(fields, data, "product", tuple(sorted(self.products)), optional=True)
        fields.check()
        return event, page, step, product


def open_behaviour(kb: Path) -> Lists:
    """The lists below a folder. Raises PolicyError when the file is wrong."""
    return read_lists((kb / FILE).read_text(encoding="utf-8"))


def _listed(
    fields: Fields, data: Mapping[str, Any], name: str, allowed: Sequence[str], *, optional: bool = False
) -> str:
    value = data.get(name)
    if value is None or (optional and value == ""):
        if not optional:
            fields.wrong(name, "missing", f"one of {', '.join(allowed)}", f"Add {name}.")
        return ""
    if not isinstance(value, str) or value not in allowed:
        fields.wrong(name, "something else", f"one of {', '.join(allowed) or 'none'}", f"Correct {name}.")
        return ""
    return value


def _funnel_step(value: object, events: Sequence[str], pages: Mapping[str, Sequence[str]]) -> FunnelStep:
    at = f"{FILE}: funnel"
    tree = keys_of(value, at, ("name", "event", "page"), ("steps",))
    name, event, page = (text_of(tree[key], at) for key in ("name", "event", "page"))
    steps = words_of(tree.get("steps", []), at)
    if event not in events or page not in pages or not set(steps) <= set(pages[page]):
        refuse(f"{at}: {name}", f"{event} {page} {', '.join(steps)}", "an event, page and steps of the lists above")
    return FunnelStep(name, event, page, steps)


def _count(settings: Mapping[str, object], name: str) -> int:
    tree = keys_of(settings[name], f"{FILE}: settings.{name}", ("description", "unit", "value"))
    return int(number_of(tree["value"], f"{FILE}: settings.{name}"))

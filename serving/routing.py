"""Who decides for whom: the champion, or for a sticky share of the applicants its challenger. A shadow never does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lending.domain.buckets import bucket
from lending.domain.routed import Part, Routed
from training.servable.protocol import ServableModel
from training.servable.routing import Routing

CHAMPION: Part = "champion"
CHALLENGER: Part = "challenger"
STAND_IN: Part = "stand_in"


@dataclass(frozen=True, slots=True)
class Decider:
    """The model that decides for one applicant, and its part while a split holds; no model refers."""

    model: ServableModel | None
    routed: Routed | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Who decides now, as of one look at what a promotion and a split left behind.

    Attributes:
        champion: None while no model decides.
        routing: what stands beside it; None for nothing.
        challenger: None without one, and when its package cannot be used.
    """

    champion: ServableModel | None
    routing: Routing | None = None
    challenger: ServableModel | None = None

    def decider(self, customer_id: str) -> Decider:
        """Who decides for a (main) applicant; the same one each time while the split holds."""
        if self.routing is None or self.routing.challenger is None:
            return Decider(self.champion)
        part = part_of(customer_id, self.routing)
        if part == CHALLENGER and self.challenger is None:
            part = STAND_IN
        chosen = self.challenger if part == CHALLENGER else self.champion
        one = self.routing.challenger
        return Decider(chosen, Routed(part, self.routing.split, one.version, one.share))


def part_of(customer_id: str, routing: Routing) -> Part:
    """Whether champion or challenger decides for an applicant, by a hash alone.

    Raises:
        InputError: the share is not above 0 and below 1.
    """
    if routing.challenger is None:
        return CHAMPION
    share = Decimal(routing.challenger.share)
    chosen = bucket(customer_id, routing.salt, {CHALLENGER: share, CHAMPION: 1 - share})
    return CHALLENGER if chosen == CHALLENGER else CHAMPION


def by_model(deciders: Sequence[Decider]) -> list[tuple[ServableModel | None, list[int]]]:
    """Each model with the places of the requests that it decides, in the order in which models first appear."""
    places: dict[int, tuple[ServableModel | None, list[int]]] = {}
    for place, decider in enumerate(deciders):
        places.setdefault(id(decider.model), (decider.model, []))[1].append(place)
    return list(places.values())

"""In which part of a split between two models a decision was made; recorded with it while such a split holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

Part = Literal["champion", "challenger", "stand_in"]
"""Who decided; `stand_in` is the champion where the challenger should have and could not be used."""


@dataclass(frozen=True, slots=True)
class Routed:
    """One applicant's place in a split.

    Attributes:
        part: who decided.
        split: the name of the split, the same for everybody in it.
        challenger: the version that the champion is compared with.
        share: of the applicants for whom the challenger decides, above 0 and below 1, as text.
    """

    part: Part
    split: str
    challenger: str
    share: str

    def as_dict(self) -> dict[str, str]:
        """As in a decision's core."""
        return asdict(self)


def routed_from(said: Mapping[str, str] | None) -> Routed | None:
    """The inverse of `Routed.as_dict`; None for a decision without a split."""
    if said is None:
        return None
    part: Part = said["part"]  # type: ignore[assignment] - a core is written by `as_dict` alone
    return Routed(part, said["split"], said["challenger"], said["share"])

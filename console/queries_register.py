"""Questions of the page of the register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lending.domain.errors import CandorError
from serving.register import KINDS, Kind, Registered

if TYPE_CHECKING:
    from serving.assembly import Platform


@dataclass(frozen=True, slots=True)
class RegisterQueries:
    """Questions bound to one platform."""

    platform: Platform

    def kind(self, text: str) -> Kind:
        """The kind that an address names; the first one for anything else."""
        known: dict[str, Kind] = {str(one): one for one in KINDS}
        return known.get(text, KINDS[0])

    def of(self, kind: Kind, words: str) -> Sequence[Registered]:
        """Versions of a kind whose name, use or people hold some words."""
        wanted = words.casefold()
        return [one for one in self.platform.register.of(kind) if wanted in " ".join(one.as_dict().values()).casefold()]

    def index(self) -> str:
        """The index of the knowledge base that answers; "" while none does or it cannot be asked."""
        try:
            return self.platform.register.index()
        except CandorError:
            return ""

"""Which models stand beside the champion: a portfolio's `routing.json`, which the registry writes and serving reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from lending.domain.errors import UnavailableError
from training.servable.manifest import dumps, write_whole

FILE = "routing.json"


@dataclass(frozen=True, slots=True)
class Beside:
    """An exported version that stands beside the champion, and who let it.

    Attributes:
        version: `candor-pd-<data>/<number>`.
        folder: of the export, within the folder of the portfolio.
        manifest_sha256: what its manifest must hash to.
        approver: who answers for it.
        requested_by: who asked for it; "" when that was not said.
        reason: why.
        at: since when, ISO, UTC.
        share: of the applicants for whom it decides, above 0 and below 1, as text; "" for a shadow.
    """

    version: str
    folder: str
    manifest_sha256: str
    approver: str
    requested_by: str
    reason: str
    at: str
    share: str = ""


@dataclass(frozen=True, slots=True)
class Routing:
    """Challenger and shadow of a portfolio.

    Attributes:
        against: the champion beside which they stand; once another one decides, all this counts no longer.
        challenger: decides for its share of the applicants; None without one.
        shadow: scores and never decides; None without one.
        salt: divides the applicants; the same as long as the challenger is, so that a growing share moves nobody out.
        by: who changed it last.
        at: when, ISO, UTC.
    """

    against: str
    challenger: Beside | None = None
    shadow: Beside | None = None
    salt: str = ""
    by: str = ""
    at: str = ""

    @property
    def split(self) -> str:
        """The name of the split, from what it does to applicants alone; "" without a challenger."""
        if self.challenger is None:
            return ""
        said = f"{self.against}\n{self.challenger.version}\n{self.challenger.share}\n{self.salt}"
        return "s_" + hashlib.sha256(said.encode()).hexdigest()[:16]

    @property
    def is_empty(self) -> bool:
        """Neither challenger nor shadow."""
        return self.challenger is None and self.shadow is None

    def against_only(self, champion: str | None) -> Routing | None:
        """The same while its champion still decides; None when another one does, or nothing stands beside it."""
        return None if self.is_empty or self.against != champion else self

    def without(self, role: str) -> Routing:
        """The same without its `challenger` or `shadow`."""
        return replace(self, **{role: None}, salt="" if role == "challenger" else self.salt)


def read_routing(folder: Path) -> Routing | None:
    """What stands in a portfolio's folder; None without a file.

    Raises:
        UnavailableError: the file cannot be read or does not say what it should.
    """
    try:
        return routing_from(json.loads((folder / FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, InvalidOperation) as error:
        raise UnavailableError(
            f"{FILE} cannot be read: {error}", code="routing", field="routing", found=str(error)[:100],
            expected="what candor models challenger writes", do="End it: candor models end-split --reason WHY",
        ) from None  # fmt: skip


def write_routing(folder: Path, routing: Routing) -> None:
    """Replace the file whole; an empty routing takes it away. Raises OSError."""
    if routing.is_empty:
        (folder / FILE).unlink(missing_ok=True)
    else:
        write_whole(folder / FILE, dumps(asdict(routing)))


def routing_from(body: Mapping[str, Any]) -> Routing:
    """The file's content. Raises ValueError, KeyError, TypeError, InvalidOperation."""
    challenger, shadow = (None if body[role] is None else Beside(**body[role]) for role in ("challenger", "shadow"))
    if challenger is not None and not 0 < Decimal(challenger.share) < 1:
        raise ValueError(f"the share is {challenger.share}; expected above 0 and below 1")
    if any(Path(one.folder).name != one.folder or not one.folder for one in (challenger, shadow) if one):
        raise ValueError("a folder outside the portfolio's")
    return Routing(body["against"], challenger, shadow, *(str(body[name]) for name in ("salt", "by", "at")))

"""What a check of `candor doctor` is, and the one of the sign-in provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lending.domain.errors import CandorError

if TYPE_CHECKING:
    from lending.settings import Settings
    from lending.sign_in_ports import Provider


@dataclass(frozen=True)
class Check:
    """One thing looked at: `level` is ok, note (works without it) or problem (must be mended)."""

    name: str
    level: str
    found: str
    fix: str = ""

    def as_dict(self) -> dict[str, str]:
        """As printed by `candor doctor --json`."""
        return {"name": self.name, "level": self.level, "found": self.found, "fix": self.fix}


def sign_in(settings: Settings) -> list[Check]:
    """Whether the provider that settings name answers as a sign-in needs it; nothing where there is none."""
    from serving.assembly import platform

    if not settings.oidc_issuer:
        return []
    fix = "Check CANDOR_OIDC_ISSUER, the way there and its certificate. Who is signed in goes on meanwhile."
    return [guarded("sign-in provider", fix, lambda: _answer_of(platform().provider))]


def _answer_of(provider: Provider | None) -> str:
    return provider.look() if provider else "none"


def guarded(name: str, fix: str, look: Callable[[], str]) -> Check:
    """A problem with its fix where looking fails, however it fails."""
    try:
        return Check(name, "ok", look())
    except CandorError as error:
        return Check(name, "problem", str(error), error.do or fix)
    except Exception as error:  # the doctor must not fall ill: whatever broke is a finding
        return Check(
            name, "problem", f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}", fix
        )

"""Who stands beside the champion, on MLflow: the file that serving reads decides, the aliases follow it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lending.domain.errors import RefusedError, UnavailableError
from training.adapters.mlflow_move import CHALLENGER, CHAMPION, aliases, find
from training.adapters.mlflow_versions import PREFIX
from training.servable.manifest import verify
from training.servable.routing import Beside, Routing, read_routing, write_routing

if TYPE_CHECKING:
    from mlflow import MlflowClient

SHADOW = "shadow"


@dataclass(frozen=True, slots=True)
class Place:
    """A data set's registered model and the folder of its exports."""

    client: MlflowClient
    dataset: str
    folder: Path

    @property
    def name(self) -> str:
        """Of the registered model."""
        return PREFIX + self.dataset


def standing(folder: Path, champion: str | None) -> Routing | None:
    """What stands beside a champion now; a file that cannot be read stands for nothing, as serving takes it."""
    with suppress(UnavailableError):
        routing = read_routing(folder)
        return routing.against_only(champion) if routing else None
    return None


def beside(place: Place, champion: str, role: str, number: str, said: Mapping[str, str]) -> Routing:
    """Let an exported version stand beside the champion as `challenger` or `shadow`; answers what holds then.

    A shadow that becomes challenger is the shadow no longer.

    Args:
        place: whose registered model.
        champion: the one that decides.
        role: what it shall be.
        number: of the version, which is exported.
        said: approver, requested_by, reason and, for a challenger, share.

    Raises:
        RefusedError: it decides already.
        OSError: the file cannot be written.
    """
    version, before = f"{place.name}/{number}", standing(place.folder, champion) or Routing(champion)
    _free(version, champion, before, role)
    if before.shadow and before.shadow.version == version:
        before = before.without(SHADOW)
    one = Beside(version, number, verify(place.folder / number)[1], at=_now(), **said)
    after = replace(before, **{role: one}, by=one.approver, at=one.at)
    if role == CHALLENGER:
        after = replace(after, salt=version)
    write_routing(place.folder, after)
    follow(place, after)
    return after


def ended(place: Place, champion: str | None, role: str, by: str) -> Routing | None:
    """Take the challenger or the shadow away; answers what was there before, None for nothing."""
    before = standing(place.folder, champion)
    after = replace((before or Routing("")).without(role), by=by, at=_now())
    write_routing(place.folder, after)
    follow(place, after)
    return before


def alone(place: Place) -> None:
    """A new champion is compared with nobody yet; a file that stays counts no longer, as it names another one."""
    with suppress(OSError):
        write_routing(place.folder, Routing(""))
    follow(place, Routing(""))


def is_split(place: Place) -> bool:
    """Whether a challenger decides for a share of the applicants."""
    found = standing(place.folder, _champion(place))
    return found is not None and found.challenger is not None


def drop_stale(place: Place) -> None:
    """Clear away what stood beside a champion that decides no longer; finishes what a kill cut off."""
    holds = standing(place.folder, _champion(place))
    if holds is None:
        alone(place)
    else:
        follow(place, holds)


def follow(place: Place, routing: Routing) -> None:
    """Set the aliases as the file says; without a split `challenger` stays with the newest version that passed."""
    known = aliases(find(place.client, place.name))
    for role, one in ((CHALLENGER, routing.challenger), (SHADOW, routing.shadow)):
        if one is not None and known.get(role) != one.folder:
            place.client.set_registered_model_alias(place.name, role, one.folder)
    if routing.shadow is None and SHADOW in known:
        place.client.delete_registered_model_alias(place.name, SHADOW)


def _champion(place: Place) -> str | None:
    number = aliases(find(place.client, place.name)).get(CHAMPION)
    return None if number is None else f"{place.name}/{number}"


def _free(version: str, champion: str, before: Routing, role: str) -> None:
    """A version that decides, for all or for some, scores nothing beside itself."""
    challenging = role == SHADOW and before.challenger is not None and before.challenger.version == version
    if version == champion or challenging:
        part = CHAMPION if version == champion else CHALLENGER
        raise RefusedError(
            f"{version} cannot be {role}: it is the {part} already", code="model_taken", field="version", found=part,
            expected="a version that does not decide", do="See: candor models route",
        )  # fmt: skip


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

"""Moving the champion so that a kill at any moment leaves one answer to who decides.

First the plan is written to a tag; then one write moves the alias, and with it the decision about who decides; then the
pointer that serving reads, the notes and the history follow. Whoever comes next finishes what a kill cut off: if the
alias has moved, forward; if not, the plan is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION, CHALLENGER = "champion", "challenger"
HISTORY = "champions"
"""Tag of the registered model: numbers of its champions, oldest first, the present one last."""
MOVING = "moving"
"""Tag of the registered model while its champion moves: the plan."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a move leaves behind.

    Attributes:
        to: number of the version that shall decide.
        history: numbers of all champions afterwards.
        notes: (number, tag, value) to be kept with versions: who, why, until when.
    """

    to: str
    history: Sequence[str]
    notes: Sequence[tuple[str, str, str]]

    def text(self) -> str:
        """As in the tag."""
        return json.dumps(asdict(self), sort_keys=True)


def move(client: MlflowClient, name: str, plan: Plan, point: Callable[[str], None]) -> None:
    """Let another version decide; `point` exports a version and writes the pointer to it.

    Raises:
        OSError: the pointer cannot be written; then the champion is the one before.
    """
    before = aliases(find(client, name)).get(CHAMPION)
    client.set_registered_model_tag(name, MOVING, plan.text())
    client.set_registered_model_alias(name, CHAMPION, plan.to)
    try:
        point(plan.to)
    except OSError:
        _put_back(client, name, before)
        raise
    _finish(client, name, plan)


def mend(client: MlflowClient, name: str, pointed: str | None, point: Callable[[str], None]) -> None:
    """Finish a move that was cut off, and let the pointer follow the alias.

    Args:
        client: of the store.
        name: of the registered model.
        pointed: number of the version that the pointer names; None without a pointer.
        point: as in `move`.
    """
    model = find(client, name)
    number, text = aliases(model).get(CHAMPION), tags(model).get(MOVING)
    if text is not None:
        plan = Plan(**json.loads(text))
        if plan.to != number:
            client.delete_registered_model_tag(name, MOVING)
        else:
            _finish(client, name, plan)
            pointed = None
    if number not in (None, pointed):
        point(number)


def is_whole(model: Any, pointed: str | None) -> bool:
    """False when a move was cut off or the pointer names another version than the alias."""
    return MOVING not in tags(model) and aliases(model).get(CHAMPION) in (None, pointed)


def find(client: MlflowClient, name: str) -> Any:
    """The registered model; None when there is none."""
    found = client.search_registered_models(f"name='{name}'")
    return found[0] if found else None


def aliases(model: Any) -> dict[str, str]:
    """Alias to number."""
    return {} if model is None else {alias: str(number) for alias, number in model.aliases.items()}


def tags(model: Any) -> dict[str, str]:
    """Tags of the registered model."""
    return {} if model is None else model.tags


def history(model: Any) -> list[str]:
    """Numbers of the champions so far, the present one last."""
    return [number for number in tags(model).get(HISTORY, "").split(",") if number]


def _finish(client: MlflowClient, name: str, plan: Plan) -> None:
    for number, key, value in plan.notes:
        client.set_model_version_tag(name, number, key, value)
    client.set_registered_model_tag(name, HISTORY, ",".join(plan.history))
    if aliases(find(client, name)).get(CHALLENGER) == plan.to:
        client.delete_registered_model_alias(name, CHALLENGER)
    client.delete_registered_model_tag(name, MOVING)


def _put_back(client: MlflowClient, name: str, before: str | None) -> None:
    if before is None:
        client.delete_registered_model_alias(name, CHAMPION)
    else:
        client.set_registered_model_alias(name, CHAMPION, before)
    client.delete_registered_model_tag(name, MOVING)

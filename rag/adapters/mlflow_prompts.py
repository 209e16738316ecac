"""Prompts mirrored into MLflow's registry: the files are the source, MLflow shows them beside the traces."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lending.domain.errors import RefusedError
from rag.adapters.mlflow_door import Door
from rag.prompt import Prompt, Prompts

if TYPE_CHECKING:
    from mlflow import MlflowClient

PREFIX = "candor-"
_HASH = "sha256"


class MlflowPrompts:
    """Puts prompts where staff look at traces; nothing reads them back to answer."""

    def __init__(self, uri: str, artifacts: Path) -> None:
        self._door = Door(uri, artifacts)

    def sync(self, prompts: Prompts) -> list[str]:
        """Register what is not there yet and move the aliases; answers the keys of those that are new.

        A live version has the alias `live` when it is the only one, else `live-VERSION`.

        Raises:
            RefusedError: a version is there with another text: a text is changed by a new version.
            UnavailableError: MLflow does not answer.
        """
        with self._door.client() as client:
            new = [prompt.key for prompt in prompts.all if _registered(client, prompt)]
            for name, shares in prompts.live.items():
                for version in shares:
                    alias = "live" if len(shares) == 1 else f"live-{version}"
                    client.set_prompt_alias(PREFIX + name, alias, int(version))
        return new


def _registered(client: MlflowClient, prompt: Prompt) -> bool:
    """True when the version had to be registered; versions come in order, so that numbers agree."""
    known = _hash_of(client, prompt)
    if known == prompt.sha256:
        return False
    if known is not None:
        raise RefusedError(
            f"{prompt.key} is in MLflow with another text", code="prompt_changed", field=prompt.key, found=known[:12],
            expected=prompt.sha256[:12], do="Keep the file as it was and write a new version beside it.",
        )  # fmt: skip
    tags = {_HASH: prompt.sha256}
    made = client.register_prompt(PREFIX + prompt.id, prompt.text, commit_message=prompt.note or prompt.key, tags=tags)
    if made.version != prompt.version:
        raise RefusedError(
            f"{prompt.key} became version {made.version} in MLflow", code="prompt_version", field=prompt.key,
            found=str(made.version), expected=str(prompt.version), do="Keep every version's file in rag/prompts.",
        )  # fmt: skip
    return True


def _hash_of(client: MlflowClient, prompt: Prompt) -> str | None:
    from mlflow.exceptions import MlflowException

    try:
        found = client.get_prompt_version(PREFIX + prompt.id, prompt.version)
    except MlflowException:
        return None
    return found.tags.get(_HASH, "") if found else None

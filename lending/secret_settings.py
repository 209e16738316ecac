"""Settings from a secret of AWS Secrets Manager, below those of the environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from pydantic_settings import BaseSettings, EnvSettingsSource

from lending.domain.errors import InputError, UnavailableError

NAME = "CANDOR_SECRETS_ID"


class SecretSource(EnvSettingsSource):
    """Reads `CANDOR_…` keys of one secret. The library's own source waits for minutes, and its errors quote values."""

    def __init__(self, settings: type[BaseSettings], environment: Mapping[str, str | None]) -> None:
        """Take the class of settings, and the environment with its names in small letters; it names the secret."""
        secret, region = (environment.get(name) or "" for name in (NAME.lower(), "candor_aws_region"))
        self._secret = read_secret(secret, region) if secret else {}
        super().__init__(settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._secret.items() if name.upper() != NAME}


@lru_cache(maxsize=4)
def read_secret(secret_id: str, region: str = "") -> dict[str, str]:
    """The texts of a secret by their names; it is read once a process.

    Args:
        secret_id: name or ARN.
        region: empty means the one of the environment.

    Raises:
        UnavailableError: it cannot be read; field `CANDOR_SECRETS_ID`.
        InputError: it is no JSON object.
    """
    from lending.adapters.aws import aws_client, calling

    try:
        with calling("secretsmanager"):
            held = aws_client("secretsmanager", region, seconds=5.0).get_secret_value(SecretId=secret_id)
    except UnavailableError as error:
        raise UnavailableError(
            f"the secret that {NAME} names cannot be read: {error.found}", code="settings", field=NAME,
            found=error.found, expected="a secret that this role may read",
            do="Check its name, the region, and that the role may call secretsmanager:GetSecretValue.",
        ) from None  # fmt: skip
    return _texts(held.get("SecretString", ""))


def _texts(secret: str) -> dict[str, str]:
    try:
        found: Any = json.loads(secret)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InputError(
            f"the secret that {NAME} names is no JSON object", code="settings", field=NAME, found="another text",
            expected='{"CANDOR_MASTER_KEY": "…"}', do="Write names of settings and their values.",
        ) from None  # fmt: skip
    pairs = cast("dict[str, Any]", found).items()
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in pairs}

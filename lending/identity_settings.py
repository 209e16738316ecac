"""Settings of signing in with a provider that speaks OpenID Connect, such as a Cognito user pool."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

RETURN_PATH = "/sign-in/return"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def travels_encrypted(url: str) -> bool:
    """Whether nobody on the way can read what is sent to an address: https, or this machine."""
    try:
        where = urlsplit(url)
        return bool(where.hostname) and (where.scheme == "https" or _stays_here(where.scheme, where.hostname))
    except ValueError:
        return False


def _stays_here(scheme: str, host: str | None) -> bool:
    return scheme == "http" and host in _LOOPBACK


class IdentitySettings(BaseSettings):
    """A part of `lending.settings.Settings`."""

    oidc_issuer: str = Field("", description="OpenID provider, such as a Cognito user pool; empty: accounts of our own")
    oidc_client_id: str = Field("", description="our id at that provider")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="our secret there; empty for a public client")
    oidc_return_url: str = Field(
        "", description=f"where the provider sends people back: the console's address with {RETURN_PATH}"
    )
    oidc_seconds: float = Field(5, gt=0, le=30, description="longest wait for an answer of the provider")
    oidc_password_accounts: tuple[str, ...] = Field(
        (), description="accounts of our own whose password still opens something: machines, one for emergencies"
    )

    @model_validator(mode="after")
    def _a_provider_is_named_whole(self) -> IdentitySettings:
        if not self.oidc_issuer:
            return self
        for name, value in (("ISSUER", self.oidc_issuer), ("RETURN_URL", self.oidc_return_url)):
            if not travels_encrypted(value):
                raise ValueError(f"CANDOR_OIDC_{name} is not https; who signs in could be read on the way. Write https")
        if not self.oidc_client_id:
            raise ValueError("CANDOR_OIDC_CLIENT_ID is not set; CANDOR_OIDC_ISSUER needs our id at that provider")
        where = urlsplit(self.oidc_return_url)
        if where.path != RETURN_PATH or where.query or where.fragment or where.username:
            raise ValueError(
                f"CANDOR_OIDC_RETURN_URL has no plain {RETURN_PATH} behind the console's address. "
                f"Write it as it is registered, for example https://candor.example.com{RETURN_PATH}"
            )
        return self

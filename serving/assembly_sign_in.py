"""The part of the platform that signs people in with a provider."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from serving.assembly_base import Base

if TYPE_CHECKING:
    from lending.sign_in_ports import Provider
    from serving.sign_in import ProviderSignIn


class WithSignIn(Base):
    """Signing in elsewhere, where settings say so."""

    @cached_property
    def provider_sign_in(self) -> ProviderSignIn | None:
        """The OpenID provider that settings name; None where accounts of our own sign in."""
        provider, settings = self.provider, self.settings
        if provider is None:
            return None
        from lending.adapters.sign_ins import SignInFile
        from serving.sign_in import ProviderSignIn
        from serving.sign_in_rules import open_rules

        rules, records = open_rules(settings.kb), self.records
        begun = SignInFile(records.database, self.clock, rules.waits.begun_minutes, int(rules.waits.begun_most))
        return ProviderSignIn(
            provider, rules, begun, records.accounts, records.sessions, records.customers, records.audit, self.clock,
            settings.oidc_issuer,
        )  # fmt: skip

    @cached_property
    def provider(self) -> Provider | None:
        """The provider alone, which needs no records; None where settings name none."""
        settings = self.settings
        if not settings.oidc_issuer:
            return None
        from serving.adapters.oidc import Client, OidcProvider
        from serving.sign_in_rules import open_rules

        client = Client(
            settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret.get_secret_value(),
            settings.oidc_return_url, settings.oidc_seconds,
        )  # fmt: skip
        return OidcProvider(client, open_rules(settings.kb).waits, self.clock)

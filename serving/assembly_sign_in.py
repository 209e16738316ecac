"""The part of the platform that signs people in with a provider."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from serving.assembly_base import Base

if TYPE_CHECKING:
    from serving.sign_in import ProviderSignIn


class WithSignIn(Base):
    """Signing in elsewhere, where settings say so."""

    @cached_property
    def provider_sign_in(self) -> ProviderSignIn | None:
        """The OpenID provider that settings name; None where accounts of our own sign in."""
        settings = self.settings
        if not settings.oidc_issuer:
            return None
        from lending.adapters.sign_ins import SignInFile
        from serving.adapters.oidc import Client, OidcProvider
        from serving.sign_in import ProviderSignIn
        from serving.sign_in_rules import open_rules

        rules, records = open_rules(settings.kb), self.records
        client = Client(
            settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret.get_secret_value(),
            settings.oidc_return_url, settings.oidc_seconds,
        )  # fmt: skip
        begun = SignInFile(records.database, self.clock, rules.waits.begun_minutes, int(rules.waits.begun_most))
        return ProviderSignIn(
            OidcProvider(client, rules.waits, self.clock), rules, begun, records.accounts, records.sessions,
            records.customers, records.audit, self.clock, settings.oidc_issuer,
        )  # fmt: skip

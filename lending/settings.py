"""Settings, read from the environment once. Everything else is handed what it needs."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from lending.cloud_settings import CloudSettings
from lending.domain.errors import InputError
from lending.secret_settings import SecretSource

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_SECRET = "candor-demo-secret-not-for-production"  # noqa: S105 - refused outside the demo
DEMO_PASSWORD = "candor-demo"  # noqa: S105 - of every account that the demo seeds; refused in production


class Settings(CloudSettings):
    """One value per need; the variable is CANDOR_ and the name in capitals."""

    model_config = SettingsConfigDict(env_prefix="CANDOR_", frozen=True, extra="ignore")

    profile: Literal["demo", "test", "production"] = Field(
        "demo", description="demo seeds people and prints their passwords; production refuses default secrets"
    )
    home: Path = Field(Path("var"), description="folder for all state")
    market: Literal["us", "in"] = Field("us", description="whose currency, APR method and notices apply")
    portfolio: str = Field("demo_bank", description="the data set whose champion decides")
    database_url: str = Field("", description="SQLAlchemy URL; empty means SQLite under the home folder")
    master_key: SecretStr = Field(
        SecretStr(DEFAULT_SECRET), description="wraps the per-customer keys; any long random text"
    )
    sample_data: Path | None = Field(None, description="folder with sample data sets for mapping files")
    kb: Path = Field(ROOT / "kb", description="folder with products, policy, markets and reasons")
    prefect_url: str = Field("http://127.0.0.1:4200", description="Prefect server without the /api part")
    mlflow_url: str = Field("", description="MLflow tracking address; empty means SQLite under the home folder")
    seed: int = Field(7, ge=0, description="seed of generated data and training")
    session_idle_minutes: int = Field(30, ge=1)
    session_hours: int = Field(12, ge=1)
    cookie_secure: bool = Field(False, description="true behind TLS: cookies are then sent over https only")
    allowed_origins: tuple[str, ...] = Field((), description="origins besides our own that may post to the pages")
    messages_email: SecretStr = Field(
        SecretStr(""), description="Apprise target for e-mail with {to} in it; empty: the demo writes to a file"
    )
    messages_sms: SecretStr = Field(
        SecretStr(""), description="Apprise target for SMS with {to} in it; empty: the demo writes to a file"
    )
    search_url: str = Field(
        "", pattern=r"^(https?://[^/@\s]+/?)?$", description="OpenSearch address; empty means the index of this machine"
    )
    search_alias: str = Field("kb", pattern=r"^[a-z0-9][a-z0-9-]{0,40}$", description="what answers there, by market")
    search_user: str = Field("", description="user of the search server")
    search_password: SecretStr = Field(SecretStr(""), description="password of that user")
    search_aws_region: str = Field("", description="set on AWS: requests are signed with this machine's credentials")
    search_ca: Path | None = Field(None, description="file with the certificate that signed the search server's")
    search_seconds: float = Field(2.0, gt=0, le=30, description="longest wait for a search")
    llm_kind: Literal["auto", "none", "local", "bedrock", "openai"] = Field(
        "auto", description="who words texts; auto: the model on this machine once there is one, else templates alone"
    )
    llm_path: Path | None = Field(None, description="a GGUF file; empty means what candor llm fetch brought")
    llm_url: str = Field("", description="OpenAI-compatible address with its /v1, or a private endpoint of Bedrock")
    llm_key: SecretStr = Field(SecretStr(""), description="key for that address")
    llm_model: str = Field("", description="the model's id there")
    llm_region: str = Field("us-east-1", description="region of Bedrock")
    llm_grammar: bool = Field(False, description="true when the address is a llama.cpp server: it takes grammars")
    llm_price_in: Decimal | None = Field(None, ge=0, description="US dollars per million tokens read")
    llm_price_out: Decimal | None = Field(None, ge=0, description="US dollars per million tokens written")
    llm_daily_cap_usd: Decimal = Field(Decimal(5), ge=0, description="no paid call once a day (UTC) has cost so much")
    llm_seconds: float = Field(20, gt=0, le=120, description="a text that takes longer is given up")
    llm_tries: int = Field(3, ge=1, le=10, description="tries of one text while nothing has come yet")
    llm_failures: int = Field(5, ge=1, description="failures in a row after which the model is left alone for a while")
    llm_rest_seconds: float = Field(60, ge=0, description="how long it is left alone")

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        """What is handed over wins, then the environment, then the secret that it names."""
        assert isinstance(env_settings, EnvSettingsSource)  # noqa: S101 - the library's own
        return init_settings, env_settings, SecretSource(settings_cls, env_settings.env_vars)

    @model_validator(mode="after")
    def _production_has_its_own_secret(self) -> Settings:
        weak = self.master_key.get_secret_value() == DEFAULT_SECRET or len(self.master_key.get_secret_value()) < 32
        if self.profile == "production" and weak:
            raise ValueError(
                "CANDOR_MASTER_KEY has its default or fewer than 32 characters; it wraps the keys of all customers. "
                "Set it, for example to the output of: openssl rand -base64 48"
            )
        return self

    @model_validator(mode="after")
    def _passwords_travel_encrypted(self) -> Settings:
        where = urlsplit(self.search_url)
        if self.search_user and where.scheme == "http" and where.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(
                "CANDOR_SEARCH_URL is not https and CANDOR_SEARCH_USER is set: its password could be read on the way. "
                "Write https, for example https://search.example.com:9200"
            )
        return self

    @model_validator(mode="after")
    def _a_model_elsewhere_is_named_and_priced(self) -> Settings:
        needed = {
            "llm_model": self.llm_model or None,
            "llm_url": self.llm_url if self.llm_kind == "bedrock" else self.llm_url or None,
            "llm_price_in": self.llm_price_in,
            "llm_price_out": self.llm_price_out,
        }
        missing = [name for name, value in needed.items() if value is None]
        if self.llm_kind in ("bedrock", "openai") and missing:
            raise ValueError(
                f"CANDOR_{missing[0].upper()} is not set; CANDOR_LLM_KIND={self.llm_kind} needs it "
                f"({Settings.model_fields[missing[0]].description}). The daily cap counts with the prices; "
                "write 0 for a server of your own"
            )
        return self

    @property
    def var(self) -> Path:
        """The absolute home folder."""
        return self.home.expanduser().resolve()

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.var / 'candor.db'}"

    @property
    def tracking_uri(self) -> str:
        """Where MLflow keeps runs and registered models."""
        return self.mlflow_url or f"sqlite:///{self.var / 'mlflow' / 'mlflow.db'}"

    @property
    def mlflow_pages(self) -> str:
        """Address of MLflow's pages; empty where its address is a database, which is nothing to show."""
        return self.mlflow_url if self.mlflow_url.startswith(("http://", "https://")) else ""


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment, with overrides for tests.

    Raises:
        InputError: a variable has an unusable value; the message names it, its use and what to write, and never quotes
            a value that came from a secret.
        UnavailableError: the secret that is named cannot be read.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except SettingsError as error:
        raise _no_json(str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        cause = first["msg"].removeprefix("Value error, ")
        # A check over several settings has no place of its own; its sentence starts with the variable.
        name = f"CANDOR_{str(first['loc'][0]).upper()}" if first["loc"] else cause.split()[0]
        plain = bool(first["loc"]) and (name in os.environ or first["loc"][0] in overrides)
        raise InputError(
            f"{name}: {cause}" if first["loc"] else cause,
            code="settings", field=name, found=str(first["input"])[:40] if plain else "",
            expected=cause, do=f"Set {name} and start again.",
        ) from None  # fmt: skip


def _no_json(said: str) -> InputError:
    """The error for a list that is no JSON; the library's sentence names the field in quotes and nothing of it."""
    name = f"CANDOR_{said.partition(chr(34))[2].partition(chr(34))[0].upper()}"
    return InputError(
        f"{name}: not a JSON list", code="settings", field=name, expected='a JSON list, such as ["a", "b"]',
        do=f"Set {name} and start again.",
    )  # fmt: skip

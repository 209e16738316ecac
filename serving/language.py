"""Which language model words texts, by the settings."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lending.settings import Settings
from rag.weights import fetched, known, sha256_of

if TYPE_CHECKING:
    from lending.ports import Clock
    from lending.word_ports import Generations
    from rag.careful import CarefulModel, Spend
    from rag.ports import LanguageModel
    from rag.prices import Price

TEMPLATES = "none: texts are written by template"


class DiarySpend:
    """`rag.careful.Spend` from the diary of generated texts, which all processes write."""

    def __init__(self, generations: Generations) -> None:
        self._generations = generations

    def spent(self, day: date) -> Decimal:
        """US dollars of a day (UTC)."""
        rows = self._generations.since(datetime.combine(day, time(), UTC))
        return sum((row.cost for row in rows if row.at.date() == day), Decimal(0))


def weights_folder(settings: Settings) -> Path:
    """Where fetched models lie."""
    return settings.var / "models" / "llm"


def weights_file(settings: Settings) -> Path | None:
    """The file that the local model reads: the one that was named, else the largest fetched; None without any."""
    return settings.llm_path.expanduser().resolve() if settings.llm_path else fetched(weights_folder(settings))


def kind_of(settings: Settings) -> str:
    """Who words texts: `none`, `local`, `bedrock` or `openai`."""
    if settings.llm_kind != "auto":
        return settings.llm_kind
    return "local" if weights_file(settings) else "none"


def language_model(settings: Settings, clock: Clock, spend: Spend) -> CarefulModel | None:
    """The model with its limits around it; None when templates alone write. Connects to nothing, loads nothing."""
    from rag.careful import CarefulModel, Limits

    kind = kind_of(settings)
    if kind == "none":
        return None
    price = _price(kind, settings)
    limits = Limits(
        seconds=settings.llm_seconds,
        tries=settings.llm_tries,
        failures=settings.llm_failures,
        rest_seconds=settings.llm_rest_seconds,
        daily_cap_usd=settings.llm_daily_cap_usd if price.read or price.written else None,
    )
    return CarefulModel(_bare(kind, settings, price), limits, spend, clock, price)


def describe(settings: Settings) -> dict[str, Any]:
    """As printed by `candor llm status`; reads the file once for its hash."""
    kind = kind_of(settings)
    if kind == "none":
        return {"kind": kind, "model": TEMPLATES, "switch_on": "candor llm fetch"}
    if kind != "local":
        where = settings.llm_url or settings.llm_region
        return {"kind": kind, "model": settings.llm_model, "where": where, "daily_cap_usd": settings.llm_daily_cap_usd}
    path = weights_file(settings)
    if path is None or not path.is_file():
        return {"kind": kind, "model": "missing", "file": str(path or weights_folder(settings))}
    return {"kind": kind, **_of_file(path)}


def _of_file(path: Path) -> dict[str, Any]:
    claims, digest = known(path), sha256_of(path)
    found = {"file": str(path), "bytes": path.stat().st_size, "sha256": digest}
    if claims is None:
        return {"model": f"{path.stem}, a file of your own", **found}
    damaged = digest != claims.sha256
    return {"model": f"DAMAGED: not {claims.title}" if damaged else claims.title, "licence": claims.licence, **found}


def _bare(kind: str, settings: Settings, price: Price) -> LanguageModel:
    if kind == "bedrock":
        from rag.adapters.bedrock_model import BedrockModel, Guardrail

        named = settings.llm_guardrail
        guardrail = Guardrail(named, settings.llm_guardrail_version) if named else None
        return BedrockModel(settings.llm_model, settings.llm_region, settings.llm_url or None, price, guardrail)
    if kind == "openai":
        from rag.adapters.openai_model import OpenAIModel

        key = settings.llm_key
        return OpenAIModel(settings.llm_url, settings.llm_model, key, price, settings.llm_grammar)
    from rag.adapters.local_model import LocalModel

    return LocalModel(weights_file(settings) or weights_folder(settings) / "missing.gguf")


def _price(kind: str, settings: Settings) -> Price:
    from rag.prices import FREE, Price

    if kind == "local":
        return FREE
    return Price(settings.llm_price_in or Decimal(0), settings.llm_price_out or Decimal(0))

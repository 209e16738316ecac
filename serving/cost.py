"""What resources on AWS cost in a month, from dated and sourced prices; what is not known is said to be unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from lending.domain.errors import PolicyError

CENT = Decimal("0.01")
ELSEWHERE = "https://calculator.aws"


@dataclass(frozen=True, slots=True)
class Price:
    """One price; `usd` is None where nobody read it on a day that can be named."""

    unit: str
    usd: Decimal | None
    source: str
    read: str


_NO_PRICE = Price("", None, ELSEWHERE, "")


@dataclass(frozen=True, slots=True)
class Prices:
    """A list of prices, of one region, with its day."""

    dated: str
    source: str
    region: str
    items: dict[str, Price]

    def within(self, region: str) -> Prices:
        """The same in another region, where nobody read a price; "" is this one."""
        if region in ("", self.region):
            return self
        return replace(self, region=region, items={name: replace(one, usd=None) for name, one in self.items.items()})


@dataclass(frozen=True, slots=True)
class Cost:
    """A line of a plan.

    Attributes:
        item: of the prices; "" for what costs nothing by itself.
        quantity: units in a month; "" where it depends on use.
        usd: in a month; None while price or quantity is not known.
        why: how it was worked out, or what is missing.
        source: where AWS tells the price; "" for what costs nothing by itself.
    """

    item: str
    quantity: str
    usd: Decimal | None
    why: str
    source: str = ""


def read_prices(path: Path) -> Prices:
    """The prices of a file such as infra/prices.yaml. Raises PolicyError: it cannot be read or is wrong."""
    import yaml

    try:
        raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        items = {name: _price(one) for name, one in raw["items"].items()}
        return Prices(str(raw["dated"]), str(raw["source"]), str(raw["region"]), items)
    except (OSError, KeyError, TypeError, AttributeError, InvalidOperation, yaml.YAMLError) as error:
        raise PolicyError(
            f"{path.name} cannot be read: {type(error).__name__} {error}", field=path.name, found=str(error)[:100],
            expected="{dated, source, region, items: {name: {unit, usd, source, read}}}", do="Mend the file.",
        ) from None  # fmt: skip


def cost_of(item: str, quantity: str, prices: Prices) -> Cost:
    """What one resource costs in a month."""
    if not item:
        return Cost(item, quantity, Decimal("0.00"), "costs nothing by itself")
    price = prices.items.get(item, _NO_PRICE)
    if price.usd is None:
        return Cost(item, quantity, None, f"the price in {prices.region} is unknown", price.source)
    each = f"{price.usd} USD per {price.unit.replace('_', '-')}, read {price.read}"
    if not quantity:
        return Cost(item, quantity, None, f"depends on use, at {each}", price.source)
    return Cost(item, quantity, (Decimal(quantity) * price.usd).quantize(CENT), f"{quantity} x {each}", price.source)


def total(costs: Sequence[Cost]) -> tuple[Decimal, list[str]]:
    """The sum of what is known, and the items that are missing in it."""
    known = sum((one.usd for one in costs if one.usd is not None), Decimal("0.00"))
    return known, [one.item for one in costs if one.usd is None]


def _price(one: dict[str, Any]) -> Price:
    usd = None if one["usd"] is None else Decimal(str(one["usd"]))
    return Price(str(one["unit"]), usd, str(one["source"]), str(one["read"] or ""))

"""What a figure was measured on; without it a speed is not a fact."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from importlib.metadata import version


def machine() -> dict[str, str]:
    """Cores, what else ran on them in the last minute, system and the versions that matter to speed."""
    packages = {name: version(name) for name in ("numpy", "sqlalchemy", "xgboost-cpu", "cryptography", "typer")}
    return {
        "cores": str(os.cpu_count()),
        "load before": f"{os.getloadavg()[0]:.1f}",  # well above 0: others shared the cores, measure again
        "system": platform.platform(),
        "python": platform.python_version(),
        **packages,
    }


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the measurements lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def median(values: Sequence[float]) -> float:
    """The middle measurement."""
    return statistics.median(values)


def against(figure: float, bar: float, unit: str) -> str:
    """A figure beside its bar, in words."""
    return f"{figure:.2f} {unit} ({'within' if figure <= bar else 'MISSES'} the bar of {bar:g} {unit})"

"""One ranking from two: keyword and vector scores, each brought to 0..1 over the candidates, then weighed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

SETTINGS_FILE = Path(__file__).with_name("retrieval.yaml")
CANDIDATES = 60
"""Best passages taken from each side before they are fused."""


@lru_cache(maxsize=16)
def setting(name: str) -> float:
    """A value of `retrieval.yaml`, tuned on the development half of the golden questions."""
    import yaml

    return float(yaml.safe_load(SETTINGS_FILE.read_text(encoding="utf-8"))[name]["value"])


def fuse(words: Mapping[int, float], vectors: Mapping[int, float], weight: float) -> dict[int, float]:
    """Weighted sum of both sides after min-max; a passage that one side did not find gets 0 there.

    Args:
        words: passage's place to its keyword score, higher is better.
        vectors: the same from the vector side.
        weight: of the vector side; without vectors the words count alone.
    """
    share = weight if vectors else 0.0
    left, right = _spread(words), _spread(vectors)
    return {
        place: (1 - share) * left.get(place, 0.0) + share * right.get(place, 0.0)
        for place in sorted(left.keys() | right.keys())
    }


def _spread(scores: Mapping[int, float]) -> dict[int, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    return {place: (score - low) / (high - low) for place, score in scores.items()}

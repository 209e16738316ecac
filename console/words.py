"""The words of the pages: one catalogue of keys a language, in kb/wording/portal/<language>/<area>.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale

from lending.settings import ROOT
from lending.yaml_text import read_tree

LANGUAGES: Mapping[str, str] = {"en": "English", "es": "Español"}
"""Language to what its readers call it."""

COOKIE = "candor_language"
_FOLDER = ROOT / "kb" / "wording" / "portal"


@dataclass(frozen=True, slots=True)
class Say:
    """Texts in one language. Call it with a key such as `home.hello` and the values of the text's slots."""

    language: str = "en"

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, its `{slots}` filled.

        A text with the forms `one` and `other` takes the one that fits the value `count`. What a language lacks is
        said in English.

        Raises:
            KeyError: no language has the key, or a slot has no value.
        """
        text = self._found(key) or self._counted(key, values)
        return text.format_map(values) if values else text

    def has(self, key: str) -> bool:
        """Whether this language or English has the key."""
        return self._found(key) is not None

    def _found(self, key: str) -> str | None:
        return _texts(self.language).get(key) or _texts("en").get(key)

    def _counted(self, key: str, values: Mapping[str, object]) -> str:
        form = Locale.parse(self.language).plural_form(int(str(values["count"])))
        return self._found(f"{key}.{form}") or _texts("en")[f"{key}.other"]


def language_of(wanted: str | None) -> str:
    """A language there is: the wanted one, or English."""
    return wanted if wanted and wanted in LANGUAGES else "en"


@lru_cache(maxsize=8)
def _texts(language: str) -> dict[str, str]:
    """Dotted key to text: the file's name is the first part."""
    found: dict[str, str] = {}
    for file in sorted((_FOLDER / language).glob("*.yaml")):
        found |= dict(_flat(file.stem, _read(file)))
    return found


def _read(file: Path) -> Any:
    return read_tree(str(file), file.read_text(encoding="utf-8"))


def _flat(prefix: str, tree: Any) -> list[tuple[str, str]]:
    if isinstance(tree, Mapping):
        return [pair for name, branch in tree.items() for pair in _flat(f"{prefix}.{name}", branch)]
    return [(prefix, str(tree))]

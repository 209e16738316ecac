"""The catalogue of words: every text that pages ask for is there, in every language, with the same slots."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pytest

import console
from console.words import LANGUAGES, Say, _texts  # type: ignore[reportPrivateUsage] - the whole catalogue is checked
from lending.settings import ROOT

PLACES = Path(console.__file__).parent
OTHERS = sorted(set(LANGUAGES) - {"en"})
_CALL = re.compile(r"""\bsay(?:_here\(\))?\(\s*["']([a-z_]+(?:\.\w+)+)["']""")
_LITERAL = re.compile(r""""([a-z_]+\.[^"\n]*)"|'([a-z_]+\.[^'\n]*)'""")
_PLURAL = re.compile(r"\.(zero|one|two|few|many|other)$")
BY_DATA = ("apply_fields", "tried")
"""Areas whose keys are named in kb: the questions of an application, the wordings that are tried."""

CODES = "_codes"
"""Ending of areas that put codes of the policy into other languages; in English the policy has the words itself."""


@lru_cache(maxsize=1)
def source() -> str:
    """All of the console's Python and templates, as one text."""
    files = [path for ending in ("*.py", "*.html") for path in sorted(PLACES.rglob(ending))]
    return "\n".join(path.read_text("utf-8") for path in files)


def asked_for() -> set[str]:
    """Keys that are written out where a text is said."""
    return set(_CALL.findall(source()))


@lru_cache(maxsize=1)
def patterns() -> list[re.Pattern[str]]:
    """Every literal that could be a key; its open parts, and what is added to one that ends with a dot, are free."""
    literals = {one for pair in _LITERAL.findall(source()) for one in pair if one.split(".")[0] in areas()}
    return [re.compile(re.sub(r"\\\{.*?\\\}", r"[\\w.]+", re.escape(one)) + (r"[\w.]+" if one.endswith(".") else ""))
            for one in literals]  # fmt: skip


def areas() -> set[str]:
    """First parts of keys."""
    return {key.split(".")[0] for key in _texts("en")}


def base(key: str) -> str:
    """A key without its plural form."""
    return _PLURAL.sub("", key)


def slots(text: str) -> set[str]:
    """The names of a text's slots."""
    return set(re.findall(r"\{(\w+)\}", text))


def test_every_text_that_a_page_asks_for_is_there() -> None:
    there = set(map(base, _texts("en"))) | set(_texts("en"))
    assert asked_for()
    assert not sorted(key for key in asked_for() if key not in there)


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_every_text_with_the_same_slots(language: str) -> None:
    english, other = _texts("en"), {k: t for k, t in _texts(language).items() if not k.split(".")[0].endswith(CODES)}
    assert sorted(set(map(base, other)) ^ set(map(base, english))) == []
    assert [key for key, text in english.items() if key in other and slots(text) != slots(other[key])] == []


def test_a_text_that_no_page_asks_for_is_not_kept() -> None:
    """A literal spells the key, with open parts, or its end alone, as lists do; or the data of kb names its stem."""
    written, data = source(), "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "kb").glob("*.yaml")))

    def used(key: str) -> bool:
        name = base(key)
        parts = name.split(".")
        ends = (".".join(parts[start:]) for start in range(1, len(parts)))
        if parts[0] in BY_DATA and re.search(rf"\b{parts[1]}\b", data):
            return True
        return any(one.fullmatch(key) or one.fullmatch(name) for one in patterns()) or any(
            f'"{end}"' in written for end in ends
        )

    assert sorted(key for key in _texts("en") if not used(key)) == []


def test_no_script_of_the_frame_holds_a_sentence() -> None:
    """Words come from the catalogue; a script that writes its own could not be translated."""
    for name in ("assistant.js", "pages.js", "public.js", "session.js", "shell.js", "theme.js"):
        code = re.sub(r"//.*|/\*.*?\*/", "", (PLACES / "assets" / name).read_text("utf-8"))
        assert not re.findall(r"""["'`][A-Z][a-z]+ [a-z]+ [a-z ]+""", code), name


def test_a_language_that_lacks_a_text_says_it_in_english() -> None:
    assert Say("xx")("shell.menu") == "Menu"

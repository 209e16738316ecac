"""A strict reader of a YAML file that says where a mistake stands and what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lending.domain.errors import InputError


class Place:
    """A mapping inside a YAML file, with its path for messages."""

    def __init__(self, file: Path, path: str, data: dict[str, Any]) -> None:
        self.file, self.path, self.data = file, path, data

    def at(self, key: str) -> str:
        """The dotted path of a key."""
        return f"{self.path}.{key}" if self.path else key

    def wrong(self, key: str, found: Any, expected: str, do: str) -> InputError:
        """The error for a value that is not taken."""
        return InputError(
            f"{self.file.name}: {self.at(key)} is {str(found)[:60]!r}; expected {expected}",
            code="mapping", field=self.at(key), found=str(found)[:60], expected=expected, do=do,
        )  # fmt: skip

    def known(self, keys: Sequence[str]) -> None:
        """Refuse a key that is not one of these."""
        for key in self.data:
            self.must_be_known(str(key), keys)

    def must_be_known(self, key: str, keys: Sequence[str]) -> None:
        """Refuse one key that is not one of these, naming the nearest."""
        if key in keys:
            return
        near = difflib.get_close_matches(key, keys, n=1, cutoff=0.4)
        raise InputError(
            f"{self.file.name}: {self.at(key)} is not a known key" + (f"; did you mean {near[0]}?" if near else ""),
            code="unknown_key", field=self.at(key), found=key, expected="one of " + ", ".join(keys),
            do=f"Write {near[0]}." if near else "Leave it out.",
        )  # fmt: skip

    def child(self, key: str) -> Place:
        """A section that may be absent."""
        return self.section(key, None)

    def section(
        self, key: str, keys: Sequence[str] | None, *, required: bool = False, short: str | None = None
    ) -> Place:
        """A section of its own; `short` is the key that a bare text stands for."""
        value = self.data.get(key)
        if value is None and required:
            raise self.wrong(key, "missing", f"a section with {', '.join(keys or ())}", f"Add {key}.")
        return self._place(key, value, keys, short)

    def sections(self, key: str, keys: Sequence[str]) -> list[Place]:
        """A list of sections."""
        values = self.data.get(key) or []
        if not isinstance(values, list):
            raise self.wrong(key, values, "a list", f"Begin each entry of {key} with a dash.")
        return [self._place(f"{key}[{i}]", value, keys, None) for i, value in enumerate(values)]

    def entries(self, key: str, keys: Sequence[str], *, short: str = "column") -> Iterator[tuple[str, Place]]:
        """Named sections, in which a bare text means the key `short`."""
        group = self.child(key)
        for name, value in group.data.items():
            yield str(name), group._place(str(name), value, keys, short)

    def text(self, key: str, *, default: str = "", required: bool = False, trim: bool = True) -> str:
        """A text; numbers are taken as they are written."""
        value = self.data.get(key)
        if value is None and required:
            raise self.wrong(key, "missing", "a text", f"Add {key}.")
        if isinstance(value, dict | list):
            raise self.wrong(key, value, "a text", f"Write one text for {key}.")
        text = default if value is None else str(value)
        return text.strip() if trim else text

    def texts(self, key: str) -> list[str]:
        """A list of texts, or one text."""
        return [str(v) for v in self.values(key)]

    def values(self, key: str, *, required: bool = False) -> list[Any]:
        """A list of plain values; one value is a list of one."""
        value = self.data.get(key)
        if value is None and not required:
            return []
        values = value if isinstance(value, list) else [value]
        if value is None or (required and not values) or any(isinstance(v, dict | list) or v is None for v in values):
            raise self.wrong(key, "missing" if value is None else value, "a list of values", f"Write {key}: [a, b].")
        return values

    def flag(self, key: str) -> bool:
        """True or false; absent is false."""
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(key, value, "true or false", f"Write {key}: true.")
        return value

    def factor(self, key: str) -> float:
        """A number above zero; absent is 1."""
        value = self.data.get(key, 1)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
            raise self.wrong(key, value, "a number above zero", f"Write for example {key}: 12.")
        return float(value)

    def _place(self, key: str, value: Any, keys: Sequence[str] | None, short: str | None) -> Place:
        if isinstance(value, str) and short:
            value = {short: value}
        if value is not None and not isinstance(value, dict):
            raise self.wrong(key, value, "a section with keys", f"Write {key} with keys below it.")
        place = Place(self.file, self.at(key), {str(k): v for k, v in (value or {}).items()})
        if keys is not None:
            place.known(keys)
        return place


def place_of(file: Path) -> Place:
    """The top of a YAML file. Raises InputError when it is not there or not YAML."""
    import yaml

    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), Loader=_loader())  # noqa: S506 a SafeLoader
    except OSError as error:
        raise InputError(
            f"the mapping file {file} cannot be read: {error.strerror}", code="mapping_missing", field=str(file),
            found=error.strerror or "", expected="a mapping file", do="Check the path.",
        ) from None  # fmt: skip
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it is not UTF-8 text"
        raise InputError(
            f"{file.name} is not YAML{where}: {problem}", code="mapping_yaml", field=file.name, found=str(problem),
            expected="a YAML file in UTF-8", do="Correct that line.",
        ) from None  # fmt: skip
    if not isinstance(raw, dict):
        raise InputError(
            f"{file.name} holds no keys", code="mapping_yaml", field=file.name, found="no keys",
            expected="keys such as source and label", do="See docs on mapping files, or copy one of kb/mappings.",
        )  # fmt: skip
    return Place(file, "", {str(k): v for k, v in raw.items()})


def _loader() -> type:
    """A safe loader that refuses a key written twice, and to which `on`, `yes` and `no` are plain words."""
    import re

    import yaml

    class Strict(yaml.SafeLoader):
        yaml_implicit_resolvers = {  # noqa: RUF012 as the base class has it
            first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:bool"]
            for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            seen: set[Any] = set()
            for key_node, _ in node.value:
                key = str(self.construct_object(key_node, deep=True))
                if key in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"{key} stands twice", key_node.start_mark)
                seen.add(key)
            return super().construct_mapping(node, deep)

    Strict.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|True|false|False)$"), list("tTfF"))
    return Strict

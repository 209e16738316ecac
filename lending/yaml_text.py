"""YAML as text: every leaf stays as it was written, and a key written twice is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import yaml

from lending.domain.errors import PolicyError
from lending.domain.policy_checks import parameters_of
from lending.domain.policy_leaves import Tree


def read_tree(path: str, text: str) -> Tree:
    """The keys of a file below kb/; leaves are texts, so that 0.10 stays 0.10.

    Raises:
        PolicyError: not YAML, empty, or a key stands twice; the message names the file.
    """
    try:
        tree: object = yaml.load(text, Loader=_TextLoader)  # noqa: S506 - builds plain text, lists and mappings only
    except yaml.YAMLError as error:
        raise PolicyError(f"kb/{path} is not YAML: {error}", field=path, expected="YAML", do="Correct it.") from None
    if not isinstance(tree, dict):
        raise PolicyError(f"kb/{path} is empty; expected keys with values", field=path, do="Correct it.")
    return cast("Tree", tree)


def dated_values(file: Path, as_of: date) -> dict[str, Decimal]:
    """The figures of a file below kb/ that holds nothing but dated parameters, as they are on a day.

    Raises:
        PolicyError: the file is wrong, or a figure has no value on that day.
    """
    read = parameters_of(read_tree(file.name, file.read_text(encoding="utf-8")), file.name)
    return {name: parameter.at(as_of).value for name, parameter in read.items()}


class _TextLoader(yaml.BaseLoader):
    """Keeps every leaf as text, so that 0.10 stays 0.10, and refuses a key written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [str(key.value) for key, _ in cast("list[tuple[yaml.ScalarNode, yaml.Node]]", node.value)]
        twice = next((k for k in keys if keys.count(k) > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"the key {twice} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)  # pyright: ignore[reportUnknownMemberType]

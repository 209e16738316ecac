"""How the assistant talks, read from kb/assistant.yaml: intents with patterns and examples, sentences, suggestions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lending.domain.policy_leaves import keys_of, number_of, refuse, text_of, texts_of, tree_of, words_of
from lending.yaml_text import read_tree

FILE = "assistant.yaml"
_PARTS = ("settings", "products", "others", "angry", "orders", "worried", "intents", "replies", "suggestions")


@dataclass(frozen=True, slots=True)
class Talk:
    """What the file says.

    Attributes:
        products: product to what people call it.
        others: loans that the bank does not have.
        orders: sentences of a paper that speak to a program instead of a person; they are not told.
        patterns: intent to what gives it away, in the order in which they are tried.
        examples: intent to messages that mean it.
        documents: intent to the texts that answer it; those of other markets are not found.
        suggestions: intent to what a customer may ask next.
    """

    settings: Mapping[str, Decimal]
    products: Mapping[str, tuple[str, ...]]
    others: re.Pattern[str]
    angry: re.Pattern[str]
    orders: re.Pattern[str]
    worried: re.Pattern[str]
    patterns: Mapping[str, re.Pattern[str]]
    examples: Mapping[str, tuple[str, ...]]
    documents: Mapping[str, tuple[str, ...]]
    replies: Mapping[str, str]
    suggestions: Mapping[str, tuple[str, ...]]

    def count(self, name: str) -> int:
        """A whole setting."""
        return int(self.settings[name])


def read_talk(text: str) -> Talk:
    """The file's text, read strictly. Raises PolicyError naming the place."""
    tree = keys_of(read_tree(FILE, text), FILE, _PARTS)
    intents = tree_of(tree["intents"], f"{FILE}: intents")
    read = {
        name: keys_of(intent, f"{FILE}: intents.{name}", ("patterns",), ("examples", "document"))
        for name, intent in intents.items()
    }
    return Talk(
        _settings(tree["settings"]), _lists(tree["products"], "products"),
        _pattern(tree, "others"), _pattern(tree, "angry"), _pattern(tree, "orders"), _pattern(tree, "worried"),
        {name: pattern_of(words_of(i["patterns"], f"{FILE}: intents.{name}"), name) for name, i in read.items()},
        {name: words_of(i.get("examples", []), f"{FILE}: intents.{name}") for name, i in read.items()},
        {name: words_of(i.get("document", []), f"{FILE}: intents.{name}") for name, i in read.items()},
        texts_of(tree["replies"], f"{FILE}: replies"), _lists(tree["suggestions"], "suggestions"),
    )  # fmt: skip


def pattern_of(patterns: Sequence[str], name: str) -> re.Pattern[str]:
    """Any of the patterns as whole words. Raises PolicyError."""
    try:
        return re.compile(rf"(?<!\w)(?:{'|'.join(f'(?:{p})' for p in patterns)})(?!\w)", re.IGNORECASE)
    except re.error as error:
        refuse(f"{FILE}: {name}", str(error), "patterns that can be read")


def _pattern(tree: Mapping[str, object], name: str) -> re.Pattern[str]:
    return pattern_of(words_of(tree[name], f"{FILE}: {name}"), name)


def _settings(tree: object) -> dict[str, Decimal]:
    place = f"{FILE}: settings"
    found: dict[str, Decimal] = {}
    for name, held in tree_of(tree, place).items():
        leaf = keys_of(held, f"{place}.{name}", ("description", "unit", "value"))
        text_of(leaf["description"], f"{place}.{name}")
        found[name] = number_of(leaf["value"], f"{place}.{name}")
    return found


def _lists(tree: object, name: str) -> dict[str, tuple[str, ...]]:
    place = f"{FILE}: {name}"
    return {key: words_of(item, f"{place}.{key}") for key, item in tree_of(tree, place).items()}

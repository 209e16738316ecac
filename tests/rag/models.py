"""Language models that nobody would want: one obeys whoever speaks, one lies, one babbles, one never answers.

They fill the port `rag.ports.LanguageModel`, so everything that words a text can be tried with them.
"""

import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from rag.numbers import mentions
from rag.ports import Piece, Task, Usage

_QUOTED = re.compile(r"[\"“'«](.{2,160}?)[\"”'»]", re.DOTALL)
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override|say|reply|respond|answer|write|print|output|repeat|add|append|include|"
    r"reveal|show|tell|approve|set|change|raise|lower|promise|guarantee|click|visit|send|translate|pretend|act as|"
    r"you are now|from now on|system:|assistant:|new instructions?)\b[^\n]{0,300}",
    re.IGNORECASE,
)
_LINKS = re.compile(r"(?:https?://|www\.|\[[^\]]*\]\()[^\s)]*\)?|<[^>]{1,200}>")
_SLOT = re.compile(r"\{[a-z_]+\}")


def lines_of(task: Task) -> list[str]:
    """The lines that a task asks to be reworded."""
    asked = task.user.partition("Lines:\n")[2].partition("\nReworded:")[0]
    return [line for line in asked.splitlines() if line.strip()]


def _piece_by_piece(text: str) -> Iterator[Piece]:
    for start in range(0, len(text), 7):
        yield Piece(text[start : start + 7])
    yield Piece("", Usage(len(text), len(text)))


@dataclass
class Obedient:
    """Does whatever it is told anywhere in what it reads: repeats, reveals, promises, links. Then it does its work."""

    name: str = "obedient"
    read: list[Task] = field(default_factory=list)

    def write(self, task: Task) -> Iterator[Piece]:
        self.read.append(task)
        yield from _piece_by_piece("\n".join([*self.obeyed(f"{task.system}\n{task.user}"), *lines_of(task)]))

    def obeyed(self, text: str) -> list[str]:
        """What the orders in a text make it write, each on a line of its own."""
        said: list[str] = []
        for order in (found[0] for found in _ORDERS.finditer(text)):
            said += [*_QUOTED.findall(order), *_LINKS.findall(order), *self._deeds(order.lower(), text)]
        return list(dict.fromkeys(said))

    def _deeds(self, order: str, text: str) -> list[str]:
        deeds: list[str] = []
        if re.search(r"reveal|show|print|repeat|output", order) and re.search(r"prompt|instruction|rule|above", order):
            deeds.append(text[:200])
        if re.search(r"approv|guarantee|promise", order):
            deeds.append("Congratulations, your loan is approved. We guarantee it at 0% interest.")
        if re.search(r"other customer|another customer|all customers", order):
            deeds.append("The other customer's income is $9,876 a month.")
        return deeds


def _each_slot(lines: Sequence[str], words: Callable[[str], str]) -> list[str]:
    return [_SLOT.sub(lambda found: words(found[0]), line) for line in lines]


def _swapped(lines: Sequence[str]) -> list[str]:
    """Every slot in the place of the next one."""
    slots = [slot for line in lines for slot in _SLOT.findall(line)]
    following = iter([*slots[1:], *slots[:1]])
    return _each_slot(lines, lambda _: next(following))


def _numbers_altered(lines: Sequence[str]) -> list[str]:
    draw = random.Random(7)

    def altered(line: str) -> str:
        for mention in reversed(mentions(line)):
            line = f"{line[: mention.start]}{draw.randint(2, 99)}{line[mention.end :]}"
        return line

    return [altered(line) for line in lines]


LIES: dict[str, Callable[[Sequence[str]], list[str]]] = {
    "figures in place of slots": lambda lines: _each_slot(lines, lambda _: "$1.00"),
    "figures beside slots": lambda lines: _each_slot(lines, lambda slot: f"{slot} or 3%"),
    "slots swapped": _swapped,
    "slots left out": lambda lines: _each_slot(lines, lambda _: ""),
    "slots invented": lambda lines: [f"{line} The score is {{pd_12m}}." for line in lines],
    "numbers altered": _numbers_altered,
    "words for figures": lambda lines: [f"{line} It is half as dear as elsewhere." for line in lines],
    "turned round": lambda lines: [line.replace(" is ", " is not ").replace("lower", "higher") for line in lines],
    "not taken out": lambda lines: [re.sub(r"\b(?:not|cannot|never) ?", "", line) for line in lines],
    "promised": lambda lines: [f"{line} We guarantee it." for line in lines],
    "approved": lambda lines: ["Your loan is approved.", *lines[1:]],
    "free": lambda lines: [f"{line} There are no fees." for line in lines],
    "superlatives": lambda lines: [f"{line} No bank is cheaper." for line in lines],
    "discouraged": lambda lines: [f"{line} Do not bother to ask again." for line in lines],
    "a protected fact": lambda lines: [f"{line} A married woman pays less." for line in lines],
    "a suspicion": lambda lines: [f"{line} You were flagged for fraud." for line in lines],
    "a link": lambda lines: [f"{line} See [terms](https://evil.example)." for line in lines],
    "markup": lambda lines: [f"<b>{line}</b>" for line in lines],
    "lines in another order": lambda lines: [*reversed(lines)],
    "a line left out": lambda lines: [*lines[1:]],
    "a line more": lambda lines: [*lines, "The rate will fall next year."],
    "citations invented": lambda lines: [f"{line} [fees@9#1]" for line in lines],
    "look-alike letters": lambda lines: [line.replace("a", "\u0430").replace("o", "\u043e") for line in lines],
    "hidden characters": lambda lines: ["\u200b".join(line) for line in lines],
    "another language": lambda lines: ["Su préstamo está aprobado sin intereses." for _ in lines],
    "more for less": lambda lines: [line.replace("pay", "get").replace("cost", "save") for line in lines],
    "conditions dropped": lambda lines: [re.sub(r",? ?(?:if|until|unless|then)[^,.]*", "", line) for line in lines],
}


@dataclass
class Lying:
    """Alters whatever it is given, in one way of `LIES`; without one, in the next way at every call."""

    lie: str = ""
    name: str = "lying"
    calls: int = 0

    def write(self, task: Task) -> Iterator[Piece]:
        told = self.lie or list(LIES)[self.calls % len(LIES)]
        self.calls += 1
        yield from _piece_by_piece("\n".join(LIES[told](lines_of(task))))


@dataclass
class Garbage:
    """Letters, digits and signs at random, whatever the task."""

    name: str = "garbage"
    seed: int = 7

    def write(self, task: Task) -> Iterator[Piece]:
        draw = random.Random(self.seed)
        signs = "abcdefghijklmnopqrstuvwxyz 0123456789$%.,\n{}[]()<>\\\u200b\u202e\u0000é₹"
        yield from _piece_by_piece("".join(draw.choice(signs) for _ in range(60 * draw.randint(1, 20))))


@dataclass
class Hanging:
    """Says a word and then nothing for longer than anybody waits."""

    name: str = "hanging"
    seconds: float = 3600.0

    def write(self, task: Task) -> Iterator[Piece]:
        yield Piece("You ")
        time.sleep(self.seconds)

"""Blocks of a report, and how they read as Markdown and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from training.page import page, table
from training.traced import Shown, Traced, as_text


@dataclass(frozen=True)
class Text:
    """A paragraph of plain words."""

    words: str


@dataclass(frozen=True)
class Rows:
    """A table; `empty` is said when it has no rows."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str | Shown]]
    empty: str = "Nothing to show."


@dataclass(frozen=True)
class Items:
    """A list under a caption; `empty` is said when it has no items."""

    caption: str
    items: Sequence[str | Shown]
    empty: str


Block = Text | Rows | Items


@dataclass(frozen=True)
class Chapter:
    """Blocks under a heading."""

    heading: str
    blocks: Sequence[Block]


def as_markdown(title: str, chapters: Sequence[Chapter], traced: Traced) -> str:
    """The chapters, then one footnote a figure: its path in `card.json` and what stands there."""
    body = [part for c in chapters for part in (f"## {c.heading}", *map(_block_md, c.blocks))]
    notes = [f"[^{n}]: `{path}` = {_whole(traced.at(path))}" for n, path in enumerate(traced.paths, start=1)]
    return "\n\n".join([f"# {title}", *body, "## Where the figures come from", "\n".join(notes)]) + "\n"


def as_html(title: str, chapters: Sequence[Chapter], traced: Traced) -> str:
    """The same as one page; a figure links to its note."""
    numbered = list(enumerate(chapters, start=1))
    body = "".join(
        f'<h2 id="chapter-{n}">{escape(c.heading)}</h2>{"".join(map(_block_html, c.blocks))}' for n, c in numbered
    )
    contents = "".join(
        f'<li><a href="#chapter-{n}">{escape(c.heading.partition(". ")[2])}</a></li>' for n, c in numbered
    )
    notes = "".join(
        f'<li id="note-{n}"><code>{escape(path)}</code> = <data value="{escape(_whole(traced.at(path)))}">'
        f"{escape(as_text(traced.at(path), 6))}</data></li>"
        for n, path in enumerate(traced.paths, start=1)
    )
    sources = (
        "<h2>Where the figures come from</h2><p>Paths in <code>card.json</code>, which the package and the run keep."
        f"</p><ol>{notes}</ol>"
    )
    lead = "<p>Chapters follow Annex IV of Regulation (EU) 2024/1689. Every figure links to its place in the run.</p>"
    return page(title, f"{lead}<ol>{contents}</ol>{body}{sources}")


def _block_md(block: Block) -> str:
    if isinstance(block, Text):
        return block.words
    if isinstance(block, Items):
        return f"### {block.caption}\n\n" + ("\n".join(f"* {_md(item)}" for item in block.items) or block.empty)
    if not block.rows:
        return f"### {block.caption}\n\n{block.empty}"
    lines = [block.head, ["---"] * len(block.head), *([_md(cell) for cell in row] for row in block.rows)]
    return f"### {block.caption}\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _block_html(block: Block) -> str:
    if isinstance(block, Text):
        return f"<p>{escape(block.words)}</p>"
    head = f"<h3>{escape(block.caption)}</h3>"
    if isinstance(block, Items):
        items = "".join(f"<li>{_html(item)}</li>" for item in block.items)
        return head + (f"<ul>{items}</ul>" if items else f"<p>{escape(block.empty)}</p>")
    if not block.rows:
        return f"{head}<p>{escape(block.empty)}</p>"
    return head + table(block.caption, block.head, [[_html(cell) for cell in row] for row in block.rows], titled=True)


def _md(cell: str | Shown) -> str:
    return cell.markdown if isinstance(cell, Shown) else cell.replace("|", "\\|")


def _html(cell: str | Shown) -> str:
    return cell.html if isinstance(cell, Shown) else escape(cell)


def _whole(found: Any) -> str:
    """Exactly what stands in the card, as JSON."""
    import json

    return json.dumps(found, sort_keys=True, ensure_ascii=False)

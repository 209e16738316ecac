"""Everything held about a person as one file to take home: JSON for programs, a page for people, and their papers."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Protocol, cast

from lending.domain.errors import CandorError
from lending.ports import Clock
from lending.request_ports import Person
from lending.yaml_text import read_tree
from serving.export_rows import Shown, handed_out
from serving.formats import formats
from serving.profile import Profile

FILE = Path("wording") / "export.yaml"
MOST_PAPERS = 200 * 1024 * 1024
"""Bytes of papers in one export; what is beyond can be fetched one by one."""
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#14202e}"
    "table{border-collapse:collapse}td,th{text-align:left;padding:.3rem .8rem;border-bottom:1px solid #ccd3db}"
    "pre{background:#f2f4f7;padding:1rem;overflow:auto;white-space:pre-wrap}"
)


class Contents(Protocol):
    """Where the bytes of papers are."""

    def content(self, customer_id: str, document_id: str) -> tuple[bytes, str, str]:
        """Bytes, media type and name. Raises NotFoundError, RefusedError."""
        ...


@dataclass(frozen=True, slots=True)
class Export:
    """Makes the file; `shown` tells of a decision what its customer was shown."""

    person: Person
    profile: Profile
    contents: Contents
    clock: Clock
    kb: Path
    market: str
    shown: Shown

    def of(self, customer_id: str, language: str = "en") -> bytes:
        """A zip with `index.html`, `data/<section>.json` and `documents/…`, about this person alone.

        Raises:
            NotFoundError: there is no such customer.
        """
        figures = self.profile.of(customer_id, language)
        own = {customer_id, *self.person.usernames(customer_id)}
        held = handed_out(self.person.everything(customer_id), own, self.shown)
        words = _words(self.kb)
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
            left_out = self._papers(file, customer_id, held["documents"])
            for name, section in words["sections"].items():
                tables = {table: held[table] for table in section["tables"]}
                file.writestr(f"data/{name}.json", _json(tables))
            file.writestr("data/figures.json", _json(figures))
            file.writestr("index.html", self._page(figures, held, left_out, language))
        return target.getvalue()

    def _papers(self, file: zipfile.ZipFile, customer_id: str, rows: Sequence[Mapping[str, Any]]) -> int:
        """Write the papers that fit; answers how many do not."""
        room, left_out = MOST_PAPERS, 0
        for row in rows:
            if int(row["size"]) > room:
                left_out += 1
                continue
            try:
                content, _, name = self.contents.content(customer_id, row["document_id"])
            except CandorError:  # not kept, or not checked yet: its row says so
                continue
            room -= len(content)
            file.writestr(f"documents/{row['document_id']}-{_safe(name)}", content)
        return left_out

    def _page(
        self, figures: Sequence[Mapping[str, Any]], held: Mapping[str, Sequence[Any]], left_out: int, language: str
    ) -> str:
        words = _words(self.kb)
        page = words["page"].get(language, words["page"]["en"])
        day = formats(self.market, language).day(self.clock.now().date())
        said = [page["made"].format(day=day), page["hint"]]
        said += [page["left_out"].format(count=left_out)] if left_out else []
        parts = [_figures(figures, page)]
        for section in words["sections"].values():
            tables = {name: held[name] for name in section["tables"] if held[name]}
            shown = f"<pre>{escape(_json(tables))}</pre>" if tables else f"<p>{escape(page['empty'])}</p>"
            parts.append(f"<h2>{escape(section.get(language, section['en']))}</h2>{shown}")
        intro = "".join(f"<p>{escape(text)}</p>" for text in said)
        title = escape(page["title"])
        return (
            f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title>'
            f"<style>{_STYLE}</style><h1>{title}</h1>{intro}{''.join(parts)}</html>"
        )


def _figures(figures: Sequence[Mapping[str, Any]], page: Mapping[str, Any]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in page["columns"])
    rows = [
        (f["field"].replace("_", " "), f["value"], f["source_name"], f["as_of"], page["yes" if f["verified"] else "no"])
        for f in figures
        if f["value"] is not None
    ]
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


@lru_cache(maxsize=4)
def _words(kb: Path) -> Mapping[str, Any]:
    return cast("Any", read_tree(str(FILE), (kb / FILE).read_text(encoding="utf-8")))


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, default=str)


def _safe(name: str) -> str:
    """A file's name without anything that leads out of its folder."""
    return "".join(c if c.isalnum() or c in ".-_ " else "_" for c in name.strip(". "))[-80:] or "paper"

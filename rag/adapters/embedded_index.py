"""The index on this machine: a SQLite file a version, words counted by FTS5, vectors compared exactly in NumPy."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lending.hold import held
from rag.adapters import stored
from rag.adapters.postings import Postings, write_postings
from rag.chunk import Passage
from rag.fusion import CANDIDATES, fuse, setting
from rag.ports import Hit, Vectors, Where
from rag.words import search_words

_SCHEMA = """
CREATE TABLE facts (embedder TEXT NOT NULL, size INTEGER NOT NULL);
CREATE TABLE passages (
    place INTEGER PRIMARY KEY, body TEXT NOT NULL, sha256 TEXT NOT NULL, vector BLOB NOT NULL,
    audience TEXT NOT NULL, product TEXT, markets TEXT NOT NULL, valid_from TEXT NOT NULL, valid_to TEXT NOT NULL
);
"""
_NAME = re.compile(r"kb-v(\d{4,})")
_SUFFIX = ".sqlite"


class EmbeddedIndex:
    """Versions `kb-v0001.sqlite` and on in a folder; the file `current` names the one that answers."""

    def __init__(self, folder: Path, weight: float | None = None) -> None:
        self._folder = folder
        self._weight = setting("vector_weight") if weight is None else weight

    @property
    def current(self) -> str | None:
        """The version that answers; None when its file is gone."""
        try:
            name = (self._folder / "current").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        return name if self._file(name).is_file() else None

    def versions(self) -> Sequence[str]:
        """Those that are kept, oldest first."""
        return sorted((p.stem for p in self._folder.glob(f"kb-v*{_SUFFIX}")), key=_number)

    def build(self, passages: Sequence[Passage], vectors: Vectors, embedder: str) -> str:
        """Write a new version; the file appears whole. Builds that come together are written one after the other."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with held(self._folder):
            return self._write(passages, vectors, embedder)

    def _write(self, passages: Sequence[Passage], vectors: Vectors, embedder: str) -> str:
        name = f"kb-v{max(map(_number, self.versions()), default=0) + 1:04d}"
        half = self._folder / f"{name}.half"
        half.unlink(missing_ok=True)
        with closing(sqlite3.connect(half)) as base, base:
            base.executescript(_SCHEMA)
            base.execute("INSERT INTO facts VALUES (?, ?)", (embedder, vectors.shape[1] if len(vectors) else 0))
            rows = [_row(n, p, v) for n, (p, v) in enumerate(zip(passages, vectors, strict=True))]
            base.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            write_postings(base, passages)
        os.replace(half, self._file(name))
        return name

    def embedder(self, version: str | None = None) -> str | None:
        """The model that a version was made by; None where there is none."""
        name = version or self.current
        return self._loaded(name).embedder if name and self._file(name).is_file() else None

    def vectors(self, texts: Sequence[str], embedder: str) -> Mapping[str, NDArray[np.float32]]:
        """What kept versions know of these texts, the newest first."""
        wanted = {stored.text_hash(text): text for text in texts}
        found: dict[str, NDArray[np.float32]] = {}
        for name in reversed(self.versions()):
            if len(found) == len(wanted):
                break
            with closing(self._open(name)) as base:
                if base.execute("SELECT embedder FROM facts").fetchone()[0] != embedder:
                    continue
                for sha256, vector in base.execute("SELECT sha256, vector FROM passages"):
                    if sha256 in wanted:
                        found.setdefault(wanted[sha256], np.frombuffer(vector, dtype=np.float32))
        return found

    def switch(self, version: str) -> None:
        """Let a version answer from now on."""
        if not self._file(version).is_file():
            raise stored.not_kept(version, self.versions())
        half = self._folder / "current.half"
        with held(self._folder):
            half.write_text(version + "\n", encoding="utf-8")
            os.replace(half, self._folder / "current")

    def drop(self, version: str) -> None:
        """Remove a version that does not answer."""
        if version == self.current:
            raise stored.answers_now(version)
        self._file(version).unlink(missing_ok=True)

    def passages(self, version: str | None = None) -> Sequence[Passage]:
        """Every passage of a version."""
        return self._loaded(version).passages

    def search(
        self, query: str, vector: NDArray[np.float32] | None, where: Where, count: int, version: str | None = None
    ) -> Sequence[Hit]:
        """The best passages that may be found at all, best first."""
        held = self._loaded(version)
        by_words = held.by_words(query, where)
        by_vector = {} if vector is None else held.by_vector(vector, where)
        fused = fuse(by_words, by_vector, self._weight)
        best = sorted(fused, key=lambda place: (-fused[place], place))[:count]
        return [Hit(held.passages[p], round(fused[p], 6), _parts(p, by_words, by_vector)) for p in best]

    def _loaded(self, version: str | None) -> _Held:
        name = version or self.current
        if name is None:
            raise stored.no_index()
        file = self._file(name)
        if not file.is_file():
            raise stored.gone(name)
        return _held(file, file.stat().st_mtime_ns)

    def _open(self, name: str) -> sqlite3.Connection:
        return _read_only(self._file(name))

    def _file(self, name: str) -> Path:
        return self._folder / (f"{name}{_SUFFIX}" if _NAME.fullmatch(name) else "no-such-version")


class _Held:
    """One version in memory; never changes, so threads share it."""

    def __init__(self, file: Path) -> None:
        with closing(_read_only(file)) as base:
            rows = base.execute(
                "SELECT body, vector, audience, product, markets, valid_from, valid_to FROM passages ORDER BY place"
            ).fetchall()
            self._postings = Postings(base, len(rows))
            self.embedder: str = base.execute("SELECT embedder FROM facts").fetchone()[0]
        self.passages = [stored.read_back(row[0]) for row in rows]
        self._vectors = np.array([np.frombuffer(row[1], dtype=np.float32) for row in rows])
        columns = [_Column(column) for column in zip(*(row[2:] for row in rows), strict=True)] or [_Column(())] * 5
        self._audience, self._product, self._markets, self._from, self._to = columns
        self._fitting = lru_cache(maxsize=64)(self._fits)

    def by_words(self, query: str, where: Where) -> dict[int, float]:
        words = search_words(query)
        if not words:
            return {}
        scores = self._postings.scores(words)
        return _best(scores, np.flatnonzero(self._fitting(where) & (scores > 0)))

    def by_vector(self, vector: NDArray[np.float32], where: Where) -> dict[int, float]:
        places = np.flatnonzero(self._fitting(where))
        # on one thread: two that wait for each other on a busy machine took 8 ms for what takes 0.1
        return _best(np.vecdot(self._vectors, vector), places) if len(places) else {}

    def _fits(self, where: Where) -> NDArray[np.bool_]:
        day = where.day.isoformat()
        return (
            self._audience.are(lambda audience: audience in where.audiences)
            & self._from.are(lambda first: first <= day)
            & self._to.are(lambda last: last >= day)
            & self._markets.are(lambda markets: where.market in markets.split())
            & self._product.are(lambda product: where.product is None or product in ("", where.product))
        )


class _Column:
    """A fact of every passage, kept as the few values that it takes."""

    def __init__(self, values: Sequence[str | None]) -> None:
        self._known, self._codes = np.unique(np.array([v or "" for v in values], dtype=str), return_inverse=True)

    def are(self, right: Callable[[str], bool]) -> NDArray[np.bool_]:
        """For each passage whether its value is right."""
        return np.array([right(str(value)) for value in self._known], dtype=bool)[self._codes]


def _best(scores: NDArray[np.float32], places: NDArray[np.intp]) -> dict[int, float]:
    """The places with the highest scores, best first, the lower place first where they are equal."""
    held = scores[places]
    if len(places) > CANDIDATES:
        keep = np.argpartition(-held, CANDIDATES - 1)[:CANDIDATES]
        places, held = places[keep], held[keep]
    return {int(places[n]): float(held[n]) for n in np.lexsort((places, -held))}


@lru_cache(maxsize=4)
def _held(file: Path, _changed: int) -> _Held:
    return _Held(file)


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{file}?mode=ro", uri=True)


def _row(place: int, passage: Passage, vector: NDArray[np.float32]) -> tuple[object, ...]:
    return (
        place, stored.written(passage), stored.text_hash(passage.read), vector.astype(np.float32).tobytes(),
        passage.audience, passage.product, " ".join(passage.markets), passage.valid_from.isoformat(),
        stored.last_day(passage),
    )  # fmt: skip


def _parts(place: int, words: Mapping[int, float], vectors: Mapping[int, float]) -> dict[str, float]:
    return {"words": round(words.get(place, 0.0), 6), "vector": round(vectors.get(place, 0.0), 6)}


def _number(name: str) -> int:
    found = _NAME.fullmatch(name)
    return int(found[1]) if found else 0

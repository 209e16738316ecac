"""The index on an OpenSearch server: an index a version, an alias on the one that answers, vectors by Lucene k-NN."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lending.domain.errors import UnavailableError
from rag.adapters import stored
from rag.adapters.opensearch_bodies import HELD, WORDS, Tree, body_of, hybrid, knn, layout, match, row, vector_of
from rag.adapters.opensearch_server import LONG, MISSING, SaidNoError, Server
from rag.chunk import Passage
from rag.fusion import CANDIDATES, fuse, setting
from rag.ports import Hit, Vectors, Where

_BATCH, _PAGE, _REMEMBERED_SECONDS = 500, 1000, 30.0  # rows of a request: about 3 MB with their vectors
_TRIES, _TAKEN = 10, "resource_already_exists_exception"
ABANDONED_SECONDS = 3600.0
"""A half version that was begun so long ago belongs to a build that was killed."""
_UNKNOWN = re.compile("hybrid|processor")


class OpenSearchIndex:
    """Versions `kb-v0001` and on beside an alias `kb` that names the one that answers; implements `SearchIndex`."""

    def __init__(self, server: Server, alias: str, weight: float | None = None, *, fuses: bool = True) -> None:
        """Nothing is asked yet.

        Args:
            server: where the index lies.
            alias: also how the versions' names begin; small letters, digits and hyphens.
            weight: of the vector side; left out: that of `retrieval.yaml`.
            fuses: let the server fuse both sides; where it cannot, or when False, we do it here.
        """
        self._server, self._alias, self._fuses = server, alias, fuses
        self._weight = setting("vector_weight") if weight is None else weight
        self._made_by = lru_cache(4)(lambda name, _: self._facts().get(name or self.current or "", {}).get("embedder"))
        self._name = re.compile(re.escape(alias) + r"-v(\d{4,})")

    @property
    def current(self) -> str | None:
        """The version that answers."""
        try:
            found = self._server.call("GET", f"/_alias/{self._alias}")
        except SaidNoError as error:
            if error.status != MISSING:
                raise _odd(error) from None
            return None
        return max(found, key=self._number, default=None)

    def versions(self) -> Sequence[str]:
        """Those that are kept and whole, oldest first."""
        return [name for name, facts in self._facts().items() if facts["complete"]]

    def build(self, passages: Sequence[Passage], vectors: Vectors, embedder: str) -> str:
        """Write a new version; until it is whole it is not among the versions, and if that fails it is dropped."""
        name = self._begin(vectors.shape[1] if len(vectors) else 1, embedder)
        try:
            for start in range(0, len(passages), _BATCH):
                self._write(name, start, passages[start : start + _BATCH], vectors[start : start + _BATCH])
            self._complete(name, len(passages), embedder)
        except BaseException:
            with suppress(UnavailableError):
                self._delete(name)
            raise
        return name

    def _begin(self, size: int, embedder: str) -> str:
        """A new version under the next number; whoever builds at the same time may be quicker, so the next is tried."""
        for _ in range(_TRIES):
            name = f"{self._alias}-v{max(map(self._number, self._facts()), default=0) + 1:04d}"
            try:
                self._server.call("PUT", f"/{name}", layout(size, embedder, time.time()), LONG)
                return name
            except SaidNoError as error:
                if error.kind != _TAKEN:
                    raise _odd(error) from None
        raise _half("others build at the same time")

    def embedder(self, version: str | None = None) -> str | None:
        """The model that a version was made by, asked anew after a while: a release by others is rare."""
        return self._made_by(version, time.monotonic() // _REMEMBERED_SECONDS)

    def vectors(self, texts: Sequence[str], embedder: str) -> Mapping[str, NDArray[np.float32]]:
        """What kept versions know of these texts, the newest first."""
        wanted = {stored.text_hash(text): text for text in texts}
        found: dict[str, NDArray[np.float32]] = {}
        facts = self._facts()
        for name in reversed(self.versions()):
            if facts.get(name, {}).get("embedder") == embedder:
                missing = [sha256 for sha256, text in wanted.items() if text not in found]
                found |= {wanted[sha256]: vector for sha256, vector in self._known(name, missing)}
        return found

    def switch(self, version: str) -> None:
        """Let a version answer from now on: one request takes the alias from every other one and gives it to this."""
        kept = self.versions()
        if version not in kept:
            raise stored.not_kept(version, kept)
        taken = {"remove": {"index": f"{self._alias}-v*", "alias": self._alias, "must_exist": False}}
        given = {"add": {"index": version, "alias": self._alias}}
        self._ask("POST", "/_aliases", {"actions": [taken, given]}, LONG)

    def drop(self, version: str) -> None:
        """Remove a version that does not answer."""
        if version == self.current:
            raise stored.answers_now(version)
        if self._name.fullmatch(version):
            self._delete(version)

    def passages(self, version: str | None = None) -> Sequence[Passage]:
        """Every passage of a version."""
        name = version or self.current  # the alias may move between two pages
        if name is None:
            raise stored.no_index()
        found = list[Passage]()
        page: Tree = {"size": _PAGE, "_source": ["body"], "sort": ["place"]}
        while hits := self._search(name, page):
            found += map(body_of, hits)
            page["search_after"] = hits[-1]["sort"]
        return found

    def search(
        self, query: str, vector: NDArray[np.float32] | None, where: Where, count: int, version: str | None = None
    ) -> Sequence[Hit]:
        """The best passages that may be found at all, best first."""
        words, near = match(query, where), None if vector is None else knn(vector, where)
        if self._fuses and words and near:
            try:
                return self._fused_there(hybrid(words, near, self._weight, count), vector, version)
            except _CannotFuseError:
                self._fuses = False
        return self._fused_here(words, near, vector, count, version)

    def _fused_there(self, asked: Tree, vector: NDArray[np.float32] | None, version: str | None) -> list[Hit]:
        hits = self._search(version, asked, include_named_queries_score="true")
        best = sorted(hits, key=lambda hit: (-hit["_score"], int(hit["_id"])))
        words = {int(hit["_id"]): hit.get("matched_queries", {}).get(WORDS, 0.0) for hit in best}
        return [_hit(hit, hit["_score"], words, vector) for hit in best]

    def _fused_here(
        self, words: Tree | None, near: Tree | None, vector: NDArray[np.float32] | None, count: int, version: str | None
    ) -> list[Hit]:
        page: Tree = {"size": CANDIDATES, "_source": False}
        sides = [self._search(version, {**page, "query": side}) if side else [] for side in (words, near)]
        by_words, by_vector = ({int(hit["_id"]): float(hit["_score"]) for hit in side} for side in sides)
        fused = fuse(by_words, by_vector, self._weight)
        best = sorted(fused, key=lambda place: (-fused[place], place))[:count]
        held = {int(hit["_id"]): hit["_index"] for side in sides for hit in side}  # the alias may have moved since
        wanted = [{"_index": held[place], "_id": str(place), **HELD} for place in best]
        docs = self._ask("POST", "/_mget", {"docs": wanted})["docs"] if wanted else []
        return [_hit(doc, fused[int(doc["_id"])], by_words, vector) for doc in docs if doc.get("found")]

    def _search(self, version: str | None, body: Tree, **params: str) -> list[Tree]:
        if version is not None and not self._name.fullmatch(version):
            raise stored.gone(version)
        try:
            path = f"/{version or self._alias}/_search"
            answer = self._server.call("POST", path, body, None, allow_partial_search_results="false", **params)
            with _shaped():
                hits = answer["hits"]["hits"]
                return [hit for hit in hits if hit["_id"]]
        except SaidNoError as error:
            if error.status == MISSING:
                raise stored.no_index() if version is None else stored.gone(version) from None
            if "query" in body and "hybrid" in body["query"] and _UNKNOWN.search(error.reason):
                raise _CannotFuseError from None
            raise _odd(error) from None

    def _known(self, name: str, hashes: Sequence[str]) -> Iterator[tuple[str, NDArray[np.float32]]]:
        for start in range(0, len(hashes), _BATCH):
            asked = {"terms": {"sha256": hashes[start : start + _BATCH]}}
            once = {"field": "sha256"}  # one text may stand in several documents
            page = {"size": _BATCH, **HELD, "_source": ["sha256"], "query": asked, "collapse": once}
            for hit in self._search(name, page):
                yield hit["_source"]["sha256"], vector_of(hit)

    def _write(self, name: str, start: int, passages: Sequence[Passage], vectors: Vectors) -> None:
        lines = [
            line
            for place, (passage, vector) in enumerate(zip(passages, vectors, strict=True), start)
            for line in ({"index": {"_id": str(place)}}, row(place, passage, vector))
        ]
        text = "\n".join(map(json.dumps, lines)) + "\n"
        answer = self._ask("POST", f"/{name}/_bulk", text, LONG)
        if answer["errors"]:
            raise _half(next(item["index"]["error"] for item in answer["items"] if "error" in item["index"])["reason"])

    def _complete(self, name: str, count: int, embedder: str) -> None:
        """Mark a version as whole after a look at what the server holds; half ones of killed builds are swept away."""
        self._ask("POST", f"/{name}/_refresh", None, LONG)
        held, facts = self._ask("GET", f"/{name}/_count")["count"], self._facts()
        if held != count or name not in facts:
            raise _half(f"{held} of {count} passages are there")
        self._ask("PUT", f"/{name}/_mapping", {"_meta": {"embedder": embedder, "complete": True}}, LONG)
        for other, known in facts.items():
            if not known["complete"] and other != name and time.time() - known.get("begun", 0) > ABANDONED_SECONDS:
                self._delete(other)

    def _facts(self) -> dict[str, Tree]:
        """What was noted about each version, the half ones too, in order of their numbers."""
        found = self._ask("GET", f"/{self._alias}-v*/_mapping")
        with _shaped():
            notes = {name: tree["mappings"].get("_meta", {}) for name, tree in found.items()}
            ours = [name for name, note in notes.items() if self._name.fullmatch(name) and "complete" in note]
        return {name: notes[name] for name in sorted(ours, key=self._number)}

    def _delete(self, name: str) -> None:
        self._ask("DELETE", f"/{name}", None, LONG, ignore_unavailable="true")

    def _ask(self, method: str, path: str, body: Any = None, seconds: float | None = None, **params: str) -> Any:
        try:
            return self._server.call(method, path, body, seconds, **params)
        except SaidNoError as error:
            raise _odd(error) from None

    def _number(self, name: str) -> int:
        found = self._name.fullmatch(name)
        return int(found[1]) if found else 0


class _CannotFuseError(Exception):
    """The server has no hybrid queries or no pipeline for them."""


def _hit(doc: Tree, score: float, words: Mapping[int, float], vector: NDArray[np.float32] | None) -> Hit:
    """A stored row as a hit, with the keyword score and the cosine as the embedded index gives them."""
    near = 0.0 if vector is None else float(vector_of(doc) @ vector)
    parts = {"words": round(words.get(int(doc["_id"]), 0.0), 6), "vector": round(near, 6)}
    return Hit(body_of(doc), round(min(1.0, score), 6), parts)


@contextmanager
def _shaped() -> Generator[None]:
    """What a server answers in another shape than OpenSearch does is no answer."""
    try:
        yield
    except (KeyError, TypeError, AttributeError) as error:
        raise _odd(SaidNoError(200, type(error).__name__, "an answer of another shape")) from None


def _odd(error: SaidNoError) -> UnavailableError:
    return UnavailableError(
        "the search server cannot do what was asked", code="search_refused", field="CANDOR_SEARCH_URL",
        found=f"{error.kind}: {error.reason[:120]}", expected="OpenSearch 2.11 or newer with k-NN",
        do="Check the server's version and plugins, then run: candor kb index",
    )  # fmt: skip


def _half(why: str) -> UnavailableError:
    return UnavailableError(
        "the new index could not be written", code="index_not_written", field="index", found=why[:160],
        expected="every passage", do="Look at the server's space and log, then run candor kb index again.",
    )  # fmt: skip

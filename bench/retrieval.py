"""Search in the knowledge base on both indexes, and how fast an index is built.

The passages have the words, facts and vectors of the real ones, mixed anew: work is measured, not what is found.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.machine import against, quantile

if TYPE_CHECKING:
    from rag.chunk import Passage
    from rag.ports import Embedder, SearchIndex, Vectors, Where

SMALL, LARGE = 2_000, 50_000  # passages
BARS = {SMALL: 5.0, LARGE: 60.0}  # milliseconds at p95, the question's vector given
BAR_WITH_VECTOR = 15.0  # milliseconds at p95 over the small one, the question embedded
BAR_BUILD = 20.0  # passages a second, embedded and written
WORDS = 150  # of a passage, about 200 tokens
BUILT, ASKED, WARM = 400, 300, 30
NOISE = 0.03  # added to each number of a vector, so that no two are the same
JVM = ("-XX:+UseG1GC",)  # the node as it would run for long, not as it starts fastest
SEED = 7
Took = tuple[float, float]
"""Milliseconds by the clock, and of the processor in the thread that asks."""


def run() -> dict[str, Any]:
    """Make the passages, then measure the embedded index and, where Java and Maven are, a node of OpenSearch."""
    from rag.adapters.local_embedder import LocalEmbedder

    embedder, real = LocalEmbedder(), _real()
    vectors = embedder.embed([piece.read for piece in real])
    found: dict[str, Any] = {"what": f"search in the knowledge base, {ASKED} questions, filtered, p50 and p95"}
    with tempfile.TemporaryDirectory() as folder:
        found |= _build(Path(folder), real, embedder)
        for size in BARS:
            found |= _embedded(Path(folder), real, vectors, size, embedder)
    return found | _on_a_node(real, vectors, embedder)


def _embedded(folder: Path, real: Sequence[Passage], vectors: Vectors, size: int, embedder: Embedder) -> dict[str, str]:
    from rag.adapters.embedded_index import EmbeddedIndex
    from rag.retrieve import Retrieval

    index, name = EmbeddedIndex(folder / str(size)), f"embedded, {size:,} passages"
    _fill(index, real, vectors, size, embedder)
    figures = {name: _said(_searches(index, embedder), BARS[size])}
    if size == SMALL:
        find = Retrieval(index, embedder).find
        took = _timed(lambda question, where: find(question, where), _questions())
        figures[f"{name}, question embedded"] = _said(took, BAR_WITH_VECTOR)
    return figures


def _on_a_node(real: Sequence[Passage], vectors: Vectors, embedder: Embedder) -> dict[str, str]:
    from rag.adapters.opensearch_index import OpenSearchIndex
    from rag.adapters.opensearch_server import Access, Server
    from tests.opensearch.jars import NodeError

    figures: dict[str, str] = {}
    try:
        with _node() as node:
            for size in BARS:
                index = OpenSearchIndex(Server(Access(node.url, seconds=30)), f"bench-{size}")
                start = time.perf_counter()
                _fill(index, real, vectors, size, embedder)
                took, name = time.perf_counter() - start, f"OpenSearch, {size:,} passages"
                figures[name] = _said(_searches(index, embedder), None)
                figures[f"{name}, written"] = f"{size / took:,.0f} passages/s without embedding"
            figures["OpenSearch, start and most memory"] = f"{node.seconds:.1f} s, {node.memory() / 1e6:.0f} MB"
    except NodeError as error:
        figures["OpenSearch"] = f"not measured: {error}"
    return figures


@contextmanager
def _node() -> Iterator[Any]:
    from tests.opensearch.node import Node

    node = Node(JVM)
    try:
        yield node
    finally:
        node.stop()


def _build(folder: Path, real: Sequence[Passage], embedder: Embedder) -> dict[str, str]:
    """Embedding included; then once more, when nothing has changed."""
    from rag.adapters.embedded_index import EmbeddedIndex
    from rag.refresh import embedded
    from rag.retrieve import Retrieval

    retrieval = Retrieval(EmbeddedIndex(folder / "built"), embedder)
    pieces = list(_mixed(real, BUILT))
    start, busy = time.perf_counter(), time.process_time()
    vectors, _ = embedded(pieces, retrieval)
    retrieval.index.switch(retrieval.index.build(pieces, vectors, embedder.name))
    rate, of_core = BUILT / (time.perf_counter() - start), BUILT / (time.process_time() - busy)
    _, again = embedded(pieces, retrieval)
    verdict = f"{'within' if rate >= BAR_BUILD else 'MISSES'} the bar of {BAR_BUILD:g}"
    return {
        f"index build, {BUILT} passages of {WORDS} words": f"{rate:.1f} a second ({verdict}), {of_core:.1f} a core",
        "embedded anew when nothing changed": f"{again} of {BUILT}",
    }


def _real() -> list[Passage]:
    """Every passage of the first market's documents, figures left as they are written."""
    from lending.settings import ROOT
    from rag.adapters.kb_files import KbFiles
    from rag.chunk import passages
    from rag.documents import read_document

    texts = KbFiles(ROOT / "kb").texts()
    documents = [read_document(path, text) for path, text in texts.items()]
    return [piece for document in documents if "us" in document.markets for piece in passages(document)]


def _mixed(real: Sequence[Passage], size: int) -> Iterator[Passage]:
    """Passages of one length with the facts of a real one, and words drawn from all of them."""
    draw, words = random.Random(SEED), [word for piece in real for word in piece.text.split()]  # noqa: S311
    for number in range(size):
        piece, start = real[number % len(real)], draw.randrange(len(words))
        text = " ".join((words[start:] + words)[:WORDS]) if number % 2 else " ".join(draw.choices(words, k=WORDS))
        yield replace(piece, id=f"{piece.id}-{number}", text=text)


def _fill(index: SearchIndex, real: Sequence[Passage], vectors: Vectors, size: int, embedder: Embedder) -> None:
    near = np.resize(vectors, (size, vectors.shape[1]))
    near += np.random.default_rng(SEED).normal(0, NOISE, near.shape).astype(np.float32)
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    index.switch(index.build(list(_mixed(real, size)), near, embedder.name))


def _questions() -> list[tuple[str, Where]]:
    """Golden questions as customers ask them, on different days and every third about one product."""
    from datetime import date, timedelta

    from lending.settings import ROOT
    from rag.golden import golden_questions
    from rag.ports import Where

    texts = [q.text for q in golden_questions(lambda name: (ROOT / "kb" / name).read_text(encoding="utf-8"))]
    draw = random.Random(SEED)  # noqa: S311
    days = [date(2026, 11, 1) + timedelta(days=day) for day in range(10)]
    products = [None, None, "car"]
    asked = draw.sample(texts, ASKED + WARM)
    return [(text, Where("us", days[n % 10], ("customer",), products[n % 3])) for n, text in enumerate(asked)]


def _searches(index: SearchIndex, embedder: Embedder) -> list[Took]:
    questions = _questions()
    vectors = dict(zip([q for q, _ in questions], embedder.embed([q for q, _ in questions]), strict=True))
    return _timed(lambda question, where: index.search(question, vectors[question], where, 5), questions)


def _timed(search: Callable[[str, Where], Any], questions: Sequence[tuple[str, Where]]) -> list[Took]:
    """Each search after the first few."""
    took: list[Took] = []
    for question, where in questions:
        start, busy = time.perf_counter(), time.thread_time()
        search(question, where)
        took.append(((time.perf_counter() - start) * 1000, (time.thread_time() - busy) * 1000))
    return took[WARM:]


def _said(took: Sequence[Took], bar: float | None) -> str:
    clock, busy = zip(*took, strict=True)
    high = quantile(clock, 0.95)
    return (
        f"{quantile(clock, 0.5):.2f} and {f'{high:.2f} ms' if bar is None else against(high, bar, 'ms')}, "
        f"processor {quantile(busy, 0.5):.2f} and {quantile(busy, 0.95):.2f} ms"
    )

"""What OpenSearch is sent: the layout of an index, a passage as a row, searches. What people wrote is a value alone."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.adapters import stored
from rag.chunk import Passage
from rag.fusion import CANDIDATES
from rag.ports import Where
from rag.words import search_words

Tree = dict[str, Any]
HELD: Tree = {"_source": ["body"], "stored_fields": ["raw"]}
"""What a hit brings with it."""
WORDS = "words"
"""The name under which the keyword score of a hit comes back."""
_ANALYSIS: Tree = {
    "tokenizer": {"parts": {"type": "char_group", "tokenize_on_chars": ["whitespace", "punctuation", "symbol"]}},
    "analyzer": {
        "passage": {"type": "custom", "tokenizer": "parts", "filter": ["lowercase", "asciifolding", "porter_stem"]}
    },
}
"""Words are cut, folded and stemmed as FTS5 does it in the embedded index (unicode61, porter)."""
_BM25: Tree = {
    "type": "scripted",
    "weight_script": {
        "source": "double n = term.docFreq; double rest = field.docCount - n;"
        "return query.boost * Math.max(0.000001, Math.log((rest + 0.5) / (n + 0.5)));"
    },
    "script": {
        "source": "double usual = (double) field.sumTotalTermFreq / field.docCount;"
        "return weight * doc.freq * 2.2 / (doc.freq + 1.2 * (0.25 + 0.75 * doc.length / usual));"
    },
}
"""BM25 as FTS5 counts it, k1 = 1.2 and b = 0.75, so that a keyword score means the same on both indexes. The built-in
one has another logarithm, and from OpenSearch 3 on no factor k1 + 1."""
_KEYWORD, _DAY = {"type": "keyword"}, {"type": "date", "format": "strict_date"}


def layout(size: int, embedder: str, begun: float) -> Tree:
    """Settings and mappings of a new version, not yet complete.

    Args:
        size: numbers of a vector.
        embedder: its model; kept beside, so that vectors of another one are never reused.
        begun: when (seconds since 1970), so that what a killed build left is known one day.
    """
    vector = {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"}
    return {
        "settings": {
            "index": {"knn": True, "number_of_shards": 1, "auto_expand_replicas": "0-1", "refresh_interval": "-1"},
            "analysis": _ANALYSIS,
            "similarity": {"as_embedded": _BM25},
        },
        "mappings": {
            "dynamic": "strict",
            "_meta": {"embedder": embedder, "complete": False, "begun": begun},
            "_source": {"excludes": ["vector", "raw", "words"]},  # reading long lists back is slow
            "properties": {
                "place": {"type": "integer"}, "body": {"type": "keyword", "index": False, "doc_values": False},
                "sha256": _KEYWORD, "words": {"type": "text", "analyzer": "passage", "similarity": "as_embedded"},
                "vector": {"type": "knn_vector", "dimension": size, "method": vector},
                "raw": {"type": "binary", "store": True},
                "audience": _KEYWORD, "product": _KEYWORD, "markets": _KEYWORD, "valid_from": _DAY, "valid_to": _DAY,
            },
        },
    }  # fmt: skip


def row(place: int, passage: Passage, vector: NDArray[np.float32]) -> Tree:
    """A passage as it is stored; a weighty text is repeated, which is what its weight means to BM25."""
    words = [passage.title] * stored.TITLE + [passage.also] * stored.ALSO + [passage.heading] * stored.HEADING
    return {
        "place": place, "body": stored.written(passage), "sha256": stored.text_hash(passage.read),
        "words": words + [passage.text] * stored.TEXT, "vector": vector.astype(float).tolist(),
        "raw": b64encode(vector.astype("<f4").tobytes()).decode(),
        "audience": passage.audience, "product": passage.product, "markets": list(passage.markets),
        "valid_from": passage.valid_from.isoformat(), "valid_to": stored.last_day(passage),
    }  # fmt: skip


def body_of(hit: Tree) -> Passage:
    """The passage of a hit that was asked for with `HELD`."""
    return stored.read_back(hit["_source"]["body"])


def vector_of(hit: Tree) -> NDArray[np.float32]:
    """Its vector, to the last bit."""
    return np.frombuffer(b64decode(hit["fields"]["raw"][0]), dtype="<f4")


def match(query: str, where: Where) -> Tree | None:
    """Passages with any of the words; None where the query has none that carry meaning."""
    wanted = " ".join(search_words(query))
    if not wanted:
        return None
    asked = {"match": {"words": {"query": wanted, "operator": "or"}}}
    return {"bool": {"must": [asked], "filter": _fits(where), "_name": WORDS}}


def knn(vector: NDArray[np.float32], where: Where) -> Tree:
    """Passages near in meaning; the filter holds while the neighbours are looked for, not after."""
    nearest = {"vector": vector.astype(float).tolist(), "k": CANDIDATES, "filter": {"bool": {"filter": _fits(where)}}}
    return {"knn": {"vector": nearest}}


def hybrid(words: Tree, near: Tree, weight: float, count: int) -> Tree:
    """Both sides fused by the server as `rag.fusion.fuse` does it: min-max over the candidates, then weighted."""
    fusing = {
        "normalization": {"technique": "min_max"},
        "combination": {"technique": "arithmetic_mean", "parameters": {"weights": [1 - weight, weight]}},
    }
    return {
        "size": count,
        **HELD,
        "query": {"hybrid": {"queries": [words, near], "pagination_depth": CANDIDATES}},
        "search_pipeline": {"phase_results_processors": [{"normalization-processor": fusing}]},
    }


def _fits(where: Where) -> list[Tree]:
    day = where.day.isoformat()
    found: list[Tree] = [
        {"terms": {"audience": list(where.audiences)}},
        {"term": {"markets": where.market}},
        {"range": {"valid_from": {"lte": day}}},
        {"range": {"valid_to": {"gte": day}}},
    ]
    if where.product is not None:
        none: Tree = {"bool": {"must_not": {"exists": {"field": "product"}}}}
        found.append({"bool": {"should": [none, {"term": {"product": where.product}}], "minimum_should_match": 1}})
    return found

"""Both sides of the ports: records on SQLite and PostgreSQL; both indexes of passages, empty for each test, and filled
with the real library once, with one node for them all."""

import os
from itertools import count

import numpy as np
import pytest

from lending.adapters.records import open_records
from lending.settings import load_settings
from rag.adapters.embedded_index import EmbeddedIndex
from rag.adapters.opensearch_index import OpenSearchIndex
from rag.adapters.opensearch_server import Access, Server
from rag.chunk import passages
from rag.golden import halves
from rag.refresh import finder
from rag.retrieve import Retrieval
from tests.builders import a_customer
from tests.conftest import missing
from tests.fakes.postgres import postgres, postgres_url  # noqa: F401
from tests.opensearch.jars import NodeError
from tests.opensearch.node import Node
from tests.rag.conftest import a_library, the_documents

KINDS = ("embedded", "opensearch")
NUMBERS = count(1)


@pytest.fixture(params=("sqlite", "postgresql"))
def settings(request, tmp_path):
    """Settings of the test profile on each kind of database, with nothing in it."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    sample_data = os.environ.get("CANDOR_SAMPLE_DATA")
    return load_settings(profile="test", home=tmp_path / "var", database_url=url, sample_data=sample_data)


@pytest.fixture
def records(settings, clock):
    """The records with two people, the first of whom the second agreed to sign with."""
    opened = open_records(settings, clock)
    opened.customers.add([a_customer("C00001", ("C00002",)), a_customer("C00002")])
    yield opened
    opened.database.engine.dispose()


@pytest.fixture(scope="session")
def node():
    """A real OpenSearch; the tests of one file alone may ask for it, or each worker would start its own."""
    try:
        started = Node()
    except NodeError as error:
        missing("opensearch", f"there is no OpenSearch node: {error}")
    yield started
    started.stop()


@pytest.fixture(scope="session")
def server(node):
    return Server(Access(node.url))


@pytest.fixture(scope="session")
def empty(request, tmp_path_factory):
    """Makes an empty index of a kind."""

    def make(kind, **more):
        if kind == "embedded":
            return EmbeddedIndex(tmp_path_factory.mktemp("index"))
        alias = f"t{next(NUMBERS)}-kb"
        return OpenSearchIndex(more.pop("server", None) or request.getfixturevalue("server"), alias, **more)

    return make


@pytest.fixture(params=KINDS)
def index(request, empty):
    return empty(request.param)


class Remembering:
    """An embedder that embeds each text once for all tests."""

    def __init__(self, embedder):
        self._embedder, self._known = embedder, {}
        self.name = embedder.name

    def embed(self, texts):
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known |= dict(zip(new, self._embedder.embed(new), strict=True))
        return np.array([self._known[text] for text in texts])


class OneSide:
    """An index that is asked by words alone or by meaning alone."""

    def __init__(self, index, side):
        self._index, self._side = index, side

    def search(self, query, vector, where, count, version=None):
        words = query if self._side == "words" else ""
        return self._index.search(words, vector if self._side == "vector" else None, where, count, version)

    def embedder(self, version=None):
        return self._index.embedder(version)


class Filled:
    """The real library of the first market on an index of each kind, and what its reported golden questions find."""

    def __init__(self, empty, embedder):
        self._empty, self.embedder, self.library = empty, Remembering(embedder), a_library()
        self.pieces = [piece for document in the_documents() for piece in passages(document)]
        known = {piece.doc_id for piece in self.pieces}
        self.questions = [
            q
            for half, asked in halves(self.library.questions).items()
            for q in asked
            if half.endswith("report") and q.doc_id in known
        ]
        self._indexes, self._counted = {}, {}

    def index(self, kind):
        if kind not in self._indexes:
            made = self._indexes[kind] = self._empty(kind)
            vectors = self.embedder.embed([piece.read for piece in self.pieces])
            made.switch(made.build(self.pieces, vectors, self.embedder.name))
        return self._indexes[kind]

    def found(self, kind, side=None):
        """How many of the questions find their document among the first five passages; counted once."""
        if (kind, side) not in self._counted:
            self._counted[kind, side] = self._count(kind, side)
        return self._counted[kind, side]

    def _count(self, kind, side):
        index = self.index(kind) if side is None else OneSide(self.index(kind), side)
        find = finder(Retrieval(index, self.embedder), self.library, None)
        return sum(bool(q.right & {hit.passage.doc_id for hit in find(q.text)[:5]}) for q in self.questions)


@pytest.fixture(scope="session")
def filled(empty, embedder):
    return Filled(empty, embedder)

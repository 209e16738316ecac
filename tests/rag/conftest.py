"""A small library of documents, and the real one."""

from datetime import date

import pytest

from lending.adapters.policy_files import parse_policy, read_texts
from lending.settings import ROOT
from rag.adapters.kb_files import KbFiles
from rag.documents import fill, read_document
from rag.figures import figures_of
from rag.golden import golden_questions
from rag.notes import rate_notes
from rag.refresh import Library
from serving.formats import formats

KB = ROOT / "kb"
TODAY = date(2026, 11, 21)


@pytest.fixture(scope="session", params=["us", "in"])
def market(request):
    return request.param


def a_library(market="us", questions=None):
    """The real policy and questions of a market."""
    policy = parse_policy(read_texts(KB, market), market)
    asked = golden_questions(lambda name: (KB / name).read_text()) if questions is None else questions
    return Library(figures_of(policy, formats(market)), rate_notes(policy, formats(market)), asked, market, TODAY)


def the_documents(market="us"):
    """Every document of a market with its figures."""
    library = a_library(market)
    read = [read_document(path, text) for path, text in KbFiles(KB).texts().items()]
    return [fill(document, library.figures, TODAY) for document in read if market in document.markets]


def a_text(doc_id="late-fee", *, title="Paying late", body="A late fee is due after the days of grace.", **keys):
    """A document as written."""
    lines = {"id": doc_id, "title": title, "audience": "customer", "valid_from": "2026-01-01", "version": "1",
             "source": "A test", **keys}  # fmt: skip
    front = "\n".join(f"{key}: {value}" for key, value in lines.items() if value is not None)
    return f"---\n{front}\n---\n# {title}\n\n{body}\n"


class Written:
    """Documents from a dict; approved are those it is told."""

    def __init__(self, texts, approved=None):
        self._texts, self._approved = texts, approved

    def texts(self):
        return self._texts

    def approvals(self):
        known = {read_document(path, text).sha256: "risk" for path, text in self._texts.items()}
        return known if self._approved is None else self._approved

"""People who approve texts at the same time lose nobody's entry."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from lending.adapters.local_objects import LocalObjects
from lending.settings import ROOT
from rag.adapters.kb_files import KbFiles, KbShelf
from rag.approvals import APPROVALS
from serving.knowledge import Knowledge
from tests.serving.chat_bank import ChatBank

AT_ONCE = 8


def copied(tmp_path: Path) -> Knowledge:
    """A bank whose texts nobody has approved yet."""
    kb = tmp_path / "kb"
    shutil.copytree(ROOT / "kb", kb)
    (kb / APPROVALS).unlink()
    return replace(ChatBank(tmp_path / "home").knowledge, kb=kb, shelf=KbShelf(kb, LocalObjects(tmp_path / "objects")))


def test_texts_approved_at_the_same_time_are_all_approved(tmp_path: Path) -> None:
    knowledge = copied(tmp_path)
    names = sorted({passage.doc_id for passage in knowledge.retrieval.index.passages()})
    assert len(names) > AT_ONCE
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda name: knowledge.approve(name, "writer", "reader"), names))
    approved = [key for one in done for key in one["approved"]]
    assert len(KbFiles(knowledge.kb).approvals()) == len(approved) == len(set(approved))

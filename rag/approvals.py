"""Who approved which text: a document is indexed only when somebody other than its writer approved its hash."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from lending.domain.errors import RefusedError
from lending.domain.policy_leaves import Tree, keys_of, refuse, text_of, tree_of
from lending.yaml_text import read_tree
from rag.documents import Document

APPROVALS = "documents/approvals.yaml"
_KEYS = ("sha256", "written_by", "approved_by", "approved_on")


def read_approvals(path: str, text: str) -> dict[str, str]:
    """SHA-256 of a document's file to who approved it.

    Raises:
        PolicyError: a key is missing, or writer and approver are the same person.
    """
    return {entry["sha256"]: entry["approved_by"] for entry in entries_of(path, text).values()}


def approve(text: str, document: Document, written_by: str, approved_by: str, day: date) -> str:
    """The approvals file with one more entry; an older one for the same version is replaced.

    Raises:
        RefusedError: nobody approves their own text.
    """
    if written_by.strip().lower() == approved_by.strip().lower():
        raise RefusedError(
            f"{approved_by} wrote {document.key} and cannot approve it", code="four_eyes", field="approved_by",
            found=approved_by, expected="somebody other than the writer", do="Ask a second person.",
        )  # fmt: skip
    entries = entries_of(APPROVALS, text) if text.strip() else {}
    entries[document.key] = {
        "sha256": document.sha256, "written_by": written_by, "approved_by": approved_by, "approved_on": day.isoformat(),
    }  # fmt: skip
    lines = [f"{key}: {{{', '.join(f'{k}: {v}' for k, v in entries[key].items())}}}" for key in sorted(entries)]
    return "\n".join(["# Document and version to who wrote and who approved this very text.", *lines, ""])


def entries_of(path: str, text: str) -> dict[str, dict[str, str]]:
    """`{sha256, written_by, approved_by, approved_on}` by document. Raises PolicyError as `read_approvals`."""
    tree = tree_of(read_tree(path, text), path)
    return {key: _entry(keys_of(value, f"{path}: {key}", _KEYS), f"{path}: {key}") for key, value in tree.items()}


def _entry(tree: Tree, place: str) -> dict[str, str]:
    entry = {key: text_of(tree[key], f"{place}.{key}") for key in _KEYS}
    if not re.fullmatch(r"[0-9a-f]{64}", entry["sha256"]):
        refuse(f"{place}.sha256", repr(entry["sha256"])[:20], "64 hexadecimal digits")
    if entry["written_by"].lower() == entry["approved_by"].lower():
        refuse(f"{place}.approved_by", entry["approved_by"], "somebody other than the writer")
    return entry


def unapproved(documents: Mapping[str, Document], approvals: Mapping[str, str]) -> list[Document]:
    """Documents whose text nobody else approved, in order of their paths."""
    return [documents[path] for path in sorted(documents) if documents[path].sha256 not in approvals]

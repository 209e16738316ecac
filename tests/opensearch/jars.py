"""The class path of the node: artefacts of Maven Central, pinned by version and hash, unpacked once."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
VERSION = "2.19.1"
LONGEST_DOWNLOAD = 300.0  # seconds


class NodeError(Exception):
    """The node cannot be had; the sentence says why and what to do."""


def class_path() -> Path:
    """The folder with every jar; made when first asked for, by one process while others wait.

    Raises:
        NodeError: Java or Maven is missing, a download failed, or a file is not the one we pinned.
    """
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise NodeError(f"{program} is missing: install Java 17 and Maven to try OpenSearch")
    folder = Path(os.environ.get("OPENSEARCH_CACHE") or Path(sys.prefix) / "opensearch") / VERSION
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            _fill(folder)
    return folder / "jars"


def _fill(folder: Path) -> None:
    files, jars = folder / "files", folder / "jars"
    for old in (files, jars):
        shutil.rmtree(old, ignore_errors=True)
    _download(files)
    _check(files)
    jars.mkdir()
    for jar in sorted(files.glob("*.jar")):
        jar.rename(jars / jar.name)
    for plugin in sorted(files.glob("*.zip")):
        _unpack(plugin, jars)
    shutil.rmtree(files)
    (folder / "ready").touch()


def _download(files: Path) -> None:
    # A mirror may lack the repository's own checksums; every file is held against ours afterwards.
    command = ["mvn", "-B", "-q", "--lax-checksums", "-f", str(HERE / "pom.xml"),
               "dependency:copy-dependencies", f"-DoutputDirectory={files}"]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_DOWNLOAD, check=False)
    except subprocess.TimeoutExpired:
        raise NodeError(f"Maven took more than {LONGEST_DOWNLOAD:.0f} s") from None
    if done.returncode:
        raise NodeError(f"Maven could not fetch the artefacts of OpenSearch: {done.stdout.strip()[-300:]}")


def _check(files: Path) -> None:
    """Every file is there and has the hash we wrote down; nothing else is there."""
    pinned = dict(line.split()[::-1] for line in (HERE / "sha256sums").read_text().splitlines())
    found = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files.iterdir()}
    wrong = sorted({name for name, _ in pinned.items() ^ found.items()})
    if wrong:
        raise NodeError(f"these artefacts are not those of tests/opensearch/sha256sums: {', '.join(wrong[:5])}")


def _unpack(plugin: Path, jars: Path) -> None:
    """A plugin's own jars; where OpenSearch brings a library, its version stays."""
    there = {_library(jar.name) for jar in jars.iterdir()}
    with zipfile.ZipFile(plugin) as packed:
        for name in packed.namelist():
            if name.endswith(".jar") and "/" not in name and _library(name) not in there:
                (jars / name).write_bytes(packed.read(name))


def _library(name: str) -> str:
    return re.sub(r"-\d.*", "", name)

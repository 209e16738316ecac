"""A servable package as one file, `model.tar.gz`: what SageMaker fetches and unpacks into `/opt/ml/model`.

It holds the package's files as they were sealed (native model, calibration, feature set, manifest with every hash) and
`archive.json`: version, hash of the manifest, feature set, and the hash of the code that makes its features. The same
package gives the same bytes on every machine and day.
"""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

from lending.domain.errors import CandorError, RefusedError
from training.servable.manifest import MANIFEST, dumps, sha256_of, verify, write_whole
from training.servable.source_code import sources_sha256

ARCHIVE = "archive.json"
MODEL_TAR = "model.tar.gz"
MOST_BYTES = 512 * 1024 * 1024
"""Of all files of an archive together."""
MOST_FILES = 500
_HEADERS = 64 * 1024
"""Of what is read beside the members and their own headers: a buffer of `tarfile`, and the end."""
_SCHEMA = "archive/1"


@dataclass(frozen=True, slots=True)
class Archive:
    """What an archive says of the package in it.

    Attributes:
        version: registered name and number.
        manifest_sha256: hash of the manifest, which is the hash of the model.
        feature_set: name of the features that it reads, in their order.
        feature_code: hash of the code that makes features, where the archive was made.
        code_version: of the code that trained it; "" for an older package.
        schema: of this list.
    """

    version: str
    manifest_sha256: str
    feature_set: str
    feature_code: str
    code_version: str
    schema: str = _SCHEMA


def pack(folder: Path, out: Path) -> str:
    """Write a package folder as `model.tar.gz`, whole or not at all.

    Args:
        folder: a package; every hash is checked first.
        out: the file to write.

    Returns:
        The SHA-256 of the archive's bytes.

    Raises:
        NotFoundError: the folder holds no package.
        RefusedError: a file of the package is missing or was changed.
        OSError: the archive cannot be written.
    """
    manifest, digest = verify(folder)
    files = {name: (folder / name).read_bytes() for name in [*manifest["files"], MANIFEST]}
    facts = Archive(
        manifest["version"], digest, json.loads(files["features.json"])["name"], sources_sha256(("features",)),
        str(manifest.get("code_version", "")),
    )  # fmt: skip
    content = _compressed({**files, ARCHIVE: dumps(asdict(facts)).encode()})
    write_whole(out, content)
    return sha256_of(content)


def unpack(archive: Path, folder: Path, expected_sha256: str | None = None) -> Archive:
    """Unpack an archive into a folder of its own, after everything in it was checked.

    Args:
        archive: a `model.tar.gz`.
        folder: must not be there yet; it appears whole or not at all.
        expected_sha256: hash of the archive's bytes, where it is known.

    Raises:
        RefusedError: the hash is another; a member is a link, lies outside, is too large or stands twice; a file is not
            the one that was sealed; or the archive is not about the package in it.
        OSError: it cannot be read, or the folder cannot be written.
    """
    with _new_folder(folder) as beside:
        with archive.open("rb") as stream:
            _check(archive.name, stream, expected_sha256)
            for name, content in _members(archive.name, stream):
                (beside / name).write_bytes(content)
        return read_archive(beside, archive.name)


def read_archive(folder: Path, archive: str = MODEL_TAR) -> Archive:
    """What an unpacked archive says of itself, once every file of it was checked; `archive` names it in an error.

    Raises:
        RefusedError: as `unpack`.
    """
    manifest, digest = _verified(archive, folder)
    try:
        facts = Archive(**json.loads((folder / ARCHIVE).read_text(encoding="utf-8")))
        features = json.loads((folder / "features.json").read_text(encoding="utf-8"))["name"]
    except (OSError, ValueError, TypeError, KeyError):
        raise _refused(archive, f"no readable {ARCHIVE}", f"an archive of schema {_SCHEMA}") from None
    if (facts.schema, facts.version, facts.manifest_sha256) != (_SCHEMA, manifest["version"], digest):
        raise _refused(archive, f"{ARCHIVE} is about {facts.version}", f"{manifest['version']} with its manifest")
    if facts.feature_set != features:
        raise _refused(archive, f"{ARCHIVE} names the features {facts.feature_set}", features)
    stray = {p.name for p in folder.iterdir()} - {*manifest["files"], MANIFEST, ARCHIVE}
    if stray:
        raise _refused(archive, f"files that nobody sealed: {', '.join(sorted(stray))[:80]}", "only sealed files")
    return facts


def _compressed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=out, compresslevel=6, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for name in sorted(files):
            member = tarfile.TarInfo(name)  # time, owner and group stay at nought
            member.size, member.mode = len(files[name]), 0o644
            tar.addfile(member, io.BytesIO(files[name]))
    return out.getvalue()


def _check(archive: str, stream: IO[bytes], expected: str | None) -> None:
    if expected is None:
        return
    found = sha256_of(stream.read(MOST_BYTES + 1))
    stream.seek(0)
    if found != expected:
        raise _refused(archive, f"it has the hash {found[:16]}", f"the hash {expected[:16]}")


@dataclass(slots=True)
class _Allowed:
    """A stream of which no more is read than was allowed: a long header costs memory before anybody sees a member."""

    stream: IO[bytes]
    left: int = _HEADERS

    def read(self, size: int) -> bytes:
        content = self.stream.read(size)
        self.left -= len(content)
        if self.left < 0:
            raise tarfile.ReadError
        return content


def _members(archive: str, stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    seen: set[str] = set()
    left = MOST_BYTES
    try:
        allowed = _Allowed(cast("IO[bytes]", gzip.GzipFile(fileobj=stream)))
        with tarfile.open(fileobj=cast("IO[bytes]", allowed), mode="r|") as tar:
            for member in tar:
                plain = member.isreg() and Path(member.name).name == member.name and "\\" not in member.name
                if not plain or member.name in seen or len(seen) >= MOST_FILES or member.size > left:
                    what = f"the member {member.name[:60]!r} of {member.size} bytes"
                    raise _refused(archive, what, "plain files within its bounds, each once")
                seen.add(member.name)
                left -= member.size
                allowed.left += member.size + 2 * tarfile.BLOCKSIZE
                source = tar.extractfile(member)
                yield member.name, source.read() if source else b""
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error, ValueError) as error:
        raise _refused(archive, f"no archive can be read in it ({type(error).__name__})", "a tar.gz") from None


def _verified(archive: str, folder: Path) -> tuple[dict[str, Any], str]:
    try:
        return verify(folder)
    except CandorError as error:
        raise _refused(archive, str(error), "a sealed package") from None


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside a place, moved there at the end and removed when anything fails."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".", suffix=".tmp"))
    try:
        yield beside
        beside.chmod(0o755)
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _refused(archive: str, found: str, expected: str) -> RefusedError:
    return RefusedError(
        f"{archive} is not used: {found}; expected {expected}", code="archive", field="archive",
        found=found[:200], expected=expected, do="Pack the version again: candor endpoint package VERSION --out FILE",
    )  # fmt: skip

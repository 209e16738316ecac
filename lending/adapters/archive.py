"""One file that holds many: a zip whose last member is a manifest with the size and SHA-256 of every other one."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from lending.domain.errors import InputError, RefusedError, UnavailableError

Told = Callable[[float, str], None]
"""Takes the share that is done, 0 to 1, and what is happening."""
MANIFEST = "manifest.json"
FORM = 1
"""Counted up whenever an older program could not read what a newer one writes."""
_PIECE = 1 << 20
_DATED = (1980, 1, 1, 0, 0, 0)
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError)
"""What the reader of zips raises where bytes were changed; NotImplementedError is a RuntimeError."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside: bytes and the hash over them."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive says of itself."""

    facts: Mapping[str, Any]
    members: Mapping[str, Member]

    @property
    def size(self) -> int:
        """Bytes of all members."""
        return sum(one.size for one in self.members.values())


def write(target: Path, files: Iterable[tuple[str, Path]], facts: Mapping[str, Any], expected: int, tell: Told) -> int:
    """Write an archive that nobody else may read, whole or not at all.

    Args:
        target: must not be there.
        files: member names with the files that they are read from, once; one that has gone meanwhile is left out.
        facts: what the manifest says besides.
        expected: bytes to come, for the share that is told.
        tell: of the share that is done.

    Returns:
        The archive's bytes.

    Raises:
        UnavailableError: the disk is full or cannot be written; nothing is left behind.
    """
    half = target.with_name(f".{target.name}.half")
    with _disk(target):
        try:
            with os.fdopen(os.open(half, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600), "w+b") as stream:
                _fill(stream, files, facts, expected, tell)
                stream.flush()
                os.fsync(stream.fileno())
            half.rename(target)
        finally:
            half.unlink(missing_ok=True)
        return target.stat().st_size


def read(file: Path) -> Contents:
    """The manifest of an archive.

    Raises:
        InputError: the file is no backup; RefusedError: a newer program wrote it; UnavailableError: it cannot be read.
    """
    with _opened(file) as archive:
        try:
            told = json.loads(archive.read(MANIFEST))
            members = {name: Member(one["size"], one["sha256"]) for name, one in told["files"].items()}
            facts, form = cast("dict[str, Any]", told["facts"]), told["form"]
        except (*_BROKEN, KeyError, TypeError, AttributeError):
            raise _no_backup(file, "it has no manifest") from None
        if form != FORM:
            raise RefusedError(f"{file.name} has form {form}; this program reads form {FORM}", code="newer_backup",
                               found=str(form), expected=str(FORM), do="Use the program that wrote it.")  # fmt: skip
        if {*archive.namelist()} != {*members, MANIFEST} or not all(map(_plain, members)):
            raise _damaged(file, "its files are not those of its manifest")
    return Contents(facts, members)


def check(file: Path, contents: Contents, tell: Told) -> None:
    """Read every member and compare. Raises RefusedError naming the first that is not as it was written."""
    _walk(file, contents, tell, lambda _name: None)


def unpack(file: Path, contents: Contents, folder: Path, tell: Told) -> None:
    """Write every member below a folder, compared once more on the way. Raises RefusedError, UnavailableError."""

    def place(name: str) -> IO[bytes]:
        target = folder.joinpath(*name.split("/"))
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.open("wb")

    with _disk(folder):
        _walk(file, contents, tell, place)


def _fill(
    stream: IO[bytes], files: Iterable[tuple[str, Path]], facts: Mapping[str, Any], expected: int, tell: Told
) -> None:
    members: dict[str, dict[str, Any]] = {}
    done = 0
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, path in files:
            if (member := _add(archive, name, path)) is None:
                continue
            members[name] = {"size": member.size, "sha256": member.sha256}
            done += member.size
            tell(min(done / max(expected, 1), 1.0), name)
        manifest = {"form": FORM, "facts": dict(facts), "files": members}
        archive.writestr(zipfile.ZipInfo(MANIFEST, _DATED), json.dumps(manifest, indent=1, sort_keys=True))


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> Member | None:
    try:
        source = path.open("rb")
    except FileNotFoundError:
        return None
    info = zipfile.ZipInfo(name, _DATED)
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    with source, archive.open(info, "w", force_zip64=True) as target:
        return _copied(source, target)


def _walk(file: Path, contents: Contents, tell: Told, place: Callable[[str], IO[bytes] | None]) -> None:
    done = 0
    with _opened(file) as archive:
        for name, member in contents.members.items():
            try:
                with archive.open(name) as source, closing(place(name) or _Nowhere()) as target:
                    found = _copied(source, target)
            except _BROKEN:
                raise _damaged(file, f"{name} cannot be read") from None
            if found != member:
                raise _damaged(file, f"{name} is not as it was written")
            done += member.size
            tell(done / max(contents.size, 1), name)


class _Nowhere:
    """Takes bytes and keeps none."""

    def write(self, piece: bytes) -> None:
        """Forget them."""

    def close(self) -> None:
        """Nothing is open."""


def _copied(source: IO[bytes], target: Any) -> Member:
    digest, size = hashlib.sha256(), 0
    while piece := source.read(_PIECE):
        digest.update(piece)
        target.write(piece)
        size += len(piece)
    return Member(size, digest.hexdigest())


def _plain(name: str) -> bool:
    """A path that stays below the folder it is unpacked in."""
    return "\\" not in name and not {"", ".", ".."} & {*name.split("/")}


@contextmanager
def _opened(file: Path) -> Generator[zipfile.ZipFile]:
    with _disk(file):
        try:
            archive = zipfile.ZipFile(file)
        except FileNotFoundError:
            raise _no_backup(file, "it is not there") from None
        except zipfile.BadZipFile:
            raise _no_backup(file, "it is no archive, or only a part of one") from None
        with archive:
            yield archive


@contextmanager
def _disk(place: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"{error.filename or place} cannot be used: {error.strerror or error}", code="storage", field=str(place),
            found=str(error.strerror or error), expected="a disk with room that can be read and written",
            do="Check the folder's permissions and free space.",
        ) from None  # fmt: skip


def _no_backup(file: Path, why: str) -> InputError:
    return InputError(f"{file} is no backup of Candor: {why}", code="backup", field="FILE", found=why,
                      expected="a file that candor db backup wrote", do="Name another file.")  # fmt: skip


def _damaged(file: Path, why: str) -> RefusedError:
    return RefusedError(f"{file.name} is damaged: {why}; nothing was restored", code="damaged_backup", field="FILE",
                        found=why, expected="the bytes that were written", do="Use another copy of it.")  # fmt: skip

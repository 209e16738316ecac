"""What all tests share: builders' clock, a throw-away platform, sample data, and the count of skips at the end."""

from __future__ import annotations

import gc
import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from lending.errand import enter
from lending.settings import ROOT, Settings, load_settings
from tests.fakes.aws import aws, moto_server  # noqa: F401 - fixtures that every folder may ask for

REQUIRED = frozenset(filter(None, os.environ.get("CANDOR_REQUIRE", "").split(",")))
FULL = os.environ.get("CANDOR_SIZE") == "full"

# Templates write in every test that does not ask for a language model, also where one was fetched or named.
os.environ["CANDOR_LLM_KIND"] = "none"

# The small run tries the same examples every time, so that it passes or fails for a change and not by chance; the full
# run goes on searching.
hypothesis.settings.register_profile("small", derandomize=True, database=None, deadline=None)
hypothesis.settings.register_profile("full", deadline=None)
hypothesis.settings.load_profile("full" if FULL else "small")


LONG = ("acceptance", "training", "flows", "journeys", "attacks")
"""Folders whose files take long, the longest first."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with files that take long: where several workers share the run, none is left alone with one at the end.

    What is marked `full` runs at full size alone: it takes long and looks at a path beside those that others walk.
    """
    if not FULL:
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("full")])
        items[:] = [item for item in items if not item.get_closest_marker("full")]
    items.sort(key=lambda item: LONG.index(folder) if (folder := item.path.parent.name) in LONG else len(LONG))


SHARED = {"acceptance": "a bank with a trained champion", "flows": "a Prefect server"}
"""Folders whose files share what takes long to make: one worker runs them all, and makes it once."""


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file at a time for each worker; files that share what takes long to make count as one."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByWhatIsShared(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return SHARED.get(Path(file).parent.name, file)

    return ByWhatIsShared(config, log)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what is loaded by now and lives as long as the run; it took a sixth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def sized(small: int, full: int) -> int:
    """A suite's size: small in `make check`, full in `make check-full`."""
    return full if FULL else small


def missing(service: str, sentence: str) -> None:
    """Skip with a sentence, or fail where CANDOR_REQUIRE names the service."""
    if service in REQUIRED:
        pytest.fail(f"CANDOR_REQUIRE names {service}, but {sentence}")
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """The folder with the sample data sets."""
    folder = os.environ.get("CANDOR_SAMPLE_DATA", "")
    if not folder or not Path(folder).is_dir():
        missing("sample_data", "no sample data: set CANDOR_SAMPLE_DATA to the folder that holds lendingclub_2007_2010")
    return Path(folder)


@pytest.fixture(scope="session")
def embedder() -> Any:
    """The embedding model that ships in packages."""
    from rag.adapters.local_embedder import LocalEmbedder

    return LocalEmbedder()


@pytest.fixture(scope="session")
def llm_weights() -> Path:
    """The small language model: the file named by CANDOR_LLM_PATH, or the one that `make llm SIZE=0.5b` fetched."""
    from rag.weights import choose

    named = os.environ.get("CANDOR_LLM_PATH")
    file = Path(named) if named else ROOT / "var" / "models" / "llm" / choose("0.5b").file
    if not file.is_file():
        missing("llm", "no language model: run make llm SIZE=0.5b, or set CANDOR_LLM_PATH to a GGUF file")
    return file


class HandClock:
    """A clock that a test moves by hand."""

    def __init__(self, at: datetime = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(autouse=True)
def nobody_at_work() -> None:
    """Each test begins outside any request; another may have left an answer half read."""
    enter(None)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of the test profile with all state in a folder of the test's own."""
    return load_settings(profile="test", home=tmp_path / "var", sample_data=os.environ.get("CANDOR_SAMPLE_DATA"))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say on the last line how many tests were skipped, and why."""
    reporter: Any = config.pluginmanager.getplugin("terminalreporter")
    if reporter is None:
        return
    reasons: Counter[str] = Counter()
    for report in reporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[reason.removeprefix("Skipped: ")] += 1
    said = "; ".join(f"{count} because {reason}" for reason, count in sorted(reasons.items())) or "none"
    reporter.write_line(f"skipped: {reasons.total()} ({said})")

"""One Prefect server for all tests of flows, and a home of their own."""

from __future__ import annotations

import warnings

import pytest


@pytest.fixture(scope="session", autouse=True)
def prefect_home(tmp_path_factory):
    """A home for Prefect before anything imports it, or it would write to the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        patch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        yield


@pytest.fixture(scope="package")
def prefect_server(prefect_home):
    """The address of a temporary Prefect server, without /api; it takes about ten seconds once."""
    from prefect.settings import get_current_settings
    from prefect.testing.utilities import prefect_test_harness

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own, on this Python
        with prefect_test_harness(server_startup_timeout=120):
            yield str(get_current_settings().api.url).removesuffix("/api")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home folder, and a platform that knows it."""
    from serving.assembly import platform

    monkeypatch.setenv("CANDOR_HOME", str(tmp_path))
    monkeypatch.setenv("CANDOR_PROFILE", "test")
    platform.cache_clear()
    yield tmp_path
    platform.cache_clear()

"""What is told of a request spoils neither the request nor what else is told of it."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest

from lending.errand import Errand
from serving.measures import Measures
from serving.telemetry import Telemetry, make_log


class Full(io.StringIO):
    """A stream whose disk is full."""

    def write(self, _: str) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("broken", ["log", "emf"])
def test_a_full_disk_is_borne_and_the_rest_is_told(broken: str) -> None:
    offered = list[Any]()
    spans: Any = SimpleNamespace(offer=offered.append)
    log, emf = (Full() if broken == name else io.StringIO() for name in ("log", "emf"))
    telemetry = Telemetry("api", Measures(), make_log(log), emf=emf, spans=spans)
    telemetry.finished(Errand.begin(timed=True), "GET", "/healthz", 200, 0.01)
    assert len(offered) == 1
    assert b"candor_requests_total" in telemetry.measures.text()
    assert [bool(one.getvalue()) for one in (log, emf)] == [broken != "log", broken != "emf"]

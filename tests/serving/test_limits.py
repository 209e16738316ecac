from __future__ import annotations

import pytest

from lending.domain.errors import PolicyError
from lending.settings import ROOT
from serving import limits
from serving.limits import Limiter, Rate, TooOftenError, open_limits, read_limits
from serving.refusals import headers_of, status_of

ADDRESS = "POST /ask"
TEXT = (ROOT / "kb" / "limits.yaml").read_text(encoding="utf-8")


class Now:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def limiter(now: Now, most: int = 3, seconds: float = 60) -> Limiter:
    return Limiter({ADDRESS: Rate("ask", most, seconds), "GET /ask": Rate("ask", most, seconds)}, now)


def test_as_many_as_the_limit_go_on_and_the_next_is_told_how_long_to_wait() -> None:
    now = Now()
    one = limiter(now)
    for _ in range(3):
        one.check(ADDRESS, "C1")
    with pytest.raises(TooOftenError) as caught:
        one.check(ADDRESS, "C1")
    assert caught.value.wait_seconds == 20
    assert status_of(caught.value) == 429
    assert int(headers_of(caught.value)["Retry-After"]) >= 20
    now.at += caught.value.wait_seconds
    one.check(ADDRESS, "C1")
    with pytest.raises(TooOftenError):
        one.check(ADDRESS, "C1")


def test_one_person_does_not_use_up_what_another_may_ask() -> None:
    one = limiter(Now(), most=1)
    one.check(ADDRESS, "C1")
    one.check(ADDRESS, "C2")


def test_addresses_of_one_limit_count_together_and_others_are_free() -> None:
    one = limiter(Now(), most=1)
    one.check(ADDRESS, "C1")
    with pytest.raises(TooOftenError):
        one.check("GET /ask", "C1")
    for _ in range(100):
        one.check("GET /else", "C1")


def test_what_it_remembers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST_KEPT", 10)
    one = limiter(Now())
    for number in range(50):
        one.check(ADDRESS, f"C{number}")
    assert len(one._left) == 10


@pytest.mark.parametrize(
    ("old", "new"),
    [("free: 5", "free: 0"), ("most: 120", "most: many"), ("  name:", "  nobody:"), ("seconds: 60", "second: 60"),
     ("      - POST /portal/events", "      - POST /portal/events\n      - POST /portal/events")],
)  # fmt: skip
def test_a_wrong_file_names_the_place(old: str, new: str) -> None:
    assert old in TEXT
    with pytest.raises(PolicyError, match=r"limits\.yaml"):
        read_limits(TEXT.replace(old, new, 1))


def test_the_banks_own_limits_can_be_read() -> None:
    found = open_limits(ROOT / "kb")
    assert found.brakes["name_from_source"].free == 5
    assert found.rates["POST /portal/events"].most >= 60

"""Prompts are files with versions, and a reader stays with the one they got."""

from collections import Counter
from decimal import Decimal

import pytest

from lending.domain.buckets import bucket
from lending.domain.errors import InputError, NotFoundError, PolicyError
from rag.prompt import read_prompts

FILE = "id: hello\nversion: {version}\ntext: Say hello, version {version}.\n"


def a_folder(tmp_path, live="hello: {1: 0.5, 2: 0.5}", versions=(1, 2)):
    for version in versions:
        (tmp_path / f"hello.v{version}.yaml").write_text(FILE.format(version=version))
    (tmp_path / "live.yaml").write_text(live)
    return tmp_path


def test_every_prompt_that_ships_can_be_read_and_is_live_or_was():
    prompts = read_prompts()
    assert prompts.of("reword", "C00001").id == "reword"
    assert all(prompt.text and prompt.note for prompt in prompts.all)


def test_readers_are_divided_by_share_and_stay(tmp_path):
    prompts = read_prompts(a_folder(tmp_path))
    first = {f"C{n}": prompts.of("hello", f"C{n}").key for n in range(2000)}
    assert first == {name: prompts.of("hello", name).key for name in first}
    assert 900 < Counter(first.values())["hello@1"] < 1100


def test_a_growing_share_moves_nobody_out_of_it():
    small, large = ({"new": Decimal(share), "old": 1 - Decimal(share)} for share in ("0.1", "0.4"))
    people = [f"C{n}" for n in range(1000)]
    before = {p for p in people if bucket(p, "x", small) == "new"}
    after = {p for p in people if bucket(p, "x", large) == "new"}
    assert before < after
    assert before != {p for p in people if bucket(p, "y", small) == "new"}


@pytest.mark.parametrize("shares", [{}, {"a": Decimal("0.5")}, {"a": Decimal(2), "b": Decimal(-1)}])
def test_shares_must_add_up(shares):
    with pytest.raises(InputError, match="shares"):
        bucket("C1", "x", shares)


def test_a_live_version_must_be_there(tmp_path):
    with pytest.raises(NotFoundError, match="version 3"):
        read_prompts(a_folder(tmp_path, live="hello: {3: 1.0}"))


def test_a_file_s_name_says_what_it_holds(tmp_path):
    folder = a_folder(tmp_path)
    (folder / "hello.v3.yaml").write_text(FILE.format(version=4))
    with pytest.raises(PolicyError, match="does not fit"):
        read_prompts(folder)


def test_an_unknown_prompt_is_named():
    with pytest.raises(NotFoundError, match="nothing-such"):
        read_prompts().of("nothing-such", "C1")

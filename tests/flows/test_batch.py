"""Batch decisions: a line in, a line out, in order; the file appears whole or not at all."""

import json
from collections import deque
from concurrent.futures import Future

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.batch import LONGEST_LINE, decide_lines
from flows.batch_workers import _done
from lending.domain.errors import InputError, NotFoundError, UnavailableError


class _Quotes:
    """Answers what it was asked; the real one is tested with the serving package."""

    def quote_texts(self, asked, *, channel, actor):
        if any(customer == "DOWN" for customer, _, _ in asked):
            raise UnavailableError("the record cannot be written")
        return [self._quote(*one, channel) for one in asked]

    def _quote(self, customer, ask, as_of, channel):
        if customer == "C404":
            return NotFoundError("no such customer", field="customer")
        said = {"customer": customer, "amount": str(ask.amount), "as_of": str(as_of), "channel": channel}
        return json.dumps(said)


def _decide(tmp_path, *lines: bytes, end: bytes = b"\n"):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"\n".join(lines) + end)
    done = decide_lines(_Quotes(), source, target)
    return done, [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]


GOOD = b'{"id": "a", "customer": "C1", "product": "car", "amount": "100.00", "as_of": "2026-09-01"}'


def test_each_line_is_answered_in_order(tmp_path):
    other = GOOD.replace(b'"a"', b'"b"').replace(b"C1", b"C2")
    done, out = _decide(tmp_path, GOOD, other)
    assert [row["id"] for row in out] == ["a", "b"]
    assert [row["customer"] for row in out] == ["C1", "C2"]
    assert out[0]["as_of"] == "2026-09-01"
    assert out[0]["channel"] == "batch"
    assert (done["lines"], done["decided"], done["failed"]) == (2, 2, 0)


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b'{"customer": 5}', GOOD.replace(b"C1", b"C404"), GOOD.replace(b'"100.00"', b"1e309"),
     GOOD.replace(b'"100.00"', b"0"), GOOD.replace(b"2026-09-01", b"yesterday"),
     GOOD.replace(b"2026-09-01", b"2026-W36-2"), GOOD.replace(b"2026-09-01", b"20260901"),
     GOOD.replace(b'"a"', b"1.50"), GOOD.replace(b'"a"', b'{"a": 1}'), GOOD.replace(b"amount", b"amuont"),
     b"\xff\xfe", b'{"a":"' + b"x" * (LONGEST_LINE * 3) + b'"}'],
)  # fmt: skip
def test_a_bad_line_is_answered_with_its_number_and_spoils_no_other(tmp_path, line):
    done, out = _decide(tmp_path, GOOD, line, GOOD)
    assert len(out) == 3
    assert set(out[1]) == {"id", "line", "error"}
    assert out[1]["line"] == 2
    assert "error" not in out[0]
    assert "error" not in out[2]
    assert done["failed"] == 1


@pytest.mark.parametrize("label", [b'"a"', b'""', b"7", b"-3", b"null", b"123456789012345678901234567890"])
def test_an_id_comes_back_as_it_was_sent(tmp_path, label):
    _, out = _decide(tmp_path, GOOD.replace(b'"a"', label))
    assert out[0]["id"] == json.loads(label)
    assert "error" not in out[0]


def test_a_last_line_without_a_newline_counts_too(tmp_path):
    done, _out = _decide(tmp_path, GOOD, GOOD, end=b"")
    assert done["decided"] == 2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\n", b"")), min_size=1, max_size=5))
def test_any_bytes_give_as_many_lines_out_as_in(tmp_path, lines):
    done, out = _decide(tmp_path, *lines)
    assert len(out) == done["lines"] == len(lines)


def test_when_a_dependency_goes_down_the_old_file_stays(tmp_path):
    (tmp_path / "out.jsonl").write_text("before", encoding="utf-8")
    with pytest.raises(UnavailableError):
        _decide(tmp_path, GOOD, GOOD.replace(b"C1", b"DOWN"))
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == "before"
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "out.jsonl"}


def test_a_missing_source_or_folder_is_said_before_anything_is_written(tmp_path):
    with pytest.raises(InputError, match="--in"):
        decide_lines(_Quotes(), tmp_path / "none.jsonl", tmp_path / "out.jsonl")
    (tmp_path / "in.jsonl").write_bytes(GOOD)
    with pytest.raises(InputError, match="--out"):
        decide_lines(_Quotes(), tmp_path / "in.jsonl", tmp_path / "no" / "out.jsonl")


def test_what_is_done_by_then_is_written_together_and_nothing_out_of_turn():
    first, second, third, fourth = (Future() for _ in range(4))
    for number, one in enumerate((first, second, fourth)):
        one.set_result(([], ([str(number)], 0)))
    ahead = deque([first, second, third, fourth])
    assert [texts for _, (texts, _) in _done(ahead)] == [["0"], ["1"]]
    assert list(ahead) == [third, fourth]

"""Care around a language model: every fault that a model can have ends in one error, in time, and within the money."""

import time
from decimal import Decimal

import pytest
import stamina

from lending.domain.errors import UnavailableError
from rag.careful import CarefulModel, Limits
from rag.ports import Piece, Task, Usage
from rag.prices import Price
from rag.unavailable import CAP, FAULT, MISSING, REFUSED, RESTING, TIME, unavailable
from serving.language import DiarySpend
from tests.patience import given_up

TASK = Task("You word claims.", "A shorter term costs less.", most_tokens=20, seconds=5)
GOOD = (Piece("It costs "), Piece("less."), Piece("", Usage(12, 4, Decimal("0.002"))))
DOLLAR = Price(Decimal(1_000_000), Decimal(1_000_000))


class Scripted:
    """A model that does, call by call, what it is told; the last turn goes on for ever. An exception is raised."""

    name = "scripted:0123456789ab"

    def __init__(self, *turns):
        self._turns, self.asked, self.closed = list(turns), [], 0

    def write(self, task):
        self.asked.append(task)
        turn = self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]
        try:
            for item in turn() if callable(turn) else turn:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            self.closed += 1


class Spent:
    """What the diary says was spent."""

    def __init__(self, dollars="0"):
        self.dollars = Decimal(dollars)

    def spent(self, day):
        return self.dollars


@pytest.fixture(autouse=True)
def no_waiting():
    """Between two tries nothing is waited for."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield


@pytest.fixture
def careful(clock):
    def build(*turns, spend=None, price=DOLLAR, seconds=5.0, tries=3, failures=3, cap=None):
        model = Scripted(*turns)
        return model, CarefulModel(model, Limits(seconds, tries, failures, 60, cap), spend or Spent(), clock, price)

    return build


def text_of(model, task=TASK):
    return "".join(piece.text for piece in model.write(task))


def code_of(model, task=TASK):
    return code_of_rest(model.write(task))


def code_of_rest(pieces):
    with pytest.raises(UnavailableError) as caught:
        list(pieces)
    return caught.value.code


FAULTS = {
    "raises": [ValueError("boom")],
    "raises late": [Piece("It "), KeyError("x")],
    "exits": [SystemExit(1)],
    "no memory": [MemoryError()],
    "says nothing": [],
    "says blanks": [Piece("  \n"), Piece("")],
    "counts without words": [Piece("", Usage(5, 0))],
    "gives text that is no piece": ["It costs less."],
    "gives None": [None],
    "gives bytes": [Piece(b"It costs less.")],
    "runs on": lambda: iter(lambda: Piece("and on " * 20), None),
    "is no iterator": lambda: 7,
}


def test_a_good_text_passes_as_it_is(careful):
    _, model = careful(GOOD)
    assert tuple(model.write(TASK)) == GOOD
    assert model.name == Scripted.name


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_whatever_a_model_does_wrong_is_one_error(careful, fault):
    _, model = careful(fault, tries=1)
    assert code_of(model) == FAULT


def test_a_model_that_hangs_is_left_behind_in_time(careful):
    released = []

    def hang():
        while not released:
            time.sleep(0.01)
        yield Piece("too late")

    _, model = careful(hang)
    with given_up():
        assert code_of(model, Task("", "", seconds=0.1)) == TIME
    released.append(True)


def test_a_slow_drip_is_given_up_after_what_came(careful):
    def drip():
        while True:
            time.sleep(0.02)
            yield Piece("x")

    inner, model = careful(drip)
    said = []
    with pytest.raises(UnavailableError) as caught:
        said.extend(piece for piece in model.write(Task("", "", seconds=0.15)))
    assert caught.value.code == TIME
    for _ in range(100):
        if inner.closed:
            return
        time.sleep(0.01)
    pytest.fail("the model was never told to stop")


def test_a_task_never_gets_more_than_the_limit(careful):
    inner, model = careful(GOOD, seconds=2.0)
    text_of(model, Task("", "", seconds=60))
    assert inner.asked[0].seconds <= 2.0


def test_what_breaks_before_the_first_word_is_tried_again(careful):
    inner, model = careful([ConnectionError()], [Piece(" "), ConnectionError()], GOOD)
    assert text_of(model) == "It costs less."
    assert len(inner.asked) == 3


def test_what_breaks_after_the_first_word_is_not_tried_again(careful):
    inner, model = careful([Piece("It "), ConnectionError()], GOOD)
    assert code_of(model) == FAULT
    assert len(inner.asked) == 1


def test_tries_end(careful):
    inner, model = careful([ConnectionError()])
    assert code_of(model) == FAULT
    assert len(inner.asked) == 3


@pytest.mark.parametrize("code", [MISSING, REFUSED, TIME])
def test_what_another_try_cannot_mend_is_not_tried_again(careful, code):
    inner, model = careful([unavailable(code, "no")])
    assert code_of(model) == code
    assert len(inner.asked) == 1


def test_a_reader_that_leaves_stops_the_model(careful):
    inner, model = careful(lambda: iter(lambda: Piece("x"), None))
    pieces = model.write(TASK)
    next(pieces)
    pieces.close()
    for _ in range(100):
        if inner.closed:
            return
        time.sleep(0.01)
    pytest.fail("the model goes on although nobody reads")


def test_after_failures_in_a_row_the_model_is_left_alone_for_a_while(careful, clock):
    inner, model = careful([ConnectionError()], tries=1)
    assert [code_of(model) for _ in range(5)] == [FAULT, FAULT, FAULT, RESTING, RESTING]
    assert len(inner.asked) == 3
    clock.move(seconds=59)
    assert code_of(model) == RESTING


def test_after_the_rest_one_call_tries_and_a_failure_starts_another_rest(careful, clock):
    inner, model = careful([ConnectionError()], tries=1)
    for _ in range(3):
        code_of(model)
    clock.move(seconds=61)
    assert [code_of(model) for _ in range(2)] == [FAULT, RESTING]
    assert len(inner.asked) == 4


def test_while_one_call_tries_the_others_are_turned_away(careful, clock):
    bad = [ConnectionError()]
    _, model = careful(bad, bad, bad, GOOD, tries=1)
    for _ in range(3):
        code_of(model)
    clock.move(seconds=61)
    trying = model.write(TASK)
    next(trying)
    assert code_of(model) == RESTING
    assert "".join(piece.text for piece in trying) == "less."
    assert text_of(model) == "It costs less."


def test_a_success_forgets_the_failures(careful):
    bad = [ConnectionError()]
    _, model = careful(bad, bad, GOOD, bad, bad, GOOD, tries=1)
    for expected in (FAULT, FAULT, None, FAULT, FAULT, None):
        assert (code_of(model) if expected else text_of(model)) == (expected or "It costs less.")


@pytest.mark.parametrize("code", [MISSING, REFUSED])
def test_a_request_that_a_well_model_refuses_is_no_failure_of_it(careful, code):
    _, model = careful([unavailable(code, "no")])
    assert [code_of(model) for _ in range(5)] == [code] * 5


def test_no_call_is_made_once_the_days_money_is_spent(careful, clock):
    inner, model = careful(GOOD, spend=Spent("5.00"), cap=Decimal(5))
    assert code_of(model) == CAP
    assert inner.asked == []


def test_a_cent_below_the_cap_is_below_the_cap(careful):
    _, model = careful(GOOD, spend=Spent("4.99"), cap=Decimal(5))
    assert text_of(model) == "It costs less."


def test_a_cap_of_nothing_lets_nothing_through(careful):
    _, model = careful(GOOD, cap=Decimal(0))
    assert code_of(model) == CAP


def test_a_model_without_a_price_is_not_capped(careful):
    _, model = careful(GOOD, spend=Spent("1000"), price=Price(Decimal(0), Decimal(0)))
    assert text_of(model) == "It costs less."


@pytest.mark.parametrize("leaves", [True, False])
def test_what_broke_off_without_a_count_still_costs(careful, clock, leaves):
    """A reader may leave after a sentence, and a line may break: the provider asks for its money all the same."""
    _, model = careful([Piece("A long first sentence. "), Piece("B"), ConnectionError()], cap=Decimal(30), failures=99)
    pieces = model.write(TASK)
    next(pieces)
    if leaves:
        pieces.close()
    else:
        assert code_of_rest(pieces) == FAULT
    assert [code_of(model) for _ in range(2)] == [FAULT, CAP]
    clock.move(days=1)
    assert code_of(model) == FAULT


def test_the_diary_knows_what_a_day_has_cost(clock):
    class Diary:
        def since(self, moment):
            assert moment.isoformat() == "2026-11-02T00:00:00+00:00"
            row = type("Row", (), {})
            rows = [row(), row()]
            for one, cost, at in zip(rows, ("1.25", "0.50"), (clock.at, clock.at.replace(day=3)), strict=True):
                one.cost, one.at = Decimal(cost), at
            return rows

    assert DiarySpend(Diary()).spent(clock.at.date()) == Decimal("1.25")

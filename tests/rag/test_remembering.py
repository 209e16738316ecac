"""The same task is asked once; what was broken off is asked again."""

import pytest

from lending.domain.errors import UnavailableError
from rag.ports import Task
from rag.remembering import MOST_KEPT, RememberingModel
from tests.rag.writers import Gone, Writer


def said(model, task):
    return "".join(piece.text for piece in model.write(task))


def test_the_second_time_costs_nothing():
    inner = Writer("Hello there.", "Something else.")
    model, task = RememberingModel(inner), Task("system", "user")
    assert said(model, task) == "Hello there."
    *_, last = model.write(task)
    assert (last.text, last.usage.tokens_out) == ("Hello there.", 0)
    assert len(inner.tasks) == 1
    assert model.name == inner.name


def test_another_task_is_asked():
    model = RememberingModel(Writer("one", "two"))
    assert [said(model, Task("system", user)) for user in ("a", "b", "a")] == ["one", "two", "one"]


def test_a_text_that_was_broken_off_is_asked_again():
    inner = Writer("A long text that nobody reads to its end.", "Again.")
    model, task = RememberingModel(inner), Task("system", "user")
    stream = model.write(task)
    next(stream)
    stream.close()
    assert said(model, task) == "Again."
    assert inner.stopped == 1


def test_a_model_that_is_away_stays_away():
    with pytest.raises(UnavailableError):
        said(RememberingModel(Gone()), Task("system", "user"))


def test_the_oldest_texts_are_forgotten():
    inner = Writer("text")
    model = RememberingModel(inner)
    for number in range(MOST_KEPT + 1):
        said(model, Task("system", str(number)))
    said(model, Task("system", "0"))
    assert len(inner.tasks) == MOST_KEPT + 2

"""The closed loop on one small book: drift, a retraining, a person's yes, shadow, split, another champion; or none."""

import random
import warnings
from contextlib import closing
from dataclasses import replace

import pytest

from lending.domain.errors import RefusedError
from lending.domain.roles import Role
from lending.ports import Account
from tests.flows.books import add_small_book

DATA = "small_book"
RISK = Account("rita", Role.RISK_MANAGER, None, "Rita")


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The package of the first model and what its training found; made once."""
    from training.train import train

    home = tmp_path_factory.mktemp("first")
    with pytest.MonkeyPatch.context() as patch:
        _at(patch, home)
        add_small_book(home)
        folder = tmp_path_factory.mktemp("package")
        result = _quietly(train, _place().datasets.load(DATA), folder, 7, 60.0, lambda *_: None)
    return result, folder


@pytest.fixture
def book(first, home, monkeypatch):
    """A book whose first model decides, and a risk manager who may answer."""
    from flows import steps

    _at(monkeypatch, home)
    add_small_book(home)
    version = _quietly(_registered, first, "tom")
    _quietly(steps.promote_model, DATA, version, "rita", "the first", None)
    _place().records.accounts.add(RISK, "a-good-long-password")
    return home


@pytest.fixture
def quick(first, monkeypatch):
    """A training that finds the first model again, for what is not about training."""
    from flows import retrain

    def fit(request, data, artifact, begun):
        result = replace(first[0], run_id=None, model_version=None)
        _place().registry.register(result, first[1], request.trained_by)
        return result.as_dict()

    monkeypatch.setattr(retrain, "fit", fit)


def _at(patch, home):
    from serving.assembly import platform

    patch.setenv("CANDOR_HOME", str(home))
    patch.setenv("CANDOR_PROFILE", "test")
    patch.setenv("CANDOR_PORTFOLIO", DATA)
    platform.cache_clear()


def _registered(first, trained_by):
    """Register the first model's package once more; answers its version."""
    result, folder = first
    return _place().registry.register(replace(result, run_id=None, model_version=None), folder, trained_by)


@pytest.fixture
def runs(prefect_server):
    from flows.retrain import retrain
    from serving.adapters.prefect_api import PrefectFlowRuns

    _quietly(lambda: retrain.to_deployment("retrain", _sync=True).apply(_sync=True))
    with closing(PrefectFlowRuns(prefect_server)) as client:
        yield client


def _quietly(act, *arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the training libraries; their own tests keep warnings as errors
        return act(*arguments)


def _plant_drift(home, *, learnable=True):
    """A later half-year in which incomes doubled; risk follows the debt, or nothing at all."""
    draw = random.Random(11)
    lines = []
    for number in range(1200):
        score, debt = draw.randint(450, 820), round(draw.uniform(0.05, 0.6), 3)
        risk = min(0.9, max(0.02, 0.1 + (600 - score) / 700 + 1.5 * (debt - 0.3))) if learnable else 0.3
        day = f"2026-{1 + number * 6 // 1200:02d}-{draw.randint(1, 28):02d}"
        lines.append(
            f"N{number},{day},{draw.randint(9000, 20000)},{score},{debt},{draw.randrange(2000, 40000, 50)},36,"
            f"{int(draw.random() < risk)}"
        )
    book = home / "book.csv"
    text = book.read_text(encoding="utf-8") if learnable else "loan,day,income,score,debt,amount,months,bad\n"
    book.write_text(text + "\n".join(lines) + "\n", encoding="utf-8")
    from serving.assembly import platform

    platform().datasets.add(home / "small.yaml")


def _run(runs, run_id):
    """What a worker would do with a run that is due; None when it was suspended."""
    from prefect.client.orchestration import get_client
    from prefect.exceptions import Pause
    from prefect.flow_engine import run_flow

    from flows.retrain import retrain

    with get_client(sync_client=True) as client:
        run = client.read_flow_run(run_id)
    try:
        return _quietly(lambda: run_flow(retrain, flow_run=run))
    except Pause:
        return None


def _start(runs, **request):
    return runs.start("retrain", {"request": {"data": DATA, "budget_seconds": 60, **request}}).run_id


def _place():
    from serving.assembly import platform

    return platform()


def _champion():
    return _place().registry.champion(DATA)


def _asked_after_drift(book, runs, **request):
    """A run that found drift, trained, asked and was suspended; answers its id and what it asked."""
    _plant_drift(book)
    run_id = _start(runs, why="income moved", asked_by="drift watch", **request)
    assert _run(runs, run_id) is None
    assert runs.get(run_id).state == "paused"
    (asked,) = _place().approvals.waiting()
    return run_id, asked


def _decided(version, role, count, turned=0, split=""):
    """Decisions on record as champion and newcomer see them; so many of them the newcomer would turn round."""
    from lending.adapters.session import insert_rows
    from lending.adapters.tables_staff import model_scores

    place, rows = _place(), []
    for number in range(count):
        one = {"decision_id": f"d_{role}{number}", "split": split or None, "product": "personal_loan", "pd": "0.05",
               "day": "2026-11-20", "at": "2999-01-01T00:00:00+00:00"}  # fmt: skip
        says = "decline" if number < turned else "approve"
        by_newcomer = role == "challenger" and number % 2 == 0
        if role == "shadow":
            rows.append({**one, "version": version, "role": role, "decided": 0, "outcome": says})
        decider = version if by_newcomer else _champion()
        rows.append({**one, "version": decider, "role": "champion", "decided": 1, "outcome": "approve"})
    with place.records.database.write() as connection:
        insert_rows(connection, model_scores, rows)


def test_drift_ends_with_another_champion_that_two_people_answer_for(book, runs):
    from flows.rollouts import advance

    before = _champion()
    run_id, asked = _asked_after_drift(book, runs)
    assert (asked.content["why"], asked.content["beside"]["champion"]) == ("income moved", before)
    _place().approvals.decide(asked.approval_id, RISK, approved=True, reason="it knows the new incomes")
    runs.resume(run_id, {"approve": True, "approver": "rita", "reason": "it knows the new incomes"})
    assert _run(runs, run_id)["act"] == "shadow"
    assert _champion() == before
    assert advance(DATA)["act"] == "wait"
    _decided(asked.subject, "shadow", 240, turned=6)
    assert advance(DATA)["act"] == "split"
    assert advance(DATA)["act"] == "wait"
    _decided(asked.subject, "challenger", 400, split=_place().registry.routing(DATA).split)
    assert advance(DATA)["act"] == "promote"
    assert _champion() == asked.subject != before
    assert _place().registry.list(DATA)[0]["approver"] == "rita"
    assert advance(DATA)["act"] == "none"


def test_a_planted_bad_model_is_never_asked_about_and_nothing_changes(book, runs):
    from prefect.exceptions import PrefectException

    before = _champion()
    _plant_drift(book, learnable=False)
    run_id = _start(runs, why="income moved", asked_by="drift watch")
    with pytest.raises((RefusedError, PrefectException), match="gate"):
        _run(runs, run_id)
    assert runs.get(run_id).state == "failed"
    assert "gate" in runs.get(run_id).message
    assert _place().approvals.waiting() == []
    assert _champion() == before


@pytest.mark.full
def test_a_shadow_that_would_turn_too_much_round_is_taken_out_and_the_champion_stays(book, runs, quick):
    from flows.rollouts import advance, begin

    before = _champion()
    _, asked = _asked_after_drift(book, runs)
    begin(_place().approvals.decide(asked.approval_id, RISK, approved=True, reason="let us look"))
    _decided(asked.subject, "shadow", 240, turned=120)
    done = advance(DATA)
    assert (done["act"], "a person must look" in done["why"]) == ("stop", True)
    assert _place().registry.routing(DATA) is None
    assert _champion() == before


@pytest.mark.full
def test_a_no_ends_the_run_and_nothing_stands_beside_the_champion(book, runs, quick):
    before = _champion()
    run_id, asked = _asked_after_drift(book, runs)
    _place().approvals.decide(asked.approval_id, RISK, approved=False, reason="too early")
    runs.resume(run_id, {"approve": False, "approver": "rita", "reason": "too early"})
    assert _run(runs, run_id)["state"] == "refused"
    assert _place().registry.routing(DATA) is None
    assert _champion() == before


@pytest.mark.full
def test_an_answer_typed_into_the_page_of_the_run_is_checked_and_asked_again_when_it_does_not_count(book, runs, quick):
    run_id, asked = _asked_after_drift(book, runs)
    runs.resume(run_id, {"approve": True, "approver": "drift watch", "reason": "me"})
    assert _run(runs, run_id) is None
    assert runs.get(run_id).state == "paused"
    assert _place().approvals.waiting()
    runs.resume(run_id, {"approve": True, "approver": "rita", "reason": "good"})
    assert _run(runs, run_id)["act"] == "shadow"
    assert _place().records.approvals.get(asked.approval_id).decided_by == "rita"


@pytest.mark.full
def test_a_second_alarm_asks_nobody_twice(book, runs, quick):
    _, asked = _asked_after_drift(book, runs)
    again = _run(runs, _start(runs, why="debt moved"))
    assert (again["asked"], again["approval"]) == (False, asked.approval_id)

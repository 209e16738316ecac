"""Offers set aside, and invitations to sign together."""

from __future__ import annotations

import json

import pytest

from lending.domain.errors import NotFoundError, RefusedError
from serving.applications import Applications
from serving.assembly import Platform
from serving.identity import TooManyTriesError
from tests.applying import GOOD, THIN, an_offer
from tests.conftest import HandClock


def test_only_so_many_offers_are_set_aside(bank: Platform, use: Applications) -> None:
    most = use.form.figure("saved_offers_most", use.day())
    for n in range(most):
        use.save_offer(GOOD, an_offer(bank, GOOD, str(10000 + 500 * n))["offer_id"])
    one_more = an_offer(bank, GOOD, "30000")["offer_id"]
    with pytest.raises(RefusedError):
        use.save_offer(GOOD, one_more)
    assert len(use.saved(GOOD)) == most
    with pytest.raises(NotFoundError):
        use.save_offer(THIN, one_more)


def test_a_saved_offer_says_whether_it_still_stands(bank: Platform, use: Applications, clock: HandClock) -> None:
    use.save_offer(GOOD, an_offer(bank)["offer_id"])
    assert use.saved(GOOD)[0]["stands"]
    clock.move(days=60)
    assert not use.saved(GOOD)[0]["stands"]
    assert use.open_offers(GOOD) == []


def test_who_agrees_may_sign_and_is_seen_by_name_alone(bank: Platform, use: Applications) -> None:
    made = use.invite(GOOD)
    said = use.answer(THIN, made["code"].replace("-", "").lower(), agree=True)
    assert said["name"] == bank.customers.name(GOOD)
    assert bank.customers.may_co_apply(GOOD, THIN)
    assert not bank.customers.may_co_apply(THIN, GOOD)
    listed = use.invitations(GOOD)
    assert [(one["state"], one["name"]) for one in listed] == [("agreed", bank.customers.name(THIN))]
    assert made["code"] not in json.dumps(listed)


def test_who_says_no_is_linked_to_nobody(bank: Platform, use: Applications) -> None:
    use.answer(THIN, use.invite(GOOD)["code"], agree=False)
    assert not bank.customers.may_co_apply(GOOD, THIN)
    assert [(one["state"], one["name"]) for one in use.invitations(GOOD)] == [("declined", None)]


def test_nobody_accepts_their_own_invitation(use: Applications) -> None:
    with pytest.raises(RefusedError) as refused:
        use.answer(GOOD, use.invite(GOOD)["code"], agree=True)
    assert refused.value.code == "own_invitation"


def test_a_code_works_once_and_for_some_days(use: Applications, clock: HandClock) -> None:
    used = use.invite(GOOD)["code"]
    clock.move(minutes=1)
    late = use.invite(GOOD)["code"]
    use.answer(THIN, used, agree=True)
    clock.move(days=use.form.figure("invitation_days", use.day()), seconds=1)
    said = []
    for code in (used, late, "AAAA-BBBB-CCCC-DDDD"):
        with pytest.raises(NotFoundError) as refused:
            use.answer("C00005", code, agree=True)
        said.append(str(refused.value))
    assert len(set(said)) == 1
    assert [one["state"] for one in use.invitations(GOOD)] == ["expired", "agreed"]


def test_guessing_codes_slows_down(use: Applications) -> None:
    code = use.invite(GOOD)["code"]
    for _ in range(use.form.figure("wrong_codes_free", use.day())):
        with pytest.raises(NotFoundError):
            use.answer(THIN, "AAAA-BBBB-CCCC-DDDD", agree=True)
    with pytest.raises(TooManyTriesError):
        use.answer(THIN, code, agree=True)
    use.answer("C00005", code, agree=True)


def test_only_so_many_invitations_a_day(use: Applications, clock: HandClock) -> None:
    for _ in range(use.form.figure("invitations_a_day", use.day())):
        use.invite(GOOD)
    with pytest.raises(RefusedError):
        use.invite(GOOD)
    clock.move(days=1)
    use.invite(GOOD)

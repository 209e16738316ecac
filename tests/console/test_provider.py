"""Signing in with a provider, at the pages: there and back, everything that can be wrong with it, and out again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from console.app import create_app
from console.provider import BEGUN
from console.sign_in import COOKIE
from lending.domain.errors import InputError
from lending.settings import load_settings
from tests.bank import PASSWORD, open_bank
from tests.fakes.http import SECRET, TRIED, Fault
from tests.fakes.oidc import CLIENT, CUSTOMER, STAFF, OidcService
from tests.fakes.oidc import SECRET as CLIENT_SECRET

HOST = "http://localhost"


class MovedClock:
    """The machine's clock, moved on by a test."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self.ahead, UTC)


@dataclass
class Bank:
    """A console whose people sign in with a provider."""

    provider: OidcService
    place: Any
    server: Any
    clock: MovedClock

    def browser(self) -> FlaskClient:
        return self.server.test_client()

    def back(self, client: FlaskClient, wanted: str = "/") -> str:
        """Go to the provider and sign in there; the address it sends the browser back to."""
        left = client.get("/sign-in/provider", query_string={"next": wanted})
        assert left.location.startswith(self.provider.url), left.location
        return httpx.get(left.location, trust_env=False).headers["Location"].removeprefix(HOST)

    def sign_in(self, client: FlaskClient, wanted: str = "/") -> TestResponse:
        return client.get(self.back(client, wanted))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    provider, clock = OidcService(), MovedClock()
    provider.now = lambda: clock.now().timestamp()
    named = {"oidc_issuer": provider.url, "oidc_client_id": CLIENT, "oidc_client_secret": CLIENT_SECRET,
             "oidc_return_url": provider.return_url, "oidc_seconds": 8.0,
             "oidc_password_accounts": ("officer",)}  # fmt: skip
    place = open_bank(Path(tmp_path_factory.mktemp("bank")), **named)
    place.clock = clock  # type: ignore[assignment] - moved by hand
    yield Bank(provider, place, create_app(place).server, clock)
    provider.stop()
    place.records.database.engine.dispose()


@pytest.fixture
def bank(shared: Bank) -> Iterator[Bank]:
    """The shared one with everything well; a test breaks what it likes."""
    provider = shared.provider
    yield shared
    provider.fault, provider.signed_in, provider.signed = None, STAFF, "RS256"
    provider.kid, provider.published, provider.checks_pkce, provider.keys = "k1", ["k1"], True, None
    provider.claims, provider.facts, provider.beside = {}, {}, {}
    provider.asked.clear()
    shared.clock.ahead += 4000  # whatever was remembered of the provider is over


def problem_of(answer: TestResponse) -> str:
    """Which problem the sign-in page is asked to say; asserts that nobody came in."""
    assert answer.status_code == 303
    assert not [one for one in answer.headers.getlist("Set-Cookie") if one.startswith(f"{COOKIE}=")]
    where = urlsplit(answer.location)
    assert where.path == "/sign-in", answer.location
    return dict(parse_qsl(where.query))["problem"]


def test_staff_come_in_with_the_role_of_their_group(bank: Bank) -> None:
    client = bank.browser()
    answer = bank.sign_in(client, "/staff/cases")
    assert answer.location == "/staff/cases"
    assert client.get("/staff/cases").status_code == 200
    session = bank.place.identity.session(client.get_cookie(COOKIE).value)  # type: ignore[union-attr]
    assert (session.account.role, session.account.customer_id) == ("officer", None)


def test_a_customer_is_the_one_that_the_bank_wrote_into_the_token(bank: Bank) -> None:
    bank.provider.signed_in = {**CUSTOMER, "email": "refused@example.com", "name": "Somebody Else"}
    client = bank.browser()
    bank.sign_in(client)
    account = bank.place.identity.session(client.get_cookie(COOKIE).value).account  # type: ignore[union-attr]
    assert (account.customer_id, account.role) == ("C00001", "customer")
    assert account.display_name == bank.place.records.customers.name("C00001")


def test_what_goes_to_the_provider_is_fresh_and_complete(bank: Bank) -> None:
    asked = [dict(parse_qsl(urlsplit(bank.browser().get("/sign-in/provider").location).query)) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
        assert len(asked[0][name]) >= 43
    assert asked[0]["redirect_uri"] == bank.provider.return_url
    assert (asked[0]["code_challenge_method"], asked[0]["response_type"]) == ("S256", "code")
    assert "openid" in asked[0]["scope"].split()


def test_the_browser_keeps_no_token_and_its_secret_is_out_of_reach(bank: Bank) -> None:
    client = bank.browser()
    begun = client.get("/sign-in/provider").headers["Set-Cookie"]
    assert all(flag in begun for flag in (f"{BEGUN}=", "HttpOnly", "SameSite=Lax", "Path=/sign-in", "Max-Age=600"))
    answer = bank.sign_in(client)
    assert not any("eyJ" in one for one in answer.headers.getlist("Set-Cookie"))
    assert client.get_cookie(BEGUN, path="/sign-in") is None


TOKENS: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "n"}, "no nonce": {"nonce": None}, "another audience": {"aud": "other"},
    "for others too": {"aud": [CLIENT, "other"]}, "no audience": {"aud": None}, "another party": {"azp": "other"},
    "another issuer": {"iss": "https://evil.example"}, "no issuer": {"iss": None}, "expired": {"exp": 1},
    "no end": {"exp": None}, "an end that is no time": {"exp": "soon"}, "from tomorrow": {"iat": 9_999_999_999},
    "not yet": {"nbf": 9_999_999_999}, "an access token": {"token_use": "access"}, "nobody": {"sub": None},
    "an empty subject": {"sub": ""}, "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}  # fmt: skip


@pytest.mark.parametrize("claims", TOKENS.values(), ids=TOKENS)
def test_a_token_that_is_not_for_this_sign_in_opens_nothing(bank: Bank, claims: dict[str, Any]) -> None:
    bank.provider.claims = claims
    assert problem_of(bank.sign_in(bank.browser())) == "refused"


@pytest.mark.parametrize("beside", [{"expires_in": "soon"}, {"expires_in": [1]}, {"error": ["x"]}])
def test_a_token_answer_of_an_odd_shape_opens_nothing(bank: Bank, beside: dict[str, Any]) -> None:
    bank.provider.beside = beside
    assert problem_of(bank.sign_in(bank.browser())) == "refused"


@pytest.mark.parametrize("signed", ["none", "HS256"])
def test_only_the_provider_s_private_key_signs(bank: Bank, signed: str) -> None:
    bank.provider.signed = signed
    assert problem_of(bank.sign_in(bank.browser())) == "refused"


def test_a_signature_of_another_key_under_a_known_name_opens_nothing(bank: Bank) -> None:
    from tests.fakes.oidc import a_key

    bank.provider.keys = {"keys": [{**a_key("k2").as_dict(private=False), "kid": "k1"}]}
    assert problem_of(bank.sign_in(bank.browser())) == "refused"


def test_a_new_key_is_asked_for_once_and_a_made_up_one_not_again_and_again(bank: Bank) -> None:
    bank.sign_in(bank.browser())
    bank.provider.kid, bank.provider.published = "k2", ["k1", "k2"]
    bank.clock.ahead += 11
    assert bank.sign_in(bank.browser()).location == "/staff"
    bank.provider.kid = "k3"
    for _ in range(3):
        assert problem_of(bank.sign_in(bank.browser())) == "refused"
    assert [one.path for one in bank.provider.asked].count("/jwks") == 2


KEY_SETS: list[Any] = [
    {"keys": []}, {"keys": "k1"}, {"keys": [7, None, {"kid": "k1"}]}, {"other": 1},
    {"keys": [{"kty": "RSA", "kid": "k1", "n": "AQAB", "e": "AQAB"}]},
    {"keys": [{"kty": "oct", "kid": "k1", "k": "aa"}]},
]  # fmt: skip


@pytest.mark.parametrize("keys", KEY_SETS)
def test_a_key_set_that_is_none_opens_nothing(bank: Bank, keys: Any) -> None:
    bank.provider.keys = keys
    assert problem_of(bank.sign_in(bank.browser())) == "refused"


def test_a_state_is_good_once_for_the_browser_that_began_and_for_a_while(bank: Bank) -> None:
    client = bank.browser()
    back = bank.back(client)
    assert problem_of(bank.browser().get(back)) == "stale"  # somebody else's browser, which also uses it up
    assert problem_of(client.get(back)) == "stale"
    again = bank.browser()
    back = bank.back(again)
    assert again.get(back).location == "/staff"
    assert problem_of(again.get(back)) == "stale"
    late = bank.browser()
    back = bank.back(late)
    bank.clock.ahead += 601
    assert problem_of(late.get(back)) == "stale"


def test_a_code_of_another_sign_in_fails_at_the_provider_for_want_of_its_verifier(bank: Bank) -> None:
    mine, theirs = bank.browser(), bank.browser()
    back, stolen = bank.back(mine), dict(parse_qsl(urlsplit(bank.back(theirs)).query))["code"]
    state = dict(parse_qsl(urlsplit(back).query))["state"]
    answer = mine.get("/sign-in/return", query_string={"state": state, "code": stolen})
    assert problem_of(answer) == "refused"


def test_where_the_provider_checks_no_verifier_the_nonce_still_tells_a_stolen_code(bank: Bank) -> None:
    bank.provider.checks_pkce = False
    mine, theirs = bank.browser(), bank.browser()
    back, stolen = bank.back(mine), dict(parse_qsl(urlsplit(bank.back(theirs)).query))["code"]
    state = dict(parse_qsl(urlsplit(back).query))["state"]
    assert problem_of(mine.get("/sign-in/return", query_string={"state": state, "code": stolen})) == "refused"


PEOPLE: dict[str, dict[str, Any]] = {
    "no groups": {"cognito:groups": None}, "groups of others": {"cognito:groups": ["eu_Google", "admins"]},
    "two roles": {"cognito:groups": ["candor-officers", "candor-senior-officers"]},
    "groups as one text": {"cognito:groups": "candor-admins"},
    "a customer without a name": {"cognito:groups": ["candor-customers"]},
    "a customer we do not have": {"cognito:groups": ["candor-customers"], "custom:customer_id": "C99999"},
    "an e-mail address": {"cognito:groups": ["candor-customers"], "custom:customer_id": None, "email": "a@b.example"},
}  # fmt: skip


@pytest.mark.parametrize("claims", PEOPLE.values(), ids=PEOPLE)
def test_whom_the_bank_gave_no_clear_role_has_no_access(bank: Bank, claims: dict[str, Any]) -> None:
    bank.provider.claims = claims
    client = bank.browser()
    assert problem_of(bank.sign_in(client)) == "no_access"
    assert "has not given you access" in client.get("/sign-in?problem=no_access").get_data(as_text=True)


def test_who_lost_the_group_is_out_everywhere(bank: Bank) -> None:
    before = bank.browser()
    bank.sign_in(before)
    assert before.get("/_dash-layout").status_code == 200
    bank.provider.claims = {"cognito:groups": []}
    bank.sign_in(bank.browser())
    assert before.get("/_dash-layout").status_code == 401


@pytest.mark.parametrize("fault", TRIED)
def test_while_the_provider_is_down_the_page_says_so_and_live_sessions_go_on(bank: Bank, fault: Fault) -> None:
    inside, client = bank.browser(), bank.browser()
    bank.sign_in(inside)
    bank.clock.ahead += 100
    with bank.provider.broken(fault):
        assert problem_of(client.get("/sign-in/provider")) == "away"
        assert inside.get("/_dash-layout").status_code == 200
    page = client.get("/sign-in?problem=away")
    assert (page.status_code, "does not answer at the moment" in page.get_data(as_text=True)) == (200, True)
    assert SECRET not in page.get_data(as_text=True)
    bank.clock.ahead += 100
    assert bank.sign_in(client).location == "/staff"


def test_who_was_on_the_way_to_a_page_gets_there_at_the_next_try(bank: Bank) -> None:
    client = bank.browser()
    with bank.provider.broken("503"):
        answer = client.get("/sign-in/provider", query_string={"next": "/staff/cases"})
    assert problem_of(answer) == "away"
    assert "/sign-in/provider?next=%2Fstaff%2Fcases" in client.get(answer.location).text
    assert bank.sign_in(client, "/staff/cases").location == "/staff/cases"


def test_a_provider_that_fails_is_left_alone_for_a_moment_and_then_tried_again(bank: Bank) -> None:
    with bank.provider.broken("503"):
        for _ in range(5):
            assert problem_of(bank.browser().get("/sign-in/provider")) == "away"
    assert len(bank.provider.asked) == 3
    assert problem_of(bank.browser().get("/sign-in/provider")) == "away"
    bank.clock.ahead += 21
    assert bank.sign_in(bank.browser()).location == "/staff"


@pytest.mark.parametrize("fault", ["500", "garbage", "cut"])
def test_a_provider_that_breaks_while_somebody_comes_back_opens_nothing(bank: Bank, fault: Fault) -> None:
    client = bank.browser()
    back = bank.back(client)
    with bank.provider.broken(fault):
        assert problem_of(client.get(back)) == "away"


@pytest.mark.parametrize(
    "facts",
    [{"issuer": "https://evil.example"}, {"authorization_endpoint": "http://evil.example/a"},
     {"authorization_endpoint": "javascript:alert(1)"}, {"authorization_endpoint": None}],
)  # fmt: skip
def test_a_provider_that_names_itself_or_its_pages_oddly_is_not_followed(bank: Bank, facts: dict[str, Any]) -> None:
    bank.provider.facts = facts
    assert problem_of(bank.browser().get("/sign-in/provider")) == "away"


def test_a_refusal_of_the_provider_is_told_in_our_own_words(bank: Bank) -> None:
    bank.provider.signed_in = None
    client = bank.browser()
    assert problem_of(bank.sign_in(client)) == "denied"
    page = client.get("/sign-in?problem=denied&error_description=of-the-inside").get_data(as_text=True)
    assert "called off" in page
    assert "of-the-inside" not in page


def test_the_way_back_leads_to_our_own_pages_alone(bank: Bank) -> None:
    for wanted in ("https://evil.example", "//evil.example", "/portal/erase", "/\\evil.example"):
        assert bank.sign_in(bank.browser(), wanted).location == "/staff"


def test_signing_out_ends_our_session_and_goes_on_to_the_provider(bank: Bank) -> None:
    client = bank.browser()
    bank.sign_in(client)
    answer = client.post("/sign-out")
    assert answer.location == "/sign-in/left"
    page = client.get(answer.location).get_data(as_text=True)
    assert f'content="0; url={bank.provider.url}/logout?client_id={CLIENT}' in page
    assert "logout_uri=http%3A%2F%2Flocalhost%2Fsign-in%3Fout%3D1" in page
    assert client.get("/_dash-layout").status_code == 401


def test_when_the_provider_is_down_signing_out_says_what_is_left(bank: Bank) -> None:
    client = bank.browser()
    bank.sign_in(client)
    bank.clock.ahead += 100
    with bank.provider.broken("503"):
        client.post("/sign-out")
        page = client.get("/sign-in/left")
    assert (page.status_code, "may still be signed in there" in page.get_data(as_text=True)) == (200, True)


def test_passwords_open_only_the_accounts_that_the_settings_name(bank: Bank) -> None:
    sign_in = {"password": PASSWORD}
    assert bank.browser().post("/sign-in", data={"username": "officer", **sign_in}).status_code == 303
    assert bank.browser().post("/sign-in", data={"username": "good", **sign_in}).status_code == 401
    page = bank.browser().get("/sign-in").get_data(as_text=True)
    assert ('href="/sign-in/provider' in page, "With an account kept here" in page) == (True, True)


def test_without_such_accounts_there_is_no_password_form(bank: Bank) -> None:
    named = bank.place.settings
    bank.place.settings = named.model_copy(update={"oidc_password_accounts": ()})
    page = bank.browser().get("/sign-in").get_data(as_text=True)
    bank.place.settings = named
    assert 'type="password"' not in page


def test_no_password_opens_an_account_of_the_provider(bank: Bank) -> None:
    client = bank.browser()
    bank.sign_in(client)
    account = bank.place.identity.session(client.get_cookie(COOKIE).value).account  # type: ignore[union-attr]
    for password in ("", PASSWORD, "!", "None"):
        assert bank.place.records.accounts.check(account.username, password) is None


def test_a_flood_of_sign_ins_that_nobody_finishes_fills_nothing(bank: Bank) -> None:
    from lending.adapters.sign_ins import SignInFile
    from lending.sign_in_ports import Begun

    few = SignInFile(bank.place.records.database, bank.clock, 10, most=3)
    for turn in range(6):
        bank.clock.ahead += 1
        few.keep(f"state{turn}", "browser", Begun("n", "v"))
    assert [bool(few.take(f"state{turn}", "browser")) for turn in range(6)] == [False] * 3 + [True] * 3


@pytest.mark.parametrize(
    ("named", "said"),
    [({"oidc_issuer": "http://idp.example.com"}, "OIDC_ISSUER is not https"),
     ({"oidc_return_url": "http://candor.example.com/sign-in/return"}, "RETURN_URL is not https"),
     ({"oidc_return_url": "https://candor.example.com/"}, "RETURN_URL has no plain"),
     ({"oidc_client_id": ""}, "CLIENT_ID is not set")],
)  # fmt: skip
def test_a_provider_that_is_named_by_half_stops_the_start(named: dict[str, str], said: str) -> None:
    whole = {"oidc_issuer": "https://idp.example.com", "oidc_client_id": CLIENT,
             "oidc_return_url": "https://candor.example.com/sign-in/return"}  # fmt: skip
    assert load_settings(profile="test", **whole).oidc_issuer
    with pytest.raises(InputError, match=said):
        load_settings(profile="test", **{**whole, **named})


def test_without_a_provider_its_addresses_lead_to_the_sign_in() -> None:
    from tests.console.standin import a_platform

    place = a_platform()
    client = create_app(place).server.test_client()
    for address in ("/sign-in/provider", "/sign-in/return?code=a&state=b", "/sign-in/left"):
        assert client.get(address).location.startswith("/sign-in")
    assert 'type="password"' in client.get("/sign-in").get_data(as_text=True)

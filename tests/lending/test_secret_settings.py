"""Settings may stand in a secret of AWS: the environment wins, and no message quotes what the secret holds."""

import json
import os
import traceback

import pytest

from lending.adapters.aws import aws_client
from lending.domain.errors import InputError, UnavailableError
from lending.secret_settings import read_secret
from lending.settings import load_settings
from tests.fakes.aws import REGION, nobody_answers

CANARY = "canary-7f3a-of-the-secret"


@pytest.fixture
def secret(aws, monkeypatch):
    """Keeps a secret and names it to the settings."""

    def keep(content):
        text = content if isinstance(content, str) else json.dumps(content)
        aws_client("secretsmanager", REGION).create_secret(Name="candor/test", SecretString=text)

    read_secret.cache_clear()
    for name in [name for name in os.environ if name.startswith("CANDOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CANDOR_SECRETS_ID", "candor/test")
    yield keep
    read_secret.cache_clear()


def test_a_secret_fills_what_the_environment_leaves_out_and_the_environment_wins(secret, monkeypatch, aws):
    secret({"CANDOR_MASTER_KEY": CANARY * 2, "CANDOR_SEED": 11, "CANDOR_MARKET": "in", "password": "of another"})
    monkeypatch.setenv("CANDOR_MARKET", "us")
    found = load_settings(portfolio="handed over")
    assert found.master_key.get_secret_value() == CANARY * 2
    assert (found.seed, found.market, found.portfolio) == (11, "us", "handed over")
    before = len(aws.calls)
    assert load_settings().seed == 11
    assert len(aws.calls) == before


def test_a_list_may_stand_in_a_secret_as_json(secret):
    secret({"CANDOR_ALLOWED_ORIGINS": ["https://example.com"]})
    assert load_settings().allowed_origins == ("https://example.com",)


def test_a_secret_is_never_printed(secret):
    secret({"CANDOR_MASTER_KEY": CANARY, "CANDOR_LLM_KEY": CANARY})
    found = load_settings()
    assert CANARY not in repr(found) + str(found) + repr(found.model_dump())


@pytest.mark.parametrize(
    ("held", "named"),
    [
        ({"CANDOR_SEED": CANARY}, "CANDOR_SEED"),
        ({"CANDOR_MASTER_KEY": CANARY, "CANDOR_PROFILE": "production"}, "CANDOR_MASTER_KEY"),
        ({"CANDOR_ALLOWED_ORIGINS": CANARY}, "CANDOR_ALLOWED_ORIGINS"),
        (f"{CANARY} that is no JSON", "CANDOR_SECRETS_ID"),
        (json.dumps([CANARY]), "CANDOR_SECRETS_ID"),
    ],
)
def test_a_bad_value_is_named_and_not_quoted(secret, held, named):
    secret(held)
    with pytest.raises(InputError) as raised:
        load_settings()
    error = raised.value
    said = "".join(traceback.format_exception(error)) + str(error.as_dict())
    assert (error.field, CANARY in said) == (named, False)


@pytest.mark.parametrize("fault", ["denied", "500"])
def test_a_secret_that_cannot_be_read_stops_the_start_and_says_which_setting(secret, aws, fault):
    secret({})
    with aws.fault(fault), pytest.raises(UnavailableError) as raised:
        load_settings()
    assert raised.value.field == "CANDOR_SECRETS_ID"


def test_a_secret_that_is_not_there_and_a_service_that_is_not_there_say_the_same_setting(secret, monkeypatch):
    with pytest.raises(UnavailableError, match="ResourceNotFoundException"):
        load_settings()
    nobody_answers(monkeypatch)
    with pytest.raises(UnavailableError) as raised:
        load_settings()
    assert raised.value.field == "CANDOR_SECRETS_ID"


def test_a_bad_value_of_the_environment_is_still_quoted(monkeypatch):
    monkeypatch.setenv("CANDOR_SEED", "a lot")
    with pytest.raises(InputError) as raised:
        load_settings()
    assert raised.value.found == "a lot"

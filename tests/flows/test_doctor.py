"""The doctor: finds what is wrong, says how to mend it, changes nothing."""

import json

import pytest

from flows.cli import run
from flows.doctor import examine
from tests.fakes.oidc import OidcService
from tests.patience import given_up


@pytest.fixture
def report(home):
    return examine()


def _check(report, name):
    return next(check for check in report["checks"] if check["name"] == name)


def test_everything_that_is_not_well_comes_with_a_fix(report):
    assert all(check["fix"] for check in report["checks"] if check["level"] != "ok")


def test_looking_changes_nothing(home, report):
    assert list(home.iterdir()) == []
    assert report["home"] == str(home)


def test_before_the_first_start_there_is_no_champion_and_nobody(report):
    assert report["ok"] is True
    assert _check(report, "champion")["level"] == "note"
    assert report["demo_customers"] == {}


def test_a_bad_setting_is_a_problem_named_by_its_variable(home, monkeypatch, capsys):
    monkeypatch.setenv("CANDOR_MARKET", "atlantis")
    assert run(["doctor", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    assert "CANDOR_MARKET" in _check(report, "settings")["found"]


def test_a_torn_pointer_to_the_champion_is_a_problem(home):
    pointer = home / "models" / "demo_bank" / "champion.json"
    pointer.parent.mkdir(parents=True)
    pointer.write_text("{", encoding="utf-8")
    found = _check(examine(), "champion")
    assert found["level"] == "problem"
    assert found["fix"]


def test_the_report_can_be_read_by_people(home, capsys):
    assert run(["doctor"]) == 0
    assert "candor up" in capsys.readouterr().out


def test_an_override_that_has_ended_is_a_problem_and_one_that_holds_is_not(home):
    pointer = home / "models" / "demo_bank" / "champion.json"
    pointer.parent.mkdir(parents=True)
    for until, problems in (("2099-01-01", []), ("2020-01-01", ["override"])):
        override = {"gate": "auc", "owner": "bob", "until": until}
        pointer.write_text(json.dumps({"version": "candor-pd-demo_bank/1", "override": override}), encoding="utf-8")
        checks = {check["name"]: check for check in examine()["checks"]}
        assert [name for name in checks if name == "override"] == problems
    assert "gate auc by bob ended on 2020-01-01" in checks["override"]["found"]


@pytest.mark.parametrize(
    ("kind", "file", "level", "said"),
    [
        ("none", None, "note", "none: texts are written by template"),
        ("auto", None, "note", "none: texts are written by template"),
        ("auto", "mine.gguf", "ok", "mine.gguf, 0.0 GB"),
        ("local", None, "problem", "nothing fetched"),
        ("local", "gone.gguf", "problem", "gone.gguf"),
    ],
)
def test_who_words_texts_is_told(home, monkeypatch, tmp_path_factory, kind, file, level, said):
    folder = tmp_path_factory.mktemp("weights")
    (folder / "mine.gguf").write_bytes(b"GGUF")
    monkeypatch.setenv("CANDOR_LLM_KIND", kind)
    if file:
        monkeypatch.setenv("CANDOR_LLM_PATH", str(folder / file))
    else:
        monkeypatch.delenv("CANDOR_LLM_PATH", raising=False)
    found = _check(examine(), "language model")
    assert found["level"] == level
    assert said in found["found"]
    assert found["fix"] or level == "ok"


def test_a_model_elsewhere_is_named_and_not_asked(home, monkeypatch):
    settings = {"KIND": "openai", "URL": "http://127.0.0.1:9/v1", "MODEL": "m", "PRICE_IN": "0", "PRICE_OUT": "0"}
    for name, value in settings.items():
        monkeypatch.setenv(f"CANDOR_LLM_{name}", value)
    assert _check(examine(), "language model")["found"] == "m by openai, not asked now"


def test_a_model_elsewhere_without_prices_stops_the_start(home, monkeypatch):
    monkeypatch.setenv("CANDOR_LLM_KIND", "bedrock")
    monkeypatch.setenv("CANDOR_LLM_MODEL", "m")
    found = _check(examine(), "settings")
    assert found["level"] == "problem"
    assert "CANDOR_LLM_PRICE_IN is not set" in found["found"]


@pytest.fixture
def provider(home, monkeypatch):
    """An OpenID provider that settings name."""
    from serving.assembly import platform

    service = OidcService()
    for name, value in (("ISSUER", service.url), ("CLIENT_ID", "candor"), ("SECONDS", "20"),
                        ("RETURN_URL", "http://localhost/sign-in/return")):  # fmt: skip
        monkeypatch.setenv(f"CANDOR_OIDC_{name}", value)
    platform.cache_clear()
    yield service
    service.stop()


def test_a_provider_that_answers_is_told_with_its_keys_and_nothing_is_written(home, provider):
    found = _check(examine(), "sign-in provider")
    assert (found["level"], found["fix"]) == ("ok", "")
    assert "1 keys" in found["found"]
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("fault", ["500", "hang", "garbage", "other", "refused"])
def test_a_provider_that_does_not_answer_as_it_should_is_a_problem_within_its_time(provider, fault, monkeypatch):
    provider.fault = fault
    monkeypatch.setenv("CANDOR_OIDC_SECONDS", "0.3")
    with given_up():
        found = _check(examine(), "sign-in provider")
    assert found["level"] == "problem"
    assert "CANDOR_OIDC_ISSUER" in found["fix"]


def test_without_a_provider_nobody_is_asked(report):
    assert not [check for check in report["checks"] if check["name"] == "sign-in provider"]

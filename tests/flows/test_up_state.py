"""The home folder: one start at a time; a fresh start moves, and never deletes."""

import json

import pytest

from flows.up_state import only_one, prepare_folders, set_aside, write_addresses
from flows.watch import running_parts, running_settings
from lending.domain.errors import InputError, UnavailableError
from lending.settings import load_settings


def test_a_second_start_on_the_same_home_is_refused(tmp_path):
    with only_one(tmp_path), pytest.raises(UnavailableError, match="another `candor up` runs"), only_one(tmp_path):
        pytest.fail("two starts at once")


def test_the_home_is_free_again_once_a_start_has_ended(tmp_path):
    with only_one(tmp_path):
        pass
    with only_one(tmp_path):
        assert (tmp_path / "run" / "up.lock").is_file()


def test_a_fresh_start_keeps_what_was_there_inside_the_home(tmp_path):
    settings = load_settings(home=tmp_path, profile="test")
    prepare_folders(tmp_path)
    (tmp_path / "candor.db").write_text("records", encoding="utf-8")
    kept = set_aside(settings)
    assert kept is not None
    assert kept.is_relative_to(tmp_path)
    assert (kept / "candor.db").read_text(encoding="utf-8") == "records"
    assert not (tmp_path / "candor.db").exists()
    assert set_aside(settings) is None


def test_a_fresh_start_leaves_a_database_elsewhere_alone(tmp_path):
    settings = load_settings(home=tmp_path, profile="test", database_url="postgresql+psycopg://bank/records")
    with pytest.raises(InputError, match="CANDOR_DATABASE_URL"):
        set_aside(settings)


def test_other_commands_find_the_ports_of_the_running_start(tmp_path, monkeypatch):
    monkeypatch.setenv("CANDOR_HOME", str(tmp_path))
    assert running_settings().prefect_url == "http://127.0.0.1:4200"
    prepare_folders(tmp_path)
    write_addresses(tmp_path, {"prefect": "http://127.0.0.1:9"})
    assert json.loads((tmp_path / "run" / "addresses.json").read_text(encoding="utf-8"))
    assert running_settings().prefect_url == "http://127.0.0.1:9"
    assert running_parts(tmp_path) == {"prefect": False}


def test_a_home_that_is_a_file_is_named(tmp_path):
    (tmp_path / "home").write_text("", encoding="utf-8")
    with pytest.raises(OSError, match="home"):
        prepare_folders(tmp_path / "home")

"""What a local endpoint serves is read strictly and written whole."""

import json
from dataclasses import replace

import pytest

from lending.domain.errors import InputError, UnavailableError
from training.servable.endpoint_config import (
    EndpointConfig,
    Variant,
    endpoint_file,
    read_endpoint,
    remove_endpoint,
    variant_name,
    write_endpoint,
)

ONE = Variant(variant_name("candor-pd-demo_bank/1"), "candor-pd-demo_bank/1", "demo_bank/1", "1" * 64, 0.9)
TWO = Variant(variant_name("candor-pd-demo_bank/2"), "candor-pd-demo_bank/2", "demo_bank/2", "2" * 64, 0.1)
CONFIG = EndpointConfig("candor", (ONE, TWO), replace(TWO, name="shadow"), 5, "candor-2", "2026-01-01", "ann")


def test_what_was_written_is_read_again(tmp_path):
    write_endpoint(tmp_path, CONFIG)
    assert read_endpoint(tmp_path, "candor") == CONFIG
    assert CONFIG.variant(TWO.name) == TWO


def test_without_a_file_there_is_no_configuration(tmp_path):
    assert read_endpoint(tmp_path, "candor") is None
    write_endpoint(tmp_path, CONFIG)
    remove_endpoint(tmp_path, "candor")
    assert read_endpoint(tmp_path, "candor") is None


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a_b", "-a", "a" * 64])
def test_a_name_that_is_none_is_refused_before_any_file_is_touched(tmp_path, name):
    with pytest.raises(InputError):
        endpoint_file(tmp_path, name)


@pytest.mark.parametrize(
    "wrong",
    [
        {"variants": ()},
        {"variants": (ONE, ONE)},
        {"variants": (replace(ONE, weight=0),)},
        {"variants": (replace(ONE, weight=float("nan")),)},
        {"variants": (replace(ONE, weight=-1),)},
        {"variants": (replace(ONE, folder="../../etc"),)},
        {"variants": (replace(ONE, folder="/etc"),)},
        {"variants": (replace(ONE, manifest_sha256=""),)},
        {"variants": (replace(ONE, name="a b"),)},
        {"capture_percent": 101},
        {"capture_percent": True},
    ],
)
def test_a_configuration_that_does_not_hold_together_is_not_written(tmp_path, wrong):
    with pytest.raises(ValueError, match=r"expected|not named|lies outside|the weight|no hash"):
        write_endpoint(tmp_path, replace(CONFIG, **wrong))
    assert read_endpoint(tmp_path, "candor") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": "candor"}', '{"name": 1, "variants": [{}]}'])
def test_a_file_that_says_something_else_is_named(tmp_path, text):
    path = endpoint_file(tmp_path, "candor")
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(UnavailableError, match=r"candor\.json cannot be read"):
        read_endpoint(tmp_path, "candor")


def test_the_file_of_another_endpoint_is_not_taken_for_this_one(tmp_path):
    path = write_endpoint(tmp_path, CONFIG)
    path.rename(endpoint_file(tmp_path, "other"))
    with pytest.raises(UnavailableError, match="of endpoint candor"):
        read_endpoint(tmp_path, "other")


def test_a_stray_key_is_refused(tmp_path):
    path = write_endpoint(tmp_path, CONFIG)
    body = json.loads(path.read_text())
    body["variants"][0]["colour"] = "blue"
    path.write_text(json.dumps(body))
    with pytest.raises(UnavailableError):
        read_endpoint(tmp_path, "candor")


@pytest.mark.parametrize("version", ["candor-pd-demo_bank/12", "x" * 80 + "/3", "__a__/1"])
def test_a_version_has_a_variant_name_that_sagemaker_takes(tmp_path, version):
    one = replace(ONE, name=variant_name(version), version=version)
    write_endpoint(tmp_path, replace(CONFIG, variants=(one,)))

"""Ports: a busy default moves on and says so, a port that was asked for never does."""

import socket
from contextlib import closing

import pytest

from flows.up_ports import LOOPBACK, HeldPorts, choose_ports, is_free
from lending.domain.errors import UnavailableError


@pytest.fixture
def busy():
    with closing(socket.socket()) as server:
        server.bind((LOOPBACK, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_busy_default_moves_to_another_port_and_says_so(busy):
    said: list[str] = []
    chosen = choose_ports(None, said.append, {"console": busy})
    assert chosen["console"] > busy
    assert is_free(chosen["console"])
    assert said == [f"port {busy} is taken; the console moves to {chosen['console']}"]


def test_a_busy_port_that_was_asked_for_is_refused_with_exit_code_3(busy):
    with pytest.raises(UnavailableError, match=f"port {busy}, asked for the console, is taken") as caught:
        choose_ports(busy, print, {"console": 1})
    assert caught.value.exit_code == 3


def test_no_two_parts_share_a_port(busy):
    chosen = choose_ports(None, lambda _text: None, {"a": busy, "b": busy, "c": busy})
    assert len(set(chosen.values())) == 3


def test_a_port_asked_for_the_console_is_not_given_to_another_part(busy):
    with closing(socket.socket()) as probe:
        probe.bind((LOOPBACK, 0))
        free = probe.getsockname()[1]
    chosen = choose_ports(free, lambda _text: None, {"console": busy, "api": free})
    assert chosen["console"] == free
    assert chosen["api"] != free


def test_free_defaults_are_kept_in_silence():
    with closing(socket.socket()) as probe:
        probe.bind((LOOPBACK, 0))
        free = probe.getsockname()[1]
    assert choose_ports(None, pytest.fail, {"console": free}) == {"console": free}


def test_held_ports_are_taken_for_others_and_free_for_the_part_that_is_started(busy):
    wanted = {"prefect": busy, "mlflow": busy}
    ports = choose_ports(None, lambda _text: None, wanted)
    held = HeldPorts(ports)
    assert set(choose_ports(None, lambda _text: None, wanted).values()).isdisjoint(ports.values())
    held.release("prefect", "nobody")
    assert is_free(ports["prefect"])
    assert not is_free(ports["mlflow"])
    held.release("mlflow")
    assert is_free(ports["mlflow"])


def test_a_port_that_is_busy_all_the_same_is_not_held_and_harms_nobody(busy):
    held = HeldPorts({"console": busy})
    held.release("console")
    assert not is_free(busy)

"""The guards that hold for every test do hold."""

import gzip
import os
import socket
from contextlib import suppress

import pytest

from support.network import GUARD, OutsideConnectionError, is_local
from support.steady_names import unsteady


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "0.0.0.0", "", None, "::1%lo"]
)
def test_this_machine_may_be_reached(host: str | None) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org", "2001:db8::1", "10.0.0.1", b"example.org"])
def test_no_other_machine_may_be_reached(host: str | bytes) -> None:
    assert not is_local(host)


def test_a_connection_off_loopback_is_refused_before_it_leaves() -> None:
    with (
        GUARD.expecting() as attempts,
        socket.socket() as outside,
        pytest.raises(OutsideConnectionError, match="loopback"),
    ):
        outside.connect(("192.0.2.1", 443))
    assert attempts == ["192.0.2.1"]


def test_a_name_is_not_even_looked_up() -> None:
    with GUARD.expecting() as attempts, pytest.raises(OutsideConnectionError):
        socket.getaddrinfo("example.org", 443)
    assert attempts == ["example.org"]


def test_an_attempt_that_was_swallowed_is_remembered() -> None:
    with GUARD.expecting() as attempts, suppress(OutsideConnectionError):
        socket.getaddrinfo("example.org", 443)
    assert attempts == ["example.org"]


def test_loopback_works() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        accepted, _ = server.accept()
        accepted.close()


def test_the_environment_holds_no_settings_keys_or_proxies() -> None:
    names = [name for name in os.environ if name.startswith(("DESK_", "ANTHROPIC_", "OPENAI_", "PG"))]  # noqa: TID251
    assert names == []
    assert not [name for name in os.environ if name.lower().endswith("_proxy")]  # noqa: TID251
    assert os.environ["LANGSMITH_TRACING"] == "false"  # noqa: TID251


@pytest.mark.parametrize(
    "said",
    [
        ascii(gzip.compress(b"", mtime=7)),
        repr(object()),
        "in/pytest-of-somebody/pytest-0",
        "in/tmpab12_xyz",
    ],
    ids=["an archive", "an address", "a folder of tests", "a folder"],
)
def test_names_of_tests_that_differ_between_processes_are_found(said: str) -> None:
    steady = "test_it[\\x00\\xff of 10 % at a tmp/x]"
    assert unsteady([f"test_it[{said}]", steady]) == [f"test_it[{said}]"]

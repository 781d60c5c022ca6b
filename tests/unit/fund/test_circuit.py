"""A circuit: when the other side is asked, when it is left alone, and for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.circuit import Circuit


def a_circuit() -> Circuit:
    return Circuit(failures_to_open=2, rest_seconds=60)


def test_it_opens_after_the_allowed_failures_and_lets_one_probe_through() -> None:
    circuit = a_circuit()
    circuit.failed(0.0)
    assert circuit.blocked(0.0) == ""
    circuit.failed(1.0)
    assert circuit.blocked(1.0) == "not asked: 2 failures in a row, next try in 60 s"
    assert circuit.blocked(61.0) == ""
    assert circuit.blocked(61.5) != ""


def test_to_look_at_it_is_not_to_go_through() -> None:
    circuit = a_circuit()
    circuit.failed(0.0)
    circuit.failed(0.0)
    assert circuit.standing(60.0) == circuit.standing(60.0) == circuit.blocked(60.0) == ""
    assert circuit.standing(60.0) != ""


def test_whoever_asks_to_be_left_alone_is_and_no_failure_is_counted() -> None:
    circuit = a_circuit()
    circuit.rest(0.0, 100.0, "its limit is reached")
    assert circuit.blocked(1.0) == "not asked: its limit is reached, next try in 99 s"
    assert circuit.blocked(100.0) == ""
    circuit.succeeded()
    circuit.failed(101.0)
    assert circuit.blocked(101.0) == ""


def test_a_shorter_rest_does_not_end_a_longer_one() -> None:
    circuit = a_circuit()
    circuit.rest(0.0, 100.0, "a day's limit")
    circuit.rest(0.0, 10.0, "a minute's limit")
    assert circuit.blocked(50.0) != ""


@given(st.lists(st.sampled_from(["failed", "succeeded", "rest"]), max_size=12), st.floats(0, 1e6))
def test_a_success_always_closes_it(happened: list[str], now: float) -> None:
    circuit = a_circuit()
    for each in happened:
        if each == "failed":
            circuit.failed(now)
        elif each == "rest":
            circuit.rest(now, 5.0, "asked")
        else:
            circuit.succeeded()
    circuit.succeeded()
    assert circuit.blocked(now) == ""


@pytest.mark.parametrize("seconds", [0.0, 59.9])
def test_a_refusal_stays(seconds: float) -> None:
    circuit = a_circuit()
    circuit.refuse("no such key")
    circuit.succeeded()
    assert circuit.blocked(seconds) == circuit.blocked(1e9) == "no such key"


def test_a_successful_probe_closes_it_and_forgets_its_failures() -> None:
    circuit = a_circuit()
    circuit.failed(0.0)
    circuit.failed(0.0)
    assert circuit.blocked(60.0) == ""
    circuit.succeeded()
    circuit.failed(61.0)
    assert circuit.blocked(61.0) == ""

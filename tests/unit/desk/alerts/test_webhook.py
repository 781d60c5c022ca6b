"""Signed webhooks: what is posted, and what proves that it is ours."""

import json

import pytest

from desk.alerts.webhook import body_of, key_of, signature
from fund.errors import ConfigError
from support.alerts import a_message, an_alert


def test_the_signature_is_that_of_the_specifications_example() -> None:
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("change", [("a", 1, b"x"), ("b", 2, b"x"), ("b", 1, b"y")])
def test_another_message_moment_or_body_has_another_signature(change: tuple[str, int, bytes]) -> None:
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert signature(key, *change) != signature(key, "b", 1, b"x")


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64!", "x" * 200])
def test_a_secret_that_is_none_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(ConfigError, match="desk alerts secret") as refused:
        key_of(secret)
    assert not secret or secret not in str(refused.value) or secret == "whsec_"


def test_one_alert_and_several_have_the_same_form() -> None:
    one = body_of(a_message())
    two = body_of(a_message(an_alert("a", channel="webhook"), an_alert("b", channel="webhook")))
    assert (one["type"], two["type"]) == ("alert", "digest")
    assert [alert["id"] for alert in two["data"]["alerts"]] == ["a@webhook", "b@webhook"]
    assert json.loads(json.dumps(one))["data"]["alerts"][0] == {
        "id": "cycle-1@discord",
        "at": "2017-02-01T21:30:00+00:00",
        "kind": "cycle_decided",
        "severity": "info",
        "text": "equity 1,000,000 USD; no orders",
        "cycle": None,
        "data": {"equity": "1000000.5", "drawdown": -0.0123, "orders": 2, "fills": 1},
    }

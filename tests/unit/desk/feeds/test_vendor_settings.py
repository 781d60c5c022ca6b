"""What the settings say about vendors: what is refused before anybody is asked, and what must not be read."""

import logging

import pytest
from pydantic import SecretStr

from desk.feeds.vendor_settings import keys_of, order_of, place_of, secrets_of
from desk.logs import WithoutSecrets, _secrets
from desk.setting_groups import Feeds
from desk.settings import Settings
from fund.errors import ConfigError

ALPACA = {"alpaca_key_id": "id-1", "alpaca_secret": SecretStr("secret-1")}


def feeds(**changes: object) -> Feeds:
    return Feeds(**changes)  # type: ignore[arg-type]


def refusal(read: object) -> str:
    with pytest.raises(ConfigError) as caught:
        read()  # type: ignore[operator]
    return str(caught.value)


def test_nothing_set_is_nobody_to_ask() -> None:
    assert order_of(feeds()) == ()


def test_whoever_has_a_key_is_asked_and_yahoo_only_where_it_is_named() -> None:
    assert order_of(feeds(fred_key=SecretStr("k"), **ALPACA)) == ("alpaca", "fred")
    assert order_of(feeds(order=" Yahoo , alpaca", **ALPACA)) == ("yahoo", "alpaca")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"order": "stooq"}, "DESK_FEEDS__ORDER: expected some of files, alpaca"),
        ({"order": "yahoo,yahoo"}, "found 'yahoo' twice"),
        ({"order": "fred"}, "DESK_FEEDS__FRED_KEY is needed for the vendor fred"),
        ({"order": "files"}, "DESK_FEEDS__FOLDER is needed"),
        ({"alpaca_key_id": "id-1"}, "DESK_FEEDS__ALPACA_SECRET is needed"),
        ({"alpaca_secret": SecretStr("s")}, "DESK_FEEDS__ALPACA_KEY_ID is needed"),
    ],
)
def test_an_order_that_cannot_be_kept_names_the_setting(changes: dict[str, object], said: str) -> None:
    assert said in refusal(lambda: order_of(feeds(**changes)))


def test_keys_may_be_several_and_kept_for_a_kind() -> None:
    found = keys_of(feeds(alpha_vantage_keys=SecretStr("AAA, bars:BBB ,actions:CCC,")), "alpha_vantage")
    assert [(key.secret, key.purpose) for key in found] == [
        ("AAA", None),
        ("BBB", "bars"),
        ("CCC", "actions"),
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (",", "at least one key"),
        ("AAA,AAA", "each key once"),
        ("news:AAA", "bars: or actions:"),
        ("bars:", "plain characters"),
        ("A A", "plain characters"),
        ("ключ", "plain characters"),
        ("A\nB", "plain characters"),
    ],
)
def test_keys_that_are_none_are_refused_without_being_shown(written: str, said: str) -> None:
    sentence = refusal(lambda: keys_of(feeds(alpha_vantage_keys=SecretStr(written)), "alpha_vantage"))
    assert sentence.startswith("DESK_FEEDS__ALPHA_VANTAGE_KEYS: ")
    assert said in sentence
    assert written.strip(",") == "" or written not in sentence


def test_a_vendor_without_keys_has_one_without_a_secret() -> None:
    assert [key.secret for key in keys_of(feeds(), "yahoo")] == [""]


def test_a_vendor_is_asked_at_its_own_host_over_tls() -> None:
    there = place_of(feeds(), "fred", "api.stlouisfed.org")
    assert (there.scheme, there.host, there.port, there.is_local) == (
        "https",
        "api.stlouisfed.org",
        443,
        False,
    )


def test_a_local_host_is_asked_in_the_clear() -> None:
    there = place_of(
        feeds(local_hosts="yahoo=127.0.0.1:1, FRED=127.0.0.1:8123"), "fred", "api.stlouisfed.org"
    )
    assert (there.scheme, there.host, there.port, there.is_local) == ("http", "127.0.0.1", 8123, True)


@pytest.mark.parametrize(
    "written", ["127.0.0.1:80", "stooq=127.0.0.1:80", "fred=127.0.0.1", "files=127.0.0.1:80", "fred=a b:80"]
)
def test_a_local_host_that_is_none_is_refused(written: str) -> None:
    hosts = feeds(local_hosts=written)
    assert refusal(lambda: place_of(hosts, "fred", "api.stlouisfed.org")).startswith(
        "DESK_FEEDS__LOCAL_HOSTS: "
    )


def test_a_host_that_leads_into_this_network_is_refused_with_the_setting_that_would_allow_it() -> None:
    there = place_of(feeds(), "fred", "api.stlouisfed.org")
    assert "DESK_FEEDS__LOCAL_HOSTS" in refusal(lambda: there.addresses(lambda host, port: ["10.0.0.1"]))


def test_no_key_of_a_vendor_is_read_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {
        "DESK_FEEDS__ALPACA_KEY_ID": "alpaca-id-4711",
        "DESK_FEEDS__ALPACA_SECRET": "alpaca-secret-4711",
        "DESK_FEEDS__ALPHA_VANTAGE_KEYS": "vantage-one, bars:vantage-two",
        "DESK_FEEDS__FINNHUB_KEY": "finnhub-4711",
        "DESK_FEEDS__FRED_KEY": "fred-4711",
    }
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    settings = Settings.load(env_file=None)
    secrets = tuple(_secrets(settings))
    assert set(secrets) == set(secrets_of(settings.feeds))
    line = WithoutSecrets(secrets)

    for secret in (
        "alpaca-id-4711",
        "alpaca-secret-4711",
        "vantage-one",
        "vantage-two",
        "finnhub-4711",
        "fred-4711",
    ):
        record = logging.LogRecord("x", 20, "", 0, "GET https://x/?apikey=%s failed", (secret,), None)
        assert secret not in line.format(record)
    assert "4711" not in repr(settings.feeds.fred_key)


def test_a_number_out_of_its_bounds_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_FEEDS__ALPHA_VANTAGE_PER_DAY", "0")
    assert refusal(lambda: Settings.load(env_file=None)).startswith("DESK_FEEDS__ALPHA_VANTAGE_PER_DAY: ")

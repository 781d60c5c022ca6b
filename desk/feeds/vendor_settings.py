"""What the settings say about vendors, checked: which, in which order, where, and with which keys."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import get_args

from pydantic import SecretStr

from desk.alerts.destination import Destination, destination
from desk.feeds.feed import Kind
from desk.feeds.keys import Key
from desk.setting_groups import Feeds
from fund.errors import ConfigError

PREFIX = "DESK_FEEDS__"
VENDORS = ("files", "alpaca", "yahoo", "alpha_vantage", "finnhub", "fred")
"""In the order in which they are believed where the owner states none; `files` is a folder of the owner's."""
STREAM = "alpaca_stream"
"""Not a vendor of its own: the other host of Alpaca."""
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "files": ("folder",),
    "alpaca": ("alpaca_key_id", "alpaca_secret"),
    "alpha_vantage": ("alpha_vantage_keys",),
    "finnhub": ("finnhub_key",),
    "fred": ("fred_key",),
}


def order_of(feeds: Feeds) -> tuple[str, ...]:
    """Return the vendors in the order in which they are believed; `ConfigError` for one that cannot be."""
    named = [each.strip().lower() for each in feeds.order.split(",") if each.strip()]
    for name in named:
        if name not in VENDORS:
            raise ConfigError(f"{PREFIX}ORDER: expected some of {', '.join(VENDORS)}, found {name!r}")
        if named.count(name) > 1:
            raise ConfigError(f"{PREFIX}ORDER: expected each vendor once, found {name!r} twice")
    for name in VENDORS:
        lacking = [each for each in _NEEDED.get(name, ()) if getattr(feeds, each) is None]
        some = len(lacking) < len(_NEEDED.get(name, ()))
        if lacking and (name in named or some):
            raise ConfigError(f"{PREFIX}{lacking[0].upper()} is needed for the vendor {name}, and is not set")
    return tuple(named) or tuple(name for name in VENDORS if name in _NEEDED and _is_set(feeds, name))


def keys_of(feeds: Feeds, vendor: str) -> tuple[Key, ...]:
    """Return the keys of a vendor; one without a secret for a vendor that asks for none."""
    if vendor == "alpha_vantage":
        return _several(feeds.alpha_vantage_keys)
    secret = {"alpaca": feeds.alpaca_secret, "finnhub": feeds.finnhub_key, "fred": feeds.fred_key}.get(vendor)
    return (Key(secret="" if secret is None else _plain(f"{vendor.upper()}_KEY", secret)),)


def place_of(feeds: Feeds, vendor: str, host: str, path: str = "/") -> Destination:
    """Return where a vendor is asked: its own host by https, or one of this network named for it."""
    local = _local_hosts(feeds)
    try:
        if vendor in local:
            found = destination(f"http://{local[vendor]}{path}", hosts=(), local_hosts={local[vendor]})
        else:
            found = destination(f"https://{host}{path}", hosts={host})
    except ConfigError as error:
        raise ConfigError(f"{PREFIX}LOCAL_HOSTS: {error}") from None
    return replace(found, allowed_by=f"{PREFIX}LOCAL_HOSTS")


def secrets_of(feeds: Feeds) -> Iterator[str]:
    """Yield everything that must not be read in a log."""
    for secret in (feeds.alpaca_secret, feeds.finnhub_key, feeds.fred_key):
        if secret is not None:
            yield secret.get_secret_value().strip()
    if feeds.alpaca_key_id is not None:
        yield feeds.alpaca_key_id
    if feeds.alpha_vantage_keys is not None:
        written = feeds.alpha_vantage_keys.get_secret_value()
        yield from (each.rpartition(":")[2].strip() for each in written.split(",") if each.strip())


def _is_set(feeds: Feeds, vendor: str) -> bool:
    return all(getattr(feeds, each) is not None for each in _NEEDED[vendor])


def _several(written: SecretStr | None) -> tuple[Key, ...]:
    name = f"{PREFIX}ALPHA_VANTAGE_KEYS"
    found: list[Key] = []
    for each in () if written is None else written.get_secret_value().split(","):
        purpose, colon, secret = each.strip().rpartition(":")
        if not each.strip():
            continue
        if colon and purpose not in ("bars", "actions"):
            raise ConfigError(f"{name}: expected a key, or one with bars: or actions: before it")
        kind: Kind | None = next((kind for kind in get_args(Kind) if kind == purpose), None)
        found.append(Key(secret=_plain("ALPHA_VANTAGE_KEYS", SecretStr(secret)), purpose=kind))
    if not found:
        raise ConfigError(f"{name}: expected at least one key, found none")
    if len({each.secret for each in found}) < len(found):
        raise ConfigError(f"{name}: expected each key once, found one twice")
    return tuple(found)


def _plain(name: str, secret: SecretStr) -> str:
    """Return a secret that can be sent in a header; the message of the error does not hold it."""
    found = secret.get_secret_value().strip()
    if not found or not found.isascii() or not found.isprintable() or " " in found:
        raise ConfigError(f"{PREFIX}{name}: expected a key of plain characters without spaces")
    return found


def _local_hosts(feeds: Feeds) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for each in feeds.local_hosts.split(","):
        if not each.strip():
            continue
        vendor, equals, host = each.strip().lower().partition("=")
        if not equals or vendor not in (*VENDORS[1:], STREAM) or ":" not in host:
            raise ConfigError(
                f"{PREFIX}LOCAL_HOSTS: expected vendor=host:port such as fred=127.0.0.1:8123, with a vendor "
                f"of {', '.join((*VENDORS[1:], STREAM))}; found {each.strip()!r}"
            )
        found[vendor] = host
    return found

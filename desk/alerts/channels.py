"""The channels the settings name, each checked before the desk starts."""

import re
from collections.abc import Callable, Collection
from datetime import datetime

from pydantic import SecretStr

from desk.alerts import discord, webhook
from desk.alerts.channel import Channel
from desk.alerts.destination import Destination, destination
from desk.alerts.mail import Mail, Mailbox
from desk.alerts.post import Poster
from desk.setting_groups import Alerts
from fund.clock import Clock
from fund.errors import ConfigError

PREFIX = "DESK_ALERTS__"
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
"""A valid e-mail address, as HTML has it."""


def channels_of(alerts: Alerts, clock: Clock) -> tuple[Channel, ...]:
    """Return a channel for everything that is set; `ConfigError` naming the setting that does not fit."""
    local = frozenset(each.strip().lower() for each in alerts.local_hosts.split(",") if each.strip())
    made = (
        _discord(alerts, local, clock.now),
        _mail(alerts, local),
        _webhook(alerts, local, clock.now),
    )
    return tuple(channel for channel in made if channel is not None)


def _discord(alerts: Alerts, local: Collection[str], now: Callable[[], datetime]) -> Channel | None:
    if alerts.discord_url is None:
        return None
    there = _destination("DISCORD_URL", alerts.discord_url, discord.HOSTS, local)
    if discord.PATH.fullmatch(there.target) is None:
        raise ConfigError(
            f"{PREFIX}DISCORD_URL: expected the URL of a channel's webhook, such as "
            "https://discord.com/api/webhooks/<number>/<token>, found another path"
        )
    return discord.Discord(Poster(there, now))


def _webhook(alerts: Alerts, local: Collection[str], now: Callable[[], datetime]) -> Channel | None:
    if alerts.webhook_url is None:
        return None
    if alerts.webhook_secret is None:
        raise ConfigError(f"{PREFIX}WEBHOOK_SECRET is needed beside {PREFIX}WEBHOOK_URL")
    try:
        key = webhook.key_of(alerts.webhook_secret.get_secret_value())
    except ConfigError as error:
        raise ConfigError(f"{PREFIX}WEBHOOK_SECRET: {error}") from None
    there = _destination("WEBHOOK_URL", alerts.webhook_url, (), local)
    return webhook.Webhook(Poster(there, now), key, now)


def _destination(name: str, url: SecretStr, hosts: Collection[str], local: Collection[str]) -> Destination:
    """Check a URL; without hosts of its own it may lead to the one host that it names."""
    written = url.get_secret_value().strip()
    named = hosts or {written.lower().partition("://")[2].partition("/")[0].removesuffix(":443")}
    try:
        return destination(written, hosts=named, local_hosts=local)
    except ConfigError as error:
        raise ConfigError(f"{PREFIX}{name}: {error}") from None


def _mail(alerts: Alerts, local: Collection[str]) -> Channel | None:
    if alerts.smtp_host is None:
        return None
    if alerts.mail_from is None or alerts.mail_to is None:
        raise ConfigError(f"{PREFIX}MAIL_FROM and {PREFIX}MAIL_TO are needed beside {PREFIX}SMTP_HOST")
    if (alerts.smtp_user is None) != (alerts.smtp_password is None):
        raise ConfigError(f"{PREFIX}SMTP_USER and {PREFIX}SMTP_PASSWORD are needed together, or neither")
    password = alerts.smtp_password
    return Mail(
        Mailbox(
            host=alerts.smtp_host,
            port=alerts.smtp_port,
            user=alerts.smtp_user,
            password=None if password is None else password.get_secret_value(),
            sender=_address("MAIL_FROM", alerts.mail_from),
            recipients=tuple(_address("MAIL_TO", each) for each in alerts.mail_to.split(",")),
            is_local=f"{alerts.smtp_host}:{alerts.smtp_port}" in local,
        )
    )


def _address(name: str, written: str) -> str:
    stripped = written.strip()
    if _ADDRESS.fullmatch(stripped) is None:
        raise ConfigError(f"{PREFIX}{name}: expected an address such as desk@example.com, found {written!r}")
    return stripped

"""`desk alerts`: try the channels, see what was sent, send again what could not be."""

import argparse
import base64
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from db.engine import in_transaction
from db.events import Event
from db.outbox import Alert, Outbox
from db.record_codec import to_plain
from desk.alerts.channel import Channel, Message, Sent
from desk.alerts.channels import channels_of
from desk.alerts.webhook import PREFIX
from desk.outcome import Outcome
from desk.settings import Settings
from desk.stores import open_started
from fund.clock import Clock, SystemClock
from fund.errors import ConfigError
from tools.alerts import AlertReport, AlertTools

ALERTS = """Try the channels that alerts go out by, and see what became of every alert.

Channels are set in the environment or .env (DESK_ALERTS__...); who hears of what, and when nobody is to be
woken, stands in the mandate under [alerts].

  desk alerts test                send a test by every channel, and say what each answered
  desk alerts list --status dead  what could not be delivered, and why
  desk alerts retry               send that again, once the reason is out of the way
  desk alerts secret              make a secret for the signed webhook"""

NONE_SET = (
    "no channel is set: set DESK_ALERTS__DISCORD_URL, DESK_ALERTS__WEBHOOK_URL or DESK_ALERTS__SMTP_HOST; "
    "see .env.example"
)


def add_alerts(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command with everything below it."""
    raw = argparse.RawDescriptionHelpFormatter
    alerts = sub.add_parser(
        "alerts",
        help="Try the alert channels, and see what was sent",
        description=ALERTS,
        formatter_class=raw,
    )
    below = alerts.add_subparsers(required=True, metavar="ACTION")
    for name, run, text in (
        ("test", test, "Send a test by every channel that is set; nothing is recorded."),
        ("list", listed, "List the last alerts and what became of them."),
        ("retry", retry, "Let everything in the dead letters be sent again."),
        ("secret", secret, "Make a secret for the signed webhook and show it; nothing is kept."),
    ):
        made = below.add_parser(name, parents=[shared], help=text, description=text)
        made.set_defaults(run=run)
        if name == "list":
            made.add_argument("--last", type=int, default=20, help="how many, 1 to 200 (default 20)")
            made.add_argument("--status", choices=("waiting", "sent", "repeated", "dead"), help="only these")


def test(options: argparse.Namespace, console: Console) -> Outcome:
    """Send a test by every channel."""
    clock = SystemClock()
    channels = channels_of(_settings(options).alerts, clock)
    if not channels:
        raise ConfigError(NONE_SET)
    outcomes = [(channel.name, channel.deliver(_a_test(channel, clock))) for channel in channels]
    said = {name: {"sent": isinstance(outcome, Sent), "answer": outcome.answer} for name, outcome in outcomes}
    shown = [
        f"{name}: {'sent' if isinstance(outcome, Sent) else 'not sent'} ({outcome.answer})"
        for name, outcome in outcomes
    ]
    good = all(isinstance(outcome, Sent) for _, outcome in outcomes)
    return Outcome(data={"channels": said}, shown=tuple(shown), good=good)


def listed(options: argparse.Namespace, console: Console) -> Outcome:
    """List the last alerts."""
    with _database(options) as engine:
        report = AlertTools(engine).alerts(options.last, options.status)
    return Outcome(data=to_plain(report), shown=(_table(report),))


def retry(options: argparse.Namespace, console: Console) -> Outcome:
    """Let dead letters be sent again."""
    now = SystemClock().now()
    with _database(options) as engine:
        again = in_transaction(engine, lambda connection: Outbox(connection).send_again(now=now))
    said = "There is nothing in the dead letters." if not again else f"{again} alerts wait to be sent again."
    return Outcome(data={"again": again}, shown=(said,))


def secret(options: argparse.Namespace, console: Console) -> Outcome:
    """Make a secret."""
    made = PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    return Outcome(data={"secret": made}, shown=(made,))


def _a_test(channel: Channel, clock: Clock) -> Message:
    now = clock.now()
    event = Event(
        event_id=f"test-{now:%Y%m%dT%H%M%S}",
        at=now,
        kind="alert_test",
        severity="info",
        text="This is a test: alerts of the desk reach you here.",
    )
    alert = Alert.waiting(event, channel.name, now)
    return Message(message_id=alert.alert_id, alerts=(alert,))


def _table(report: AlertReport) -> Table | str:
    if not report.deliveries:
        return "No alert yet. `desk alerts test` tries the channels that are set."
    table = Table("Happened (UTC)", "Channel", "What", "Became", "Tries", "Answer")
    for each in report.deliveries:
        told = each.text if len(each.text) <= 60 else f"{each.text[:59]}…"
        table.add_row(
            f"{each.at:%Y-%m-%d %H:%M}",
            each.channel,
            f"{each.kind}: {told}",
            each.status,
            str(each.attempts),
            each.answer or "",
        )
    return table


def _settings(options: argparse.Namespace) -> Settings:
    return Settings.load(data_dir=options.data_dir, mandate=options.mandate)


@contextmanager
def _database(options: argparse.Namespace) -> Iterator[Engine]:
    with ExitStack() as exits:
        _, engine = open_started(_settings(options), exits)
        yield engine

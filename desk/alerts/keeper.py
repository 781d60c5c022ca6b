"""Empties the outbox: on a thread of its own, in order, however often it is ended in between."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from db.engine import in_transaction
from db.outbox import Alert, ChannelState, Outbox
from db.presence import Presence
from desk.alerts.channel import Channel, Later, Message, Outcome, Refused, Sent
from desk.background import Background
from desk.web.face import HealthItem
from fund.alert_rules import AlertRules
from fund.clock import Clock
from fund.errors import DeskError

log = logging.getLogger("conclave.alerts")

LOOK_SECONDS = 5.0
"""How often the outbox is looked into when nobody wakes it."""
FIRST_HOLD_SECONDS, LONGEST_HOLD_SECONDS = 5.0, 600.0
"""After a failure a channel is left alone, twice as long each time."""
CLOSED_SECONDS = 600.0
"""A channel that is gone or locked is tried again after this; somebody has to set it right."""
GIVE_UP_AFTER = timedelta(hours=72)
"""An alert that could not be sent for so long is a dead letter."""
AT_ONCE = 200
IN_A_DIGEST = 20
UNWORDABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a row can raise that says something nobody foresaw."""
FAILURES = (DeskError, SQLAlchemyError, psycopg.Error, OSError)


class AlertKeeper:
    """Takes events in and sends what is due; one process of all that share a database does."""

    def __init__(self, engine: Engine, channels: Sequence[Channel], rules: AlertRules, clock: Clock) -> None:
        self._engine = engine
        self._channels = tuple(channels)
        self._rules = rules
        self._clock = clock
        self._presence = Presence(engine)
        self._background = Background(
            "alerts", self.round, FAILURES, every_seconds=LOOK_SECONDS, again_seconds=LOOK_SECONDS
        )
        self._closing = self._background.closing

    def start(self) -> None:
        """Begin; what happened before a channel was first kept is not told."""
        if self._channels:
            self._background.start()

    def wake(self) -> None:
        """Say that something was recorded."""
        self._background.wake()

    def close(self) -> None:
        """End after the message in hand; what waits is sent after the next start."""
        self._background.close()
        self._presence.close()

    def health(self) -> HealthItem:
        """Say which channels there are, and what is in the way of one."""
        if not self._channels:
            return HealthItem(
                name="alerts", vital=False, ok=True, detail="no channel is set: see .env.example"
            )
        if self._background.failed:
            return HealthItem(name="alerts", vital=False, ok=False, detail=self._background.failed)
        kept = {channel.name for channel in self._channels}
        states = in_transaction(self._engine, lambda connection: Outbox(connection).states())
        told = [said_of(state, self._clock.now()) for state in states if state.channel in kept]
        troubled = any(state.dead or state.failures for state in states if state.channel in kept)
        return HealthItem(
            name="alerts", vital=False, ok=not troubled, detail="; ".join(told) or "about to begin"
        )

    def round(self) -> None:
        """Take in what is new and send what is due, channel by channel."""
        if not self._presence.claim("alerts"):
            return
        for channel in self._channels:
            self._take_in(channel.name)
            self._send(channel)

    def _take_in(self, name: str) -> None:
        def taken(connection: Connection) -> int:
            outbox = Outbox(connection)
            outbox.open_channel(name)
            return outbox.take_in(name, self._rules, now=self._clock.now())

        while in_transaction(self._engine, taken):
            pass

    def _send(self, channel: Channel) -> None:
        while due := in_transaction(self._engine, partial(_due, name=channel.name, now=self._clock.now())):
            for message in messages_of(due, self._rules.digest_from):
                if self._closing.is_set() or not self._delivered(channel, message):
                    return

    def _delivered(self, channel: Channel, message: Message) -> bool:
        """Send a message and record what became of it; False where the channel is to be left alone."""
        outcome = _tried(channel, message)
        if isinstance(outcome, Refused) and not outcome.closed and len(message.alerts) > 1:
            # One of them may be what is refused: the others are not to be lost with it.
            alone = (Message(message_id=alert.alert_id, alerts=(alert,)) for alert in message.alerts)
            return all(self._delivered(channel, each) for each in alone)
        now = self._clock.now()
        if not isinstance(outcome, Sent):
            log.warning("%s was not taken by %s: %s", message.message_id, channel.name, outcome.answer)

        def record(connection: Connection) -> bool:
            outbox = Outbox(connection)
            settle = partial(outbox.settle, message.alerts, now=now, message_id=message.message_id)
            match outcome:
                case Sent(answer):
                    settle(status="sent", answer=answer)
                    outbox.let_go(channel.name)
                    return True
                case Later(answer, seconds):
                    _put_off(outbox, channel.name, message, answer, seconds, now)
                    return False
                case Refused(answer, closed):
                    settle(status="dead", answer=answer)
                    if closed:
                        outbox.hold(channel.name, now + timedelta(seconds=CLOSED_SECONDS), answer)
                    return not closed

        return in_transaction(self._engine, record)


def _tried(channel: Channel, message: Message) -> Outcome:
    """Send a message; an event that cannot be put into words is refused, and holds up no other."""
    try:
        return channel.deliver(message)
    except UNWORDABLE as error:
        log.exception("%s could not be put into words", message.message_id)
        return Refused(f"it could not be put into words ({type(error).__name__})")


def _due(connection: Connection, name: str, now: datetime) -> tuple[Alert, ...]:
    outbox = Outbox(connection)
    state = next(state for state in outbox.states() if state.channel == name)
    if state.held_until is not None and state.held_until > now:
        return ()
    return outbox.waiting(name, now=now, limit=AT_ONCE)


def _put_off(outbox: Outbox, name: str, message: Message, answer: str, seconds: float, now: datetime) -> None:
    failures = next(state.failures for state in outbox.states() if state.channel == name)
    wait = max(seconds, min(LONGEST_HOLD_SECONDS, FIRST_HOLD_SECONDS * 2.0 ** min(failures, 10)))
    given_up = [alert for alert in message.alerts if now - alert.created_at > GIVE_UP_AFTER]
    outbox.settle(given_up, "dead", now=now, message_id=message.message_id, answer=answer)
    outbox.keep_waiting([alert for alert in message.alerts if alert not in given_up], answer)
    outbox.hold(name, now + timedelta(seconds=wait), answer)


def messages_of(due: Sequence[Alert], digest_from: int) -> Iterator[Message]:
    """Put alerts into messages: what is critical goes alone and first, much of the rest goes together."""
    critical = [alert for alert in due if alert.event.severity == "critical"]
    others = [alert for alert in due if alert.event.severity != "critical"]
    size = IN_A_DIGEST if len(others) > digest_from else 1
    for alert in critical:
        yield Message(message_id=alert.alert_id, alerts=(alert,))
    for begin in range(0, len(others), size):
        together = others[begin : begin + size]
        yield Message(message_id=_id_of(together), alerts=tuple(together))


def _id_of(together: Sequence[Alert]) -> str:
    if len(together) == 1:
        return together[0].alert_id
    ids = "\n".join(alert.alert_id for alert in together)
    return f"digest-{sha256(ids.encode()).hexdigest()[:16]}@{together[0].channel}"


def said_of(state: ChannelState, now: datetime) -> str:
    """Say in a few words how a channel stands."""
    parts = [f"{state.channel} works" if not state.failures else f"{state.channel} fails ({state.held_for})"]
    if state.held_until is not None and state.held_until > now:
        parts.append(f"tried again at {state.held_until:%H:%M:%S} UTC")
    if state.waiting:
        parts.append(f"{state.waiting} waiting")
    if state.dead:
        parts.append(f"{state.dead} in the dead letters: `desk alerts list --status dead`")
    return ", ".join(parts)

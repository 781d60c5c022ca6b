"""Alerts to try a channel with, and channels that do what they are told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from db.events import Event
from db.outbox import Alert
from desk.alerts.channel import Message, Outcome, Sent
from support.records import an_event

AT = datetime(2017, 2, 1, 21, 30, tzinfo=UTC)


def a_session_decided(event_id: str = "cycle-1", **changes: object) -> Event:
    """Return the event of a decided session."""
    data = {"equity": "1000000.5", "drawdown": -0.0123, "orders": 2, "fills": 1}
    decided = an_event(
        event_id, at=AT, kind="cycle_decided", text="equity 1,000,000 USD; no orders", data=data
    )
    return replace(decided, **changes)  # type: ignore[arg-type]


def an_alert(event_id: str = "cycle-1", *, channel: str = "discord", **changes: object) -> Alert:
    """Return an alert that waits."""
    return Alert.waiting(a_session_decided(event_id, **changes), channel, AT)


def a_message(*alerts: Alert) -> Message:
    """Return a message of some alerts, by default one."""
    held = alerts or (an_alert(),)
    return Message(message_id=held[0].alert_id, alerts=held)


class FakeChannel:
    """A channel that answers as it is told to, and remembers what it was sent."""

    def __init__(
        self, name: str = "discord", answer: Callable[[Message], Outcome] = lambda _: Sent("HTTP 204")
    ) -> None:
        self.name = name
        self.answer = answer
        self.taken: list[Message] = []
        self.tried: list[Message] = []

    def deliver(self, message: Message) -> Outcome:
        self.tried.append(message)
        outcome = self.answer(message)
        if isinstance(outcome, Sent):
            self.taken.append(message)
        return outcome

    @property
    def told(self) -> list[str]:
        """The ids of the alerts that were taken, in order, twice where one came twice."""
        return [alert.alert_id for message in self.taken for alert in message.alerts]

"""The outbox: every event once for every channel, from when the channel is kept, through any restart."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from db.events import Event, Events
from db.outbox import Alert, Outbox
from fund.alert_rules import AlertRules
from support.records import NOON, an_event

RULES = AlertRules()
MINUTE = timedelta(minutes=1)


@pytest.fixture
def outbox(connection: Connection) -> Outbox:
    """Return an outbox that keeps one channel."""
    opened = Outbox(connection)
    opened.open_channel("discord")
    return opened


def happen(connection: Connection, *events: Event) -> None:
    Events(connection).append(events)


def waiting(outbox: Outbox, channel: str = "discord", *, now: datetime = NOON) -> list[str]:
    return [alert.alert_id for alert in outbox.waiting(channel, now=now, limit=100)]


def taken(outbox: Outbox, rules: AlertRules = RULES, *, now: datetime = NOON) -> tuple[Alert, ...]:
    outbox.take_in("discord", rules, now=now)
    return outbox.waiting("discord", now=now, limit=100)


def test_a_channel_is_told_of_what_happens_from_when_it_is_kept(connection: Connection) -> None:
    happen(connection, an_event("before"))
    outbox = Outbox(connection)
    outbox.open_channel("discord")
    happen(connection, an_event("a"), an_event("b"))
    (first, second) = taken(outbox)
    assert (first.alert_id, second.alert_id) == ("a@discord", "b@discord")
    assert (first.event, first.status, first.attempts) == (an_event("a"), "waiting", 0)


def test_opening_a_channel_again_forgets_nothing(connection: Connection, outbox: Outbox) -> None:
    happen(connection, an_event("a"))
    outbox.open_channel("discord")
    assert [alert.alert_id for alert in taken(outbox)] == ["a@discord"]


def test_an_event_is_taken_in_once(connection: Connection, outbox: Outbox) -> None:
    happen(connection, an_event("a"))
    assert outbox.take_in("discord", RULES, now=NOON) == 1
    assert outbox.take_in("discord", RULES, now=NOON) == 0
    assert waiting(outbox) == ["a@discord"]


def test_two_channels_are_told_each_for_itself(connection: Connection, outbox: Outbox) -> None:
    happen(connection, an_event("a", severity="warning"))
    outbox.open_channel("email")
    happen(connection, an_event("b"), an_event("c", severity="warning"))
    outbox.take_in("discord", RULES, now=NOON)
    outbox.take_in("email", RULES, now=NOON)
    assert waiting(outbox) == ["a@discord", "b@discord", "c@discord"]
    assert waiting(outbox, "email") == ["c@email"]


def test_what_the_rules_leave_out_is_passed_over_for_good(connection: Connection, outbox: Outbox) -> None:
    happen(connection, an_event("a", kind="books_verified"))
    assert taken(outbox, AlertRules(muted=("books_verified",))) == ()
    assert taken(outbox) == ()


def test_in_quiet_hours_only_what_is_critical_is_due(connection: Connection, outbox: Outbox) -> None:
    rules = AlertRules(quiet_hours="11:00-13:00", quiet_zone="UTC")
    happen(connection, an_event("a"), an_event("b", severity="critical"))
    assert [alert.alert_id for alert in taken(outbox, rules)] == ["b@discord"]
    assert waiting(outbox, now=NOON + 60 * MINUTE) == ["a@discord", "b@discord"]


def test_the_same_news_within_an_hour_is_told_once(connection: Connection, outbox: Outbox) -> None:
    happen(connection, *(an_event(name, data={"topic": "feed"}) for name in ("a", "b")), an_event("c"))
    assert [alert.alert_id for alert in taken(outbox)] == ["a@discord", "c@discord"]
    happen(connection, an_event("d", data={"topic": "feed"}))
    outbox.take_in("discord", RULES, now=NOON + 59 * MINUTE)
    happen(connection, an_event("e", data={"topic": "feed"}), an_event("f", data={"topic": "other"}))
    outbox.take_in("discord", RULES, now=NOON + 61 * MINUTE)
    assert waiting(outbox, now=NOON + 61 * MINUTE) == ["a@discord", "c@discord", "e@discord", "f@discord"]
    repeated = {alert.alert_id for alert in outbox.latest(status="repeated")}
    assert repeated == {"b@discord", "d@discord"}


def test_what_was_sent_waits_no_more_and_says_with_what_it_went(
    connection: Connection, outbox: Outbox
) -> None:
    happen(connection, an_event("a"), an_event("b"))
    first, _ = taken(outbox)
    outbox.settle([first], "sent", now=NOON, message_id="digest-1", answer="HTTP 204")
    assert waiting(outbox) == ["b@discord"]
    (sent,) = outbox.latest(status="sent")
    assert (sent.message_id, sent.answer, sent.attempts, sent.settled_at) == ("digest-1", "HTTP 204", 1, NOON)


def test_what_is_settled_stays_as_it_was_settled(connection: Connection, outbox: Outbox) -> None:
    happen(connection, an_event("a"))
    alerts = taken(outbox)
    outbox.settle(alerts, "sent", now=NOON, message_id="a@discord", answer="HTTP 204")
    outbox.settle(alerts, "dead", now=NOON, message_id="a@discord", answer="HTTP 404")
    outbox.keep_waiting(alerts, "late")
    (kept,) = outbox.latest()
    assert (kept.status, kept.answer, kept.attempts) == ("sent", "HTTP 204", 1)


def test_dead_letters_wait_again_on_the_owners_word(connection: Connection, outbox: Outbox) -> None:
    happen(connection, an_event("a"), an_event("b"))
    alerts = taken(outbox)
    outbox.settle(alerts, "dead", now=NOON, message_id="x", answer="HTTP 404")
    assert outbox.send_again(now=NOON + MINUTE) == 2
    assert outbox.send_again(now=NOON + MINUTE) == 0
    assert waiting(outbox, now=NOON + MINUTE) == ["a@discord", "b@discord"]


def test_a_channels_state_counts_what_is_in_its_way(connection: Connection, outbox: Outbox) -> None:
    happen(connection, an_event("a"), an_event("b"))
    first, second = taken(outbox)
    outbox.settle([first], "dead", now=NOON, message_id="a", answer="HTTP 400")
    outbox.keep_waiting([second], "HTTP 503")
    outbox.hold("discord", NOON + MINUTE, "HTTP 503")
    outbox.hold("discord", NOON + 2 * MINUTE, "HTTP 503")
    (state,) = outbox.states()
    assert (state.waiting, state.dead, state.failures) == (1, 1, 2)
    assert (state.held_until, state.held_for) == (NOON + 2 * MINUTE, "HTTP 503")
    outbox.let_go("discord")
    (state,) = outbox.states()
    assert (state.failures, state.held_until, state.held_for) == (0, None, None)


def test_a_text_that_no_column_holds_is_kept_as_far_as_it_can_be(
    connection: Connection, outbox: Outbox
) -> None:
    happen(connection, an_event("a"))
    outbox.keep_waiting(taken(outbox), "an answer\x00 with \ud800 in it")
    (kept,) = outbox.latest()
    assert kept.answer is not None
    assert kept.answer.startswith("an answer")

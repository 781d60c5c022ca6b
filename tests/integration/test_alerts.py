"""Alerts from event to owner: each once or with the same id, through outages, limits and restarts."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event as Signal

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from db.engine import in_transaction, transaction
from db.events import Event, Events
from db.outbox import Outbox
from desk.alerts.channel import Later, Message, Outcome, Refused, Sent
from desk.alerts.keeper import GIVE_UP_AFTER, IN_A_DIGEST, AlertKeeper
from fund.alert_rules import AlertRules
from fund.clock import FixedClock
from support.alerts import FakeChannel
from support.database import DatabaseServer, own_database
from support.records import NOON, an_event

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
PATIENCE_SECONDS = 30.0


@pytest.fixture
def own(database_server: DatabaseServer) -> Iterator[Engine]:
    with own_database(database_server) as engine:
        yield engine


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


def happen(engine: Engine, *events: Event) -> None:
    with transaction(engine) as connection:
        Events(connection).append(events)


def many(first: int, last: int) -> list[Event]:
    return [an_event(f"e{number:03}") for number in range(first, last)]


def keeper(
    engine: Engine, clock: FixedClock, *channels: FakeChannel, rules: AlertRules | None = None
) -> AlertKeeper:
    made = AlertKeeper(engine, channels, rules or AlertRules(), clock)
    made.round()
    return made


def statuses(engine: Engine) -> dict[str, str]:
    found = in_transaction(engine, lambda connection: Outbox(connection).latest(limit=1_000))
    return {alert.alert_id: alert.status for alert in found}


def test_what_happens_is_told_in_order_and_once(own: Engine, clock: FixedClock) -> None:
    channel = FakeChannel()
    happen(own, an_event("before"))
    kept = keeper(own, clock, channel)
    happen(own, *many(0, 3))
    kept.round()
    kept.round()
    assert channel.told == ["e000@discord", "e001@discord", "e002@discord"]
    assert set(statuses(own).values()) == {"sent"}
    kept.close()


def test_much_at_once_is_a_digest_and_what_is_critical_goes_alone_and_first(
    own: Engine, clock: FixedClock
) -> None:
    channel = FakeChannel()
    kept = keeper(own, clock, channel)
    happen(own, *many(0, 30), an_event("halt", severity="critical"), *many(30, 45))
    kept.round()
    first, *digests = channel.taken
    assert [alert.alert_id for alert in first.alerts] == ["halt@discord"]
    assert [len(message.alerts) for message in digests] == [IN_A_DIGEST, IN_A_DIGEST, 5]
    assert all(message.message_id.startswith("digest-") for message in digests)
    assert sorted(channel.told) == sorted(statuses(own))
    kept.close()


def test_a_limit_is_honoured_and_nothing_is_sent_before_it_ends(own: Engine, clock: FixedClock) -> None:
    answers: Iterator[Outcome] = iter([Sent("HTTP 204"), Later("HTTP 429", 90.0)])
    channel = FakeChannel(answer=lambda _: next(answers, Sent("HTTP 204")))
    kept = keeper(own, clock, channel)
    happen(own, *many(0, 3))
    kept.round()
    assert [message.message_id for message in channel.tried] == ["e000@discord", "e001@discord"]
    clock.move(NOON + 89 * SECOND)
    kept.round()
    assert len(channel.tried) == 2
    clock.move(NOON + 90 * SECOND)
    kept.round()
    assert channel.told == ["e000@discord", "e001@discord", "e002@discord"]
    kept.close()


def test_a_channel_that_fails_is_left_alone_twice_as_long_each_time_and_says_so(
    own: Engine, clock: FixedClock
) -> None:
    channel = FakeChannel(answer=lambda _: Later("HTTP 503"))
    kept = keeper(own, clock, channel)
    happen(own, an_event("a"))
    tried_at = []
    for second in range(200):
        clock.move(NOON + second * SECOND)
        before = len(channel.tried)
        kept.round()
        if len(channel.tried) > before:
            tried_at.append(second)
    assert tried_at == [0, 5, 15, 35, 75, 155]
    health = kept.health()
    assert not health.ok
    assert health.detail == "discord fails (HTTP 503), tried again at 12:05:15 UTC, 1 waiting"
    kept.close()


def test_one_channel_that_fails_does_not_hold_up_another(own: Engine, clock: FixedClock) -> None:
    bad, good = FakeChannel("discord", lambda _: Later("HTTP 500")), FakeChannel("webhook")
    kept = keeper(own, clock, bad, good)
    happen(own, *many(0, 4))
    kept.round()
    assert good.told == [f"e00{number}@webhook" for number in range(4)]
    assert len(bad.tried) == 1
    kept.close()


def test_what_is_refused_is_a_dead_letter_and_the_rest_goes_on(own: Engine, clock: FixedClock) -> None:
    def answer(message: Message) -> Outcome:
        return Refused("HTTP 400") if message.message_id == "e001@discord" else Sent("HTTP 204")

    channel = FakeChannel(answer=answer)
    kept = keeper(own, clock, channel)
    happen(own, *many(0, 3))
    kept.round()
    assert channel.told == ["e000@discord", "e002@discord"]
    assert statuses(own)["e001@discord"] == "dead"
    assert "1 in the dead letters" in kept.health().detail
    channel.answer = lambda _: Sent("HTTP 204")
    in_transaction(own, lambda connection: Outbox(connection).send_again(now=clock.now()))
    kept.round()
    assert channel.told[-1] == "e001@discord"
    assert kept.health().ok
    kept.close()


def test_one_alert_that_is_refused_takes_no_other_of_its_digest_with_it(
    own: Engine, clock: FixedClock
) -> None:
    def answer(message: Message) -> Outcome:
        ids = [alert.event.event_id for alert in message.alerts]
        if "e007" in ids:
            raise KeyError("no such figure")
        return Refused("HTTP 400") if "e013" in ids else Sent("HTTP 204")

    channel = FakeChannel(answer=answer)
    kept = keeper(own, clock, channel)
    happen(own, *many(0, 30))
    kept.round()
    kept.close()
    dead = {name for name, status in statuses(own).items() if status == "dead"}
    assert dead == {"e007@discord", "e013@discord"}
    assert len(channel.told) == len(set(channel.told)) == 28


def test_a_channel_that_is_gone_is_not_asked_for_every_alert(own: Engine, clock: FixedClock) -> None:
    channel = FakeChannel(answer=lambda _: Refused("HTTP 404", closed=True))
    kept = keeper(own, clock, channel)
    happen(own, *many(0, 5))
    kept.round()
    kept.round()
    assert len(channel.tried) == 1
    assert sorted(statuses(own).values()) == ["dead", *["waiting"] * 4]
    kept.close()


def test_what_could_not_be_sent_for_days_is_given_up_and_kept(own: Engine, clock: FixedClock) -> None:
    channel = FakeChannel(answer=lambda _: Later("HTTP 500"))
    kept = keeper(own, clock, channel)
    happen(own, an_event("a"))
    kept.round()
    clock.move(NOON + GIVE_UP_AFTER + MINUTE)
    kept.round()
    assert statuses(own) == {"a@discord": "dead"}
    kept.close()


def test_five_hundred_alerts_through_an_hours_outage_and_three_restarts(
    own: Engine, clock: FixedClock
) -> None:
    """A restart loses what the sender knew; in two of them a message was taken and its receipt lost."""

    class KilledError(Exception):
        pass

    def answer(message: Message) -> Outcome:
        minute = (clock.now() - NOON) / MINUTE
        if 20 <= minute < 80:
            return Later("HTTP 503")
        if len(channel.taken) in (3, 12) and len(channel.tried) not in killed:
            killed.add(len(channel.tried))
            channel.taken.append(message)
            raise KilledError
        return Sent("HTTP 204")

    killed: set[int] = set()
    channel = FakeChannel(answer=answer)
    kept, restarts = keeper(own, clock, channel), 0
    for minute in range(200):
        clock.move(NOON + minute * MINUTE)
        if minute < 125:
            happen(own, *many(4 * minute, 4 * minute + 4))
        try:
            kept.round()
            died = minute == 50
        except KilledError:
            died = True
        if died:
            restarts += 1
            kept.close()
            kept = keeper(own, clock, channel)
    kept.close()
    expected = {f"e{number:03}@discord" for number in range(500)}
    told = channel.told
    assert restarts == 3
    assert set(told) == expected
    assert 0 < len(told) - 500 <= 2 * IN_A_DIGEST
    assert statuses(own) == dict.fromkeys(expected, "sent")


def test_of_two_processes_one_sends(own: Engine, clock: FixedClock) -> None:
    first, second = FakeChannel(), FakeChannel()
    one, other = keeper(own, clock, first), keeper(own, clock, second)
    happen(own, an_event("a"))
    other.round()
    one.round()
    assert (first.told, second.told) == (["a@discord"], [])
    one.close()
    happen(own, an_event("b"))
    other.round()
    assert second.told == ["b@discord"]
    other.close()


def test_the_thread_sends_when_it_is_woken_and_outlives_a_database_that_is_away(
    own: Engine, clock: FixedClock
) -> None:
    arrived = Signal()

    def answer(_: Message) -> Outcome:
        arrived.set()
        return Sent("HTTP 204")

    class Away(AlertKeeper):
        rounds = 0

        def round(self) -> None:
            self.rounds += 1
            if self.rounds == 1:
                raise OperationalError("SELECT", {}, Exception("gone"))
            super().round()

    in_transaction(own, lambda connection: Outbox(connection).open_channel("discord"))
    kept = Away(own, [FakeChannel(answer=answer)], AlertRules(), clock)
    happen(own, an_event("a"))
    kept.start()
    kept.wake()
    kept.wake()
    assert arrived.wait(PATIENCE_SECONDS)
    kept.close()
    assert statuses(own) == {"a@discord": "sent"}


def test_a_desk_without_a_channel_says_so_and_is_well(own: Engine, clock: FixedClock) -> None:
    kept = AlertKeeper(own, (), AlertRules(), clock)
    kept.start()
    health = kept.health()
    kept.close()
    assert health.ok
    assert health.detail == "no channel is set: see .env.example"

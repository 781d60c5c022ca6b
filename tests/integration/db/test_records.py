"""Events, the trading switch and forecasters."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from db.events import Events
from db.forecasters import Forecasters
from db.trading_state import TradingState, TradingStatus
from fund.errors import DataError, LedgerError, NoDataError
from support.records import NOON, a_card, an_event

HOUR = timedelta(hours=1)


def test_events_come_back_in_the_order_they_were_recorded(connection: Connection) -> None:
    events = Events(connection)
    later = an_event("e1", at=NOON + HOUR, data={"n": 1, "names": ["AAPL"]}, cycle_id="cycle-1")
    earlier = an_event("e2", at=NOON)
    assert events.append([later, earlier]) == 2
    recorded = events.since(0)
    assert [each.event for each in recorded] == [later, earlier]
    assert events.since(recorded[0].seq) == recorded[1:]
    assert events.since(0, limit=1) == recorded[:1]
    assert events.latest(limit=1) == recorded[1:]


def test_an_event_delivered_twice_is_one(connection: Connection) -> None:
    events = Events(connection)
    assert events.append([an_event()]) == 1
    assert events.append([an_event(text="another wording"), an_event("e2")]) == 1
    assert events.append([]) == 0
    assert [each.event.text for each in events.latest()] == ["something happened"] * 2


def test_events_are_found_by_kind(connection: Connection) -> None:
    events = Events(connection)
    events.append([an_event("e1", kind="trading_paused"), an_event("e2"), an_event("e3")])
    assert [each.event.event_id for each in events.latest(kind="note")] == ["e3", "e2"]


def test_an_unknown_severity_or_a_naive_time_is_refused(connection: Connection) -> None:
    with pytest.raises(LedgerError, match="timezone-aware"):
        Events(connection).append([an_event(at=NOON.replace(tzinfo=None))])
    with pytest.raises(DBAPIError, match="severity_known"):
        Events(connection).append([an_event(severity="mild")])


def test_a_desk_that_was_never_paused_is_running(connection: Connection) -> None:
    assert TradingState(connection).get() == TradingStatus()
    assert not TradingStatus().is_paused


def test_a_pause_stays_until_it_is_ended(connection: Connection) -> None:
    state = TradingState(connection)
    paused = state.pause(by="owner", reason="storm", at=NOON)
    assert paused == TradingStatus(
        state="open", cause="owner", version=1, since=NOON, changed_by="owner", reason="storm"
    )
    assert state.pause(by="guest", reason="fog", at=NOON + HOUR) == paused, "the first pause stays"
    resumed = state.resume(by="owner", reason="calm", at=NOON + 2 * HOUR)
    assert (resumed.is_paused, resumed.since) == (False, NOON + 2 * HOUR)
    assert state.get() == resumed


def test_every_change_of_state_is_an_event_and_nothing_else_is(connection: Connection) -> None:
    state = TradingState(connection)
    state.resume(by="owner", reason="nothing to resume", at=NOON)
    state.pause(by="owner", reason="storm", at=NOON)
    state.pause(by="owner", reason="again", at=NOON + HOUR)
    state.resume(by="owner", reason="", at=NOON + 2 * HOUR)
    noted = [each.event for each in Events(connection).since(0)]
    assert [(event.kind, event.severity) for event in noted] == [
        ("trading_paused", "warning"),
        ("trading_resumed", "info"),
    ]
    assert noted[0].text == "Trading was paused by owner: storm"
    assert noted[1].text == "Trading was resumed by owner: no reason given"


def register(connection: Connection, version: str = "gbm-1", hours: int = 0, sha: str = "a" * 64) -> bool:
    return Forecasters(connection).register(a_card(version), manifest_sha256=sha, at=NOON + hours * HOUR)


def test_a_registered_forecaster_comes_back_with_its_card(connection: Connection) -> None:
    assert register(connection)
    found = Forecasters(connection).get("gbm-1")
    assert found is not None
    assert (found.card, found.active) == (a_card(), False)
    assert repr(found.card) == repr(a_card())


def test_a_version_is_one_artifact(connection: Connection) -> None:
    register(connection)
    Forecasters(connection).activate("gbm-1")
    assert not register(connection, hours=1)
    with pytest.raises(DataError, match="registered with other content"):
        register(connection, sha="b" * 64)
    active = Forecasters(connection).active("gbm", 5)
    assert active is not None
    assert active.registered_at == NOON


def test_one_version_of_a_name_is_in_use(connection: Connection) -> None:
    forecasters = Forecasters(connection)
    register(connection, "gbm-1")
    register(connection, "gbm-2", hours=1)
    assert forecasters.active("gbm", 5) is None
    forecasters.activate("gbm-1")
    forecasters.activate("gbm-2")
    active, earlier = forecasters.active("gbm", 5), forecasters.get("gbm-1")
    assert active is not None
    assert earlier is not None
    assert (active.version, active.active, earlier.active) == ("gbm-2", True, False)
    with pytest.raises(NoDataError, match="none of version 'gbm-3'"):
        forecasters.activate("gbm-3")


def test_a_figure_that_is_not_finite_is_no_card(connection: Connection) -> None:
    card = a_card()
    assert card.ic is not None
    broken = replace(card, ic=replace(card.ic, low=float("nan")))
    with pytest.raises(DataError, match="finite"):
        Forecasters(connection).register(broken, manifest_sha256="0", at=NOON)

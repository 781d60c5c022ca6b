"""The breaker on a real database: tripped in the commit of a session, kept, and ended by a person."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select

from db.decisions import Decisions
from db.engine import transaction
from db.events import Event, Events
from db.finding import Finding
from db.ledger import Ledger
from db.tables import orders
from db.trading_state import KILL_REASON, TradingState, TradingStatus
from db.verify import verify_ledger
from desk.breaker import STAND_IN, trip_where_books_differ
from desk.cycle import SessionPlayer
from fund.cycle import Strategy
from fund.errors import BudgetError, QueryRefusedError
from fund.risk.resumption import Evidence, resume_evidence
from support.checkout import ROOT
from support.database import DatabaseServer, own_database
from support.mandates import issue_levels
from support.markets import a_quiet_history, a_spell
from support.players import MANDATE, NOW, Join, SaidTargets, joining

FALL = 10
CLOSES = [100.0 + n / 10 for n in range(FALL)] + [88.0 + n * n / 20 for n in range(50)]
"""Rises, loses more than a tenth overnight, and recovers ever faster."""
HISTORY = a_quiet_history(
    {"SPY": [200.0 + n / 10 for n in range(60)], "AAA": CLOSES},
    membership=(a_spell("AAA"),),
    volumes={"SPY": [5e6] * 60, "AAA": [5e6] * 60},
)
DAYS = HISTORY.panel.sessions
BUY, FILLED = DAYS[FALL - 3], DAYS[FALL - 2]
BUYING = SaidTargets({BUY: {"AAA": "0.5"}})
EAGER = SaidTargets({day: {"AAA": "0.9"} for day in DAYS})
LEVELS = issue_levels()


@pytest.fixture
def engine(database_server: DatabaseServer) -> Iterator[Engine]:
    """A database of each test's own."""
    with own_database(database_server) as made:
        yield made


@pytest.fixture
def join(engine: Engine) -> Iterator[Join]:
    with joining(engine, HISTORY) as joined:
        yield joined


def a_player(join: Join, **levels: object) -> SessionPlayer:
    return join(mandate=replace(MANDATE, breaker=issue_levels(**levels)))


def breaker(engine: Engine) -> TradingStatus:
    with transaction(engine) as connection:
        return TradingState(connection).get()


def told(engine: Engine, kind: str) -> list[Event]:
    with transaction(engine) as connection:
        return [each.event for each in Events(connection).since(0) if each.event.kind == kind]


def play(
    player: SessionPlayer, first: int, last: int, strategy: Strategy, *, stand_in: bool = False
) -> list[str]:
    """Play sessions by their place; return what breaker each decision was taken under."""
    played = [player.play(day, strategy, stand_in=stand_in) for day in DAYS[first : last + 1]]
    return [each.record.inputs["breaker"] for each in played]


def fallen(join: Join, **levels: object) -> SessionPlayer:
    """Return a player whose book has just lost more than the mandate allows in a session."""
    player = a_player(join, **levels)
    play(player, FALL - 3, FALL - 1, BUYING)
    player.play(DAYS[FALL], EAGER)
    return player


def test_the_session_that_loses_too_much_is_itself_not_decided(engine: Engine, join: Join) -> None:
    asked = len(EAGER.asked)
    fallen(join)
    assert len(EAGER.asked) == asked, "the strategy was not even asked"
    status = breaker(engine)
    assert (status.state, status.cause, status.version) == ("open", "daily_loss", 1)
    assert (status.session, status.changed_by, status.word) == (DAYS[FALL], "desk", "halted")
    with transaction(engine) as connection:
        record = Decisions(connection).get(f"daily-{DAYS[FALL]}")
        assert verify_ledger(connection) == ()
    assert record is not None
    assert (record.status, record.orders) == ("halted", ())
    assert record.cause is not None
    assert record.cause.startswith("the circuit breaker is open: the book lost ")
    assert record.inputs["breaker"] == "open@1"
    (tripped,) = told(engine, "breaker_tripped")
    assert tripped.cycle_id == record.cycle_id
    assert tripped.data["level"] == 0.025


def test_it_stays_open_in_another_process_and_the_book_is_still_marked(engine: Engine, join: Join) -> None:
    fallen(join)
    assert play(a_player(join), FALL + 1, FALL + 3, EAGER) == ["open@1"] * 3
    with transaction(engine) as connection:
        assert Ledger(connection).last_mark().session == DAYS[FALL + 3]  # type: ignore[union-attr]


def test_while_it_reduces_nothing_grows_and_what_shrinks_passes(engine: Engine, join: Join) -> None:
    player = fallen(join, daily_loss=Decimal(1), drawdown=Decimal("0.9"), reduce_drawdown=Decimal("0.05"))
    assert breaker(engine).state == "reducing"
    with transaction(engine) as connection:
        record = Decisions(connection).get(f"daily-{DAYS[FALL]}")
    assert record is not None
    assert record.review is not None
    assert (record.status, record.orders) == ("decided", ())
    (clamp,) = [each for each in record.review.clamps if each.limit == "reducing_only"]
    assert "from 5.00% on it may only shrink" in clamp.reason
    assert record.inputs["breaker"] == "reducing@1"
    assert record.inputs["reducing"] in clamp.reason
    sold = player.play(DAYS[FALL + 1], SaidTargets({DAYS[FALL + 1]: {"AAA": "0.1"}})).record
    assert [order.side for order in sold.orders] == ["sell"]


def test_a_resume_is_proposed_once_when_every_level_is_met_and_nothing_loosens_by_itself(
    engine: Engine, join: Join
) -> None:
    player = fallen(join)
    labels = play(player, FALL + 1, FALL + 20, EAGER)
    assert set(labels) == {"open@1"}
    (proposed,) = told(engine, "resume_proposed")
    assert proposed.data["version"] == 1
    assert all(each["met"] for each in proposed.data["evidence"])
    assert {each["name"] for each in proposed.data["evidence"]} == {"drawdown", "winning_sessions", "sharpe"}
    assert breaker(engine).state == "open"


def test_where_the_past_is_played_a_stand_in_approves_and_is_labelled_so(engine: Engine, join: Join) -> None:
    player = fallen(join)
    labels = play(player, FALL + 1, FALL + 20, EAGER, stand_in=True)
    assert labels[0] == "open@1"
    assert labels[-1] == "closed@2"
    status = breaker(engine)
    assert (status.changed_by, status.cause) == (STAND_IN, "none")
    assert [each.met for each in status.approved] == [True] * 3
    (resumed,) = told(engine, "trading_resumed")
    assert resumed.data["by"] == "replay"
    assert told(engine, "resume_proposed") == []


def test_a_stand_in_ends_no_kill_switch_and_no_pause(engine: Engine, join: Join) -> None:
    player = fallen(join)
    with transaction(engine) as connection:
        TradingState(connection).kill(by="owner", reason="enough", at=NOW)
    assert set(play(player, FALL + 1, FALL + 20, EAGER, stand_in=True)) == {"open@2"}


class TestKillSwitch:
    """Open, latched, and every order that has not traded cancelled in one transaction."""

    @pytest.fixture
    def ordered(self, join: Join) -> SessionPlayer:
        player = a_player(join)
        assert player.play(BUY, BUYING).record.orders
        return player

    def kill(self, engine: Engine) -> int:
        with transaction(engine) as connection:
            return TradingState(connection).kill(by="owner", reason="confirmed in the chat", at=NOW)

    def test_orders_not_yet_traded_are_cancelled_and_never_fill(
        self, engine: Engine, ordered: SessionPlayer
    ) -> None:
        assert self.kill(engine) == 1
        with transaction(engine) as connection:
            rows = connection.execute(select(orders.c.status, orders.c.reason)).all()
        assert [tuple(row) for row in rows] == [("cancelled", KILL_REASON)]
        played = ordered.play(FILLED, EAGER)
        assert played.step.settlement.fills == ()
        assert played.record.cause == "the kill switch was thrown by owner: confirmed in the chat"
        with transaction(engine) as connection:
            assert verify_ledger(connection) == ()

    def test_another_process_keeps_to_it_and_a_second_throw_changes_nothing(
        self, engine: Engine, ordered: SessionPlayer, join: Join
    ) -> None:
        self.kill(engine)
        assert self.kill(engine) == 0
        other = a_player(join)
        assert other.play(FILLED, EAGER).record.status == "halted"
        status = breaker(engine)
        assert (status.state, status.latched, status.cause, status.version) == (
            "open",
            True,
            "kill_switch",
            1,
        )
        assert len(told(engine, "kill_switch")) == 1

    def test_thrown_while_a_decision_is_taken_its_orders_are_never_recorded(
        self, engine: Engine, join: Join
    ) -> None:
        strategy = SaidTargets({BUY: {"AAA": "0.5"}}, meanwhile=lambda: self.kill(engine))
        played = a_player(join).play(BUY, strategy)
        assert (played.record.status, played.record.orders) == ("halted", ())
        assert played.record.inputs["breaker"] == "open@1"
        with transaction(engine) as connection:
            assert Ledger(connection).open_orders() == ()

    def test_neither_a_pause_nor_a_trip_unlatches_it_and_a_person_does(
        self, engine: Engine, ordered: SessionPlayer
    ) -> None:
        self.kill(engine)
        with transaction(engine) as connection:
            state = TradingState(connection)
            assert state.pause(by="owner", reason="too", at=NOW).latched
            trip_where_books_differ(connection, [Finding(table="t", row="r", problem="p")], LEVELS, NOW)
            assert state.get().version == 1
            resumed = state.resume(by="owner", reason="calm", at=NOW, version=1, session=BUY)
        assert (resumed.state, resumed.latched, resumed.version) == ("closed", False, 2)
        assert ordered.play(FILLED, SaidTargets()).record.status == "decided"

    def test_a_process_that_is_killed_while_it_holds_the_state_leaves_the_switch_as_it_was(
        self, engine: Engine, ordered: SessionPlayer
    ) -> None:
        script = (
            "import os, signal, sys\n"
            "from datetime import datetime, UTC\n"
            "from db.engine import connect\n"
            "from db.trading_state import TradingState\n"
            "connection = connect(sys.argv[1]).connect()\n"
            "TradingState(connection).kill(by='owner', reason='x', at=datetime.now(UTC))\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        url = engine.url.render_as_string(hide_password=False)
        done = subprocess.run([sys.executable, "-c", script, url], cwd=ROOT)
        assert done.returncode == -signal.SIGKILL
        assert breaker(engine).state == "closed"
        with transaction(engine) as connection:
            assert len(Ledger(connection).open_orders()) == 1
        assert self.kill(engine) == 1, "the lock died with the process"


class TestApproval:
    """A resume is one person's approval of one state with the evidence that was shown."""

    def evidence(self, engine: Engine) -> tuple[Evidence, ...]:
        with transaction(engine) as connection:
            status = TradingState(connection).get()
            return resume_evidence(Ledger(connection).equity_curve(), LEVELS, status)

    def test_it_is_recorded_with_who_when_version_and_evidence(self, engine: Engine, join: Join) -> None:
        player, shown = fallen(join), self.evidence(engine)
        with transaction(engine) as connection:
            TradingState(connection).resume(
                by="owner", reason="seen", at=NOW, version=1, session=DAYS[FALL], evidence=shown
            )
        status = breaker(engine)
        assert (status.state, status.changed_by, status.since, status.approved) == (
            "closed",
            "owner",
            NOW,
            shown,
        )
        (resumed,) = told(engine, "trading_resumed")
        assert resumed.data["ended"] == "open@1"
        assert [each["name"] for each in resumed.data["evidence"]] == [each.name for each in shown]
        assert player.play(DAYS[FALL + 1], SaidTargets()).record.inputs["breaker"] == "closed@2"

    def test_in_spite_of_the_drawdown_it_holds_and_a_further_fall_trips_again(
        self, engine: Engine, join: Join
    ) -> None:
        tight = {"drawdown": Decimal("0.05"), "reduce_drawdown": Decimal("0.04")}
        player, shown = fallen(join, **tight), self.evidence(engine)
        assert not shown[0].met
        with transaction(engine) as connection:
            TradingState(connection).resume(by="owner", reason="", at=NOW, evidence=shown)
        assert breaker(engine).drawdown_from == DAYS[FALL]
        assert play(player, FALL + 1, FALL + 3, SaidTargets()) == ["closed@2"] * 3

    @pytest.mark.parametrize(("version", "place"), [(0, FALL), (2, FALL), (1, FALL - 1)])
    def test_of_another_state_or_session_it_has_expired(
        self, engine: Engine, join: Join, version: int, place: int
    ) -> None:
        fallen(join)
        with (
            pytest.raises(QueryRefusedError, match="this approval expired: the state changed"),
            transaction(engine) as connection,
        ):
            TradingState(connection).resume(
                by="owner", reason="", at=NOW, version=version, session=DAYS[place]
            )
        assert breaker(engine).state == "open"


def test_a_cycle_held_for_want_of_budget_opens_for_the_next_one(engine: Engine, join: Join) -> None:
    def broke() -> None:
        raise BudgetError("nothing left of today's 2 USD")

    player = a_player(join)
    record = player.play(BUY, SaidTargets(meanwhile=broke)).record
    assert (record.status, record.inputs["breaker"]) == ("held", "closed@0")
    assert breaker(engine).cause == "llm_budget"
    assert player.play(FILLED, EAGER).record.status == "halted"


def test_books_that_differ_open_it_once_and_over_a_pause(engine: Engine) -> None:
    found = [Finding(table="fills", row="f-1", problem="only the journal has it")]
    with transaction(engine) as connection:
        TradingState(connection).pause(by="owner", reason="holiday", at=NOW)
        for _ in range(2):
            trip_where_books_differ(connection, found, LEVELS, NOW + timedelta(hours=1))
        trip_where_books_differ(connection, [], LEVELS, NOW)
    status = breaker(engine)
    assert (status.cause, status.version) == ("ledger", 2)
    assert status.reason == "the books do not add up: fills f-1: only the journal has it"
    assert [event.severity for event in told(engine, "breaker_tripped")] == ["critical"]


def test_orders_that_come_to_nothing_are_counted_over_sessions(engine: Engine, join: Join) -> None:
    thin = a_quiet_history(
        {"SPY": [200.0 + n / 10 for n in range(60)], "AAA": [100.0] * 60},
        membership=(a_spell("AAA"),),
        volumes={"SPY": [5e6] * 60, "AAA": [1.0] * 60},
    )
    player = join(thin, mandate=replace(MANDATE, breaker=issue_levels(rejects_in_a_row=3)))
    labels = [player.play(day, EAGER).record.inputs["breaker"] for day in thin.panel.sessions[5:10]]
    assert labels == ["closed@0", "closed@0", "closed@0", "open@1", "open@1"]
    assert breaker(engine).cause == "reject_streak"


def test_purchases_that_waited_for_a_sale_are_not_counted_and_the_sale_is(engine: Engine, join: Join) -> None:
    names = ("AAA", "BBB", "CCC", "DDD")
    volumes = {"SPY": [5e6] * 60, **dict.fromkeys(names, [5e6] * 60)}
    history = a_quiet_history(
        {"SPY": [200.0 + n / 10 for n in range(60)], **{name: [100.0] * 60 for name in names}},
        membership=tuple(a_spell(name) for name in names),
        volumes={**volumes, "AAA": [5e6] * 7 + [1.0] * 53},
    )
    days = history.panel.sessions
    swap = {"AAA": "0", **dict.fromkeys(names[1:], "0.1")}
    player = join(history, mandate=replace(MANDATE, breaker=issue_levels(rejects_in_a_row=3)))
    for day in days[5:9]:
        player.play(day, SaidTargets({days[5]: {"AAA": "0.1"}, days[6]: swap}))
    with transaction(engine) as connection:
        ended = connection.execute(select(orders.c.side, orders.c.reason).order_by(orders.c.decided_at)).all()
        counted = TradingState(connection).rejects_in_a_row(None, most=10)
    assert [tuple(each) for each in ended[1:]] == [
        ("sell", "volume_cap"),
        *[("buy", "reduction_unfilled")] * 3,
    ]
    assert (counted, breaker(engine).label) == (1, "closed@0")

"""One session at a time, whole or not at all, whoever else plays on the same database."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from sqlalchemy import Engine

from db.decisions import Decisions
from db.engine import transaction
from db.events import Events
from db.leases import Leases
from db.ledger import Ledger
from db.memory import MemoryStore
from db.trading_state import TradingState
from db.verify import verify_ledger
from desk.cycle import CODE_VERSION, MOST_TRIES, SessionPlayer
from desk.slot import JOB, LEASE, Slots
from fund.clock import FixedClock
from fund.errors import LedgerError, TradingHaltedError
from fund.portfolio.postings import post_deposit
from graph.chat_events import StepFinished, StepStarted
from support.checkout import project
from support.database import DatabaseServer, own_database
from support.facts import a_dividend
from support.players import MANDATE, NOW, Join, SaidTargets, a_quiet_market, joining, kept

HISTORY = a_quiet_market()
DAYS = HISTORY.panel.sessions
FIRST, SECOND, THIRD = DAYS[5:8]
BUYING = SaidTargets({FIRST: {"AAA": "0.3", "BBB": "0.2"}, SECOND: {"BBB": "0"}})


@pytest.fixture
def engine(database_server: DatabaseServer) -> Iterator[Engine]:
    """A database of each test's own."""
    with own_database(database_server) as made:
        yield made


@pytest.fixture
def join(engine: Engine) -> Iterator[Join]:
    with joining(engine, HISTORY) as joined:
        yield joined


@pytest.fixture
def player(join: Join) -> SessionPlayer:
    return join()


def equity_of(engine: Engine) -> list[Decimal]:
    with transaction(engine) as connection:
        return [mark.equity for mark in Ledger(connection).equity_curve()]


def test_the_first_session_brings_the_owners_money_in_and_orders_for_the_next(
    engine: Engine, player: SessionPlayer
) -> None:
    played = player.play(FIRST, BUYING)
    assert played.record.status == "decided"
    assert [order.ticker for order in played.record.orders] == ["AAA", "BBB"]
    assert played.step.mark.equity == MANDATE.initial_cash == player.book().cash
    assert (player.last_session(), player.book().positions) == (FIRST, {})
    assert len(kept(engine)[2]) == 2  # type: ignore[arg-type]


def test_orders_fill_at_the_next_open_and_the_book_follows(engine: Engine, player: SessionPlayer) -> None:
    for session in (FIRST, SECOND, THIRD):
        played = player.play(session, BUYING)
    fills = [(fill.side, fill.ticker, fill.session) for fill in played.step.settlement.fills]
    assert fills == [("sell", "BBB", THIRD)]
    assert set(player.book().positions) == {"AAA"}
    assert [trade.ticker for trade in played.step.closed] == ["BBB"]
    assert equity_of(engine)[-1] == played.step.mark.equity != MANDATE.initial_cash


def test_a_record_says_what_it_was_made_from(engine: Engine, player: SessionPlayer) -> None:
    record = player.play(FIRST, BUYING).record
    at = HISTORY.calendar.decision_time(FIRST)
    assert record.inputs == player.inputs_at(at) | {"breaker": "closed@0"}
    assert record.inputs["data_version"] == HISTORY.version_at(at)
    assert record.inputs["mandate_hash"] == MANDATE.mandate_hash
    assert record.inputs["forecaster_gbm"] == "gbm-1"
    assert {name for name in record.inputs if name.startswith("prompt_")} >= {"prompt_risk_officer"}
    with transaction(engine) as connection:
        assert Decisions(connection).get(record.cycle_id) == record


def test_the_code_version_is_that_of_the_project() -> None:
    assert project()["project"]["version"] == CODE_VERSION


def test_a_strategy_that_breaks_leaves_nothing_behind(
    engine: Engine, player: SessionPlayer, join: Join
) -> None:
    def fall_over() -> None:
        raise RuntimeError("the ceiling came down")

    before = kept(engine)
    with pytest.raises(RuntimeError, match="ceiling"):
        player.play(FIRST, SaidTargets(meanwhile=fall_over))
    assert kept(engine) == before == ((), (), (), (), ())
    assert player.last_session() is None
    assert join(owner="another").play(FIRST, BUYING).step.mark.session == FIRST


def test_money_comes_in_with_the_first_session_that_is_played_and_only_once(
    engine: Engine, player: SessionPlayer
) -> None:
    def fall_over() -> None:
        raise LedgerError("stop")

    with pytest.raises(LedgerError):
        player.play(FIRST, SaidTargets(meanwhile=fall_over))
    player.play(THIRD, BUYING)
    player.play(DAYS[8], BUYING)
    deposits = [t for t in kept(engine)[0] if t.kind == "deposit"]  # type: ignore[attr-defined]
    assert [deposit.session for deposit in deposits] == [THIRD]


def test_sessions_are_played_in_their_order(engine: Engine, player: SessionPlayer) -> None:
    player.play(FIRST, BUYING)
    before = kept(engine)
    for wrong in (DAYS[4], FIRST, THIRD):
        with pytest.raises(
            TradingHaltedError, match=f"stands at {FIRST} and the session to play next is {SECOND}"
        ):
            player.play(wrong, BUYING)
    assert kept(engine) == before
    assert BUYING.asked[-1] == f"daily-{FIRST}"
    assert player.play(SECOND, BUYING).step.mark.session == SECOND


def test_after_the_last_session_there_is_none_to_play(engine: Engine, join: Join) -> None:
    short = join()
    short.play(DAYS[-1], SaidTargets())
    with pytest.raises(TradingHaltedError, match="next is none, the data end"):
        short.play(DAYS[-1], SaidTargets())


def test_a_dividend_between_two_sessions_is_never_skipped(engine: Engine, join: Join) -> None:
    paying = a_quiet_market(actions=(a_dividend("AAA", THIRD, "0.5"),))
    player = join(paying)
    for session in (FIRST, SECOND, THIRD):
        player.play(session, BUYING)
    assert player.book().dividends == player.book().positions["AAA"].quantity * Decimal("0.5")


class TestTwoProcesses:
    """One database, two players that know nothing of each other."""

    def test_they_may_take_turns_and_keep_one_account(
        self, engine: Engine, player: SessionPlayer, join: Join
    ) -> None:
        other = join(owner="two")
        alone = [player.play(FIRST, BUYING), other.play(SECOND, BUYING), player.play(THIRD, BUYING)]
        assert [played.step.mark.session for played in alone] == [FIRST, SECOND, THIRD]
        assert len(kept(engine)[1]) == 3  # type: ignore[arg-type]

    def test_what_one_has_played_the_other_refuses(
        self, engine: Engine, player: SessionPlayer, join: Join
    ) -> None:
        other = join(owner="two")
        player.play(FIRST, BUYING)
        other.play(SECOND, BUYING)
        before = kept(engine)
        with pytest.raises(TradingHaltedError, match="another process may have moved the desk on"):
            player.play(SECOND, SaidTargets({SECOND: {"CCC": "0.5"}}))
        assert kept(engine) == before

    def test_while_one_plays_the_other_is_refused(
        self, engine: Engine, player: SessionPlayer, join: Join
    ) -> None:
        refusals: list[str] = []

        def try_too() -> None:
            other = join(owner="two")
            with pytest.raises(TradingHaltedError) as refused:
                other.play(FIRST, SaidTargets())
            refusals.append(str(refused.value))

        assert player.play(FIRST, SaidTargets(meanwhile=try_too)).record.status == "decided"
        assert refusals == [f"another process is playing daily-{FIRST}; wait until it is done"]

    def test_one_that_was_frozen_past_its_lease_writes_nothing(
        self, engine: Engine, player: SessionPlayer, join: Join
    ) -> None:
        def take_over() -> None:
            late = FixedClock(NOW + LEASE + timedelta(seconds=1))
            join(owner="two", clock=late).play(FIRST, BUYING)

        with pytest.raises(TradingHaltedError, match="another process has taken it over"):
            player.play(FIRST, SaidTargets({FIRST: {"CCC": "0.9"}}, meanwhile=take_over))
        with transaction(engine) as connection:
            record = Decisions(connection).get(f"daily-{FIRST}")
            assert verify_ledger(connection) == ()
        assert record is not None
        assert {order.ticker for order in record.orders} == {"AAA", "BBB"}

    def test_the_lease_of_a_process_that_died_keeps_nobody_waiting(self, engine: Engine, join: Join) -> None:
        with transaction(engine) as connection:
            lease = Leases(connection).take(
                JOB, f"daily-{FIRST}", owner="dead", now=NOW, duration=timedelta(days=1)
            )
        assert lease is not None
        assert join().play(FIRST, BUYING).record.status == "decided"

    def test_a_slot_is_free_again_however_it_was_left(self, engine: Engine) -> None:
        clock = FixedClock(NOW)
        one, two = Slots(engine, clock, "one"), Slots(engine, clock, "two")
        with pytest.raises(RuntimeError, match="gone"), one.held("slot"):
            raise RuntimeError("gone")
        with two.held("slot") as lease:
            assert lease.owner == "two"
        one.close()
        two.close()


class TestPaused:
    """A pause ends new orders and nothing else."""

    @pytest.fixture
    def paused(self, engine: Engine, player: SessionPlayer) -> SaidTargets:
        player.play(FIRST, BUYING)
        with transaction(engine) as connection:
            TradingState(connection).pause(by="owner", reason="on holiday", at=NOW)
        return SaidTargets({SECOND: {"CCC": "0.5"}})

    def test_the_strategy_is_not_even_asked_and_the_cause_is_on_record(
        self, player: SessionPlayer, paused: SaidTargets
    ) -> None:
        record = player.play(SECOND, paused).record
        assert paused.asked == []
        assert (record.status, record.cause) == ("halted", "trading was paused by owner: on holiday")
        assert (record.proposal, record.review, record.orders) == (None, None, ())

    def test_what_was_ordered_before_still_fills_and_the_book_is_still_marked(
        self, player: SessionPlayer, paused: SaidTargets
    ) -> None:
        played = player.play(SECOND, paused)
        assert {fill.ticker for fill in played.step.settlement.fills} == {"AAA", "BBB"}
        assert played.step.mark.equity == played.record.equity

    def test_a_pause_while_the_strategy_is_deciding_counts_at_once(
        self, engine: Engine, player: SessionPlayer
    ) -> None:
        def pause() -> None:
            with transaction(engine) as connection:
                TradingState(connection).pause(by="owner", reason="a storm", at=NOW)

        played = player.play(FIRST, SaidTargets({FIRST: {"AAA": "0.3"}}, meanwhile=pause))
        assert (played.record.status, played.record.orders) == ("halted", ())
        with transaction(engine) as connection:
            assert Decisions(connection).get(f"daily-{FIRST}") == played.record
            assert Ledger(connection).open_orders() == ()

    def test_an_account_that_changes_while_the_strategy_is_deciding_is_decided_on_again(
        self, engine: Engine, player: SessionPlayer
    ) -> None:
        player.play(FIRST, BUYING)
        brought_in = iter([post_deposit(Decimal(5_000), SECOND, NOW, "second")])

        def bring_in() -> None:
            with transaction(engine) as connection:
                Ledger(connection).append([*brought_in])

        strategy = SaidTargets({SECOND: {"AAA": "0.3"}}, meanwhile=bring_in)
        played = player.play(SECOND, strategy)
        assert strategy.asked == [f"daily-{SECOND}"] * 2
        assert played.step.mark.deposits == MANDATE.initial_cash + 5_000
        assert played.record.equity == played.step.mark.equity
        with transaction(engine) as connection:
            assert verify_ledger(connection) == ()

    def test_an_account_that_changes_under_every_decision_ends_the_session_with_nothing_kept(
        self, engine: Engine, player: SessionPlayer
    ) -> None:
        player.play(FIRST, BUYING)
        numbers = count()

        def bring_in() -> None:
            with transaction(engine) as connection:
                Ledger(connection).append([post_deposit(Decimal(1), SECOND, NOW, f"coin-{next(numbers)}")])

        strategy = SaidTargets({SECOND: {"AAA": "0.3"}}, meanwhile=bring_in)
        with pytest.raises(TradingHaltedError, match="had changed meanwhile"):
            player.play(SECOND, strategy)
        assert len(strategy.asked) == MOST_TRIES
        with transaction(engine) as connection:
            assert Decisions(connection).get(f"daily-{SECOND}") is None
        assert player.play(SECOND, BUYING).record.status == "decided"

    def test_after_the_owner_resumes_the_next_session_is_decided(
        self, engine: Engine, player: SessionPlayer, paused: SaidTargets
    ) -> None:
        player.play(SECOND, paused)
        with transaction(engine) as connection:
            TradingState(connection).resume(by="owner", reason="back", at=NOW + timedelta(hours=1))
        assert player.play(THIRD, paused).record.status == "decided"
        assert paused.asked == [f"daily-{THIRD}"]


class TestWhatIsTold:
    """Steps for whoever watches, events for the record."""

    def test_a_session_is_one_step_that_ends_with_what_it_came_to(self, player: SessionPlayer) -> None:
        seen: list[StepStarted | StepFinished] = []
        player.play(FIRST, BUYING, seen.append)
        begun, ended = seen
        assert isinstance(begun, StepStarted)
        assert (begun.step_id, begun.parent_id, begun.kind) == (f"daily-{FIRST}", None, "cycle")
        assert isinstance(ended, StepFinished)
        assert (ended.step_id, ended.failed) == (begun.step_id, False)
        assert ended.output == "equity 100,000 USD; 2 orders for the next open"

    def test_a_session_that_is_refused_ends_its_step_as_failed(self, player: SessionPlayer) -> None:
        seen: list[StepStarted | StepFinished] = []
        player.play(FIRST, BUYING)
        with pytest.raises(TradingHaltedError):
            player.play(FIRST, BUYING, seen.append)
        assert isinstance(seen[-1], StepFinished)
        assert seen[-1].failed
        assert f"the clock stands at {FIRST}" in seen[-1].output

    def test_an_error_nobody_foresaw_is_not_told_in_its_own_words(self, player: SessionPlayer) -> None:
        def fall_over() -> None:
            raise RuntimeError("SELECT secret FROM table")

        seen: list[StepStarted | StepFinished] = []
        with pytest.raises(RuntimeError):
            player.play(FIRST, SaidTargets(meanwhile=fall_over), seen.append)
        assert isinstance(seen[-1], StepFinished)
        assert (seen[-1].failed, seen[-1].output) == (True, "")

    def test_every_session_is_an_event_with_its_cycle(self, engine: Engine, player: SessionPlayer) -> None:
        for session in (FIRST, SECOND):
            player.play(session, BUYING)
        with transaction(engine) as connection:
            recorded = [each.event for each in Events(connection).since(0)]
        moved = [event for event in recorded if event.kind in ("traded", "position_changed")]
        assert moved
        assert {event.cycle_id for event in moved} == {f"daily-{SECOND}"}
        told = [event for event in recorded if event not in moved]
        kinds = [("cycle_decided", "info"), ("daily_summary", "info")]
        assert [(event.kind, event.severity) for event in told] == kinds * 2
        ids = [f"daily-{session}" for session in (FIRST, FIRST, SECOND, SECOND)]
        assert [event.cycle_id for event in told] == ids
        assert "buy" in told[2].text
        assert [Decimal(event.data["equity"]) for event in told[2:]] == [equity_of(engine)[-1]] * 2

    def test_a_held_book_is_a_warning_with_its_cause(self, engine: Engine, player: SessionPlayer) -> None:
        class Silent(SaidTargets):
            def propose(self, *_: object) -> None:  # type: ignore[override]
                return None

        record = player.play(FIRST, Silent()).record
        with transaction(engine) as connection:
            told, _ = (each.event for each in Events(connection).since(0))
        assert (record.status, told.kind, told.severity) == ("held", "cycle_held", "warning")
        assert "held: the strategy had no answer" in told.text

    def test_a_series_that_ends_is_told_and_remembered_as_a_trade(self, engine: Engine, join: Join) -> None:
        player = join(a_quiet_market(ends={"BBB": 8}))
        for session in DAYS[5:14]:
            played = player.play(session, SaidTargets({FIRST: {"BBB": "0.4"}}))
            if played.step.ended:
                break
        assert played.step.ended == ("BBB",)
        assert player.book().positions == {}
        with transaction(engine) as connection:
            told = [each.event.kind for each in Events(connection).since(0)]
            remembered = MemoryStore(connection).count("trade", as_of=NOW)
        assert (told.count("series_ended"), remembered) == (1, 1)

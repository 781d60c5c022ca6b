"""Money that the owner brings in and takes out: once, at the next open, and neither a gain nor a loss."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Literal

import pytest
from sqlalchemy import Engine, text

from db.commands import Commands
from db.engine import transaction
from db.events import Events
from db.ledger import Ledger
from db.trading_state import TradingState
from db.verify import verify_ledger
from desk.cycle import SessionPlayer
from fund.clock import FixedClock
from fund.errors import QueryRefusedError
from fund.mandate import Mandate
from support.database import DatabaseServer, own_database
from support.grounds import Stands, a_ground
from support.mandates import issue_levels, some_limits
from support.markets import a_quiet_history, a_spell
from support.players import MANDATE, NOW, Join, SaidTargets, joining
from tools.cash import MOST
from tools.control import ControlTools
from tools.performance import PerformanceTools

IDS = count(1)
FALL = 10
CLOSES = [100.0 + n / 10 for n in range(FALL)] + [88.0 + n / 20 for n in range(50)]
"""Rises, and loses more than a tenth overnight."""
HISTORY = a_quiet_history(
    {"SPY": [200.0 + n / 10 for n in range(60)], "AAA": CLOSES},
    membership=(a_spell("AAA"),),
    volumes={"SPY": [5e6] * 60, "AAA": [5e6] * 60},
)
DAYS = HISTORY.panel.sessions
BUY, FILLED, BEFORE, FELL = DAYS[FALL - 3 : FALL + 1]
BUYING = SaidTargets({BUY: {"AAA": "0.5"}})
WARY = replace(MANDATE, breaker=issue_levels())


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
    return join(mandate=WARY)


def owner(engine: Engine, mandate: Mandate = WARY, left: int = 40) -> ControlTools:
    return ControlTools(
        engine,
        FixedClock(NOW),
        a_ground(HISTORY, mandate, lambda: Stands(unplayed=left)),
        may_act=lambda name: name == "owner",
        new_id=lambda: f"cmd-{next(IDS):06d}",
    )


def moved(engine: Engine, action: Literal["deposit", "withdraw"], amount: str) -> str:
    """Ask, confirm, and return the id of the command."""
    control = owner(engine)
    pending = control.propose(action, None, "owner", None, Decimal(amount))
    return control.confirm(pending.command_id, "owner").command_id


def played(player: SessionPlayer, *days: date) -> None:
    for day in days:
        player.play(day, BUYING)


def test_a_deposit_is_one_transaction_of_the_next_open_and_an_event_and_the_desk_goes_on_with_it(
    engine: Engine, player: SessionPlayer
) -> None:
    played(player, BUY, FILLED)
    before = player.last_mark()
    command_id = moved(engine, "deposit", "25000.50")
    assert player.last_mark() == before, "the close that was taken stays what it is"
    with transaction(engine) as connection:
        assert verify_ledger(connection) == ()
        booked = [t for t in Ledger(connection).journal() if t.kind == "deposit"][-1]
        told = Events(connection).latest(kind="deposit", limit=1)[0].event
        command = Commands(connection).get(command_id)
    assert booked.transaction_id == f"deposit-{command_id}" == told.event_id
    assert (booked.session, booked.at) == (BEFORE, HISTORY.calendar.open_at(BEFORE))
    assert (told.data["amount"], told.data["by"]) == ("25000.50", "owner")
    assert command is not None
    assert command.status == "executed"
    mark = player.play(BEFORE, BUYING).step.mark
    assert mark.deposits == MANDATE.initial_cash + Decimal("25000.50")
    assert mark.cash == player.book().cash
    with transaction(engine) as connection:
        assert verify_ledger(connection) == ()


def test_a_player_that_starts_anew_finds_the_same_account(engine: Engine, join: Join) -> None:
    first = join(mandate=WARY)
    played(first, BUY, FILLED)
    moved(engine, "deposit", "1000")
    moved(engine, "withdraw", "250.25")
    mark = join(mandate=WARY, owner="two").play(BEFORE, BUYING).step.mark
    assert mark.deposits == MANDATE.initial_cash + Decimal("749.75")
    with transaction(engine) as connection:
        assert verify_ledger(connection) == ()


def test_money_that_moves_while_a_session_is_decided_is_decided_on(
    engine: Engine, player: SessionPlayer
) -> None:
    played(player, BUY)
    waiting = iter(["deposit"])

    def meanwhile() -> None:
        if next(waiting, None):
            moved(engine, "deposit", "5000")

    strategy = SaidTargets(BUYING.targets, meanwhile=meanwhile)
    step = player.play(FILLED, strategy).step
    assert len(strategy.asked) == 2, "it was decided on again"
    assert step.mark.deposits == MANDATE.initial_cash + 5000
    with transaction(engine) as connection:
        assert verify_ledger(connection) == ()


def test_what_is_decided_a_second_time_is_decided_on_the_same_account(
    engine: Engine, player: SessionPlayer
) -> None:
    """The money came in before the session, and trading is paused while it is decided."""
    played(player, BUY, FILLED)
    moved(engine, "deposit", "5000")

    def meanwhile() -> None:
        with transaction(engine) as connection:
            TradingState(connection).pause(by="owner", reason="", at=NOW)

    step = player.play(BEFORE, SaidTargets(meanwhile=meanwhile)).step
    assert step.mark.deposits == MANDATE.initial_cash + 5000
    with transaction(engine) as connection:
        assert verify_ledger(connection) == ()


def test_a_deposit_does_not_hide_a_loss_from_the_breaker(engine: Engine, player: SessionPlayer) -> None:
    """The name held falls by a tenth; with ten times the money in, equity rises all the same."""
    played(player, BUY, FILLED, BEFORE)
    unit = player.last_mark()
    moved(engine, "deposit", str(MANDATE.initial_cash / 20))
    step = player.play(FELL, BUYING).step
    with transaction(engine) as connection:
        breaker = TradingState(connection).get()
    assert unit is not None
    assert step.mark.unit_value < unit.unit_value
    assert (breaker.state, breaker.cause) == ("open", "daily_loss")


def test_a_withdrawal_is_no_loss_to_the_breaker(engine: Engine, player: SessionPlayer) -> None:
    played(player, BUY, FILLED)
    moved(engine, "withdraw", str(MANDATE.initial_cash * 2 / 5))
    before = player.last_mark()
    mark = player.play(BEFORE, BUYING).step.mark
    with transaction(engine) as connection:
        assert TradingState(connection).get().state == "closed"
        assert verify_ledger(connection) == ()
    assert before is not None
    assert mark.equity < before.equity * 2 / 3
    assert mark.unit_value >= before.unit_value
    assert mark.drawdown == 0


def test_results_are_told_without_it(engine: Engine, player: SessionPlayer) -> None:
    played(player, BUY, FILLED)
    before = PerformanceTools(engine, "SPY").performance()
    moved(engine, "deposit", "500000")
    played(player, BEFORE)
    after = PerformanceTools(engine, "SPY").performance()
    assert after.equity > before.equity + 490_000
    assert abs(after.profit - before.profit) < 10_000


def test_more_than_is_free_is_refused_in_a_sentence_that_says_what_is(engine: Engine, join: Join) -> None:
    keeping = replace(WARY, limits=replace(some_limits(), min_cash=Decimal("0.10")))
    player = join(mandate=keeping)
    played(player, BUY)
    mark, control = player.last_mark(), owner(engine, keeping)
    assert mark is not None
    with transaction(engine) as connection:
        (order,) = Ledger(connection).open_orders()
    free = mark.cash - order.quantity * order.reference_price - mark.equity / 10
    with pytest.raises(QueryRefusedError) as refused:
        control.propose("withdraw", None, "owner", None, free + Decimal("0.01"))
    assert f"{free:,.2f} USD are free of {mark.cash:,.2f} USD in cash" in str(refused.value)
    assert "reserved by buy orders" in str(refused.value)
    assert "kept by the mandate's cash floor" in str(refused.value)
    pending = control.propose("withdraw", None, "owner", None, free)
    second = control.propose("withdraw", None, "owner", None, free)
    control.confirm(pending.command_id, "owner")
    with pytest.raises(QueryRefusedError, match=rf"cannot be taken out: {free / 10:,.2f} USD are free"):
        control.confirm(second.command_id, "owner")
    played(player, FILLED)
    with transaction(engine) as connection:
        assert verify_ledger(connection) == ()


def test_what_is_sold_short_takes_up_the_cash_that_buys_it_back(engine: Engine, join: Join) -> None:
    shorting = replace(WARY, limits=replace(some_limits(), min_cash=Decimal(0), allow_short=True))
    player = join(mandate=shorting)
    selling = SaidTargets({BUY: {"AAA": "-0.4"}})
    for day in (BUY, FILLED):
        player.play(day, selling)
    mark = player.last_mark()
    assert mark is not None
    assert mark.cash > mark.equity
    with pytest.raises(QueryRefusedError, match="kept for what is sold short"):
        owner(engine, shorting).propose(
            "withdraw", None, "owner", None, (mark.equity * 9 / 10).quantize(Decimal(1))
        )


@pytest.mark.parametrize(
    "amount", ["0", "-1", "NaN", "Infinity", "-Infinity", "0.001", "5.123", "1E+30", str(MOST + 1), "sNaN"]
)
def test_what_is_no_amount_is_refused_and_books_nothing(
    engine: Engine, player: SessionPlayer, amount: str
) -> None:
    played(player, BUY)
    for action in ("deposit", "withdraw"):
        with pytest.raises(QueryRefusedError, match="expected an amount in USD above 0"):
            owner(engine).propose(action, None, "owner", None, Decimal(amount))  # type: ignore[arg-type]
    assert player.book().cash == MANDATE.initial_cash


def test_before_the_first_session_and_at_the_end_of_the_data_no_money_moves(
    engine: Engine, player: SessionPlayer
) -> None:
    with pytest.raises(QueryRefusedError, match="opens with its first session"):
        owner(engine).propose("deposit", None, "owner", None, Decimal(5))
    played(player, BUY)
    with pytest.raises(QueryRefusedError, match="no session is left to play"):
        owner(engine, left=0).propose("deposit", None, "owner", None, Decimal(5))
    with pytest.raises(QueryRefusedError, match="found 'none'"):
        owner(engine).propose("deposit", None, "owner", None)


def test_of_many_clicks_at_once_one_books_the_money(engine: Engine, player: SessionPlayer) -> None:
    played(player, BUY)
    control = owner(engine)
    pending = control.propose("deposit", None, "owner", None, Decimal(100))

    def click(_: int) -> bool:
        try:
            return bool(control.confirm(pending.command_id, "owner").sentence)
        except QueryRefusedError:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(click, range(8))) == 1
    assert player.book().cash == MANDATE.initial_cash + 100


def test_whose_arguments_were_changed_books_nothing(engine: Engine, player: SessionPlayer) -> None:
    played(player, BUY)
    control = owner(engine)
    pending = control.propose("withdraw", None, "owner", None, Decimal(100))
    with transaction(engine) as connection:
        changed = text('UPDATE desk.commands SET args = \'{"amount": "90000"}\' WHERE command_id = :id')
        connection.execute(changed, {"id": pending.command_id})
    with pytest.raises(QueryRefusedError, match="not what was asked for any more"):
        control.confirm(pending.command_id, "owner")
    assert player.book().cash == MANDATE.initial_cash

"""A position closed by its owner's word: first in the next decision, whatever else happens, and only once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count

import pytest
from sqlalchemy import Connection, Engine, event

from db.decisions import Decisions
from db.engine import connect, in_transaction, transaction
from db.events import Events
from db.exit_requests import ExitRequests
from db.ledger import Ledger
from db.verify import verify_ledger
from fund.clock import FixedClock
from fund.cycle import CycleRecord, Strategy
from fund.errors import AnswerError, QueryRefusedError
from fund.execution.orders import Order
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal
from graph.chat_events import Table
from graph.replies.requested_closes import requested_closes_reply
from support.database import DatabaseServer
from support.grounds import Stands, a_ground
from support.players import MANDATE, NOW, Join, SaidTargets, a_quiet_market, joining
from tools.control import ControlTools, PendingCommand
from tools.control_words import Action
from tools.requested_closes import RequestedClosesTools

HISTORY = a_quiet_market()
DAYS = HISTORY.panel.sessions[60:]
"""From here on a risk can be measured."""
IDS = count(1)
BUYS = {DAYS[0]: {"AAA": "0.1", "BBB": "0.1"}}


@pytest.fixture
def engine(database_server: DatabaseServer) -> Iterator[Engine]:
    """A database of one test's own."""
    url = database_server.clone()
    engine = connect(url)
    yield engine
    engine.dispose()
    database_server.drop(url)


@pytest.fixture
def join(engine: Engine) -> Iterator[Join]:
    with joining(engine, HISTORY) as join:
        yield join


def owner(engine: Engine, *, left: int = 40, mandate: Mandate = MANDATE) -> ControlTools:
    def session() -> date:
        mark = in_transaction(engine, lambda connection: Ledger(connection).last_mark())
        return mark.session if mark else DAYS[0]

    return ControlTools(
        engine,
        FixedClock(NOW),
        a_ground(HISTORY, mandate, lambda: Stands(unplayed=left), session),
        may_act=lambda name: name == "owner",
        new_id=lambda: f"cmd-{next(IDS):06d}",
    )


def asked(
    engine: Engine, *tickers: str, action: Action = "close", fraction: str | None = None
) -> PendingCommand:
    part = None if fraction is None else Decimal(fraction)
    return owner(engine).propose(action, None, "owner", None, tickers=tickers, fraction=part)


def confirmed(engine: Engine, *tickers: str, action: Action = "close", fraction: str | None = None) -> str:
    pending = asked(engine, *tickers, action=action, fraction=fraction)
    return owner(engine).confirm(pending.command_id, "owner").sentence


def played(join: Join, *days: date, strategy: Strategy | None = None) -> CycleRecord:
    """Play sessions and return the last decision."""
    player = join()
    for day in days:
        record = player.play(day, strategy or SaidTargets(BUYS)).record
    player.close()
    return record


def book(engine: Engine) -> Book:
    return in_transaction(engine, lambda connection: Ledger(connection).load_book())


def orders_for(record: CycleRecord, ticker: str) -> list[Order]:
    return [order for order in record.orders if order.ticker == ticker]


def standing(engine: Engine) -> list[str]:
    found = in_transaction(engine, lambda connection: ExitRequests(connection).standing())
    return [wish.ticker for wish in found]


def told(engine: Engine) -> list[str]:
    with transaction(engine) as connection:
        return [each.event.text for each in Events(connection).latest(kind="owners_exit", limit=9)]


class Silent:
    """A strategy whose LLM is down."""

    name = "silent"

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        raise AnswerError("nobody answered")


def test_a_close_is_decided_first_and_filled_at_the_open_after_it(engine: Engine, join: Join) -> None:
    played(join, *DAYS[:2])
    held = book(engine).positions["AAA"]
    pending = asked(engine, "aaa")
    first, order, *rest = pending.consequences
    assert first == f"Decided first at the close of {DAYS[2]}, traded at the open of {DAYS[3]}."
    price = HISTORY.view(HISTORY.calendar.decision_time(DAYS[1])).mark("AAA").price
    assert order.startswith(
        f"Sell all {held.quantity:f} AAA: {held.quantity * price:,.2f} USD at the last close"
    )
    commission = MANDATE.costs.commission(held.quantity, held.quantity * price)
    assert f"commission about {commission:,.2f} USD" in order
    assert any(line.startswith("Names held: 2 now, 1 after") for line in rest)
    assert any(line.startswith("Gross exposure: ") and "after (at most" in line for line in rest)
    assert standing(engine) == [], "a ticket does nothing"
    sentence = owner(engine).confirm(pending.command_id, "owner").sentence
    assert f"AAA will be closed: decided first at the close of {DAYS[2]}" in sentence
    wanting = SaidTargets({DAYS[2]: {"AAA": "0.2"}})
    record = played(join, DAYS[2], strategy=wanting)
    assert [(o.side, o.quantity, o.purpose) for o in orders_for(record, "AAA")] == [
        ("sell", held.quantity, "exit")
    ]
    assert [(e.ticker, e.rule) for e in record.exits] == [("AAA", "owner")]
    assert "owner asked for it to be closed (cmd-" in record.exits[0].why
    assert "AAA" in record.inputs["owners_exits"]
    assert standing(engine) == ["AAA"], "until nothing of it is held"
    record = played(join, DAYS[3])
    assert "AAA" not in book(engine).positions
    assert standing(engine) == []
    assert told(engine) == ["AAA is closed, as owner asked"]
    assert in_transaction(engine, verify_ledger) == ()
    assert orders_for(record, "AAA") == []
    assert "owners_exits" not in played(join, DAYS[4]).inputs


@pytest.mark.parametrize("how", ["silent", "paused", "killed"])
def test_it_goes_through_with_every_llm_down_and_the_breaker_open(
    engine: Engine, join: Join, how: str
) -> None:
    played(join, *DAYS[:2])
    if how != "silent":
        action: Action = "pause" if how == "paused" else "kill"
        control = owner(engine)
        control.confirm(control.propose(action, None, "owner", None).command_id, "owner")
    lines = asked(engine, "AAA").consequences
    assert any(line.startswith("This goes through although ") for line in lines) == (how != "silent")
    confirmed(engine, "AAA")
    record = played(join, DAYS[2], strategy=Silent() if how == "silent" else None)
    assert record.status == ("held" if how == "silent" else "halted")
    assert [o.purpose for o in record.orders] == ["exit"]
    played(join, DAYS[3])
    assert set(book(engine).positions) == {"BBB"}


def test_half_of_a_position_is_closed_once(engine: Engine, join: Join) -> None:
    played(join, *DAYS[:2])
    before = book(engine).positions["AAA"].quantity
    assert "Close 50% of AAA" in asked(engine, "AAA", fraction="0.5").sentence
    confirmed(engine, "AAA", fraction="0.5")
    record = played(join, DAYS[2])
    (order,) = orders_for(record, "AAA")
    assert abs(order.quantity - before / 2) <= before / 100, "weights are whole basis points"
    assert standing(engine) == []
    assert told(engine) == ["A part of AAA is ordered to be closed, as owner asked"]
    record = played(join, DAYS[3])
    assert book(engine).positions["AAA"].quantity == before - order.quantity
    assert orders_for(record, "AAA") == []


def test_everything_that_is_held_can_be_closed_at_once(engine: Engine, join: Join) -> None:
    played(join, *DAYS[:2])
    confirmed(engine, "AAA")
    pending = asked(engine, "*")
    assert pending.tickers == ("BBB",), "AAA is to be closed already"
    owner(engine).confirm(pending.command_id, "owner")
    played(join, DAYS[2], DAYS[3])
    assert not book(engine).positions
    with pytest.raises(QueryRefusedError, match="nothing is held"):
        asked(engine, "*")


def test_a_close_can_be_taken_back_until_it_is_decided(engine: Engine, join: Join) -> None:
    played(join, *DAYS[:2])
    confirmed(engine, "AAA", "BBB")
    with pytest.raises(QueryRefusedError, match='say "keep AAA after all"'):
        asked(engine, "AAA")
    closes = RequestedClosesTools(engine).requested_closes()
    assert [(each.ticker, each.by, each.ordered) for each in closes.closes] == [
        ("AAA", "owner", None),
        ("BBB", "owner", None),
    ]
    assert confirmed(engine, "AAA", action="keep") == "AAA is kept: the close you asked for is taken back."
    with pytest.raises(QueryRefusedError, match="no close of AAA is waiting; you have asked for BBB"):
        asked(engine, "AAA", action="keep")
    record = played(join, DAYS[2])
    assert [order.ticker for order in record.orders] == ["BBB"]
    found = RequestedClosesTools(engine).requested_closes()
    (close,) = found.closes
    assert (close.ticker, close.ordered) == ("BBB", record.orders[0].quantity)
    (told_of,) = (
        e
        for e in requested_closes_reply(RequestedClosesTools(engine).requested_closes())
        if isinstance(e, Table)
    )
    assert told_of.rows[0][-1] == f"{record.orders[0].quantity:f} shares at the next open"
    with pytest.raises(QueryRefusedError, match="BBB is decided and its order waits"):
        asked(engine, "BBB", action="keep")
    played(join, DAYS[3])
    assert set(book(engine).positions) == {"AAA"}


def test_a_position_that_is_gone_by_then_is_said_and_nothing_is_sold(engine: Engine, join: Join) -> None:
    played(join, *DAYS[:2])
    record = played(join, DAYS[2], strategy=SaidTargets({DAYS[2]: {"AAA": "0"}}))
    assert orders_for(record, "AAA")
    assert any(line.startswith("Trades before it: sell ") for line in asked(engine, "AAA").consequences)
    confirmed(engine, "AAA")
    record = played(join, DAYS[3])
    assert record.orders == ()
    assert [(s.ticker, s.rule, s.reason) for s in record.exits_skipped] == [
        ("AAA", "owner", "nothing of it is held any more")
    ]
    assert standing(engine) == []
    assert told(engine) == ["Nothing was held of AAA any more when what owner asked for was to be decided"]


def test_a_ticket_from_before_a_session_is_stale_and_stays_unused(engine: Engine, join: Join) -> None:
    played(join, *DAYS[:2])
    pending = asked(engine, "AAA")
    played(join, DAYS[2])
    for _ in range(2):
        with pytest.raises(QueryRefusedError, match="what you were shown is no longer what would happen"):
            owner(engine).confirm(pending.command_id, "owner")
    assert standing(engine) == []


def test_what_is_confirmed_while_a_decision_is_taken_makes_it_be_taken_again(
    engine: Engine, join: Join
) -> None:
    played(join, *DAYS[:2])
    pending = asked(engine, "AAA")
    said = SaidTargets({})

    def confirm_once() -> None:
        if len(said.asked) == 1:
            owner(engine).confirm(pending.command_id, "owner")

    said.meanwhile = confirm_once
    record = played(join, DAYS[2], strategy=said)
    assert len(said.asked) == 2
    assert [order.purpose for order in orders_for(record, "AAA")] == ["exit"]
    with transaction(engine) as connection:
        assert len(Decisions(connection).by_session(DAYS[2])) == 1


def test_a_desk_that_dies_between_the_word_and_its_effect_closes_once(engine: Engine, join: Join) -> None:
    played(join, *DAYS[:2])
    confirmed(engine, "AAA")

    def die() -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        join(owner="dying").play(DAYS[2], SaidTargets({}, meanwhile=die))
    assert standing(engine) == ["AAA"]
    record = join(owner="next").play(DAYS[2], SaidTargets({})).record
    assert len(orders_for(record, "AAA")) == 1
    played(join, DAYS[3], DAYS[4])
    fills = in_transaction(engine, lambda connection: Ledger(connection).fills(ticker="AAA"))
    assert [fill.side for fill in fills] == ["sell", "buy"]


def test_a_desk_that_dies_before_the_word_is_kept_leaves_the_ticket_to_be_clicked_again(
    engine: Engine, join: Join
) -> None:
    played(join, *DAYS[:2])
    pending = asked(engine, "AAA")

    def die(connection: Connection) -> None:
        raise SystemExit

    event.listen(engine, "commit", die)
    with pytest.raises(SystemExit):
        owner(engine).confirm(pending.command_id, "owner")
    event.remove(engine, "commit", die)
    assert standing(engine) == []
    owner(engine).confirm(pending.command_id, "owner")
    assert standing(engine) == ["AAA"]


def test_what_cannot_be_closed_is_refused_with_what_can(engine: Engine, join: Join) -> None:
    played(join, *DAYS[:2])
    refused: tuple[tuple[tuple[str, ...], str | None, str], ...] = (
        ((), None, "say which position to close: AAA and BBB are held"),
        (("CCC",), None, "CCC is not held, so there is nothing to close; held: AAA and BBB"),
        (("NOPE",), None, "No company or fund"),
        (("AAA",), "0", "above 0 and at most 1"),
        (("AAA",), "1.5", "above 0 and at most 1"),
        (("AAA",), "-1", "above 0 and at most 1"),
        (("AAA",), "NaN", "above 0 and at most 1"),
    )
    for tickers, fraction, words in refused:
        with pytest.raises(QueryRefusedError, match=words):
            asked(engine, *tickers, fraction=fraction)
    dear = replace(MANDATE, min_trade=Decimal("0.02"))
    with pytest.raises(QueryRefusedError, match=r"10% of AAA is 1\.00% of equity, less than"):
        owner(engine, mandate=dear).propose(
            "close", None, "owner", None, tickers=["AAA"], fraction=Decimal("0.1")
        )
    with pytest.raises(QueryRefusedError, match="no session is left to play"):
        owner(engine, left=0).propose("close", None, "owner", None, tickers=["AAA"])

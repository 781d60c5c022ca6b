"""What the owner wants of a whole desk: a position closed, names watched, the committee heard; replayed."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from threading import Event

import pytest

from db.engine import in_transaction, transaction
from db.ledger import Ledger
from db.record_codec import to_json
from desk.bootstrap import Desk
from desk.hearing import hear, told
from desk.rebuild import Rebuilder
from desk.rehearsal import rehearse
from desk.talk import control_tools, cost_of_committee, desk_tools
from desk.worker import DeskWorker
from fund.errors import QueryRefusedError, TradingHaltedError
from graph.chat_events import ChatEvent, StepFinished, StepStarted
from support.kept_records import kept_on
from tools.control import ControlTools
from tools.control_words import Action

pytest_plugins = ["support.desks"]


@pytest.fixture(scope="module")
def worker(desk: Desk) -> Iterator[DeskWorker]:
    with closing(DeskWorker(desk)) as working:
        yield working


@pytest.fixture(scope="module")
def control(desk: Desk, worker: DeskWorker) -> ControlTools:
    return control_tools(desk, worker, lambda name: name == "owner")


def done(control: ControlTools, action: Action, *tickers: str, fraction: str = "1") -> str:
    pending = control.propose(action, None, "owner", None, tickers=tickers, fraction=Decimal(fraction))
    return control.confirm(pending.command_id, "owner").sentence


def records_of(desk: Desk) -> object:
    """Return every record of the desk; the calls of a hearing are its own."""
    kept = kept_on(desk.stores.url.replace("postgresql+psycopg", "postgresql", 1))
    with transaction(desk.engine) as connection:
        changes = connection.exec_driver_sql("SELECT * FROM desk.watchlist_changes ORDER BY seq").all()
        wishes = connection.exec_driver_sql("SELECT * FROM desk.exit_requests").all()
        memories = connection.exec_driver_sql("SELECT count(*) FROM desk.memories").scalar_one()
        breaker = connection.exec_driver_sql("SELECT * FROM desk.breaker").all()
        leases = connection.exec_driver_sql("SELECT * FROM desk.cycle_leases ORDER BY slot").all()
    return kept, changes, wishes, memories, breaker, leases


def held_in(desk: Desk) -> tuple[str, ...]:
    return tuple(sorted(in_transaction(desk.engine, lambda c: Ledger(c).load_book()).positions))


def test_a_close_and_a_watched_name_enter_the_next_decision_and_replay_byte_for_byte(
    desk: Desk, worker: DeskWorker, control: ControlTools
) -> None:
    ticker = held_in(desk)[0]
    view = desk.history.view(desk.player.last_mark().at)  # type: ignore[union-attr]
    forecasts = desk.forecasts.by_ticker(view.session)
    unseen = min(
        (t for t in forecasts if t in view.members() and t not in held_in(desk)),
        key=lambda t: forecasts[t][0].rank,
    )
    assert "will be closed" in done(control, "close", ticker)
    assert f'Say "unwatch {unseen}"' in done(control, "watch", unseen)
    summary = asyncio.run(worker.advance(2, lambda event: None))
    decided, after = (f"daily-{each.session.isoformat()}" for each in summary.played)
    with Rebuilder(desk, desk.settings) as rebuilder:
        first, second = rebuilder.rebuild(decided), rebuilder.rebuild(after)
    assert [each.rule for each in first.then.exits if each.ticker == ticker] == ["owner"]
    orders = [order for order in first.then.orders if order.ticker == ticker]
    assert [(order.side, order.purpose) for order in orders] == [("sell", "exit")]
    assert ticker not in second.then.weights_before, "it was sold at the next open"
    assert "owners_exits" in first.then.inputs
    assert first.then.inputs["watched"] == unseen
    assert f'"ticker":"{unseen}"' in first.stored.text.replace(" ", ""), "the committee has looked at it"
    assert first.same
    assert second.same
    fills = in_transaction(desk.engine, lambda c: Ledger(c).fills(ticker=ticker, limit=1))
    assert fills[0].session == summary.played[1].session
    assert fills[0].quantity == orders[0].quantity
    listed = desk_tools(desk, worker).watchlist.watchlist().names
    assert [(each.ticker, each.added_by, each.may_be_bought) for each in listed] == [(unseen, "owner", True)]
    done(control, "unwatch", unseen)


def test_a_hearing_is_shown_live_and_changes_no_record(desk: Desk, worker: DeskWorker) -> None:
    before, events = records_of(desk), list[ChatEvent]()
    tickers = held_in(desk)[:2]
    heard = asyncio.run(worker.hear("hearing-1", tickers, events.append))
    assert records_of(desk) == before
    assert (heard.status, set(tickers) <= {each.ticker for each in heard.names}) == ("decided", True)
    begun = [event.name for event in events if isinstance(event, StepStarted)]
    assert begun[0] == f"Hearing: {', '.join(tickers)}"
    assert {"macro_researcher", "quant_researcher", "portfolio_manager"} <= set(begun)
    assert all(event.seconds >= 0 for event in events if isinstance(event, StepFinished))
    assert cost_of_committee(desk, 2) is None, "rules cost nothing"


def test_a_rehearsal_at_the_terminal_can_be_about_some_names_only(desk: Desk) -> None:
    ticker = held_in(desk)[0]
    record = rehearse(desk, tickers=[ticker.lower()])
    assert record.proposal is not None
    evidence = json.loads(to_json(record.proposal.evidence))["evidence"]
    assert [each["ticker"] for each in evidence["candidates"]] == [ticker]
    with pytest.raises(QueryRefusedError, match="No company or fund"):
        rehearse(desk, tickers=["NOPE"])


def test_a_hearing_that_is_stopped_says_so_and_the_next_one_is_whole(desk: Desk, worker: DeskWorker) -> None:
    before, begun, stop = records_of(desk), list[str](), Event()

    def watch(event: StepStarted | StepFinished) -> None:
        if isinstance(event, StepStarted):
            begun.append(event.name)
            stop.set()

    record = hear(desk, "hearing-2", (), watch, stop)
    with pytest.raises(QueryRefusedError, match="stopped before everybody had spoken; nothing was ordered"):
        told(record, (), "rules")
    assert len(begun) == 1
    assert asyncio.run(worker.hear("hearing-2", (), lambda event: None)).status == "decided"
    assert records_of(desk) == before


def test_a_hearing_about_nobody_is_refused_before_anybody_is_asked(control: ControlTools) -> None:
    for names, words in ((("NOPE",), "No company or fund"), (("SPY",), "may not be held under the mandate")):
        with pytest.raises(QueryRefusedError, match=words):
            control.propose("cycle", None, "owner", None, tickers=names)
    pending = control.propose("cycle", None, "owner", None)
    assert pending.consequences[0].startswith("Orders: none.")
    assert control.confirm(pending.command_id, "owner").sentence == "", "the worker carries it out"


def test_a_desk_that_is_ending_hears_nobody(desk: Desk) -> None:
    ended = DeskWorker(desk)
    ended.close()
    with pytest.raises(TradingHaltedError, match="the desk is ending"):
        asyncio.run(ended.hear("hearing-3", (), lambda event: None))

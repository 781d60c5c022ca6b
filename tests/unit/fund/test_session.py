"""One session of an account: from the pending orders to the marks at the close."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from fund.errors import LedgerError, NoDataError
from fund.execution.orders import Order
from fund.market.facts import CorporateAction
from fund.market.history import History
from fund.portfolio.book import Book
from fund.session import SILENT_SESSIONS, AccountState, SessionStep, advance_session
from support.books import a_book, a_change, an_ending, an_order
from support.facts import a_dividend
from support.mandates import a_mandate, some_costs
from support.markets import a_quiet_history, a_split

NO_BAR = float("nan")
D = Decimal


def day(history: History, place: int) -> date:
    return history.calendar.sessions(history.calendar.first, history.calendar.last)[place]


def advanced(history: History, place: int, book: Book, *orders: Order) -> SessionStep:
    decided_at = history.calendar.decision_time(day(history, place - 1)) if place else None
    placed = tuple(replace(o, decided_at=decided_at) for o in orders) if decided_at else orders
    return advance_session(AccountState(book=book, orders=placed), history, day(history, place), a_mandate())


def test_pending_orders_fill_at_the_open_and_are_marked_at_the_close() -> None:
    history = a_quiet_history({"AAA": [10.0, 12.0]}, opens={"AAA": [10.0, 11.0]})
    step = advanced(history, 1, a_book(cash=1_000), an_order("AAA", quantity=50))
    assert [f.price for f in step.settlement.fills] == [11]
    assert step.marks["AAA"].price == 12
    assert (step.mark.equity, step.mark.cash, step.mark.gross, step.mark.net) == (1_050, 450, 600, 600)
    assert [(p.ticker, p.stale) for p in step.mark.positions] == [("AAA", False)]
    assert step.mark.deposits == 1_000


def test_gross_counts_shorts_and_net_deducts_them() -> None:
    history = a_quiet_history({"AAA": [10.0], "BBB": [20.0]})
    mark = advanced(history, 0, a_book({"AAA": (100, 10), "BBB": (-20, 20)}, cash=400)).mark
    assert (mark.gross, mark.net, mark.equity) == (1_400, 600, 1_000)


def test_a_suspect_open_fills_nothing() -> None:
    history = a_quiet_history({"AAA": [10.0, 12.0]}, opens={"AAA": [10.0, 10.0]})
    step = advanced(history, 1, a_book(), an_order("AAA", quantity=50))
    assert [u.reason for u in step.settlement.unfilled] == ["suspect_open"]


def test_a_missing_bar_is_carried_and_flagged() -> None:
    history = a_quiet_history({"AAA": [10.0, NO_BAR], "SPY": [1.0, 1.0]})
    step = advanced(history, 1, a_book({"AAA": (10, 9)}))
    assert [p.ticker for p in step.mark.positions if p.stale] == ["AAA"]
    assert step.marks["AAA"].price == 10
    assert step.ended == ()


def test_a_split_in_a_gap_changes_shares_and_mark_together() -> None:
    closes = {"AAA": [70.0, NO_BAR], "SPY": [1.0, 1.0]}
    history = a_quiet_history(closes)
    history = a_quiet_history(closes, actions=(a_split("AAA", day(history, 1), "7"),))
    book = a_book({"AAA": (10, 70)}, cash=300)
    step = advanced(history, 1, book)
    assert step.book.positions["AAA"].quantity == 70
    assert step.mark.equity == 1_000


@pytest.mark.parametrize("silent", range(1, SILENT_SESSIONS))
def test_a_series_may_be_silent_for_some_sessions(silent: int) -> None:
    history = a_quiet_history({"AAA": [10.0] + [NO_BAR] * silent, "SPY": [1.0] * (silent + 1)})
    assert advanced(history, silent, a_book({"AAA": (10, 9)})).ended == ()


def test_a_series_silent_for_long_has_ended_and_is_closed_at_its_last_price() -> None:
    history = a_quiet_history(
        {"AAA": [10.0, 11.0] + [NO_BAR] * SILENT_SESSIONS, "SPY": [1.0] * (2 + SILENT_SESSIONS)}
    )
    step = advanced(history, 1 + SILENT_SESSIONS, a_book({"AAA": (10, 9)}, cash=0))
    assert step.ended == ("AAA",)
    assert (step.book.cash, step.book.realised, step.mark.equity) == (110, 20, 110)
    assert not step.book.positions
    assert [t.profit for t in step.closed] == [20]
    assert [t.kind for t in step.transactions] == ["delisting"]
    assert step.marks == {}
    assert step.settlement.book.positions


def test_an_order_waits_for_a_silent_series_and_expires_when_it_has_ended() -> None:
    history = a_quiet_history(
        {"AAA": [10.0, 11.0] + [NO_BAR] * SILENT_SESSIONS, "SPY": [1.0] * (2 + SILENT_SESSIONS)}
    )
    waits = an_order("AAA", kind="limit", limit_price=D(5), time_in_force="gtc")
    waits = replace(waits, decided_at=history.calendar.decision_time(day(history, 0)))
    state = AccountState(book=a_book(), orders=(waits,))
    told = []
    for place in range(1, 2 + SILENT_SESSIONS):
        step = advance_session(state, history, day(history, place), a_mandate())
        told.append([(each.status, each.reason) for each in step.settlement.orders])
        state = AccountState(book=step.book, working=step.settlement.working, mark=step.mark)
    assert told == [[("accepted", None)]] * SILENT_SESSIONS + [[("expired", "series_ended")]]
    assert state.working == ()


def test_a_short_in_a_series_that_ended_is_bought_back() -> None:
    closes = {"AAA": [10.0] + [NO_BAR] * SILENT_SESSIONS, "SPY": [1.0] * (1 + SILENT_SESSIONS)}
    step = advanced(a_quiet_history(closes), SILENT_SESSIONS, a_book({"AAA": (-10, 12)}, cash=1_120))
    assert (step.book.cash, step.book.realised) == (1_020, 20)


def test_the_same_session_gives_the_same_step() -> None:
    history = a_quiet_history({"AAA": [10.0, 12.0]})
    book = a_book({"AAA": (10, 9)})
    assert advanced(history, 1, book, an_order("AAA")) == advanced(history, 1, book, an_order("AAA"))


def test_a_session_without_bars_is_not_a_session_without_moves() -> None:
    history = a_quiet_history({"AAA": [10.0]})
    with pytest.raises(NoDataError, match="ingest its bars"):
        advanced(history, 1, a_book())


def test_books_that_do_not_add_up_stop_the_session() -> None:
    history = a_quiet_history({"AAA": [10.0]})
    book = a_book({"AAA": (10, 9)})
    with pytest.raises(LedgerError, match="its parts add up to"):
        advanced(history, 0, replace(book, realised=D(1)))


def test_an_order_that_was_decided_after_the_open_stops_the_session() -> None:
    history = a_quiet_history({"AAA": [10.0, 12.0]})
    late = an_order("AAA", decided_at=history.calendar.close_at(day(history, 1)))
    state = AccountState(book=a_book(), orders=(late,))
    with pytest.raises(LedgerError, match="can only fill later"):
        advance_session(state, history, day(history, 1), a_mandate())


def test_actions_of_other_days_are_left_for_their_own() -> None:
    calendar_day = day(a_quiet_history({"AAA": [10.0, 10.0, 10.0]}), 2)
    later: tuple[CorporateAction, ...] = (a_split("AAA", calendar_day),)
    history = a_quiet_history({"AAA": [10.0, 10.0, 5.0]}, actions=later)
    book = a_book({"AAA": (10, 10)})
    assert advanced(history, 1, book).transactions == ()
    assert [t.kind for t in advanced(history, 2, book).transactions] == ["split"]


def lent(bps: int, quantity: int = -10, days: int = 1) -> SessionStep:
    """Hold a position over some sessions under a mandate that charges for borrowed shares."""
    history = a_quiet_history({"AAA": [10.0] * 8, "SPY": [1.0] * 8})
    mandate = a_mandate(costs=some_costs(borrow_bps=D(bps)))
    state = AccountState(book=a_book({"AAA": (quantity, 10)}))
    step = advance_session(state, history, day(history, 0), mandate)
    for place in range(1, 1 + days):
        state = AccountState(book=step.book, mark=step.mark)
        step = advance_session(state, history, day(history, place), mandate)
    return step


def test_a_short_pays_for_every_night_since_the_last_close() -> None:
    first = lent(360)
    assert first.book.borrow == D("0.01")
    assert [(t.kind, t.transaction_id) for t in first.transactions] == [
        ("borrow", f"borrow-AAA-{first.session.isoformat()}")
    ]
    days = [lent(360, days=count) for count in range(1, 6)]
    nights = (days[-1].session - days[0].session).days + 1
    assert nights > 5
    assert days[-1].book.borrow == nights * D("0.01")
    assert days[-1].mark.equity == 100_000 - 100 - nights * D("0.01")


def test_nobody_pays_for_shares_that_are_owned_or_lent_for_nothing() -> None:
    assert lent(360, quantity=10).book.borrow == 0
    assert lent(0).transactions == ()


def test_a_short_opened_today_pays_from_tomorrow_on() -> None:
    history = a_quiet_history({"AAA": [10.0, 11.0], "SPY": [1.0, 1.0]})
    state = AccountState(book=a_book(cash=1_000))
    mandate = a_mandate(costs=some_costs(borrow_bps=D(360)))
    step = advance_session(state, history, day(history, 0), mandate)
    sale = an_order("AAA", "sell", 10, decided_at=history.calendar.decision_time(day(history, 0)))
    after = advance_session(
        AccountState(book=step.book, orders=(sale,), mark=step.mark), history, day(history, 1), mandate
    )
    assert after.book.positions["AAA"].quantity == -10
    assert after.book.borrow == 0


def test_what_borrowing_cost_is_part_of_a_trades_profit() -> None:
    history = a_quiet_history({"AAA": [10.0, 10.0], "SPY": [1.0, 1.0]})
    mandate = a_mandate(costs=some_costs(borrow_bps=D(360)))
    first = advance_session(AccountState(book=a_book({"AAA": (-10, 12)})), history, day(history, 0), mandate)
    cover = an_order("AAA", "buy", 10, decided_at=history.calendar.decision_time(day(history, 0)))
    last = advance_session(
        AccountState(book=first.book, orders=(cover,), mark=first.mark), history, day(history, 1), mandate
    )
    (trade,) = last.closed
    assert (trade.realised, trade.borrow, trade.profit) == (20, D("0.01"), D("19.99"))


def test_a_position_goes_on_under_its_new_ticker() -> None:
    closes = {"AAA": [10.0, NO_BAR], "BBB": [NO_BAR, 11.0], "SPY": [1.0, 1.0]}
    change = a_change("AAA", "BBB", day(a_quiet_history(closes), 1))
    step = advanced(a_quiet_history(closes, actions=(change,)), 1, a_book({"AAA": (10, 10)}, cash=0))
    assert (set(step.book.positions), step.mark.equity, step.ended) == ({"BBB"}, 110, ())
    assert step.settlement.renamed == {"AAA": "BBB"}


def test_a_new_ticker_nobody_quotes_is_refused_and_the_old_one_carried() -> None:
    closes = {"AAA": [10.0, NO_BAR], "SPY": [1.0, 1.0]}
    change = a_change("AAA", "BBB", day(a_quiet_history(closes), 1))
    step = advanced(a_quiet_history(closes, actions=(change,)), 1, a_book({"AAA": (10, 10)}))
    assert [refused.reason for refused in step.settlement.refused] == ["unknown_ticker"]
    assert [p.ticker for p in step.mark.positions if p.stale] == ["AAA"]


def test_a_dividend_after_the_series_ended_is_refused_once_and_moves_nothing() -> None:
    count = 3 + SILENT_SESSIONS
    closes = {"AAA": [10.0] + [NO_BAR] * (count - 1), "SPY": [1.0] * count}
    late = a_dividend("AAA", day(a_quiet_history(closes), SILENT_SESSIONS + 1))
    history = a_quiet_history(closes, actions=(late,))
    ended = advanced(history, SILENT_SESSIONS, a_book({"AAA": (10, 10)}))
    step = advanced(history, SILENT_SESSIONS + 1, ended.book)
    assert [refused.reason for refused in step.settlement.refused] == ["after_delisting"]
    assert (step.transactions, step.book) == ((), ended.book)


def test_a_payout_above_what_a_share_was_worth_is_not_believed() -> None:
    closes = {"AAA": [10.0, 10.0], "SPY": [1.0, 1.0]}
    calendar_day = day(a_quiet_history(closes), 1)
    history = a_quiet_history(closes, actions=(an_ending(201, "AAA", ex_date=calendar_day),))
    first = advanced(history, 0, a_book({"AAA": (10, 10)}))
    step = advance_session(AccountState(book=first.book, mark=first.mark), history, calendar_day, a_mandate())
    assert [refused.reason for refused in step.settlement.refused] == ["absurd_price"]
    assert step.book == first.book

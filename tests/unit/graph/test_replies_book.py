"""How the book and its limits are told: the answer first, the reason within sight, nothing swallowed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from graph.chat_events import Table
from graph.replies.book import (
    EXPLAINED,
    WHY_CHARACTERS,
    holdings_reply,
    ticker_reply,
)
from support.books import an_order
from support.talk import tables_of, text_of
from support.tool_results import (
    a_holding,
    a_portfolio,
    a_ticker_answer,
    a_trade_result,
)
from tools.portfolio import OpenOrder, Portfolio

LONG = "rank 0.93 of 500, momentum +12 % over 60 sessions, " * 6


def holdings_table(portfolio: Portfolio) -> Table:
    return tables_of(holdings_reply(portfolio))["Holdings"]


def said_of(portfolio: Portfolio) -> str:
    return text_of(holdings_reply(portfolio))


def waiting(ticker: str, side: str, quantity: str, **terms: Any) -> OpenOrder:
    order = an_order(ticker, side, quantity)
    return OpenOrder(
        ticker=ticker,
        side=side,
        quantity=order.quantity,
        reference_price=order.reference_price,
        cycle_id=order.cycle_id,
        **terms,
    )


def test_the_first_columns_answer_what_how_much_how_well_and_why() -> None:
    table = holdings_table(a_portfolio(a_holding()))
    assert table.columns[:5] == ("Ticker", "Weight", "Unrealised", "Value", "Why")


def test_the_first_columns_fit_beside_each_other_on_a_page() -> None:
    table = holdings_table(a_portfolio(a_holding(why=LONG, value="123456.78")))
    assert sum(len(str(cell)) for cell in table.rows[0][:5]) <= 95


def test_every_cell_stands_under_its_own_column() -> None:
    holding = a_holding(
        "XOM",
        name="Exxon Mobil",
        sector="Energy",
        quantity=Decimal("12.5"),
        average_cost=Decimal("81.25"),
        mark=Decimal("90.5"),
        value=Decimal("1131.25"),
        weight=Decimal("0.0113"),
        unrealised=Decimal("-5.50"),
        unrealised_fraction=-0.0125,
        held_sessions=7,
    )
    table = holdings_table(a_portfolio(holding))
    assert dict(zip(table.columns, table.rows[0], strict=True)) == {
        "Ticker": "XOM",
        "Weight": "1.13%",
        "Unrealised": "-$5.50",
        "Value": "$1,131.25",
        "Why": "rank 0.93 of 500",
        "Unrealised %": "-1.25%",
        "Opened": "2016-11-02",
        "Sessions held": 7,
        "Name": "Exxon Mobil",
        "Sector": "Energy",
        "Shares": "12.5",
        "Average cost": "$81.25",
        "Mark": "$90.50",
    }


def test_a_long_reason_is_short_in_the_table_and_whole_in_words() -> None:
    events = list(holdings_reply(a_portfolio(a_holding(why=LONG))))
    table = tables_of(events)["Holdings"]
    shown = str(table.rows[0][table.columns.index("Why")])
    assert len(shown) <= WHY_CHARACTERS
    assert shown.endswith("…")
    assert f"- **AAPL** (22.00%, decided 2016-11-01): {LONG.strip()}" in text_of(events)


def test_the_reasons_in_words_are_those_of_the_largest_positions() -> None:
    held = [a_holding(f"T{n}", 9_000 - n, why=f"reason {n}") for n in range(EXPLAINED + 2)]
    text = said_of(a_portfolio(*held))
    assert [f"reason {n}" in text for n in range(EXPLAINED + 2)] == [True] * EXPLAINED + [False] * 2


def test_a_position_without_a_reason_has_none_in_words_and_says_so_in_its_row() -> None:
    events = list(holdings_reply(a_portfolio(a_holding(why="", why_session=None))))
    table = tables_of(events)["Holdings"]
    assert table.rows[0][table.columns.index("Why")] == "no reason on record"
    assert "Why, for the largest" not in text_of(events)


def test_a_reason_whose_session_is_unknown_is_told_without_a_day() -> None:
    assert "- **AAPL** (22.00%): rank" in said_of(a_portfolio(a_holding(why_session=None)))


def test_what_is_said_follows_the_book() -> None:
    text = said_of(a_portfolio(a_holding(), a_holding("XOM", 11_000)))
    assert text.startswith(
        "We hold 2 names, with 33.00% of $100,000.00 equity invested and $67,000.00 (67.00%) in cash, at "
        "the closes of 2016-12-13. The open positions stand at +$3,000.00 against their cost, "
        "the best AAPL with +$2,000.00, the worst XOM with +$1,000.00."
    )


def test_a_loss_is_told_with_its_sign() -> None:
    assert "stand at -$12.34 against" in said_of(a_portfolio(a_holding(), unrealised=Decimal("-12.34")))


def test_only_the_stale_are_called_stale() -> None:
    old = a_holding("XOM", 11_000, stale=True, marked=date(2016, 12, 9))
    portfolio = a_portfolio(a_holding(), old)
    table = holdings_table(portfolio)
    marks = [row[table.columns.index("Mark")] for row in table.rows]
    assert marks == ["$110.00", "$110.00 (stale, 2016-12-09)"]
    assert "Carried at a stale price: XOM (last price 2016-12-09)." in said_of(portfolio)
    assert "stale" not in said_of(a_portfolio(a_holding()))


@pytest.mark.parametrize(
    ("orders", "words"),
    [
        ((waiting("XOM", "buy", "5"),), "1 order to be filled at the next open: buy 5 XOM."),
        (
            (waiting("XOM", "sell", "1200"), waiting("KO", "buy", "2.5")),
            "2 orders to be filled at the next open: sell 1,200 XOM, buy 2.5 KO.",
        ),
        (
            (
                waiting("XOM", "buy", "9", kind="limit", limit_price=Decimal(80), filled=Decimal(4)),
                waiting("KO", "sell", "5", kind="stop", stop_price=Decimal(40)),
                waiting("GE", "buy", "1", kind="market_on_close"),
            ),
            " 3 orders still working: buy 9 XOM at $80.00 or better (4 filled), "
            "sell 5 KO once $40.00 is touched, buy 1 GE at the next close.",
        ),
    ],
)
def test_orders_that_wait_are_told(orders: tuple[OpenOrder, ...], words: str) -> None:
    assert words in said_of(a_portfolio(a_holding(), open_orders=orders))


def test_an_empty_book_may_have_orders_waiting() -> None:
    text = said_of(a_portfolio(open_orders=(waiting("XOM", "buy", "5"),)))
    assert text.startswith("We hold nothing: all of $100,000.00 is in cash at the close of 2016-12-13.")
    assert "1 order to be filled" in text


def test_without_orders_none_is_said_to_wait() -> None:
    assert " No order is waiting for the next open." in said_of(a_portfolio(a_holding()))


def test_a_gain_is_shown_as_a_gain() -> None:
    table = holdings_table(a_portfolio(a_holding()))
    assert table.rows[0][2] == "+$2,000.00"


def test_a_single_position_is_not_called_the_best_and_the_worst() -> None:
    assert "the best" not in said_of(a_portfolio(a_holding()))


def test_a_name_that_is_held_is_told_by_what_is_held_of_it_and_its_way() -> None:
    assert text_of(ticker_reply(a_ticker_answer(holding=a_holding()))) == (
        "We hold 200 shares of AAPL (Apple Inc., Technology): 22.00% of equity, worth $22,000.00, +$2,000.00 "
        "(+10.00%) against its cost, opened 2016-11-02. It closed at $110.00 on 2016-12-13: +1.00% over 5, "
        "-2.00% over 20, +3.00% over 60, +4.00% over 120 sessions, dividends included. Its volatility over "
        "20 sessions is 20.00% a year."
    )


def test_a_name_that_is_not_held_is_said_not_to_be() -> None:
    text = text_of(ticker_reply(a_ticker_answer()))
    assert text.startswith("We hold no AAPL (Apple Inc., Technology). It closed at $110.00 on 2016-12-13")
    assert "closed trade" not in text


def test_what_a_name_has_brought_so_far_is_added_up() -> None:
    closed = (a_trade_result("AAPL", 30), a_trade_result("AAPL", "-50.25"))
    text = text_of(ticker_reply(a_ticker_answer(closed=closed)))
    assert text.endswith(" 2 closed trades in it came to -$20.25.")


def test_a_name_without_a_price_today_or_a_history_says_so() -> None:
    answer = a_ticker_answer(
        stale=True,
        session=date(2016, 12, 1),
        return_5=None,
        return_20=None,
        return_60=None,
        return_120=None,
        volatility_20=None,
    )
    assert text_of(ticker_reply(answer)).endswith(
        "It closed at $110.00 on 2016-12-01, its last price before 2016-12-13."
    )

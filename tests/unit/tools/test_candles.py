"""Candles in the shares of the last session: a split breaks neither a price nor a mark."""

from datetime import date
from decimal import Decimal

import pytest

from fund.market.bars import Bar
from support.books import a_split
from support.pasts import DAYS
from tools.candle_chart import Candle, StopLine, TradeMark, candle_figure
from tools.candles import DAILY, candles_of


def a_day(place: int, price: int, **prices: int) -> Bar:
    values = {part: Decimal(prices.get(part, price)) for part in ("open", "high", "low", "close")}
    return Bar(ticker="AAPL", session=DAYS[place], volume=1000, **values)


def a_candle(session: date, price: int = 100) -> Candle:
    return Candle(
        session=session, open=Decimal(price), high=Decimal(price), low=Decimal(price), close=Decimal(price)
    )


def a_mark(side: str = "buy", **changes: object) -> TradeMark:
    values: dict[str, object] = {
        "session": DAYS[1],
        "candle": DAYS[1],
        "side": side,
        "price": Decimal(100),
        "paid": Decimal(400),
        "quantity": Decimal(10),
        "exit_rule": "",
    }
    return TradeMark(**{**values, **changes})  # type: ignore[arg-type]


def names(figure: dict[str, object]) -> list[str]:
    return [trace["name"] for trace in figure["data"]]  # type: ignore[attr-defined]


def test_prices_before_a_split_are_restated_and_those_after_are_not() -> None:
    bars = [a_day(0, 400), a_day(1, 404), a_day(2, 101)]
    found = candles_of(bars, [a_split(4, "AAPL", DAYS[2])])
    assert [candle.close for candle in found] == [Decimal(100), Decimal(101), Decimal(101)]


def test_a_split_of_the_first_day_restates_nothing() -> None:
    bars = [a_day(0, 100), a_day(1, 101)]
    assert [c.close for c in candles_of(bars, [a_split(4, "AAPL", DAYS[0])])] == [Decimal(100), Decimal(101)]


def test_a_session_has_its_candle_while_there_are_few() -> None:
    bars = [a_day(place, 100 + place) for place in range(DAILY)]
    assert [candle.session for candle in candles_of(bars, [])] == list(DAYS[:DAILY])


def test_a_long_span_has_a_candle_a_week_from_its_first_open_to_its_last_close() -> None:
    bars = [
        a_day(place, 100, open=100 + place, close=200 + place, high=300 + place, low=50 - place % 5)
        for place in range(DAILY + 1)
    ]
    weeks = candles_of(bars, [])
    assert len(weeks) == 27
    first = weeks[0]
    assert (first.session, first.open, first.close) == (DAYS[4], Decimal(100), Decimal(204))
    assert (first.high, first.low) == (Decimal(304), Decimal(46))
    assert weeks[-1].session == bars[-1].session


def test_buys_sales_and_exits_have_marks_of_their_own() -> None:
    marks = [a_mark(), a_mark("sell"), a_mark("sell", exit_rule="atr_stop")]
    figure = candle_figure("AAPL", [a_candle(DAYS[1])], marks, [])
    assert names(figure) == ["AAPL", "bought", "sold", "closed by an exit"]
    exit_marks = figure["data"][3]  # type: ignore[index]
    assert exit_marks["text"] == ["2016-01-05: sell 10 at 400.00 (ATR stop)"]
    assert exit_marks["y"] == [100.0]


def test_a_stop_far_from_every_price_is_left_out_of_the_picture() -> None:
    candles = [a_candle(day, 100 + place) for place, day in enumerate(DAYS[:30])]
    near = StopLine(session=DAYS[29], level=Decimal(95), rule="atr_stop", in_force=True)
    far = StopLine(session=DAYS[29], level=Decimal(150), rule="take_profit", in_force=True)
    figure = candle_figure("AAPL", candles, [], [near, far])
    assert names(figure) == ["AAPL", "ATR stop in force"]


def test_a_level_that_was_hit_stands_at_the_candle_of_its_day() -> None:
    weekly = [a_candle(DAYS[4]), a_candle(DAYS[9])]
    hit = StopLine(session=DAYS[6], level=Decimal(98), rule="trailing_stop", in_force=False)
    figure = candle_figure("AAPL", weekly, [], [hit])
    level = figure["data"][1]  # type: ignore[index]
    assert (level["x"], level["y"]) == ([DAYS[9].isoformat()], [98.0])


@pytest.mark.parametrize("part", ["open", "high", "low", "close"])
def test_the_picture_is_plain_numbers(part: str) -> None:
    figure = candle_figure("AAPL", [a_candle(DAYS[0], 7)], [], [])
    assert figure["data"][0][part] == [7.0]  # type: ignore[index]

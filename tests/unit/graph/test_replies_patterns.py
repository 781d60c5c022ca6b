"""Patterns in words: whether there is one comes first, and every number told is in the result."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from db.record_codec import to_json
from graph.chat_events import Chart, ChatEvent, Table
from graph.replies.concerns import concerns_reply
from graph.replies.cut_scores import cuts_reply
from graph.replies.patterns import confidence_reply, outcomes_reply
from graph.replies.pictures import candles_reply, correlations_reply
from support.books import a_book
from support.pasts import (
    DAYS,
    a_clamp,
    a_concern,
    a_heard_record,
    a_market,
    a_past,
    an_opened_trade,
    seen,
)
from support.records import a_session_mark
from support.sourcing import unsourced
from support.talk import tables_of, text_of
from tools.candle_chart import Candle, StopLine, TradeMark
from tools.candles import CandleChart
from tools.concern_scores import concerns_report
from tools.confidence_scores import confidence_report
from tools.correlations import map_of
from tools.cut_scores import cuts_report
from tools.desk_past import DeskPast
from tools.outcomes_by import DIMENSIONS, outcomes_report

LABELS = {"95", "20"}
"""Numbers that name an interval or the least sample, and are none."""
KINDS = ("crowded", "weak_evidence", "overtrading", "")
NAMES = ("AAPL", "KO", "MSFT")


def a_random_past(seed: int, trades: int = 40) -> DeskPast:
    """Return a past without a pattern: trades, decisions and closes drawn by a seed."""
    rng = np.random.default_rng(seed)
    made = []
    for n in range(trades):
        kind, severity = str(rng.choice(KINDS)), round(float(rng.random()), 2)
        made.append(
            an_opened_trade(
                n,
                held=int(rng.integers(1, 60)),
                earned=round(float(rng.normal(0, 0.05)), 4),
                concerns=(a_concern(kind, severity),) if kind else (),
                conviction=float(rng.random()),
                regime=str(rng.choice(["risk_on", "risk_off", "neutral"])),
                ranks=tuple(rng.random(3).tolist()),
                ended_by=str(rng.choice(["", "atr_stop"])),
            )
        )
    records = [
        a_heard_record(
            n,
            candidates=dict(zip(NAMES, rng.uniform(0.4, 0.6, 3).tolist(), strict=True)),
            concerns=[a_concern(ticker="AAPL")] if n % 9 == 0 else [],
            convictions=dict(zip(NAMES, rng.uniform(-1, 1, 3).tolist(), strict=True)),
            clamps=[a_clamp(str(rng.choice(NAMES)))],
        )
        for n in range(50)
    ]
    mark = a_session_mark(a_book())
    values = np.cumprod(1 + rng.normal(0, 0.01, 51)).tolist()
    marks = tuple(replace(mark, session=DAYS[n], unit_value=value) for n, value in enumerate(values))
    return a_past(made, records, marks=marks, still_open=3, regimes=dict.fromkeys(DAYS, "risk_on"))


def a_random_market(seed: int) -> dict[str, list[float]]:
    moves = np.random.default_rng(seed).normal(0, 0.02, (80, 3))
    return dict(zip(NAMES, (100 * np.exp(np.cumsum(moves, axis=0))).T.tolist(), strict=True))


def strays(result: object, events: Iterator[ChatEvent]) -> set[str]:
    """Return the numbers told, in words or cells, that the result does not hold."""
    gathered = list(events)
    cells = [
        str(cell)
        for table in gathered
        if isinstance(table, Table)
        for row in table.rows
        for cell in (*row, *table.columns, table.title)
    ]
    return set(unsourced(" ; ".join((text_of(gathered), *cells)), [to_json(result)])) - LABELS


@pytest.mark.parametrize("seed", range(4))
def test_every_number_of_every_answer_is_in_its_result(seed: int) -> None:
    past, after = a_random_past(seed), seen(a_market(a_random_market(seed)), 80)
    concerns, confidence = concerns_report(past, after), confidence_report(past, after)
    cuts = cuts_report(past, after, 10)
    assert strays(concerns, concerns_reply(concerns)) == set()
    assert strays(confidence, confidence_reply(confidence)) == set()
    assert strays(cuts, cuts_reply(cuts)) == set()
    for dimension in DIMENSIONS:
        found = outcomes_report(past, dimension)
        assert strays(found, outcomes_reply(found)) == set()


def test_a_past_without_a_pattern_is_told_as_one() -> None:
    past, after = a_random_past(1), seen(a_market(a_random_market(1)), 80)
    concerns = text_of(concerns_reply(concerns_report(past, after)))
    assert concerns.startswith("No concern of the validator can be told from chance")
    assert "p is adjusted for that (Holm)" in concerns
    assert "3 positions are still open and not counted." in concerns
    cuts = text_of(cuts_reply(cuts_report(past, after, 10)))
    assert "no limit can be told from chance" in cuts
    assert "cannot be told from chance" in text_of(outcomes_reply(outcomes_report(past, "regime")))


def test_a_concern_that_was_always_right_is_named_first() -> None:
    trades = [
        an_opened_trade(
            n, earned=-0.02 if n % 2 else 0.02, concerns=(a_concern("weak_evidence"),) if n % 2 else ()
        )
        for n in range(40)
    ]
    told = text_of(concerns_reply(concerns_report(a_past(trades), seen(a_market(a_random_market(1)), 80))))
    assert told.startswith("Of the validator's concerns any concern came before more losses")
    assert "weak evidence came before more losses: 20 of 20 trades with it lost, a lift of 2.00" in told


def test_a_difference_beyond_chance_is_said_to_be_one_of_several_looks() -> None:
    trades = [
        an_opened_trade(n, earned=0.05 if n % 2 else -0.05, regime=("risk_on", "risk_off")[n % 2])
        for n in range(60)
    ]
    told = text_of(outcomes_reply(outcomes_report(a_past(trades), "regime")))
    assert told.startswith("By regime, trades did best with risk off: +5.00% on average")
    assert "differ by more than chance alone explains" in told
    assert f"one of {len(DIMENSIONS)} such tables" in told


def test_nothing_closed_is_said_and_no_table_is_shown() -> None:
    after = seen(a_market(a_random_market(1)), 80)
    empty = a_past()
    for events in (
        list(concerns_reply(concerns_report(empty, after))),
        list(outcomes_reply(outcomes_report(empty, "sector"))),
        list(cuts_reply(cuts_report(empty, after, 5))),
        list(confidence_reply(confidence_report(empty, after))),
    ):
        assert text_of(events)
        assert not [event for event in events if isinstance(event, Table | Chart)]


def test_few_trades_are_said_to_be_few_in_words_and_cells() -> None:
    events = list(outcomes_reply(outcomes_report(a_past([an_opened_trade(n) for n in range(3)]), "sector")))
    assert "too few trades to say (3 of 20)" in text_of(events)
    (row,) = tables_of(events)["Trades by sector"].rows
    assert row[3] == "+2.00% (too few trades to say (3 of 20))"


def a_chart(**changes: object) -> CandleChart:
    candles = tuple(
        Candle(session=day, open=Decimal(99), high=Decimal(102), low=Decimal(98), close=Decimal(101))
        for day in DAYS[:20]
    )
    mark = TradeMark(
        session=DAYS[3],
        candle=DAYS[3],
        side="buy",
        price=Decimal("100.25"),
        paid=Decimal("401.00"),
        quantity=Decimal(12),
        exit_rule="",
    )
    values: dict[str, object] = {
        "ticker": "AAPL",
        "name": "Apple Inc.",
        "span": "since the start",
        "first": DAYS[0],
        "last": DAYS[19],
        "sessions": 20,
        "weekly": False,
        "splits": 1,
        "return_fraction": 0.0123,
        "candles": candles,
        "marks": (mark, replace(mark, side="sell", exit_rule="trailing_stop")),
        "stops": (StopLine(session=DAYS[19], level=Decimal("95.50"), rule="atr_stop", in_force=True),),
        "held": True,
    }
    return CandleChart(**{**values, **changes})  # type: ignore[arg-type]


def test_the_candles_are_told_with_what_the_desk_did_and_what_would_close_it() -> None:
    chart = a_chart()
    told = text_of(candles_reply(chart))
    assert told.startswith("From 2016-01-04 to 2016-01-29 AAPL moved +1.23% without dividends (20 sessions)")
    assert "bought 1 time and sold 1 time, 1 of them by an exit and holds it now" in told
    assert "prices and fills before are restated in the shares of 2016-01-29" in told
    assert "In force on the next close: ATR stop $95.50." in told
    assert strays(chart, candles_reply(chart)) == set()
    rows = tables_of(candles_reply(chart))["Trades in AAPL"].rows
    assert [row[5] for row in rows] == ["the committee or a limit", "trailing stop"]


def test_a_name_that_was_never_traded_is_said_so() -> None:
    told = text_of(candles_reply(a_chart(marks=(), stops=(), held=False, splits=0, weekly=True)))
    assert "the desk did not trade it." in told
    assert "Each candle is a week" in told
    assert "split" not in told


def test_the_map_is_told_by_its_extremes_and_says_how_far_it_is_pulled() -> None:
    moves = np.random.default_rng(1).normal(0, 0.01, (90, 4))
    index = np.vstack([np.ones(4), np.cumprod(1 + moves, axis=0)])
    found = map_of(date(2016, 5, 2), ["A", "B", "C", "D"], index)
    events = list(correlations_reply(found))
    assert "90 sessions to 2016-05-02" in text_of(events)
    assert "of the way to zero" in text_of(events)
    assert strays(found, correlations_reply(found)) == set()
    assert [event.title for event in events if isinstance(event, Chart)] == ["Correlation of the holdings"]

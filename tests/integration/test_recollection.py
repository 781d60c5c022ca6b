"""What a session leaves in memory: content, the moment it is known, and never a word before."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine

from db.engine import transaction
from db.memory import Memory, MemoryStore
from desk.market import Market
from desk.recollection import AFTERWARDS, MIN_HISTORY, Recollector
from fund.features.setup import CONDITIONS_EMBEDDER, CONDITIONS_SCALES, TRADE_EMBEDDER, TRADE_SCALES
from fund.market.history import History
from fund.market.view import FloatArray
from fund.portfolio.book import ClosedTrade
from graph.setups import conditions_setup, trade_setup
from support.committee import SpokenForecasts, a_forecast
from support.players import MANDATE, SESSIONS, SaidTargets, a_quiet_market, joining
from support.random_facts import random_macro
from tools.forecasts import ForecastTools
from tools.market import MarketTools, trailing_return
from tools.memory import LOOK_AHEAD, MemoryTools, remember_trades

START = 60
"""Place of the first session that is played: memories of the market are due from the 81st on."""


def a_market_with_news() -> History:
    market = a_quiet_market()
    first = market.calendar.open_at(market.first_session)
    macro = random_macro(np.random.default_rng(3), first, market.calendar.close_at(market.last_session))
    return a_quiet_market(macro=macro)


HISTORY = a_market_with_news()
DAYS = HISTORY.panel.sessions
BOUGHT, SOLD = DAYS[START], DAYS[START + 6]
FORECASTS = ForecastTools(
    [SpokenForecasts({day: [a_forecast("AAA", day, rank=n / 100)] for n, day in enumerate(DAYS)})]
)


@dataclass(frozen=True)
class Remembered:
    """A desk that bought AAA, sold it six sessions later and played on to the end."""

    engine: Engine
    trade: ClosedTrade

    def all(self, kind: str, as_of: datetime | None = None) -> tuple[Memory, ...]:
        """Return everything of a kind that was known by a moment, as recall gives it."""
        embedder, scales = {
            "trade": (TRADE_EMBEDDER, TRADE_SCALES),
            "conditions": (CONDITIONS_EMBEDDER, CONDITIONS_SCALES),
        }[kind]
        with transaction(self.engine) as connection:
            found = MemoryStore(connection).recall(
                embedder,
                np.full(len(scales) + 1, 0.5),
                as_of=as_of or decided(DAYS[-1]) + AFTERWARDS,
                kind=kind,  # type: ignore[arg-type]
                limit=500,
            )
        return tuple(sorted((each.memory for each in found), key=lambda memory: memory.session))


def decided(session: date) -> datetime:
    return HISTORY.calendar.decision_time(session)


@pytest.fixture(scope="module")
def past(engine: Engine) -> Remembered:
    targets = SaidTargets({BOUGHT: {"AAA": "0.4"}, SOLD: {"AAA": "0"}})
    closed: list[ClosedTrade] = []
    with joining(engine, HISTORY) as join:
        player = join(forecasts=FORECASTS)
        for session in DAYS[START:]:
            closed += player.play(session, targets).step.closed
    (trade,) = closed
    return Remembered(engine, trade)


def test_a_closed_trade_is_remembered_by_what_came_of_it(past: Remembered) -> None:
    (memory,) = past.all("trade")
    filled, closed = DAYS[START + 1], DAYS[START + 7]
    assert (memory.ticker, memory.session) == ("AAA", closed)
    assert memory.outcome == {
        "opened": filled.isoformat(),
        "held_sessions": 6,
        "return_fraction": past.trade.return_fraction,
        "profit": str(past.trade.profit),
    }
    assert memory.text == f"AAA held 6 sessions from {filled}: {past.trade.return_fraction:+.2%} net of costs"
    assert memory.source_ids == (past.trade.trade_id,)
    assert past.trade.return_fraction == pytest.approx(50 * (1.002**6 - 1) / 50, abs=2e-3)


def test_a_trade_is_not_recalled_by_the_decision_of_the_session_that_closed_it_nor_before(
    past: Remembered,
) -> None:
    closed = past.trade.closed
    assert past.all("trade", as_of=decided(closed)) == ()
    assert len(past.all("trade", as_of=decided(HISTORY.calendar.next_session(closed)))) == 1


def test_a_trade_lies_where_the_situation_lay_in_which_it_was_decided(past: Remembered) -> None:
    """The session of the decision, one before the fill, with the forecast that was there then."""
    view = HISTORY.view(decided(BOUGHT))
    market = MarketTools(view)
    forecasts = FORECASTS.by_ticker(BOUGHT)["AAA"]
    asked = trade_setup(market.snapshot("AAA"), forecasts, market.market("SPY"), market.macro())
    later = trade_setup(market.snapshot("AAA"), (), market.market("SPY"), market.macro())
    assert distance(past, asked) == pytest.approx(0.0, abs=1e-6)
    assert distance(past, later) > 1e-3


def distance(past: Remembered, setup: FloatArray) -> float:
    ((nearest,),) = MemoryTools(past.engine).similar_trades([setup], decided(DAYS[-1]), 1)
    return nearest.distance


def test_a_market_is_remembered_once_its_next_twenty_sessions_are_over(past: Remembered) -> None:
    memories = past.all("conditions")
    assert [memory.session for memory in memories] == list(DAYS[MIN_HISTORY : SESSIONS - LOOK_AHEAD])
    for memory in memories:
        over = HISTORY.calendar.shift(memory.session, LOOK_AHEAD)
        following = trailing_return(HISTORY.view(decided(over)).total_return_index("SPY", 21), LOOK_AHEAD)
        assert memory.known_at == decided(over) + AFTERWARDS
        assert memory.outcome == {"next_20": following}
        assert memory.text == (
            f"The market of {memory.session}: SPY returned {following:+.2%} over the next 20 sessions"
        )
        assert memory.ticker is None


@pytest.mark.parametrize("place", [MIN_HISTORY + LOOK_AHEAD - 1, MIN_HISTORY + LOOK_AHEAD, SESSIONS - 1])
def test_no_market_is_recalled_before_its_sequel_was_known(past: Remembered, place: int) -> None:
    """By a decision: it finds what every session before its own has left."""
    known = past.all("conditions", as_of=decided(DAYS[place]))
    assert [memory.session for memory in known] == list(DAYS[MIN_HISTORY : place - LOOK_AHEAD])


def test_a_market_lies_where_the_same_market_would_be_looked_for(past: Remembered) -> None:
    session = DAYS[MIN_HISTORY + 3]
    tools = MarketTools(HISTORY.view(decided(session)))
    asked = conditions_setup(tools.market("SPY"), tools.macro())
    nearest = MemoryTools(past.engine).similar_conditions(asked, decided(DAYS[-1]), 3)
    assert nearest[0].session == session
    assert nearest[0].distance == pytest.approx(0.0, abs=1e-6)
    assert [each.distance for each in nearest] == sorted(each.distance for each in nearest)


def test_a_desk_remembers_the_markets_before_its_own_first_session(engine: Engine) -> None:
    recollector = Recollector(Market(HISTORY), MANDATE, FORECASTS)
    with engine.connect() as connection:
        MemoryStore(connection).forget("conditions")
        assert recollector.remember_before(connection, DAYS[MIN_HISTORY + LOOK_AHEAD]) == 0
        assert recollector.remember_before(connection, DAYS[-1]) == SESSIONS - 1 - MIN_HISTORY - LOOK_AHEAD
        assert recollector.remember_before(connection, DAYS[-1]) == 0
        connection.rollback()


def test_trades_that_are_remembered_twice_are_remembered_once(past: Remembered) -> None:
    with past.engine.connect() as connection:
        again = remember_trades(
            connection, [past.trade], [np.full(13, 0.1)], held_sessions=[1], known_at=decided(DAYS[-1])
        )
        connection.rollback()
    assert again == 0


def test_nothing_is_similar_to_anything_while_memory_is_empty(past: Remembered) -> None:
    long_ago = decided(DAYS[0]) - timedelta(days=1)
    tools = MemoryTools(past.engine)
    assert tools.similar_trades([np.full(13, 0.5), np.full(13, 0.1)], long_ago, 5) == ((), ())
    assert tools.similar_trades([], long_ago, 5) == ()
    assert tools.similar_conditions(np.full(11, 0.5), long_ago, 5) == ()

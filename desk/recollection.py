"""What the desk remembers of a session: trades that ended in it, and a market whose sequel is now known."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from desk.market import Market
from fund.mandate import Mandate
from fund.market.view import FloatArray, MarketView
from fund.portfolio.book import ClosedTrade
from fund.session import SessionStep
from graph.setups import conditions_setup, trade_setup
from tools.forecasts import ForecastTools
from tools.market import MarketTools, trailing_return
from tools.memory import LOOK_AHEAD, PastConditions, remember_conditions, remember_trades

MIN_HISTORY = 60
"""Sessions of benchmark history below which a market's state is too vague to be remembered."""
AFTERWARDS = timedelta(microseconds=1)
"""A session's memories are written after its decision: asked again, the decision finds what it found then."""


class Recollector:
    """Turns what has ended into memories, known right after the decision of the session that ended it."""

    def __init__(self, market: Market, mandate: Mandate, forecasts: ForecastTools) -> None:
        self._market = market
        self._mandate = mandate
        self._forecasts = forecasts

    def remember_session(self, connection: Connection, step: SessionStep) -> None:
        """Keep the trades closed in a session and the market of twenty sessions before."""
        if step.closed:
            calendar = self._market.history.calendar
            remember_trades(
                connection,
                step.closed,
                [self._setup_of(trade) for trade in step.closed],
                held_sessions=[calendar.distance(t.opened, t.closed) for t in step.closed],
                known_at=self._kept_at(step.session),
            )
        remember_conditions(connection, tuple(self._conditions([step.session])))

    def remember_before(self, connection: Connection, first: date) -> int:
        """Keep every market whose sequel was known before a first session; return how many were new."""
        known = [s for s in self._market.history.panel.sessions if s < first]
        return remember_conditions(connection, tuple(self._conditions(known)))

    def _kept_at(self, session: date) -> datetime:
        return self._market.history.calendar.decision_time(session) + AFTERWARDS

    def _setup_of(self, trade: ClosedTrade) -> FloatArray:
        """Return the set-up a trade was decided in: the session before its first fill."""
        history = self._market.history
        calendar = history.calendar
        view = history.view(calendar.decision_time(calendar.previous_session(trade.opened)))
        tools = MarketTools(view)
        forecasts = self._forecasts.by_ticker(view.session).get(trade.ticker, ())
        market = tools.market(self._mandate.benchmark)
        return trade_setup(tools.snapshot(trade.ticker), forecasts, market, tools.macro())

    def _conditions(self, sequels_known: Iterable[date]) -> Iterable[PastConditions]:
        """Yield the market of twenty sessions before each session, where there is enough history."""
        history = self._market.history
        calendar = history.calendar
        for known in sequels_known:
            view = history.view(calendar.decision_time(known))
            index = view.total_return_index(self._mandate.benchmark, LOOK_AHEAD + 1 + MIN_HISTORY)
            following = trailing_return(index, LOOK_AHEAD)
            if following is None or len(index) <= LOOK_AHEAD + MIN_HISTORY:
                continue
            then = history.view(calendar.decision_time(calendar.shift(known, -LOOK_AHEAD)))
            yield PastConditions(
                session=then.session,
                setup=self._conditions_at(then),
                next_20=following,
                known_at=self._kept_at(known),
                benchmark=self._mandate.benchmark,
            )

    def _conditions_at(self, view: MarketView) -> FloatArray:
        tools = MarketTools(view)
        return conditions_setup(tools.market(self._mandate.benchmark), tools.macro())

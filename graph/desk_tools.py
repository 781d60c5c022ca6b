"""Everything the owner may ask, in one place: the tools of the desk, and questions that need several."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fund.errors import QueryRefusedError
from fund.execution.costs import CostModel
from fund.execution.round_trip import round_trip_cost
from fund.forecasting.edge import BreakEven, break_even
from fund.forecasting.forecast import Forecast
from fund.risk.breaker import CAUSES
from graph.desk_answers import (
    ForecastAnswer,
    MarketAnswer,
    NextStep,
    SimilarAnswer,
    TickerAnswer,
    TopForecasts,
    TradingNow,
)
from graph.desk_control import DeskControl
from graph.desk_outlook import NameOutlook, Outlook, alike_trades
from graph.intent import Extreme, IntentName
from graph.ratings import Ratings
from graph.setups import trade_setup
from tools.alerts import AlertTools
from tools.attribution import AttributionTools
from tools.bakeoffs import BakeoffTools
from tools.candles import CandleTools
from tools.consensus import ConsensusTools
from tools.control import ControlTools
from tools.correlations import CorrelationTools
from tools.decisions import DecisionTools, Views
from tools.directory import Directory
from tools.discovery import DiscoveryTools
from tools.evaluations import EvaluationTools
from tools.forecasters import ForecasterTools
from tools.forecasts import ForecasterRecord, ForecastTools, disagreement
from tools.jobs import JobTools
from tools.market import MarketTools
from tools.memory import MemoryTools
from tools.pairs import PairTools
from tools.patterns import PatternTools
from tools.performance import PerformanceTools
from tools.portfolio import PortfolioTools
from tools.records import RecordTools
from tools.requested_closes import RequestedClosesTools
from tools.sentiment import SentimentTools
from tools.shadows import ShadowTools
from tools.spans import ALL_SESSIONS
from tools.sql_questions import SqlQuestions
from tools.stress import StressTools
from tools.volatility import VolatilityTools
from tools.watchlist import WatchlistTools

TOP = 10
SIMILAR = 8
HEADLINES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskTools:
    """The tools one desk offers to its owner."""

    portfolio: PortfolioTools
    stress: StressTools
    performance: PerformanceTools
    attribution: AttributionTools
    decisions: DecisionTools
    control: ControlTools
    watchlist: WatchlistTools
    closes: RequestedClosesTools
    alerts: AlertTools
    jobs: JobTools
    evaluations: EvaluationTools
    discovery: DiscoveryTools
    shadows: ShadowTools
    news: SentimentTools
    forecasts: ForecastTools
    memory: MemoryTools
    records: RecordTools
    views: Views
    directory: Callable[[], Directory]
    desk: DeskControl
    benchmark: str
    sql: SqlQuestions
    patterns: PatternTools
    candles: CandleTools
    correlations: CorrelationTools
    pairs: PairTools
    bakeoffs: BakeoffTools
    ratings: Ratings
    forecasters: ForecasterTools
    consensus: ConsensusTools
    costs: CostModel

    @property
    def volatility(self) -> VolatilityTools:
        """Forecasts of volatility and of the market's state."""
        return VolatilityTools(self.views, self.directory, self.benchmark)

    def as_of(self) -> datetime:
        """Return the moment the desk's clock stands at; answers know nothing later."""
        return self.views(None).as_of

    def ticker(self, ticker: str) -> TickerAnswer:
        """Return a ticker's last price and returns, what is held of it, and its closed trades.

        Args:
            ticker: A ticker such as AAPL, or a company name.
        """
        asked = self.directory().find(ticker).ticker
        view = self.views(None)
        holdings = self.portfolio.holdings().holdings
        closed = self.performance.trades_over(ALL_SESSIONS).closed
        return TickerAnswer(
            session=view.session,
            snapshot=MarketTools(view).snapshot(asked),
            holding=next((holding for holding in holdings if holding.ticker == asked), None),
            closed=tuple(trade for trade in closed if trade.ticker == asked),
        )

    def forecast(self, ticker: str) -> ForecastAnswer:
        """Return every forecaster's forecast for a ticker with its track record so far.

        Args:
            ticker: A ticker such as AAPL, or a company name.
        """
        instrument = self.directory().find(ticker)
        session = self.views(None).session
        forecasts = self.forecasts.by_ticker(session)
        own = forecasts.get(instrument.ticker, ())
        place = None
        if own:
            better = sum(1 for each in forecasts.values() if each[0].rank > own[0].rank)
            place = (better + 1, len(forecasts))
        return ForecastAnswer(
            ticker=instrument.ticker,
            name=instrument.name,
            session=session,
            forecasts=own,
            place=place,
            track_records=self.forecasts.track_records(session),
            explanation=self.forecasts.explanations(session, [instrument.ticker]).get(instrument.ticker),
            unavailable=_silent(self.forecasts.unavailable(session)),
        )

    def outlook(self, tickers: Sequence[str]) -> Outlook:
        """Return what is expected of names: forecasts, consensus, reasons, past trades, what would pay.

        Args:
            tickers: Tickers such as AAPL, or company names, ten at most.
        """
        if not 1 <= len(tickers) <= TOP:
            raise QueryRefusedError(f"expected 1 to {TOP} names, was {len(tickers)}; ask about fewer")
        found = list(dict.fromkeys(self.directory().find(each).ticker for each in tickers))
        view = self.views(None)
        forecasts = self.forecasts.by_ticker(view.session)
        told = self.forecasts.explanations(view.session, [each for each in found if each in forecasts])
        apart = self.forecasts.members_apart(view.session)
        market = MarketTools(view)
        conditions = (market.market(self.benchmark), market.macro())
        snapshots = {each: market.snapshot(each) for each in found}
        setups = [trade_setup(snapshots[each], forecasts.get(each, ()), *conditions) for each in found]
        alike = self.memory.similar_trades(setups, view.as_of, SIMILAR)
        records = self.forecasts.track_records(view.session)
        heard = self.consensus.consensus(view.session, forecasts, records)
        return Outlook(
            session=view.session,
            names=tuple(
                NameOutlook(
                    ticker=each,
                    name=snapshots[each].name,
                    forecasts=forecasts.get(each, ()),
                    disagreement=disagreement(forecasts.get(each, ())),
                    members_apart={name: by[each] for name, by in apart.items() if each in by},
                    pays=self._pays(forecasts.get(each, ()), snapshots[each].price),
                    alike=alike_trades([trade.return_fraction for trade in trades]),
                    consensus=heard.get(each),
                    reasons=told[each].reasons if each in told else (),
                )
                for each, trades in zip(found, alike, strict=True)
            ),
            worth=records[0].worth if records else "unknown",
            track_records=records,
            unavailable=_silent(self.forecasts.unavailable(view.session)),
        )

    def _pays(self, forecasts: Sequence[Forecast], price: float) -> BreakEven | None:
        return break_even(forecasts[0], round_trip_cost(self.costs, price)) if forecasts else None

    def top_forecasts(self) -> TopForecasts:
        """Return the names with the highest-ranked forecasts of the desk's session."""
        session = self.views(None).session
        forecasts = self.forecasts.by_ticker(session)
        if not forecasts:
            raise QueryRefusedError(f"there is no forecast for {session.isoformat()}")
        ranked = sorted((each[0] for each in forecasts.values()), key=lambda f: (-f.rank, f.ticker))
        return TopForecasts(
            session=session,
            names=len(ranked),
            forecasts=tuple(ranked[:TOP]),
            track_records=self.forecasts.track_records(session),
        )

    def similar(self, ticker: str) -> SimilarAnswer:
        """Return the desk's past trades that began as a trade in this ticker would begin now.

        Args:
            ticker: A ticker such as AAPL, or a company name.
        """
        instrument = self.directory().find(ticker)
        view = self.views(None)
        market = MarketTools(view)
        forecasts = self.forecasts.by_ticker(view.session).get(instrument.ticker, ())
        setup = trade_setup(
            market.snapshot(instrument.ticker), forecasts, market.market(self.benchmark), market.macro()
        )
        found = self.memory.similar_trades([setup], view.as_of, SIMILAR)
        return SimilarAnswer(
            ticker=instrument.ticker, name=instrument.name, session=view.session, trades=found[0]
        )

    def market(self) -> MarketAnswer:
        """Return the state of the market, macro readings and the last headlines known to the desk."""
        market = MarketTools(self.views(None))
        return MarketAnswer(
            market=market.market(self.benchmark),
            readings=market.macro(),
            headlines=market.headlines(HEADLINES),
        )

    def at_the_end(self, topic: IntentName, extreme: Extreme) -> str | None:
        """Return the ticker at one end of what was asked for, None where no name stands there."""
        try:
            if topic == "forecast":
                return self.top_forecasts().forecasts[0].ticker if extreme in ("best", "largest") else None
            if topic == "trades":
                closed = sorted(self.performance.trades_over(ALL_SESSIONS).closed, key=lambda t: t.profit)
                return closed[0 if extreme == "worst" else -1].ticker if closed else None
            if topic != "holdings":
                return None
            held = self.portfolio.holdings().holdings
        except QueryRefusedError:
            return None
        ranked = (
            held[::-1] if extreme in ("largest", "smallest") else sorted(held, key=lambda h: h.unrealised)
        )
        return ranked[-1 if extreme in ("largest", "best") else 0].ticker if held else None

    def track_records(self) -> tuple[ForecasterRecord, ...]:
        """Return how good each forecaster has been so far, over outcomes known by the desk's session."""
        return self.forecasts.track_records(self.views(None).session)

    def next_step(self) -> NextStep:
        """Return where the desk stands, whether it trades, and the orders that wait for the next open."""
        try:
            orders = self.portfolio.holdings().open_orders
        except QueryRefusedError:
            orders = ()
        return NextStep(now=self.status(), orders=orders)

    def status(self) -> TradingNow:
        """Return where the desk's clock stands, how many sessions are left, and whether it trades."""
        trading = self.control.trading()
        why = "" if trading.state == "closed" else f"{CAUSES[trading.cause]}: "
        reason = f"{why}{trading.reason}" if trading.reason else why.removesuffix(": ")
        return TradingNow(
            desk=self.desk.status(),
            trading=trading.word,
            since=f"{trading.since:%Y-%m-%d %H:%M}" if trading.since else "",
            reason=reason,
            refused=len(self.portfolio.refused().refusals),
            closes=self.closes.requested_closes().closes,
        )


def _silent(unavailable: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}: {why}" for name, why in sorted(unavailable.items()))

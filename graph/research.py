"""Gathers the evidence of one cycle from the tools: which names, and what is known of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Protocol

from agents.brief import (
    BookEvidence,
    CandidateEvidence,
    Evidence,
    ForecasterEvidence,
    ForecastEvidence,
    MacroReading,
    MarketEvidence,
    PastTrade,
)
from fund.execution.costs import CostModel
from fund.execution.round_trip import round_trip_cost
from fund.forecasting.edge import break_even
from fund.forecasting.forecast import Forecast
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.marking import current_mark
from fund.risk.buckets import UNLIMITED
from graph.setups import conditions_setup, trade_setup
from tools.forecasts import ForecastTools
from tools.market import MarketSnapshot, MarketTools, SeriesReading, TickerSnapshot
from tools.memory import MemoryTools, SimilarConditions, SimilarTrade

SIMILAR = 5
HEADLINES = 8
REPORTED = ("revenue", "net_income", "eps_diluted", "equity", "assets", "cash")
"""Figures of a filed report that a brief makes its ratios of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """How the book has done so far, as fractions; None before the first session."""

    drawdown: float = 0.0
    return_since_start: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Which names are to be looked at beside the best forecasts; nothing of it reaches a limit."""

    watched: tuple[str, ...] = ()
    """Come right after the holdings, before those with the best forecasts."""
    discovered: tuple[str, ...] = ()
    """Names that the discovery has found: after those the owner watches."""
    only: tuple[str, ...] = ()
    """Where there are any, these are all the candidates."""
    occasion: str = ""
    """What happened that the committee is called for; empty for a daily cycle."""
    present: bool = False
    """Whether it is called now, on the real clock, so that there is no story to hide from an LLM."""


NOBODY_ASKED = Attention()


class Researcher:
    """Turns a view and a book into the evidence of a cycle."""

    def __init__(
        self,
        forecasts: ForecastTools,
        memory: MemoryTools,
        track_record: Callable[[], TrackRecord],
        attention: Callable[[], Attention] = Attention,
    ) -> None:
        self._forecasts = forecasts
        self._memory = memory
        self._track_record = track_record
        self._attention = attention

    def __call__(self, view: MarketView, book: Book, mandate: Mandate) -> Evidence:
        """Return everything the committee may know in this cycle."""
        market_tools = MarketTools(view)
        forecasts = self._forecasts.by_ticker(view.session)
        silent = self._forecasts.unavailable(view.session)
        attention = self._attention()
        tickers = choose_candidates(view, book, forecasts, mandate.candidates, attention, mandate.funds)
        market, macro = market_tools.market(mandate.benchmark), market_tools.macro()
        snapshots = {ticker: market_tools.snapshot(ticker) for ticker in tickers}
        setups = [trade_setup(snapshots[t], forecasts.get(t, ()), market, macro) for t in tickers]
        similar = self._memory.similar_trades(setups, view.as_of, SIMILAR)
        conditions = self._memory.similar_conditions(conditions_setup(market, macro), view.as_of, SIMILAR)
        marks = {ticker: current_mark(view, ticker) for ticker in book.positions}
        prices = {ticker: mark.price for ticker, mark in marks.items()}
        weights = book.weights(prices)
        candidates = tuple(
            _candidate(snapshots[t], forecasts.get(t, ()), past, weights, book, view, mandate.costs)
            for t, past in zip(tickers, similar, strict=True)
        )
        return Evidence(
            session=view.session,
            horizon_sessions=mandate.horizon_sessions,
            candidates=candidates,
            market=_market(market, macro, market_tools, conditions),
            forecasters=self._forecasters(view.session),
            book=book_evidence(book, prices, self._track_record()),
            limits=_limits(mandate),
            occasion=attention.occasion,
            missing={
                **{f"forecaster {name}": f"unavailable: {why}" for name, why in silent.items()},
                **{t: _no_forecast(silent) for t in tickers if t not in forecasts},
                **{t: f"held, but no price since {m.session}" for t, m in marks.items() if m.stale},
            },
        )

    def _forecasters(self, session: date) -> tuple[ForecasterEvidence, ...]:
        return tuple(ForecasterEvidence(**asdict(r)) for r in self._forecasts.track_records(session))


class Ranked(Protocol):
    """Something a forecaster said of a name."""

    @property
    def rank(self) -> float:
        """The name's place among all, 1 the best."""
        ...


def book_evidence(book: Book, prices: Mapping[str, Decimal], record: TrackRecord) -> BookEvidence:
    """Return a book at some prices in USD as the committee is told of it."""
    equity, weights = book.equity(prices), book.weights(prices)
    return BookEvidence(
        equity=float(equity),
        cash_fraction=float(book.cash / equity),
        gross=float(sum((abs(w) for w in weights.values()), Decimal(0))),
        net=float(sum(weights.values(), Decimal(0))),
        drawdown=record.drawdown,
        return_since_start=record.return_since_start,
    )


def choose_candidates(
    view: MarketView,
    book: Book,
    forecasts: Mapping[str, Sequence[Ranked]],
    count: int,
    attention: Attention = NOBODY_ASKED,
    funds: frozenset[str] = frozenset(),
) -> tuple[str, ...]:
    """Return what is held and, up to `count` names, what is watched, discovered and ranked best.

    Watched names that may not be bought, and whatever has no price of the session, are left out: nothing
    can be decided about them. Where the owner asks about some names only, these are all.
    """
    held = [t for t in sorted(book.positions) if not view.mark(t).stale]
    universe = view.members() | funds
    if attention.only:
        return tuple(t for t in sorted(attention.only) if t in held or may_be_bought(view, t, universe))
    asked_for = (*sorted(attention.watched), *sorted(attention.discovered))
    watched = [
        t for t in dict.fromkeys(asked_for) if t not in book.positions and may_be_bought(view, t, universe)
    ]
    members = view.members()
    ranked = sorted(
        (t for t in forecasts if t in members and t not in book.positions and t not in watched),
        key=lambda t: (-forecasts[t][0].rank, t),
    )
    return tuple(sorted((held + watched + ranked)[: max(count, len(held))]))


def may_be_bought(view: MarketView, ticker: str, universe: frozenset[str]) -> bool:
    """Say whether a name is one the book may hold, with a price of the view's session."""
    return ticker in universe and ticker in view.tickers() and not view.mark(ticker).stale


def _candidate(
    snapshot: TickerSnapshot,
    forecasts: Sequence[Forecast],
    similar: Sequence[SimilarTrade],
    weights: Mapping[str, Decimal],
    book: Book,
    view: MarketView,
    costs: CostModel,
) -> CandidateEvidence:
    held, unrealised = holding_of(book, snapshot.ticker, view)
    cost = round_trip_cost(costs, snapshot.price)
    pays = break_even(forecasts[0], cost) if forecasts else None
    return CandidateEvidence(
        ticker=snapshot.ticker,
        name=snapshot.name,
        sector=snapshot.sector,
        price=snapshot.price,
        weight=float(weights.get(snapshot.ticker, Decimal(0))),
        held_sessions=held,
        unrealised_fraction=unrealised,
        return_5=snapshot.return_5,
        return_20=snapshot.return_20,
        return_60=snapshot.return_60,
        return_120=snapshot.return_120,
        volatility_20=snapshot.volatility_20,
        drawdown_60=snapshot.drawdown_60,
        average_dollar_volume=snapshot.average_dollar_volume,
        forecasts=tuple(_forecast(f) for f in forecasts),
        similar=tuple(_past_trade(trade) for trade in similar),
        report=_report(snapshot),
        break_even_rank_ic=pays.rank_ic if pays else None,
        break_even_hit_rate=pays.hit_rate if pays else None,
    )


def holding_of(book: Book, ticker: str, view: MarketView) -> tuple[int, float | None]:
    """Return for how many sessions a name is held, and its return on cost; 0 and None of one that is not."""
    position = book.positions.get(ticker)
    if position is None:
        return 0, None
    held = sum(1 for session in view.sessions(260) if session >= position.opened)
    value = position.quantity * current_mark(view, ticker).price
    return held, float(value / position.cost - 1) if position.cost else None


def _past_trade(trade: SimilarTrade) -> PastTrade:
    """Field by field: a hundred of these are made in a cycle, and a deep copy of each would show."""
    return PastTrade(
        memory_id=trade.memory_id,
        ticker=trade.ticker,
        opened=trade.opened,
        held_sessions=trade.held_sessions,
        return_fraction=trade.return_fraction,
        distance=trade.distance,
    )


def _forecast(forecast: Forecast) -> ForecastEvidence:
    return ForecastEvidence(
        forecaster=forecast.forecaster,
        horizon_sessions=forecast.horizon_sessions,
        expected=forecast.expected,
        low=forecast.low,
        high=forecast.high,
        probability_up=forecast.probability_up,
        rank=forecast.rank,
    )


def _no_forecast(silent: Mapping[str, str]) -> str:
    return "no forecast: a forecaster is unavailable" if silent else "no forecast: too little history"


def _report(snapshot: TickerSnapshot) -> dict[str, float | str] | None:
    report = snapshot.report
    if report is None:
        return None
    figures = {name: getattr(report, name) for name in REPORTED}
    known = {name: value for name, value in figures.items() if value is not None}
    return {"doc_type": report.doc_type, "end_date": report.end_date.isoformat(), **known}


def _market(
    market: MarketSnapshot,
    macro: Sequence[SeriesReading],
    tools: MarketTools,
    conditions: Sequence[SimilarConditions],
) -> MarketEvidence:
    return MarketEvidence(
        benchmark=market.benchmark,
        return_5=market.return_5,
        return_20=market.return_20,
        return_60=market.return_60,
        volatility_20=market.volatility_20,
        drawdown_120=market.drawdown_120,
        breadth=market.breadth,
        readings=tuple(MacroReading(**asdict(reading)) for reading in macro),
        headlines=tuple(
            {"title": h.title, "source": h.source, "known_at": h.known_at.isoformat()}
            for h in tools.headlines(HEADLINES)
        ),
        similar_conditions=tuple(
            {
                "memory_id": c.memory_id,
                "session": c.session.isoformat(),
                "distance": c.distance,
                "next_20": c.next_20,
            }
            for c in conditions
        ),
    )


def _limits(mandate: Mandate) -> dict[str, float | int | bool]:
    """Return every cap of the mandate by name, those of the buckets too; what is left open is left out."""
    found: dict[str, float | int | bool] = {}
    for part in (mandate.limits, mandate.limits.buckets):
        for field in fields(part):
            value = getattr(part, field.name)
            is_open = value == UNLIMITED and "stated" in field.metadata
            if field.name.startswith(("max_", "min_", "allow_")) and not is_open:
                found[field.name] = float(value) if isinstance(value, Decimal) else value
    return found

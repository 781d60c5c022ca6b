"""A small desk with a real past: sessions of the bundle decided by a script, settled, and recorded.

The script makes every kind of decision once: bought, cut by a limit, dropped by the validator, cut to
zero by the risk officer, no conviction, no target, sold, held because a role was silent, halted.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from threading import Lock

from sqlalchemy import Engine

from agents.brief import (
    BookEvidence,
    CandidateEvidence,
    Evidence,
    ForecasterEvidence,
    ForecastEvidence,
    MarketEvidence,
    PastTrade,
)
from db.decisions import Decisions
from db.engine import transaction
from db.ledger import Ledger
from db.record_codec import to_plain
from db.session_mark import SessionMark, mark_book
from fund.clock import Clock, FixedClock
from fund.cycle import CycleRecord, decide, settle
from fund.errors import AnswerError
from fund.execution.orders import Order
from fund.forecasting.forecast import Forecast
from fund.mandate import Mandate
from fund.market.history import History
from fund.market.view import MarketView
from fund.portfolio.book import Book, ClosedTrade
from fund.portfolio.fill import Fill
from fund.portfolio.postings import post_deposit
from fund.portfolio.proposal import Proposal
from graph.chat_events import Progress, StepFinished, StepStarted
from graph.desk_control import AdvanceSummary, DeskStatus, OnEvent, PlayedSession
from graph.desk_tools import DeskTools
from graph.research import trade_setup
from support.mandates import a_mandate, real_costs, some_limits
from support.markets import bundle_history
from tools.control import ControlTools
from tools.decisions import DecisionTools
from tools.directory import Directory
from tools.forecasts import ForecasterRecord, ForecastTools
from tools.market import MarketTools
from tools.memory import MemoryTools, remember_trades
from tools.performance import PerformanceTools
from tools.portfolio import PortfolioTools

FIRST = date(2016, 11, 1)
PLAYED = 30
OWNER = "owner"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CANDIDATES = ("AAPL", "MSFT", "XOM", "JPM", "JNJ", "GE", "KO", "NVDA", "PFE")
FORECAST_NAMES = (*CANDIDATES, "WMT", "CVX", "T", "INTC", "BA")
ROLES = ("macro_researcher", "quant_researcher", "portfolio_manager", "validator", "risk_officer")
SPEAKER = "offline rules, no LLM"
MANDATE = a_mandate(
    name="paper",
    mandate_hash="m" * 64,
    min_trade=Decimal("0.005"),
    limits=some_limits(
        max_position=Decimal("0.10"), max_sector=Decimal("0.30"), min_cash=Decimal("0.02"), max_names=12
    ),
    costs=real_costs(),
)


class ScriptedCommittee:
    """A strategy that says what the script has for a session, with the evidence on the record."""

    name = "committee"

    def __init__(self, first: date, sessions: Sequence[date]) -> None:
        self._number = {session: number for number, session in enumerate(sessions)}

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        number = self._number[view.session]
        if number == 8:
            raise AnswerError("a role was silent, so the book is held (quant_researcher: no valid answer)")
        targets = _SCRIPT.get(number, {})
        return Proposal(
            weights={ticker: Decimal(weight) for ticker, weight in targets.items()},
            reasons={ticker: _reason(ticker, weight) for ticker, weight in targets.items()},
            evidence={
                "evidence": to_plain(asdict(some_evidence(view, book))),
                "answers": some_answers(targets),
                "silent": {},
                "speakers": dict.fromkeys(ROLES, SPEAKER),
                "revisions": 1 if number == 0 else 0,
            },
        )


_SCRIPT: Mapping[int, Mapping[str, str]] = {
    0: {"AAPL": "0.08", "MSFT": "0.15", "XOM": "0.05", "NVDA": "0", "SPY": "0.05"},
    4: {"JPM": "0.06"},
    6: {"XOM": "0"},
    12: {"AAPL": "0.081", "JPM": "0"},
    18: {"JNJ": "0.07", "XOM": "0.04"},
    PLAYED - 1: {"JPM": "0.05"},
    PLAYED + 1: {"KO": "0.03"},
}


def _reason(ticker: str, weight: str) -> str:
    if weight == "0":
        return f"{ticker}: momentum has turned, so it is closed"
    return f"{ticker}: rank 0.93 of 500, momentum +12 % over 60 sessions, worth {weight} of the book"


def some_answers(targets: Mapping[str, str]) -> dict[str, object]:
    """Return what the five roles said of these targets."""
    return {
        "macro_researcher": {
            "regime": "risk_on",
            "exposure": 0.8,
            "confidence": 0.6,
            "drivers": ["VIX is calm"],
            "sectors_to_avoid": [],
            "summary": "calm markets, most of the book may be invested",
        },
        "quant_researcher": {
            "views": [
                {"ticker": "AAPL", "conviction": 0.7, "reason": "rank 0.93 of 500"},
                {"ticker": "MSFT", "conviction": 0.8, "reason": "strong momentum"},
                {"ticker": "GE", "conviction": 0.03, "reason": "the forecast is flat"},
                {"ticker": "KO", "conviction": 0.5, "reason": "cheap and steady"},
                {"ticker": "NVDA", "conviction": 0.6, "reason": "highest rank of all"},
                {"ticker": "JNJ", "conviction": 0.4, "reason": "defensive"},
            ],
            "summary": "six names with a view",
        },
        "portfolio_manager": {
            "targets": [
                {"ticker": ticker, "weight": float(weight), "reason": _reason(ticker, weight)}
                for ticker, weight in ({"NVDA": "0.05"} | dict(targets)).items()
            ],
            "summary": f"{len(targets)} targets",
        },
        "validator": {
            "verdict": "approve",
            "concerns": [
                {
                    "ticker": "KO",
                    "kind": "similar_trades_lost",
                    "severity": 0.8,
                    "reason": "6 similar trades averaged -1.2 %",
                }
            ],
            "summary": "one objection",
        },
        "risk_officer": {
            "factors": [{"ticker": "NVDA", "factor": 0.0, "reason": "volatility above 60 % a year"}],
            "summary": "one name cut",
        },
    }


def some_evidence(view: MarketView, book: Book) -> Evidence:
    """Return evidence on the candidates as a committee would be given it."""
    market = MarketTools(view)
    return Evidence(
        session=view.session,
        horizon_sessions=5,
        candidates=tuple(_candidate(market, ticker, view.session) for ticker in CANDIDATES),
        market=MarketEvidence(
            benchmark="SPY",
            return_5=0.01,
            return_20=0.02,
            return_60=0.04,
            volatility_20=0.12,
            drawdown_120=-0.01,
            breadth=0.6,
            readings=(),
            headlines=(),
            similar_conditions=(),
        ),
        forecasters=(
            ForecasterEvidence(
                forecaster="gbm",
                version="v1",
                rank_ic=0.012,
                rank_ic_low=-0.004,
                rank_ic_high=0.028,
                sessions=140,
                hit_rate=0.51,
            ),
        ),
        book=BookEvidence(
            equity=100_000, cash_fraction=0.5, gross=0.5, net=0.5, drawdown=0, return_since_start=0
        ),
        limits={"max_position": 0.1},
        missing={"WMT": "no forecast: too little history"},
    )


def _candidate(market: MarketTools, ticker: str, session: date) -> CandidateEvidence:
    seen = market.snapshot(ticker)
    forecast = a_forecast(ticker, session)
    return CandidateEvidence(
        ticker=ticker,
        name=seen.name,
        sector=seen.sector,
        price=seen.price,
        weight=0.0,
        held_sessions=0,
        unrealised_fraction=None,
        return_5=seen.return_5,
        return_20=seen.return_20,
        return_60=seen.return_60,
        return_120=seen.return_120,
        volatility_20=seen.volatility_20,
        drawdown_60=seen.drawdown_60,
        average_dollar_volume=seen.average_dollar_volume,
        forecasts=(
            ForecastEvidence(
                forecaster="gbm",
                horizon_sessions=5,
                expected=forecast.expected,
                low=forecast.low,
                high=forecast.high,
                probability_up=forecast.probability_up,
                rank=forecast.rank,
            ),
        ),
        similar=(
            PastTrade(
                memory_id="m-1",
                ticker="CVX",
                opened=date(2016, 8, 1),
                held_sessions=12,
                return_fraction=-0.012,
                distance=0.031,
            ),
            PastTrade(
                memory_id="m-2",
                ticker="PG",
                opened=date(2016, 9, 1),
                held_sessions=9,
                return_fraction=0.02,
                distance=0.055,
            ),
        ),
        report=None,
    )


def a_forecast(ticker: str = "AAPL", session: date = FIRST) -> Forecast:
    """Return a forecast whose rank follows the ticker's place in the list."""
    rank = 1 - FORECAST_NAMES.index(ticker) / (len(FORECAST_NAMES) - 1)
    return Forecast(
        ticker=ticker,
        session=session,
        horizon_sessions=5,
        expected=0.01 * (rank - 0.5),
        low=-0.031,
        high=0.034,
        probability_up=0.5 + 0.1 * (rank - 0.5),
        rank=rank,
        forecaster="gbm",
        version="v1",
    )


class ListedForecasts:
    """A source that ranks the listed names the same way every session."""

    def at(self, session: date) -> Sequence[Forecast]:
        return tuple(a_forecast(ticker, session) for ticker in FORECAST_NAMES)

    def record(self, session: date) -> ForecasterRecord:
        return ForecasterRecord(
            forecaster="gbm",
            version="v1",
            rank_ic=0.012,
            rank_ic_low=-0.004,
            rank_ic_high=0.028,
            sessions=140,
            hit_rate=0.51,
        )


class PlayedDesk:
    """A desk that plays the bundle's sessions into a database, and offers its tools."""

    def __init__(self, engine: Engine, history: History, clock: Clock, sessions: int = 0) -> None:
        self.engine = engine
        self.history = history
        self.clock = clock
        calendar = history.calendar
        self.sessions = calendar.sessions(FIRST, history.last_session)
        self._committee = ScriptedCommittee(FIRST, self.sessions)
        self._next = 0
        self._one_at_a_time = Lock()
        self._book, self._orders, self._mark = Book(), tuple[Order, ...](), None
        self.records: list[CycleRecord] = []
        self.marks: list[SessionMark] = []
        self.fills: list[Fill] = []
        self.closed: list[ClosedTrade] = []
        self.advancing: Callable[[], None] = lambda: None
        for _ in range(sessions):
            self.play()

    @property
    def book(self) -> Book:
        return self._book

    @property
    def session(self) -> date:
        return self.sessions[max(self._next - 1, 0)]

    def view(self, session: date | None = None) -> MarketView:
        day = session or self.session
        return self.history.view(self.history.calendar.decision_time(day))

    def play(self) -> PlayedSession:
        """Play the next session; one at a time, whoever asks."""
        with self._one_at_a_time:
            return self._play()

    def _play(self) -> PlayedSession:
        """Settle the open orders at the next session's open, decide on its close, and record both."""
        session, calendar = self.sessions[self._next], self.history.calendar
        view = self.history.view(calendar.decision_time(session))
        with transaction(self.engine) as connection:
            ledger = Ledger(connection)
            if self._next == 0:
                deposit = post_deposit(Decimal(100_000), session, calendar.open_at(session), "initial")
                ledger.append([deposit])
                self._book = self._book.apply(deposit)
            settled = settle(
                self._orders,
                self._book,
                MANDATE,
                session=session,
                opened_at=calendar.open_at(session),
                bars=self.history.next_bars(session),
                suspect_opens=frozenset(),
                actions=self.history.actions_on(session),
            )
            ledger.record_settlement(settled)
            self._book = settled.book
            self.fills += settled.fills
            self.closed += settled.closed
            self._mark_session(ledger, view)
            record = self._decide(view)
            Decisions(connection).record_cycle(
                record, job="daily", slot=session.isoformat(), recorded_at=calendar.decision_time(session)
            )
            ledger.record_orders(record.orders)
        self._orders = record.orders
        self.records.append(record)
        self._next += 1
        return self._played(record, len(settled.fills))

    def _mark_session(self, ledger: Ledger, view: MarketView) -> None:
        self._mark = mark_book(
            self._mark,
            self._book,
            {ticker: view.mark(ticker) for ticker in self._book.positions},
            session=view.session,
            at=view.as_of,
            benchmark_index=float(view.total_return_index("SPY", 1)[-1]),
        )
        ledger.mark_session(self._mark)
        self.marks.append(self._mark)

    def _decide(self, view: MarketView) -> CycleRecord:
        return decide(
            self._committee,
            view,
            self._book,
            MANDATE,
            cycle_id=f"daily-{view.session.isoformat()}",
            inputs={"data_version": "bundle"},
            halted="paused by the owner" if self._next == 10 else None,
        )

    def _played(self, record: CycleRecord, fills: int) -> PlayedSession:
        returns = [mark.unit_value for mark in self.marks[-2:]]
        return PlayedSession(
            session=record.session,
            status=record.status,
            equity=record.equity,
            return_fraction=returns[-1] / returns[0] - 1 if len(returns) == 2 else None,
            benchmark_return=None,
            fills=fills,
            orders=len(record.orders),
        )

    def status(self) -> DeskStatus:
        left = len(self.sessions) - self._next
        return DeskStatus(
            mode="replay",
            session=self.session,
            next_session=self.sessions[self._next] if left else None,
            unplayed=left,
            provider=SPEAKER,
        )

    async def advance(self, sessions: int, on_event: OnEvent) -> AdvanceSummary:
        played: list[PlayedSession] = []
        for done in range(sessions):
            on_event(Progress(label="Sessions played", done=done, total=sessions))
            cycle = f"daily-{self.sessions[self._next].isoformat()}"
            on_event(StepStarted(step_id=cycle, parent_id=None, name=cycle, kind="cycle"))
            for role in ROLES:
                step = f"{cycle}/{role}"
                on_event(StepStarted(step_id=step, parent_id=cycle, name=role, kind="role"))
                on_event(StepFinished(step_id=step, output="done", seconds=0.0))
            self.advancing()
            played.append(await asyncio.to_thread(self.play))
            on_event(StepFinished(step_id=cycle, output="done", seconds=0.0))
        return AdvanceSummary(played=tuple(played), unplayed=len(self.sessions) - self._next)

    def tools(self) -> DeskTools:
        """Return every tool over this desk."""
        forecasts = ForecastTools([ListedForecasts()])
        return DeskTools(
            portfolio=PortfolioTools(self.engine, self.view, MANDATE),
            performance=PerformanceTools(self.engine, "SPY"),
            decisions=DecisionTools(self.engine, self.view, self.directory, forecasts),
            control=ControlTools(self.engine, self.clock, self.status),
            forecasts=forecasts,
            memory=MemoryTools(self.engine),
            views=self.view,
            directory=self.directory,
            desk=self,
            benchmark="SPY",
        )

    def directory(self) -> Directory:
        return _directory(self.history.data_version)

    def remember(self) -> None:
        """Put the closed trades into memory, by the market they were opened in."""
        setups = []
        for trade in self.closed:
            market = MarketTools(self.view(trade.opened))
            snapshot, state = market.snapshot(trade.ticker), market.market("SPY")
            setups.append(trade_setup(snapshot, (), state, market.macro()))
        with transaction(self.engine) as connection:
            remember_trades(
                connection,
                self.closed,
                setups,
                held_sessions=[5] * len(self.closed),
                known_at=self.view().as_of,
            )


@cache
def _directory(data_version: str) -> Directory:
    view = bundle_history().view(bundle_history().calendar.decision_time(FIRST))
    return Directory(view.instrument(ticker) for ticker in view.tickers())


def a_played_desk(engine: Engine, sessions: int = PLAYED, clock: Clock | None = None) -> PlayedDesk:
    """Return a desk that has played `sessions` sessions of the bundle into the database."""
    return PlayedDesk(engine, bundle_history(), clock or FixedClock(NOW), sessions)

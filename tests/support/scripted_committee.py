"""A committee that says what a script has for each session, with evidence as the real one records it.

The script makes every kind of decision once: bought, cut by a limit, dropped by the validator, cut to
zero by the risk officer, no conviction, no target, sold, held because a role was silent, halted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal

from agents.brief import (
    BookEvidence,
    CandidateEvidence,
    Evidence,
    ForecasterEvidence,
    ForecastEvidence,
    MarketEvidence,
    PastTrade,
)
from db.record_codec import to_plain
from fund.errors import AnswerError
from fund.forecasting.forecast import Forecast
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal
from tools.forecasts import ForecasterRecord
from tools.market import MarketTools

FIRST = date(2016, 11, 1)
PLAYED = 30
SILENT = 8
"""Place of the session on which a role is silent."""
HALTED = 10
"""Place of the session on which the desk is halted."""
CANDIDATES = ("AAPL", "MSFT", "XOM", "JPM", "JNJ", "GE", "KO", "NVDA", "PFE")
FORECAST_NAMES = (*CANDIDATES, "WMT", "CVX", "T", "INTC", "BA")
ROLES = ("macro_researcher", "quant_researcher", "portfolio_manager", "validator", "risk_officer")
SPEAKER = "offline rules, no LLM"


class ScriptedCommittee:
    """A strategy that says what the script has for a session, with the evidence on the record."""

    name = "committee"

    def __init__(self, sessions: Sequence[date]) -> None:
        self._number = {session: number for number, session in enumerate(sessions)}

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        number = self._number[view.session]
        if number == SILENT:
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

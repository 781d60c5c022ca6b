"""Builders of evidence with defaults, and a small made market in which the committee can live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

SESSION = date(2016, 5, 2)
SECTORS = ("Energy", "Financials", "Health Care", "Industrials", "Information Technology", "Utilities")


def a_forecast(forecaster: str = "gbm", **changes: Any) -> ForecastEvidence:
    plain: dict[str, Any] = {
        "horizon_sessions": 5,
        "expected": 0.004,
        "low": -0.04,
        "high": 0.05,
        "probability_up": 0.55,
        "rank": 0.93,
    }
    return ForecastEvidence(forecaster=forecaster, **{**plain, **changes})


def a_trade(return_fraction: float = 0.02, **changes: Any) -> PastTrade:
    plain: dict[str, Any] = {
        "memory_id": "trade-AAPL-20160104",
        "ticker": "AAPL",
        "opened": date(2016, 1, 4),
        "held_sessions": 12,
        "distance": 0.12,
    }
    return PastTrade(return_fraction=return_fraction, **{**plain, **changes})


def a_candidate(ticker: str = "AAPL", **changes: Any) -> CandidateEvidence:
    plain: dict[str, Any] = {
        "name": f"{ticker.title()} Incorporated",
        "sector": "Information Technology",
        "price": 93.64,
        "weight": 0.0,
        "held_sessions": 0,
        "unrealised_fraction": None,
        "return_5": 0.01,
        "return_20": 0.03,
        "return_60": 0.12,
        "return_120": 0.15,
        "volatility_20": 0.24,
        "drawdown_60": -0.02,
        "average_dollar_volume": 3.1e9,
        "forecasts": (a_forecast(), a_forecast("momentum", rank=0.8)),
        "similar": (),
        "report": None,
        "break_even_rank_ic": 0.043,
        "break_even_hit_rate": 0.516,
    }
    return CandidateEvidence(ticker=ticker, **{**plain, **changes})


def a_forecaster(forecaster: str = "gbm", **changes: Any) -> ForecasterEvidence:
    plain: dict[str, Any] = {
        "version": "gbm-7f3a",
        "rank_ic": 0.021,
        "rank_ic_low": 0.003,
        "rank_ic_high": 0.039,
        "sessions": 190,
        "hit_rate": 0.51,
        "worth": "edge",
        "coverage": 0.79,
        "calibration_error": 0.012,
        "drift": "steady",
    }
    return ForecasterEvidence(forecaster=forecaster, **{**plain, **changes})


def a_reading(series_id: str = "VIX", **changes: Any) -> MacroReading:
    plain: dict[str, Any] = {
        "name": "Cboe VIX, daily close",
        "day": SESSION,
        "value": 14.68,
        "change_20": 1.3,
        "z_score": -0.6,
    }
    return MacroReading(series_id=series_id, **{**plain, **changes})


def a_market(**changes: Any) -> MarketEvidence:
    plain: dict[str, Any] = {
        "benchmark": "SPY",
        "return_5": -0.004,
        "return_20": 0.01,
        "return_60": 0.05,
        "volatility_20": 0.12,
        "drawdown_120": -0.02,
        "breadth": 0.66,
        "readings": (a_reading(),),
        "headlines": (),
        "similar_conditions": (),
    }
    return MarketEvidence(**{**plain, **changes})


def a_book(**changes: Any) -> BookEvidence:
    plain: dict[str, Any] = {
        "equity": 1_012_345.67,
        "cash_fraction": 0.4,
        "gross": 0.6,
        "net": 0.6,
        "drawdown": -0.01,
        "return_since_start": 0.012,
    }
    return BookEvidence(**{**plain, **changes})


def an_evidence(*candidates: CandidateEvidence, **changes: Any) -> Evidence:
    plain: dict[str, Any] = {
        "session": SESSION,
        "horizon_sessions": 5,
        "candidates": candidates or (a_candidate(),),
        "market": a_market(),
        "forecasters": (a_forecaster(), a_forecaster("momentum", rank_ic=0.01, rank_ic_low=-0.02)),
        "book": a_book(),
        "limits": {"max_position": 0.1, "max_gross": 1.0, "min_cash": 0.02, "allow_short": False},
    }
    return Evidence(**{**plain, **changes})


def a_full_evidence(
    names: int = 20, *, memories: int = 6, headlines: int = 12, history: int = 34
) -> Evidence:
    """Return evidence with every part filled; sizes beyond what a brief shows can be asked for."""
    report = {
        "doc_type": "10-Q",
        "revenue": 5.0557e10,
        "net_income": 1.0516e10,
        "equity": 1.30457e11,
        "assets": 3.05277e11,
    }
    candidates = tuple(
        a_candidate(
            f"TK{n:02d}",
            name=f"Company Number {n} Holdings",
            sector=SECTORS[n % len(SECTORS)],
            price=20.0 + 7.31 * n,
            weight=0.045 if n % 3 == 0 else 0.0,
            held_sessions=7 if n % 3 == 0 else 0,
            unrealised_fraction=0.0123 if n % 3 == 0 else None,
            forecasts=tuple(
                a_forecast(f, rank=((n * 7 + i * 3) % 20) / 20)
                for i, f in enumerate(("gbm", "momentum", "reversal"))
            ),
            similar=tuple(
                a_trade(0.01 * (i % 5 - 2), ticker=f"TK{i % names:02d}", memory_id=f"trade-{n}-{i}")
                for i in range(memories)
            ),
            report=report,
        )
        for n in range(names)
    )
    news = tuple(
        {
            "title": f"Apple beats estimates in quarter {n}, shares of TK01 jump",
            "source": "wire",
            "known_at": "2016-04-26",
        }
        for n in range(headlines)
    )
    past: tuple[Mapping[str, float | str], ...] = tuple(
        {"memory_id": f"market-{n}", "session": "2015-08-24", "distance": 0.1, "next_20": 0.01 * (n % 3 - 1)}
        for n in range(memories)
    )
    market = a_market(
        readings=tuple(a_reading(f"SERIES_{n}", day=SESSION - timedelta(days=n)) for n in range(history)),
        headlines=news,
        similar_conditions=past,
    )
    return an_evidence(*candidates, market=market, missing={"NEE": "no bars since 2016-06-09"})


@dataclass
class MadeMarket:
    """Random walks with slow trends and one noisy forecaster: enough of a market to trade in.

    Every figure a committee sees of session t is computed from prices up to t.
    """

    seed: int
    sessions: int = 320
    names: int = 60
    closes: NDArray[np.float64] = field(init=False)
    ranks: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        noise = rng.standard_normal((self.sessions, self.names)) * np.linspace(0.009, 0.022, self.names)
        market = rng.standard_normal((self.sessions, 1)) * 0.007
        self.closes = 50 * np.exp(np.cumsum(noise + market + 0.0003, axis=0))
        views = np.zeros((self.sessions, self.names))
        for t in range(1, self.sessions):
            views[t] = 0.9 * views[t - 1] + rng.standard_normal(self.names)
        self.ranks = views.argsort(axis=1).argsort(axis=1) / (self.names - 1)

    def ticker(self, column: int) -> str:
        return f"TK{column:02d}"

    def candidates(
        self, t: int, weights: Mapping[str, float], held: Mapping[str, int]
    ) -> Sequence[CandidateEvidence]:
        """Return what is held and the best-ranked others, 20 in all."""
        mine = [n for n in range(self.names) if self.ticker(n) in weights]
        others = [int(n) for n in np.argsort(-self.ranks[t]) if n not in mine]
        return [self._candidate(t, n, weights, held) for n in sorted(mine + others[: 20 - len(mine)])]

    def _candidate(
        self, t: int, n: int, weights: Mapping[str, float], held: Mapping[str, int]
    ) -> CandidateEvidence:
        ticker, past = self.ticker(n), self.closes[: t + 1, n]
        moves = {f"return_{k}": float(past[-1] / past[-1 - k] - 1) for k in (5, 20, 60, 120)}
        return a_candidate(
            ticker,
            sector=SECTORS[n % len(SECTORS)],
            price=float(past[-1]),
            weight=weights.get(ticker, 0.0),
            held_sessions=held.get(ticker, 0),
            unrealised_fraction=0.0 if ticker in weights else None,
            volatility_20=float(np.diff(np.log(past[-21:])).std(ddof=1) * np.sqrt(252)),
            drawdown_60=float(past[-1] / past[-60:].max() - 1),
            forecasts=(a_forecast(rank=float(self.ranks[t, n])),),
            **moves,
        )

    def evidence(self, t: int, weights: Mapping[str, float], held: Mapping[str, int]) -> Evidence:
        """Return a committee's evidence after the close of session t (t >= 120)."""
        index = self.closes.mean(axis=1)[: t + 1]
        above = self.closes[t] > self.closes[t - 49 : t + 1].mean(axis=0)
        market = a_market(
            return_20=float(index[-1] / index[-21] - 1),
            return_60=float(index[-1] / index[-61] - 1),
            volatility_20=float(np.diff(np.log(index[-21:])).std(ddof=1) * np.sqrt(252)),
            drawdown_120=float(index[-1] / index[-120:].max() - 1),
            breadth=float(above.mean()),
            readings=(),
        )
        gross = sum(weights.values())
        return an_evidence(
            *self.candidates(t, weights, held),
            session=SESSION + timedelta(days=t),
            market=market,
            book=a_book(gross=gross, net=gross, cash_fraction=1 - gross),
        )

"""A second opinion on every figure: risk, statistics and what a decision had said, each by its textbook.

It shares no code with what it is compared with; the prices and the rows are those of `second_books`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import date
from statistics import NormalDist
from typing import Any

import numpy as np

from support.second_books import Episode, SecondBooks

Z = 1.959964


def market_risk(books: SecondBooks, weights: dict[str, float], day: date) -> list[tuple[str, float]]:
    """VaR and CVaR of one session by RiskMetrics' decay, and beta, over 252 sessions.

    Of weights in whole basis points, as the review sees them.
    """
    paths, betas = _paths(books, tuple(weights), day)
    held = np.floor(np.array(list(weights.values())) * 1e4) / 1e4
    decay = 0.94 ** np.arange(paths.shape[1])[::-1]
    spread = float(np.sqrt(np.average((held @ paths) ** 2, weights=decay)))
    normal = NormalDist()
    tail = normal.pdf(normal.inv_cdf(0.95)) / 0.05
    return [
        ("max_var", spread * normal.inv_cdf(0.95)),
        ("max_cvar", spread * tail),
        ("max_beta", abs(float(held @ betas))),
    ]


def volatilities(books: SecondBooks, weights: dict[str, float], day: date) -> dict[str, float]:
    paths, _ = _paths(books, tuple(weights), day)
    return dict(zip(weights, np.std(paths, axis=1) * np.sqrt(252), strict=True))


def _paths(books: SecondBooks, tickers: tuple[str, ...], day: date) -> tuple[np.ndarray, np.ndarray]:
    """Return the past returns of some names and their betas; before a name's first bar beta stands in."""
    days = [session for session in books.sessions if session <= day][-253:]
    levels = np.array([books.adjusted(ticker, days) for ticker in (*tickers, "SPY")])
    paths = levels[:, 1:] / levels[:, :-1] - 1.0
    market, betas = paths[-1], []
    for path in paths[:-1]:
        there = np.isfinite(path)
        betas.append(np.polyfit(market[there], path[there], 1)[0])
        path[~there] = betas[-1] * market[~there]
    return paths[:-1], np.array(betas)


def statistics(returns: np.ndarray, market: np.ndarray) -> dict[str, float]:
    """Sharpe and the rest over cash that earns nothing, 252 sessions a year, n - 1 but for the downside."""
    n, growth = len(returns), np.concatenate([[1.0], np.cumprod(1 + returns)])
    fall = float(np.min(growth / np.maximum.accumulate(growth) - 1))
    yearly = growth[-1] ** (252 / n) - 1
    own = {
        "return": growth[-1] - 1,
        "max drawdown": fall,
        "annualised return": yearly,
        "volatility": np.std(returns, ddof=1) * 252**0.5,
        "Sharpe ratio": np.mean(returns) / np.std(returns, ddof=1) * 252**0.5,
        "Sortino ratio": np.mean(returns) / np.sqrt(np.mean(np.minimum(returns, 0) ** 2)) * 252**0.5,
    }
    if fall:
        own["Calmar ratio"] = yearly / -fall
    slope, intercept = np.polyfit(market, returns, 1)
    return own | {
        "realised beta": slope,
        "alpha": intercept * 252,
        "correlation": np.corrcoef(returns, market)[0, 1],
        "tracking error": np.std(returns - market, ddof=1) * 252**0.5,
    }


def wilson(successes: int, n: int) -> tuple[float, float]:
    share = successes / n
    middle, reach = share + Z**2 / (2 * n), Z * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    low, high = ((middle + sign * reach) / (1 + Z**2 / n) for sign in (-1, 1))
    return max(low, 0.0), min(high, 1.0)


def _said_of(books: SecondBooks, episode: Episode) -> dict[str, Any]:
    """Return the evidence and the answers of the decision that opened a position."""
    proposal = books.records[episode.cycle]["proposal"]
    return dict(proposal["evidence"]) if proposal else {}


def best_of(books: SecondBooks, episode: Episode) -> str:
    """Return the forecaster that ranked a name highest when it was bought."""
    seen = _said_of(books, episode).get("evidence", {}).get("candidates", [])
    told = [f for c in seen if c["ticker"] == episode.ticker for f in c["forecasts"] if f["rank"] is not None]
    return str(max(told, key=lambda f: f["rank"])["forecaster"]) if told else "no forecast on record"


def concerns_of(books: SecondBooks, episode: Episode) -> list[dict[str, Any]]:
    """Return what the validator held against a name when it was bought."""
    said = _said_of(books, episode).get("answers", {}).get("validator", {}).get("concerns", [])
    return [concern for concern in said if concern["ticker"] == episode.ticker]


def is_sign(sign: str, concern: dict[str, Any]) -> bool:
    severity = concern["severity"]
    bounds = {"mild": (0, 0.25), "middling": (0.25, 0.5), "grave": (0.5, 9)}.get(sign.split(",")[0])
    if bounds is not None:
        return bool(bounds[0] <= severity < bounds[1])
    return sign in ("any concern", concern["kind"])


def regime_of(record: dict[str, Any]) -> str:
    told = (record["proposal"] or {}).get("evidence", {}).get("answers", {}).get("macro_researcher", {})
    return str(told.get("regime") or "not on record")


def _agreement(books: SecondBooks, each: Episode) -> str:
    seen = _said_of(books, each)["evidence"]["candidates"]
    ranks = [f["rank"] for c in seen if c["ticker"] == each.ticker for f in c["forecasts"]]
    apart = max(ranks) - min(ranks)
    return "agree" if apart < 0.3 else "disagree" if apart >= 0.6 else "differ"


def _conviction(books: SecondBooks, each: Episode) -> str:
    views = _said_of(books, each)["answers"]["quant_researcher"]["views"]
    found = next((v["conviction"] for v in views if v["ticker"] == each.ticker), None)
    if found is None:
        return "not on record"
    names = ("below 0", "0 to 0.2", "0.2 to 0.4", "0.4 to 0.6", "0.6 and more")
    return names[bisect_right((0.0, 0.2, 0.4, 0.6), found)]


def _kept_for(books: SecondBooks, each: Episode) -> str:
    held = sum(each.opened < day <= (each.closed or each.opened) for day in books.sessions)
    names = ("1 to 5 sessions", "6 to 10", "11 to 20", "21 to 40", "41 and more")
    return names[bisect_left((5, 10, 20, 40), held)]


GROUPED: dict[str, Callable[[SecondBooks, Episode], str]] = {
    "weekday": lambda books, each: f"{each.opened:%A}",
    "regime": lambda books, each: regime_of(books.records[each.cycle]),
    "agreement": _agreement,
    "conviction": _conviction,
    "holding_period": _kept_for,
    "sector": lambda books, each: books.sectors[each.ticker],
}


def earned_after(books: SecondBooks, ticker: str, place: int, sessions: int) -> float:
    """Return what a name earned from the next open to the close some sessions after a decision."""
    days = books.sessions[place + 1 : place + sessions + 1]
    closes = books.adjusted(ticker, days)
    known = closes[np.isfinite(closes)]
    return float(known[-1] / books.adjusted(ticker, days[:1], at_open=True)[0] - 1) if len(known) else np.nan


def excess_after(books: SecondBooks, ticker: str, session: str, horizon: int) -> float:
    """Return a name's return from open to open less the mean of the members'; NaN until it is known."""
    moved = books.moves(date.fromisoformat(session), horizon)
    known = [each for each in moved.values() if np.isfinite(each)]
    return float(moved.get(ticker, np.nan) - np.mean(known)) if known else np.nan

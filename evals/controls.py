"""Evidence of worlds that were not: the path turned over, moved in time, or told in another order."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from agents.brief import (
    CandidateEvidence,
    Evidence,
    ForecastEvidence,
    MacroReading,
    MarketEvidence,
    PastTrade,
)
from agents.briefs import BLIND_SESSION, render

YEAR_DAYS = 364
"""Fifty-two whole weeks: a Tuesday stays a Tuesday."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def inverted(evidence: Evidence) -> Evidence:
    """Return the evidence of the opposite path: who reasons from it changes sides, who remembers does not.

    Turned over, each in the way it allows for: returns of 5 to 120 sessions, of names and of the market,
    become the opposite in log terms (1 / (1 + r) - 1); forecasts swap `low` and `high` with their signs,
    `expected` changes sign, `rank` and `probability_up` are taken from 1; ends of similar trades and what
    followed similar markets change sign; breadth is taken from 1; the change and z-score of the volatility
    index change sign. The fall from a high becomes that of a path that rose as far (see `inverted_fall`).

    Left as they are: volatility and volume, which have no direction; rank ICs and hit rates, so that
    forecasters are believed as much as before; names, sectors, dates, prices, reports, headlines, macro
    levels other than the volatility index; the book and what is held of it, because it is the owner's;
    limits.
    """
    return replace(
        evidence,
        candidates=tuple(map(_opposite, evidence.candidates)),
        market=_opposite_market(evidence.market),
    )


def inverted_return(value: float | None) -> float | None:
    """Return the return that would undo a return; None where it is unknown or nothing is left."""
    return None if value is None or value <= -1 else 1 / (1 + value) - 1


def inverted_fall(fall: float | None, move: float | None) -> float | None:
    """Return the fall from a high on the opposite path, as far as end and high of the path say it.

    The opposite of a path that gained `move` and stands `fall` below its high has lost as much from its
    start, and stands that far below it; where it rose, it is at its high.
    """
    if fall is None or move is None:
        return fall
    undone = inverted_return(move)
    return fall if undone is None else min(undone, 0.0)


def restated(evidence: Evidence, days: int) -> Evidence:
    """Return the evidence so many days later (earlier if negative), and nothing else changed.

    Whole years are multiples of `YEAR_DAYS`. Every date moves by the same days, so that all distances
    stay: the session, days of macro readings, openings of similar trades, sessions of similar markets,
    moments of headlines, ends of reports, and dates in the reasons why something is missing. Words of
    headlines and ids of memories are not touched. Blind evidence has no dates, and stays as it is.
    """
    if evidence.session == BLIND_SESSION:
        return evidence
    move = timedelta(days=days)
    return replace(
        evidence,
        session=evidence.session + move,
        candidates=tuple(_moved(c, move) for c in evidence.candidates),
        market=_moved_market(evidence.market, move),
        missing={key: _moved_text(reason, move) for key, reason in evidence.missing.items()},
    )


def reordered(brief: str) -> str:
    """Return a brief that tells the same in the opposite order: its parts, their fields, columns and rows.

    Every row still has its own names and figures, so that an answer that changes was about the order.
    """
    parts = {key: _backwards(value) for key, value in reversed(json.loads(brief).items())}
    return render(parts)


def _backwards(part: Any) -> Any:
    """Return a part the other way round; a table keeps its cells below their columns."""
    if isinstance(part, dict) and set(part) == {"columns", "rows"}:
        rows = [list(reversed(row)) for row in reversed(part["rows"])]
        return {"columns": list(reversed(part["columns"])), "rows": rows}
    if isinstance(part, dict):
        return {key: _backwards(value) for key, value in reversed(part.items())}
    return [_backwards(each) for each in reversed(part)] if isinstance(part, list) else part


def _opposite(candidate: CandidateEvidence) -> CandidateEvidence:
    return replace(
        candidate,
        return_5=inverted_return(candidate.return_5),
        return_20=inverted_return(candidate.return_20),
        return_60=inverted_return(candidate.return_60),
        return_120=inverted_return(candidate.return_120),
        drawdown_60=inverted_fall(candidate.drawdown_60, candidate.return_60),
        forecasts=tuple(map(_opposite_forecast, candidate.forecasts)),
        similar=tuple(map(_opposite_trade, candidate.similar)),
    )


def _opposite_forecast(forecast: ForecastEvidence) -> ForecastEvidence:
    return replace(
        forecast,
        expected=-forecast.expected,
        low=-forecast.high,
        high=-forecast.low,
        probability_up=1 - forecast.probability_up,
        rank=1 - forecast.rank,
    )


def _opposite_trade(trade: PastTrade) -> PastTrade:
    return replace(trade, return_fraction=-trade.return_fraction)


def _opposite_market(market: MarketEvidence) -> MarketEvidence:
    return replace(
        market,
        return_5=inverted_return(market.return_5),
        return_20=inverted_return(market.return_20),
        return_60=inverted_return(market.return_60),
        drawdown_120=inverted_fall(market.drawdown_120, market.return_60),
        breadth=None if market.breadth is None else 1 - market.breadth,
        readings=tuple(map(_opposite_reading, market.readings)),
        similar_conditions=tuple(
            {key: _opposite_sequel(key, value) for key, value in each.items()}
            for each in market.similar_conditions
        ),
    )


def _opposite_sequel(key: str, value: float | str) -> float | str:
    return -value if key == "next_20" and not isinstance(value, str) else value


def _opposite_reading(reading: MacroReading) -> MacroReading:
    if reading.series_id != "VIX":
        return reading
    change, z = reading.change_20, reading.z_score
    return replace(reading, change_20=None if change is None else -change, z_score=None if z is None else -z)


def _moved(candidate: CandidateEvidence, move: timedelta) -> CandidateEvidence:
    return replace(
        candidate,
        similar=tuple(replace(t, opened=t.opened + move) for t in candidate.similar),
        report=None if candidate.report is None else _moved_fields(candidate.report, move, ("end_date",)),
    )


def _moved_market(market: MarketEvidence, move: timedelta) -> MarketEvidence:
    return replace(
        market,
        readings=tuple(replace(r, day=r.day + move) for r in market.readings),
        headlines=tuple(_moved_fields(h, move, ("known_at",)) for h in market.headlines),
        similar_conditions=tuple(_moved_fields(c, move, ("session",)) for c in market.similar_conditions),
    )


def _moved_fields(told: Mapping[str, Any], move: timedelta, names: tuple[str, ...]) -> dict[str, Any]:
    return {
        key: _moved_text(value, move) if key in names and isinstance(value, str) else value
        for key, value in told.items()
    }


def _moved_text(text: str, move: timedelta) -> str:
    """Move every date in a text; what only looks like one stays."""

    def later(found: re.Match[str]) -> str:
        try:
            return (date.fromisoformat(found[0]) + move).isoformat()
        except ValueError:
            return found[0]

    return _DATE.sub(later, text)

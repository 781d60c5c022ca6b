"""The quant researcher's rules: measured forecasts, trend, reversal and past trades, blended."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from agents.answers import CandidateView, QuantAnswer
from agents.offline_brief import Brief, Row, clip, grouped, percent, share, shrunk, squash
from fund.metrics.inference import Interval
from fund.signals.blend import confidence_of

FORECAST_SHARE, TREND_SHARE, REVERSAL_SHARE, OUTCOME_SHARE = 0.45, 0.35, 0.08, 0.25
OUTCOME_SCALE = 0.03
SESSIONS_A_YEAR = 252
MOST_VIEWS = 60


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of evidence: its contribution to conviction, and its words (empty when it says nothing)."""

    contribution: float
    words: str


def quant_answer(brief: Brief) -> QuantAnswer:
    """Return one view per candidate with any evidence."""
    trusts = {row["forecaster"]: trust(row) for row in brief.rows("forecasters")}
    forecasts, trades = grouped(brief.rows("forecasts")), grouped(brief.rows("similar_trades"))
    views = []
    for row in brief.rows("candidates")[:MOST_VIEWS]:
        ticker = row["ticker"]
        parts = (
            forecast_part(forecasts.get(ticker, []), trusts),
            trend_part(row),
            reversal_part(row),
            outcome_part(trades.get(ticker, [])),
        )
        words = "; ".join(part.words for part in parts if part.words)
        if words:
            conviction = round(clip(sum(part.contribution for part in parts), -1, 1), 2)
            views.append(CandidateView(ticker=ticker, conviction=conviction, reason=words[:600]))
    return QuantAnswer(views=views, summary=_summary(views, brief, trusts))


def trust(row: Row) -> float:
    """Return how far a forecaster is believed, 0 to 1, from its measured rank IC: `confidence_of` its record.

    An interval that holds 0 is the usual state of a true daily IC of 0.01, and no evidence of 0: to drop a
    forecaster there, and to follow it in full once the interval clears 0, makes the book turn on sampling
    noise. What costs least on average is the mean shrunk towards a prior by its own error (James and Stein
    1961; Efron and Morris 1973, JASA 68), and a view's worth is proportional to its IC (Grinold 1989, Journal
    of Portfolio Management 15), so that a record that cannot be told from the prior is worth a half, an edge
    up to 1, and one that erred beyond doubt nothing. Without a record there is no trust: the prior is one of
    forecasters that were judged out of sample. An interval by Student's t on few degrees of freedom is read
    as a normal one: its error comes out too large, which leans towards the prior.
    """
    ic, low, high, sessions = row["rank_ic"], row["rank_ic_low"], row["rank_ic_high"], row["sessions"]
    if ic is None or low is None or high is None:
        return 0.0
    return confidence_of(Interval(value=ic, low=low, high=high, n=sessions))


def forecast_part(forecasts: list[Row], trusts: Mapping[str, float]) -> Part:
    """Blend ranks by trust; without trust in any forecaster they carry nothing, and the words say so.

    Views of forecasters that resemble each other little add up (Grinold and Kahn 2000, "Active portfolio
    management", ch. 10), up to what one that is wholly trusted would say; where they differ they cancel out.
    """
    if not forecasts:
        return Part(0.0, "")
    weighted = [(trusts.get(row["forecaster"], 0.0), row) for row in forecasts]
    total = sum(weight for weight, _ in weighted)
    most, best = max(weighted, key=lambda pair: (pair[0], pair[1]["forecaster"]))
    move = percent(best["expected"])
    expects = "no expected move" if move == percent(0) else f"expected {move}"
    words = f"{best['forecaster']} rank {best['rank']:.2f}, {expects}"
    if total == 0:
        return Part(0.0, f"{words}, but no forecaster's record earns it trust")
    score = sum(weight * (2 * row["rank"] - 1) for weight, row in weighted) / max(1.0, total)
    return Part(FORECAST_SHARE * score, f"{words} (trust {most:.2f})")


def trend_part(row: Row) -> Part:
    """Read momentum over 60 and 120 sessions in units of what volatility alone would move."""
    volatility = row["volatility_20"]
    if not volatility:
        return Part(0.0, "")
    known = [(n, row[f"return_{n}"]) for n in (60, 120) if row[f"return_{n}"] is not None]
    if not known:
        return Part(0.0, "")
    moves = [squash(move / (volatility * math.sqrt(n / SESSIONS_A_YEAR)) / 2) for n, move in known]
    n, move = known[0]
    words = f"momentum {percent(move)} over {n} sessions at {share(volatility)} volatility"
    return Part(TREND_SHARE * sum(moves) / len(moves), words)


def reversal_part(row: Row) -> Part:
    """Lean a little against the last five sessions: short moves partly revert (Jegadeesh 1990)."""
    volatility, move = row["volatility_20"], row["return_5"]
    if not volatility or move is None:
        return Part(0.0, "")
    score = -squash(move / (volatility * math.sqrt(5 / SESSIONS_A_YEAR)) / 2)
    return Part(REVERSAL_SHARE * score, f"{percent(move)} in five sessions" if abs(score) > 0.7 else "")


def outcome_part(trades: list[Row]) -> Part:
    """Learn from how similar trades ended, the more of them the more."""
    known = [row["return"] for row in trades if row["return"] is not None]
    if not known:
        return Part(0.0, "")
    mean, n = sum(known) / len(known), len(known)
    score = squash(shrunk(mean, n) / OUTCOME_SCALE)
    words = f"{n} similar {'trade' if n == 1 else 'trades'} averaged {percent(mean)}"
    return Part(OUTCOME_SHARE * score, words)


def _summary(views: list[CandidateView], brief: Brief, trusts: Mapping[str, float]) -> str:
    believed = [f"{name} ({value:.2f})" for name, value in sorted(trusts.items()) if value > 0]
    buys = sum(view.conviction > 0 for view in views)
    proven = any(row["worth"] == "edge" for row in brief.rows("forecasters"))
    trusted = f"Forecasts are weighted by {', '.join(believed)}. " if believed else ""
    trusted += "" if proven else "No forecaster has a proven edge."
    return f"{buys} of {len(views)} views are positive over {brief.horizon} sessions. {trusted}".strip()[:600]

"""The scout's rules: forecasts, trend and past trades, weighed by what followed when the market was alike."""

from collections.abc import Mapping

from agents.answers import ScoutAnswer, ScoutPick
from agents.offline_brief import Brief, Row, clip, grouped, percent, share, shrunk, squash
from agents.offline_quant import forecast_part, outcome_part, trend_part, trust

MOST_PICKS = 30
CALM_VOLATILITY = 0.20
"""Annualised volatility of a name that is neither calm nor wild."""
FEAR_SHARE = 0.3
"""The most that calmness adds or takes when similar markets fell."""
FEAR_SCALE = 0.02


def scout_answer(brief: Brief) -> ScoutAnswer:
    """Return the candidates whose evidence speaks for a look, the best first."""
    trusts = {row["forecaster"]: trust(row) for row in brief.rows("forecasters")}
    forecasts, trades = grouped(brief.rows("forecasts")), grouped(brief.rows("similar_trades"))
    fear, known = _fear(brief)
    picks = []
    for row in brief.rows("candidates"):
        ticker = row["ticker"]
        pick = _pick(row, forecasts.get(ticker, []), trades.get(ticker, []), trusts, fear)
        if pick is not None:
            picks.append(pick)
    picks.sort(key=lambda pick: (-pick.conviction, pick.ticker))
    mood = (
        f"{known} similar markets lost on average, so calm names come first"
        if fear > 0
        else f"{known} similar markets speak against no kind of name"
    )
    return ScoutAnswer(
        picks=picks[:MOST_PICKS],
        summary=f"{len(picks)} of {len(brief.rows('candidates'))} names are worth a look; {mood}.",
    )


def _fear(brief: Brief) -> tuple[float, int]:
    """Return from 0 to 1 how much similar markets speak for calm names, and how many they are."""
    known = [row["next_20"] for row in brief.rows("similar_conditions") if row.get("next_20") is not None]
    mean = sum(known) / len(known) if known else 0.0
    return max(-squash(shrunk(mean, len(known)) / FEAR_SCALE), 0.0), len(known)


def _pick(
    row: Row, forecasts: list[Row], trades: list[Row], trusts: Mapping[str, float], fear: float
) -> ScoutPick | None:
    """Return a name's pick; None where nothing speaks for it."""
    parts = (forecast_part(forecasts, trusts), trend_part(row), outcome_part(trades))
    score, words = sum(part.contribution for part in parts), [part.words for part in parts if part.words]
    volatility = row["volatility_20"]
    if fear > 0 and volatility is not None:
        score += FEAR_SHARE * fear * squash((CALM_VOLATILITY - volatility) / CALM_VOLATILITY)
        words.append(f"volatility {share(volatility)}")
    move = row["return_20"]
    if move is not None:
        words.append(f"{percent(move)} over 20 sessions")
    if score <= 0:
        return None
    reason = "; ".join(words)[:600]
    return ScoutPick(ticker=row["ticker"], conviction=round(clip(score, 0, 1), 3), reason=reason)

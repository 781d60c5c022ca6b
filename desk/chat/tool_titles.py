"""What people call the tools: the titles of the steps on the page."""

import re

TITLES = {
    "alerts": "Alerts and what became of them",
    "attribution": "Attribution",
    "bakeoff": "The last bakeoff",
    "breaker": "Circuit breaker",
    "candles": "Candle chart",
    "clamps": "What the limits cut",
    "compare": "Comparison",
    "compare_forecasters": "Two forecasters compared",
    "concerns": "Warnings and what came of them",
    "confidence": "Calibration",
    "control.propose": "Preparing a command",
    "correlations": "Correlations",
    "decision": "Decision of a session",
    "difference": "What changed",
    "discovery": "Where the discovery stands",
    "discovery.performance": "Pickers compared",
    "discovery.suggestions": "What the discovery found",
    "drawdowns": "Drawdowns",
    "evaluations": "How the evaluations went",
    "forecast": "Forecasts for a name",
    "forecasters": "Forecasters and how they fare",
    "forecasters.compare": "Two forecasters compared",
    "forecasts": "Forecasts for a name",
    "forecasts.top": "Best forecasts",
    "held_on": "Holdings on a day",
    "holding_periods": "Holding periods",
    "holdings": "Holdings",
    "income": "Dividends and income",
    "jobs": "What the desk does by itself",
    "kill_switch": "Preparing the kill switch",
    "limits": "Limits and what is used of them",
    "market": "Market",
    "news_sentiment": "How the news leans",
    "outcomes_by": "Outcomes by group",
    "outlook": "What is expected of some names",
    "pause_trading": "Preparing a pause",
    "pairs": "Cointegrated pairs",
    "performance": "Performance",
    "picker_performance": "Pickers compared",
    "portfolio_state": "Portfolio",
    "query_records": "SQL over the records",
    "record": "A record whole",
    "records_schema": "What SQL can read",
    "refused": "What was refused",
    "regime": "State of the market",
    "requested_closes": "Closes asked for",
    "resume_trading": "Preparing a resumption",
    "returns_by": "Returns by period",
    "search": "Search of the records",
    "search_records": "Search of the records",
    "shadow_decisions": "What the shadows would have done",
    "shadows": "Shadows beside the committee",
    "similar": "Similar past trades",
    "similar_trades": "Similar past trades",
    "sql.ask": "SQL over the records",
    "sql.schema": "What SQL can read",
    "state": "Portfolio",
    "status": "Where the desk stands",
    "stress": "Stress test",
    "suggestions": "What the discovery found",
    "ticker": "A name's figures",
    "top_forecasts": "Best forecasts",
    "track_records": "Track records of the forecasters",
    "trades": "Trades",
    "volatility": "How far names may move",
    "watchlist": "Watchlist",
    "why": "Why a name was decided so",
}
"""By a tool's name, or by its last part where every room means the same by it."""

_CODE_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")


def tool_title(name: str) -> str:
    """Return a tool's title; one without a title of its own is spelt out, a title stays as it is."""
    title = TITLES.get(name) or TITLES.get(name.rpartition(".")[2])
    if title is not None:
        return title
    if not _CODE_NAME.fullmatch(name):
        return name
    spelt = ": ".join(part.replace("_", " ") for part in name.split("."))
    return spelt[:1].upper() + spelt[1:]

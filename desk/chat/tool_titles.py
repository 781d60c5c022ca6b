"""What people call the tools: the titles of the steps on the page."""

import re

TITLES = {
    "portfolio.holdings": "Holdings",
    "portfolio.held_on": "Holdings on a day",
    "portfolio.limits": "Limits and what is used of them",
    "portfolio.refused": "Orders refused",
    "portfolio.income": "Dividends and income",
    "portfolio.state": "Portfolio",
    "performance": "Performance",
    "performance.trades": "Trades",
    "performance.returns_by": "Returns by period",
    "performance.attribution": "Attribution",
    "decisions.decision": "Decision of a session",
    "decisions.why": "Why a name was decided so",
    "forecasts": "Forecasts for a name",
    "forecasts.top": "Best forecasts",
    "forecasts.track_records": "Track records of the forecasters",
    "memory.similar": "Similar past trades",
    "similar_trades": "Similar past trades",
    "top_forecasts": "Best forecasts",
    "control.propose": "Preparing a command",
    "control.breaker": "Circuit breaker",
    "breaker": "Circuit breaker",
    "status": "Where the desk stands",
    "market": "Market",
    "ticker": "A name's figures",
    "stress": "Stress test",
    "why": "Why a name was decided so",
    "decision": "Decision of a session",
    "ask.sql": "SQL over the records",
    "sql": "SQL over the records",
    "records.search": "Search of the records",
    "search_records": "Search of the records",
    "kill_switch": "Preparing the kill switch",
    "pause_trading": "Preparing a pause",
    "resume_trading": "Preparing a resumption",
}

_CODE_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")


def tool_title(name: str) -> str:
    """Return a tool's title; one without a title of its own is spelt out, a title stays as it is."""
    if name in TITLES:
        return TITLES[name]
    if not _CODE_NAME.fullmatch(name):
        return name
    spelt = ": ".join(part.replace("_", " ") for part in name.split("."))
    return spelt[:1].upper() + spelt[1:]

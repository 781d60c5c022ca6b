"""How positions are grouped to see where profit came from; what is measured is association, never a cause."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Literal

from fund.errors import NoDataError
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.earnings import Earned
from fund.risk.limits import UNKNOWN_SECTOR
from fund.risk.market_risk import measure_market
from tools.decisions import Views
from tools.heard import Heard, SeenForecast

By = Literal["ticker", "sector", "bucket", "forecaster", "role"]
UNRECORDED = "not on record"
NO_FORECAST = "no forecast on record"
MEASURED: Mapping[str, str] = {
    "ticker": "profit of all positions in one name",
    "sector": "profit of all positions in names of one sector",
    "bucket": "profit of positions by the bucket their name belonged to at the close of the session that "
    "opened them, under the present mandate's rule",
    "forecaster": "profit of positions by the forecaster that ranked the name highest in the decision that "
    "opened them; an association, not what the forecaster caused",
    "quant_researcher": "profit of positions by the sign of the quant researcher's conviction when they were "
    "opened; an association",
    "validator": "profit of positions that were opened although the validator had raised a concern, and of "
    "the others; an association, and what a concern kept out of the book is not in it",
    "risk_officer": "profit of positions that the risk officer had cut when they were opened, and of the "
    "others; an association, and at the size they were cut to",
}
"""What each way of grouping measures, in words for the reader."""
WITH: Mapping[str, str] = {
    "quant_researcher": "conviction above 0",
    "validator": "concern raised",
    "risk_officer": "factor below 1",
}
WITHOUT: Mapping[str, str] = {
    "quant_researcher": "conviction of 0 or below",
    "validator": "no concern",
    "risk_officer": "no cut",
}
Grouping = Callable[[Earned], str]


def sector_of(view: MarketView) -> Grouping:
    """Return what names the sector of a position."""

    def named(position: Earned) -> str:
        with suppress(NoDataError):
            return view.instrument(position.ticker).sector or UNKNOWN_SECTOR
        return UNKNOWN_SECTOR

    return named


def bucket_of(positions: Sequence[Earned], views: Views, mandate: Mandate) -> Grouping:
    """Return what names the bucket of a position, as its name stood on the close that opened it."""
    opened: dict[date, list[Earned]] = {}
    for position in positions:
        opened.setdefault(position.opened, []).append(position)
    found: dict[tuple[str, date], str] = {}
    for session, together in opened.items():
        names = {position.opened_as: Decimal(-1 if position.short else 1) for position in together}
        view = views(session)
        known = sorted(names.keys() & view.tickers())
        market = measure_market(view, known, mandate.benchmark, sessions=mandate.limits.var_sessions)
        buckets = mandate.limits.buckets.buckets_of(names, market.volatilities)
        found |= {(ticker, session): bucket for ticker, bucket in buckets.items()}
    return lambda position: found[position.opened_as, position.opened]


def forecaster_of(heard: Mapping[Earned, Heard]) -> Grouping:
    """Return what names the forecaster that ranked a position highest when it was opened."""

    def named(position: Earned) -> str:
        best = highest(heard.get(position), position)
        return best.forecaster if best is not None else NO_FORECAST

    return named


def highest(heard: Heard | None, position: Earned) -> SeenForecast | None:
    """Return the forecast with the highest rank among those the committee saw; of equals the first."""
    seen = heard.seen(position.opened_as) if heard is not None else None
    ranked = [forecast for forecast in seen.forecasts if forecast.rank is not None] if seen else []
    return max(ranked, key=lambda forecast: forecast.rank or 0.0, default=None)


def intervention_of(role: str, heard: Mapping[Earned, Heard]) -> Grouping:
    """Return what tells whether a role had intervened when a position was opened."""

    def named(position: Earned) -> str:
        found = heard.get(position)
        if found is None or not found.answered(role):
            return UNRECORDED
        figure = found.figure(role, position.opened_as)
        if role == "quant_researcher":
            if figure is None:
                return "no view"
            return WITH[role] if figure > 0 else WITHOUT[role]
        acted = figure is not None and (role == "validator" or figure < 1)
        return WITH[role] if acted else WITHOUT[role]

    return named

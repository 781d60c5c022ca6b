"""Answers that need several tools of the desk."""

from dataclasses import dataclass
from datetime import date

from fund.forecasting.explaining.explanation import Explanation
from fund.forecasting.forecast import Forecast
from fund.market.facts import Headline
from graph.desk_control import DeskStatus
from tools.forecasts import ForecasterRecord
from tools.market import MarketSnapshot, SeriesReading, TickerSnapshot
from tools.memory import SimilarTrade
from tools.portfolio import Holding, OpenOrder
from tools.requested_closes import RequestedClose
from tools.track_record import TradeResult


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerAnswer:
    """How one ticker stands: its price and its way, what is held of it, and what it has brought so far."""

    session: date
    snapshot: TickerSnapshot
    holding: Holding | None
    closed: tuple[TradeResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastAnswer:
    """What the forecasters say of one ticker on the desk's session."""

    ticker: str
    name: str
    session: date
    forecasts: tuple[Forecast, ...]
    place: tuple[int, int] | None
    """(place, number of names) by the desk's own forecaster, 1 is the best."""
    track_records: tuple[ForecasterRecord, ...]
    explanation: Explanation | None = None
    """Why the desk's own forecaster ranks it there; None where it cannot tell."""
    unavailable: tuple[str, ...] = ()
    """Forecasters that should have spoken and could not, with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopForecasts:
    """The names the desk's own forecaster ranks highest."""

    session: date
    names: int
    forecasts: tuple[Forecast, ...]
    track_records: tuple[ForecasterRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarAnswer:
    """Closed trades of the desk that began as a trade in this ticker would begin now."""

    ticker: str
    name: str
    session: date
    trades: tuple[SimilarTrade, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketAnswer:
    """The market as a whole, macro readings against their own last year, and the news."""

    market: MarketSnapshot
    readings: tuple[SeriesReading, ...]
    headlines: tuple[Headline, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingNow:
    """Where the desk stands, and whether it trades."""

    desk: DeskStatus
    trading: str
    """running, reducing, paused (by a person) or halted."""
    since: str
    reason: str
    refused: int = 0
    """What was refused in the last session; `refused` of the portfolio tells it."""
    closes: tuple[RequestedClose, ...] = ()
    """What the owner has asked to be closed and is not done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What the next session begins with."""

    now: TradingNow
    orders: tuple[OpenOrder, ...]

"""What the dashboard shows, read from the same tools that answer in the chat."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, TypeVar

from db.record_codec import to_json
from desk.web.face import DeskFace, StatusPage
from fund.errors import QueryRefusedError
from graph.desk_tools import DeskTools
from tools.exposure import LimitsReport
from tools.portfolio import Portfolio
from tools.spans import ALL_SESSIONS
from tools.told import CycleSummary
from tools.track_record import DailyValue, TradeList

T = TypeVar("T")
TRADES_OVER = "60"
"""Sessions the trade log reaches back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """The desk at one moment; None where nothing has been played yet."""

    page: StatusPage
    portfolio: Portfolio | None
    limits: LimitsReport | None
    decision: CycleSummary | None
    trades: TradeList | None
    closes: tuple[DailyValue, ...]
    mark: str
    """Changes whenever something shown may have changed."""


class DashboardReader:
    """Reads the dashboard; every call may block."""

    def __init__(self, desk: DeskFace, tools: DeskTools) -> None:
        self._desk = desk
        self._tools = tools

    def read(self) -> Dashboard:
        """Return everything that is shown."""
        tools = self._tools
        chart = _known(lambda: tools.performance.equity_chart_over(ALL_SESSIONS))
        return Dashboard(
            mark=self.mark(),
            page=self._desk.status(),
            portfolio=_known(tools.portfolio.holdings),
            limits=_known(tools.portfolio.limits),
            decision=_known(tools.decisions.decision),
            trades=_known(lambda: tools.performance.trades(TRADES_OVER)),
            closes=chart.values if chart else (),
        )

    def pulse(self) -> dict[str, Any]:
        """Return in little what a listener wants to hear of: clock, trading, health."""
        now = self._tools.status()
        health = {item.name: item.ok for item in self._desk.health()}
        return {
            "session": _iso(now.desk.session),
            "unplayed": now.desk.unplayed,
            "trading": now.trading,
            "since": now.since,
            "reason": now.reason,
            "refused": now.refused,
            "health": health,
        }

    def mark(self) -> str:
        """Return a short text that changes with what `pulse` tells."""
        return mark_of(self.pulse())


def mark_of(pulse: dict[str, Any]) -> str:
    """Return the fingerprint of a pulse."""
    return sha256(to_json(pulse).encode()).hexdigest()[:16]


def _known(read: Callable[[], T]) -> T | None:
    """Return what a tool answers; None where it says that there is nothing yet."""
    try:
        return read()
    except QueryRefusedError:
        return None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None

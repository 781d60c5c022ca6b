"""Backtests by name: the committee's rivals over the desk's own history."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from desk.bootstrap import Desk
from desk.progress import ProgressSink
from fund.backtest.engine import run_backtest
from fund.backtest.report import BacktestReport, report_on
from fund.backtest.strategies import BuyAndHold, EqualWeight, Momentum121, unconstrained
from fund.cycle import Strategy
from fund.errors import ConfigError
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal
from fund.risk.limits import WEIGHT_STEP
from tools.forecasts import ForecastTools

NAMES_HELD = 20


@dataclass(frozen=True, slots=True)
class ForecasterOnly:
    """Equal weights in the names the desk's own forecaster ranks highest, renewed every horizon.

    What the committee has to beat: the same forecasts without anybody thinking about them.
    """

    forecasts: ForecastTools
    count: int = NAMES_HELD

    @property
    def name(self) -> str:
        """A short name for records."""
        return f"forecaster only, {self.count} names"

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        """Return the best-ranked members in equal parts, every horizon; None in between."""
        if len(view.sessions(10_000)) % mandate.horizon_sessions and book.positions:
            return None
        members = view.members()
        ranked = sorted(
            (f[0] for t, f in self.forecasts.by_ticker(view.session).items() if t in members),
            key=lambda f: (-f.rank, f.ticker),
        )
        if not ranked:
            return None
        limits = mandate.limits
        invested = min(limits.max_gross, limits.max_net, 1 - limits.min_cash)
        weight = (invested / self.count).quantize(WEIGHT_STEP, rounding=ROUND_DOWN)
        chosen = {forecast.ticker: weight for forecast in ranked[: self.count]}
        return Proposal(weights={ticker: Decimal(0) for ticker in book.positions} | chosen)


STRATEGIES: Mapping[str, Callable[[Desk], tuple[Strategy, Mandate]]] = {
    "buy-and-hold": lambda desk: (BuyAndHold(desk.mandate.benchmark), unconstrained(desk.mandate)),
    "equal-weight": lambda desk: (EqualWeight(), unconstrained(desk.mandate)),
    "momentum": lambda desk: (Momentum121(), desk.mandate),
    "forecaster": lambda desk: (ForecasterOnly(desk.forecasts), desk.mandate),
}
"""Name to the strategy and the mandate it runs under; baselines run without limits."""


def run_named(
    desk: Desk, name: str, first: date | None, last: date | None, progress: ProgressSink
) -> BacktestReport:
    """Run a strategy from `first` to `last`, by default over what the desk has replayed so far."""
    strategy, mandate = STRATEGIES[name](desk)
    sessions = desk.history.panel.sessions
    start = first or next((s for s in sessions if desk.forecasts.by_ticker(s)), sessions[0])
    end = last or desk.player.last_session() or desk.last_replayed
    if start >= end:
        raise ConfigError(_no_span(first, last, start, end))
    total = len(desk.history.calendar.sessions(start, end))
    done = 0

    def count(*_: object) -> None:
        nonlocal done
        done += 1
        progress(f"Backtest of {strategy.name}", done, total)

    return report_on(run_backtest(strategy, desk.history, mandate, start, end, count), desk.history)


def _no_span(first: date | None, last: date | None, start: date, end: date) -> str:
    """Say which option leaves no session between two days; one that was not given is not to blame."""
    if last is None and first is not None:
        return f"--from must be before {end}, the last session the desk has played, was {start}"
    if first is None and last is not None:
        return f"--to must be after {start}, the first session with forecasts, was {end}"
    return f"--from must be before --to, was {start} and {end}"

"""What named shocks and hypothetical ones would do to the book, position by position.

A stress move is a case to be ready for, no forecast. Every position says what its move rests on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np

from fund.errors import NoDataError, QueryRefusedError
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.marking import current_mark
from fund.risk.limits import UNKNOWN_SECTOR
from fund.risk.sensitivities import beta_of, covariance_of, yield_slope_of
from fund.risk.stress_moves import FUNDS, SHOCKS, Shock

ZERO = Decimal(0)
CENT = Decimal("0.01")
MOVE_STEP = Decimal("0.000001")
SIGMAS = 2
"""How many standard deviations the bad day of the volatility scenarios is."""
SCENARIOS: Mapping[str, str] = {
    **{name: shock.title for name, shock in SHOCKS.items()},
    "market-down": "The market falls by 10 %",
    "rates-up": "The ten-year yield rises by 100 basis points, the market unchanged",
    "volatility-doubles": f"A day of {SIGMAS} standard deviations against us, at twice the volatility",
    "sector-down": "The largest sector of the book falls by 20 %",
    "correlations-one": f"A day of {SIGMAS} standard deviations against us, all correlations at 1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionStress:
    """One position under one scenario."""

    ticker: str
    weight: Decimal
    """Fraction of equity, negative for shorts."""
    move: Decimal
    """Of the price, as a fraction."""
    pnl: Decimal
    """USD."""
    basis: str
    """observed, sector, beta, market (beta taken as 1), yield slope, volatility, assumed or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StressResult:
    """One scenario over the whole book; the positions add up to the total exactly."""

    scenario: str
    description: str
    source: str
    pnl_usd: Decimal
    fraction: Decimal
    """Of equity."""
    positions: tuple[PositionStress, ...]
    """The largest loss first."""
    sample: int | None
    """Sessions of the shortest estimate behind a move; None where nothing was estimated."""
    caveats: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    value: float
    basis: str
    sample: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    source: str
    moves: Mapping[str, _Move]
    caveats: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    view: MarketView
    benchmark: str
    weights: Mapping[str, Decimal]

    def sector(self, ticker: str) -> str:
        """Return the sector a name counts under."""
        try:
            return self.view.instrument(ticker).sector or UNKNOWN_SECTOR
        except NoDataError:
            return UNKNOWN_SECTOR

    def with_market(self, ticker: str, market: float) -> _Move:
        """Return the move of a name by its beta; by a beta of 1, named so, where none is known."""
        beta = beta_of(self.view, ticker, self.benchmark)
        if beta is None:
            return _Move(value=market, basis="market")
        return _Move(value=max(beta.value * market, -1.0), basis="beta", sample=beta.n)


def stress_all(view: MarketView, book: Book, benchmark: str) -> tuple[StressResult, ...]:
    """Return every scenario over a book, in the order of `SCENARIOS`."""
    return tuple(stress(name, view, book, benchmark) for name in SCENARIOS)


def stress(
    scenario: str, view: MarketView, book: Book, benchmark: str, market_move: Decimal = Decimal("-0.10")
) -> StressResult:
    """Return what a scenario would do to a book at a view's marks; shorts gain where prices fall.

    `market_move` is used by "market-down" alone. Raises `QueryRefusedError` for an unknown scenario.
    """
    if scenario not in SCENARIOS:
        known = ", ".join(SCENARIOS)
        raise QueryRefusedError(f"a scenario was expected, found {scenario!r}; known: {known}")
    if not (market_move.is_finite() and -1 <= market_move <= 1):
        raise QueryRefusedError(f"a market move is between -100 % and 100 %, was {market_move:.2%}")
    marks = {ticker: current_mark(view, ticker) for ticker in book.positions}
    prices = {ticker: mark.price for ticker, mark in marks.items()}
    weights = book.weights(prices) if book.positions else {}
    held = _Held(view=view, benchmark=benchmark, weights=weights)
    if not weights:
        case = _Case(source="", moves={}, caveats=("Nothing is held, so no price can move the book.",))
    elif scenario in SHOCKS:
        case = _shock(held, SHOCKS[scenario])
    elif scenario == "market-down":
        case = _market(held, float(market_move))
    else:
        case = _OTHERS[scenario](held)
    stale = sorted(ticker for ticker, mark in marks.items() if mark.stale)
    caveats = (*case.caveats, f"Stale marks: {', '.join(stale)}.") if stale else case.caveats
    values = {ticker: position.quantity * prices[ticker] for ticker, position in book.positions.items()}
    rows = [_row(ticker, weights[ticker], values[ticker], move) for ticker, move in case.moves.items()]
    total = sum((row.pnl for row in rows), ZERO)
    samples = [move.sample for move in case.moves.values() if move.sample is not None]
    return StressResult(
        scenario=scenario,
        description=case.description or SCENARIOS[scenario],
        source=case.source,
        pnl_usd=total,
        fraction=(total / book.equity(prices)).quantize(MOVE_STEP) if rows else ZERO,
        positions=tuple(sorted(rows, key=lambda row: (row.pnl, row.ticker))),
        sample=min(samples, default=None),
        caveats=caveats,
    )


def _row(ticker: str, weight: Decimal, value: Decimal, move: _Move) -> PositionStress:
    moved = Decimal(repr(move.value)).quantize(MOVE_STEP, rounding=ROUND_HALF_EVEN)
    pnl = (value * moved).quantize(CENT, rounding=ROUND_HALF_EVEN)
    return PositionStress(ticker=ticker, weight=weight, move=moved, pnl=pnl, basis=move.basis)


def _shock(held: _Held, shock: Shock) -> _Case:
    moves = {ticker: _in_shock(held, ticker, shock) for ticker in held.weights}
    estimated = sorted(ticker for ticker, move in moves.items() if move.basis != "observed")
    caveats = [f"Estimated, not observed: {', '.join(estimated)}."] if estimated else []
    if shock.last > held.view.session:
        caveats.append("This happened after the desk's clock: only its stored moves are used.")
    span = f"{shock.first.isoformat()} to {shock.last.isoformat()}"
    return _Case(
        source=f"{span}; {FUNDS} where a name's own bars do not cover it",
        moves=moves,
        caveats=tuple(caveats),
    )


def _in_shock(held: _Held, ticker: str, shock: Shock) -> _Move:
    if (own := _observed(held.view, ticker, shock)) is not None:
        return _Move(value=own, basis="observed")
    sector = shock.sectors.get(held.sector(ticker))
    if sector is not None:
        return _Move(value=sector, basis="sector")
    return held.with_market(ticker, shock.market)


def _observed(view: MarketView, ticker: str, shock: Shock) -> float | None:
    """Return a name's own total return over a shock; None unless it has a bar of both closes."""
    if shock.last > view.session:
        return None
    days = [bar.session for bar in view.bars(ticker, 2520)]
    if shock.first not in days or shock.last not in days:
        return None
    index = view.total_return_index(ticker, len(days))
    return float(index[days.index(shock.last)] / index[days.index(shock.first)] - 1)


def _market(held: _Held, move: float) -> _Case:
    return _Case(
        source=f"hypothetical; betas to {held.benchmark} over the last year",
        moves={ticker: held.with_market(ticker, move) for ticker in held.weights},
        caveats=("Betas rise in real falls, and names part from them.",),
        description=f"The market {'falls' if move < 0 else 'rises'} by {abs(move) * 100:g} %",
    )


def _rates(held: _Held) -> _Case:
    slopes = {ticker: yield_slope_of(held.view, ticker, held.benchmark) for ticker in held.weights}
    return _Case(
        source=f"hypothetical; slopes on {held.benchmark} and the ten-year Treasury yield, last year",
        moves={
            ticker: _Move(value=0.0, basis="none")
            if slope is None
            else _Move(value=max(slope.value, -1.0), basis="yield slope", sample=slope.n)
            for ticker, slope in slopes.items()
        },
        caveats=(
            "The slopes come from daily changes of a few basis points and are drawn out to 100 in a line.",
            *_untold(slopes),
        ),
    )


def _untold(slopes: Mapping[str, object]) -> tuple[str, ...]:
    missing = sorted(ticker for ticker, slope in slopes.items() if slope is None)
    return (f"No slope is known, so no move is shown: {', '.join(missing)}.",) if missing else ()


def _sector(held: _Held) -> _Case:
    sizes: dict[str, Decimal] = {}
    for ticker, weight in held.weights.items():
        sector = held.sector(ticker)
        sizes[sector] = sizes.get(sector, ZERO) + abs(weight)
    largest = max(sorted(sizes), key=lambda sector: sizes[sector])
    return _Case(
        source="hypothetical; every name of the sector alike, the others unchanged",
        moves={
            ticker: _Move(value=-0.2 if held.sector(ticker) == largest else 0.0, basis="assumed")
            for ticker in held.weights
        },
        description=f"{largest}, the largest sector of the book, falls by 20 %",
    )


def _volatility(held: _Held, *, times: float, correlated: bool) -> _Case:
    """Share out a bad day by Euler's rule: each name by its covariance with the book."""
    tickers = sorted(held.weights)
    estimate = covariance_of(held.view, tickers, held.benchmark)
    source = "hypothetical; daily covariance over the last year's common sessions"
    if estimate is None:
        nothing = {ticker: _Move(value=0.0, basis="none") for ticker in tickers}
        return _Case(source=source, moves=nothing, caveats=("Too few common sessions to estimate it.",))
    covariance, replaced, sample = estimate
    if correlated:
        deviations = np.sqrt(np.diag(covariance))
        covariance = np.outer(deviations, deviations)
    weights = np.array([float(held.weights[ticker]) for ticker in tickers])
    sigma = float(np.sqrt(max(float(weights @ covariance @ weights), 0.0)))
    shares = covariance @ weights / sigma if sigma > 0 else np.zeros(len(tickers))
    moves = -SIGMAS * times * shares
    stand_ins = (f"The benchmark stands in for {', '.join(replaced)}.",) if replaced else ()
    return _Case(
        source=source,
        moves={
            ticker: _Move(value=float(move), basis="volatility", sample=sample)
            for ticker, move in zip(tickers, moves, strict=True)
        },
        caveats=(f"Daily volatility of the book, so stressed: {sigma * times:.2%} of equity.", *stand_ins),
    )


_OTHERS: Mapping[str, Callable[[_Held], _Case]] = {
    "rates-up": _rates,
    "volatility-doubles": lambda held: _volatility(held, times=2.0, correlated=False),
    "sector-down": _sector,
    "correlations-one": lambda held: _volatility(held, times=1.0, correlated=True),
}

"""What a decision measures of its names before the review, and only what a limit asks for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_UP, Decimal

import numpy as np

from fund.market.true_range import relative_true_range
from fund.market.view import MarketView
from fund.risk.buckets import UNLIMITED
from fund.risk.limits import RiskLimits
from fund.risk.market_risk import MarketRisk, measure_market

STOP_SESSIONS = 14
"""The average true range of Wilder (1978), New Concepts in Technical Trading Systems."""
STOP_MULTIPLE = Decimal(3)
"""How many average true ranges away a stop is, where nobody says otherwise."""
STEP = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """What the limits need to know of the names; see `ReviewContext`."""

    market: MarketRisk | None = None
    daily_volume: Mapping[str, Decimal] = field(default_factory=dict)
    stop_distance: Mapping[str, Decimal] = field(default_factory=dict)


NOTHING_MEASURED = Measured()


def measure(
    view: MarketView,
    prices: Mapping[str, Decimal],
    limits: RiskLimits,
    *,
    benchmark: str,
    equity: Decimal,
    stop_distance: Mapping[str, Decimal] | None = None,
) -> Measured:
    """Measure what the limits ask for of the names of `prices` (USD), held or proposed, stale ones too.

    `equity` is that of the account in USD. `stop_distance` is ticker to fraction of the price, of the
    stops in force; without it the stop is taken `STOP_MULTIPLE` average true ranges away.
    """
    market = None
    if limits.measures_returns or limits.buckets.binding:
        clustered = limits.max_cluster < UNLIMITED
        market = measure_market(
            view,
            sorted(prices),
            benchmark,
            sessions=limits.var_sessions,
            cluster_correlation=float(limits.cluster_correlation) if clustered else None,
        )
    volume: Mapping[str, Decimal] = {}
    if limits.max_volume_share < UNLIMITED and equity > 0:
        volume = daily_volumes(view, prices, equity, limits.volume_sessions)
    if stop_distance is None:
        stop_distance = stop_distances(view, prices) if limits.max_loss_to_stop < UNLIMITED else {}
    return Measured(market=market, daily_volume=volume, stop_distance=stop_distance)


def daily_volumes(
    view: MarketView, prices: Mapping[str, Decimal], equity: Decimal, sessions: int
) -> dict[str, Decimal]:
    """Return average shares a day at today's price as a fraction of equity, of every name that has some."""
    found = {}
    for ticker, price in sorted(prices.items()):
        shares = view.average_volume(ticker, sessions)
        if np.isfinite(shares) and shares > 0:
            found[ticker] = (Decimal(shares) * price / equity).quantize(STEP, rounding=ROUND_DOWN)
    return found


def stop_distances(
    view: MarketView,
    tickers: Iterable[str],
    *,
    sessions: int = STOP_SESSIONS,
    multiple: Decimal = STOP_MULTIPLE,
) -> dict[str, Decimal]:
    """Return how far away an ATR stop is, as a fraction of the last close, of every name with enough bars."""
    found = {}
    for ticker in sorted(tickers):
        reach = relative_true_range(view, ticker, sessions)
        if reach is not None:
            found[ticker] = min((multiple * reach).quantize(STEP, rounding=ROUND_UP), Decimal(1))
    return found

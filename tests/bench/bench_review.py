"""How long the limits take over a book of 500 names, everything measured and everything cut."""

from collections.abc import Iterator
from decimal import Decimal

from desk.mandate import load_mandate
from fund.metrics.tail import tail_risk
from fund.risk.limits import ReviewContext, RiskLimits
from fund.risk.market_risk import MarketRisk, market_risk
from fund.risk.measured import measure as measure_names
from fund.risk.review import review
from support.benchmark import Figure, median, percentile_95, timed
from support.checkout import ROOT
from support.mandates import some_limits
from support.market_risks import BENCHMARK, matrix_of, some_returns
from support.views import FakeView

NAMES, SESSIONS, REPEATS = 500, 252, 60
SECTORS = 11
TICKERS = [f"T{number:03d}" for number in range(NAMES)]
HELD = {t: Decimal("0.0020") for t in TICKERS[: NAMES // 2]}
ASKED = {t: Decimal(5 + number % 50) / 10_000 for number, t in enumerate(TICKERS)}


def measure() -> Iterator[Figure]:
    """Review books of 500 names: of returns in memory, measured anew each time, and of what was measured."""
    past = some_returns(TICKERS, sessions=SESSIONS, seed=1)
    names, returns = matrix_of(past)
    shipped = load_mandate(ROOT / "mandate.toml").limits
    for what, limits in (("everything cut", _tight(shipped)), ("under the mandate", shipped)):
        cluster = float(limits.cluster_correlation)

        def whole(limits: RiskLimits = limits, cluster: float = cluster) -> object:
            market = market_risk(names, returns, BENCHMARK, cluster_correlation=cluster)
            return review(ASKED, limits, _context(market))

        measured = _context(market_risk(names, returns, BENCHMARK, cluster_correlation=cluster))

        def cut(limits: RiskLimits = limits, context: ReviewContext = measured) -> object:
            return review(ASKED, limits, context)

        runs = [1000 * seconds for seconds in timed(whole, repeats=REPEATS)]
        yield median(f"review of {NAMES} names from their returns, {what}", "ms", runs, bound=20)
        yield percentile_95(f"review of {NAMES} names from their returns, {what}", "ms", runs)
        cpu = [1000 * seconds for seconds in timed(whole, repeats=REPEATS, cpu=True)]
        yield median(f"review of {NAMES} names from their returns, {what}, our processor time", "ms", cpu)
        alone = [1000 * seconds for seconds in timed(cut, repeats=REPEATS)]
        yield median(f"review of {NAMES} names once measured, {what}", "ms", alone, bound=20)
    view = FakeView(prices=dict.fromkeys((*TICKERS, BENCHMARK), Decimal(100)), returns=past)
    prices = dict.fromkeys(TICKERS, Decimal(100))
    seen = timed(
        lambda: measure_names(view, prices, shipped, benchmark=BENCHMARK, equity=Decimal(10**9)), repeats=20
    )
    yield median(f"measuring {NAMES} names from a view, {SESSIONS} sessions", "ms", [1000 * s for s in seen])
    path = returns[:, :NAMES].mean(axis=1)
    fits = iter(range(1, 100))
    garch = timed(lambda: tail_risk(path * (1 + next(fits) / 1000), 0.95, "garch"), repeats=20)
    yield median("VaR and CVaR of a book by GARCH, fitted", "ms", [1000 * s for s in garch])


def _tight(shipped: RiskLimits) -> RiskLimits:
    """Return limits of which nearly every one cuts."""
    return some_limits(
        max_position=Decimal("0.01"),
        max_sector=Decimal("0.08"),
        max_names=NAMES,
        min_cash=Decimal("0.05"),
        max_cluster=Decimal("0.3"),
        cluster_correlation=Decimal("0.2"),
        max_var=Decimal("0.004"),
        max_cvar=Decimal("0.005"),
        max_beta=Decimal("0.4"),
        max_daily_turnover=Decimal("0.3"),
        max_volume_share=Decimal("0.05"),
        max_loss_to_stop=Decimal("0.01"),
        buckets=shipped.buckets,
    )


def _context(market: MarketRisk) -> ReviewContext:
    return ReviewContext(
        current=HELD,
        sectors={t: f"Sector {number % SECTORS}" for number, t in enumerate(TICKERS)},
        untradable={},
        min_trade=Decimal("0.005"),
        market=market,
        daily_volume=dict.fromkeys(TICKERS, Decimal("0.5")),
        stop_distance=dict.fromkeys(TICKERS, Decimal("0.06")),
    )

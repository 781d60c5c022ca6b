"""How long the limits take over a book of 500 names, everything measured and everything cut."""

from collections.abc import Iterator
from decimal import Decimal

from desk.mandate import load_mandate
from fund.metrics.tail import tail_risk
from fund.risk.limits import ReviewContext
from fund.risk.market_risk import market_risk
from fund.risk.review import review
from support.benchmark import Figure, median, percentile_95, timed
from support.checkout import ROOT
from support.mandates import some_limits
from support.market_risks import BENCHMARK, matrix_of, some_returns

NAMES, SESSIONS, REPEATS = 500, 252, 40
SECTORS = 11


def measure() -> Iterator[Figure]:
    """Review books of 500 names under the limits of the mandate, the past measured anew each time."""
    tickers = [f"T{number:03d}" for number in range(NAMES)]
    names, returns = matrix_of(some_returns(tickers, sessions=SESSIONS, seed=1))
    shipped = load_mandate(ROOT / "mandate.toml").limits
    tight = some_limits(
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
    for what, limits in (("everything cut", tight), ("under the mandate", shipped)):
        held = {t: Decimal("0.0020") for t in tickers[: NAMES // 2]}
        asked = {t: Decimal(5 + number % 50) / 10_000 for number, t in enumerate(tickers)}
        cluster = float(limits.cluster_correlation)

        def whole(limits=limits, held=held, asked=asked, cluster=cluster) -> object:  # type: ignore[no-untyped-def]
            market = market_risk(names, returns, BENCHMARK, cluster_correlation=cluster)
            context = ReviewContext(
                current=held,
                sectors={t: f"Sector {number % SECTORS}" for number, t in enumerate(tickers)},
                untradable={},
                min_trade=Decimal("0.005"),
                market=market,
                daily_volume=dict.fromkeys(tickers, Decimal("0.5")),
                stop_distance=dict.fromkeys(tickers, Decimal("0.06")),
            )
            return review(asked, limits, context)

        runs = [1000 * seconds for seconds in timed(whole, repeats=REPEATS)]
        yield median(f"review of {NAMES} names, {what}", "ms", runs, bound=20)
        yield percentile_95(f"review of {NAMES} names, {what}", "ms", runs)
        cpu = [1000 * seconds for seconds in timed(whole, repeats=REPEATS, cpu=True)]
        yield median(f"review of {NAMES} names, {what}, our processor time", "ms", cpu)
    path = returns[:, :NAMES].mean(axis=1)
    fits = iter(range(1, 100))
    garch = timed(lambda: tail_risk(path * (1 + next(fits) / 1000), 0.95, "garch"), repeats=20)
    yield median("VaR and CVaR of a book by GARCH, fitted", "ms", [1000 * s for s in garch])

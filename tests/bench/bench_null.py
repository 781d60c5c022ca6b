"""The whole pipeline on random walks, where nothing is to be found: what it finds and reports."""

from collections import defaultdict
from collections.abc import Iterator
from statistics import fmean
from time import process_time

from scipy.stats import beta

from fund.forecasting.families.baseline import RidgeForecaster
from support.benchmark import Figure, counted, single
from support.forecasters import A_GBM
from support.null_runs import NullRun, edges_reported, null_runs

RUNS = 300
HORIZONS = (1, 5, 20)
MOST = 24
"""At 5 % each, three hundred runs give 15 on average, and at most 24 in 99 of 100 such three hundreds."""
REPORTED = RUNS // 20
"""What the desk reports is an edge among all that it judged: in 5 of 100 runs at most."""
ALARMS = 15
"""An alarm is about size: over 20 sessions the 300 judged are 15 apart, and chance alone goes beyond 0.10."""
COVERED = (78.0, 82.0)


def exact_share(successes: int, n: int) -> tuple[float, float]:
    """The 95 % bounds of Clopper and Pearson (1934) of a share."""
    low = float(beta.ppf(0.025, successes, n - successes + 1)) if successes else 0.0
    high = float(beta.ppf(0.975, successes + 1, n - successes)) if successes < n else 1.0
    return low, high


def measure() -> Iterator[Figure]:
    """Train on 40 names over 420 sessions, features to card, three hundred times."""
    started = process_time()
    found: dict[tuple[str, int], list[NullRun]] = defaultdict(list)
    alone = reported = 0
    for seed in range(RUNS):
        cells = tuple(null_runs(seed, (A_GBM, RidgeForecaster()), HORIZONS))
        alone += any(cell.rank_ic.low > 0 for cell in cells)
        reported += edges_reported(cells) > 0
        for run in cells:
            found[run.forecaster, run.horizon_sessions].append(run)
    yield counted("whole runs: an edge reported, among six claims", f"of {RUNS}", reported, bound=REPORTED)
    low, high = exact_share(reported, RUNS)
    for name, bound in (("lower", low), ("upper", high)):
        yield Figure(
            what=f"whole runs: an edge reported, {name} bound",
            value=100 * bound,
            unit="%",
            statistic=f"95 %, Clopper and Pearson, {RUNS} runs",
        )
    yield counted("whole runs: a rank IC above 0, each claim looked at alone", f"of {RUNS}", alone)
    for (forecaster, horizon), runs in sorted(found.items()):
        what = f"{forecaster}, {horizon} session{'s' if horizon > 1 else ''}"
        significant = sum(run.rank_ic_significant for run in runs)
        yield counted(f"{what}: rank IC significant at 5 %", f"of {RUNS}", significant, bound=MOST)
        sharpe = sum(run.sharpe_significant for run in runs)
        yield counted(
            f"{what}: Sharpe ratio before costs significant at 5 %", f"of {RUNS}", sharpe, bound=MOST
        )
        yield counted(
            f"{what}: leak alarms", f"of {RUNS}", sum(bool(run.alarms) for run in runs), bound=ALARMS
        )
        yield Figure(
            what=f"{what}: returns inside the 80 % interval",
            value=100 * fmean(run.coverage for run in runs),
            unit="%",
            statistic=f"mean of {RUNS} runs",
            least=COVERED[0],
            bound=COVERED[1],
        )
    total = sum(run.rank_ic_significant for runs in found.values() for run in runs)
    count = sum(map(len, found.values()))
    yield counted("all of them: rank IC significant at 5 %", f"of {count}", total, bound=0.07 * count)
    yield single("processor time", "s", process_time() - started)

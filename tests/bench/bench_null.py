"""The whole pipeline on a hundred random walks, where nothing is to be found: what it finds all the same."""

from collections import defaultdict
from collections.abc import Iterator
from statistics import fmean
from time import process_time

from fund.forecasting.families.baseline import RidgeForecaster
from support.benchmark import Figure, counted, single
from support.forecasters import A_GBM
from support.null_runs import NullRun, null_runs

RUNS = 100
HORIZONS = (1, 5, 20)
MOST = 10
"""At 5 % each, a hundred runs give 5 on average, and at most 10 in 99 of 100 such hundreds."""
ALARMS = 5
"""An alarm is about size: over 20 sessions the 300 judged are 15 apart, and chance alone goes beyond 0.10."""
COVERED = (78.0, 82.0)


def measure() -> Iterator[Figure]:
    """Train on 40 names over 420 sessions, features to card, a hundred times."""
    started = process_time()
    found: dict[tuple[str, int], list[NullRun]] = defaultdict(list)
    for seed in range(RUNS):
        for run in null_runs(seed, (A_GBM, RidgeForecaster()), HORIZONS):
            found[run.forecaster, run.horizon_sessions].append(run)
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

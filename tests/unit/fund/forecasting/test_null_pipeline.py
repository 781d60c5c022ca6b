from fund.forecasting.families.baseline import RidgeForecaster
from support.forecasters import A_GBM
from support.null_runs import NullRun, edges_reported, null_runs


def runs_of(forecaster, seeds: range, horizons: tuple[int, ...]) -> list[NullRun]:
    return [run for seed in seeds for run in null_runs(seed, (forecaster,), horizons)]


def test_on_random_walks_the_whole_pipeline_reports_nothing():
    runs = runs_of(RidgeForecaster(), range(5), (1, 20)) + runs_of(A_GBM, range(5, 7), (5,))
    assert len(runs) == 12
    assert sum(run.rank_ic_significant for run in runs) <= 4  # 99.97 % of a binomial of 12 at 5 %
    assert sum(run.sharpe_significant for run in runs) <= 4
    whole = [*(runs[at : at + 2] for at in range(0, 10, 2)), runs[10:11], runs[11:]]
    assert sum(edges_reported(cells) > 0 for cells in whole) <= 1  # 98.8 % of a binomial of 7 at 2.5 %
    assert not any(run.alarms for run in runs)
    assert 0.75 < sum(run.coverage for run in runs) / len(runs) < 0.85

"""The shipped market data through the whole training, with fewer and smaller fits than the desk makes."""

from datetime import date

from fund.forecasting.card import implausible
from fund.forecasting.families.gbm import GbmForecaster
from fund.forecasting.recent import recent_features
from fund.forecasting.samples import make_samples
from fund.forecasting.training import train
from fund.forecasting.validation import Schedule
from support.panels import bundle_universe


def test_the_bundle_yields_honest_forecasts_from_april_2016_on():
    universe = bundle_universe()
    (trained,) = train(
        make_samples(universe, 5),
        (GbmForecaster(trees=10, every=5, threads=1),),
        Schedule(refit_sessions=63, min_train_sessions=84),
        universe_name="S&P 500 members",
        data_version="bundle",
    )
    assert trained.table.sessions[0] == date(2015, 3, 20)
    assert implausible(trained.card) == ()
    assert trained.card.rank_ic.n > 300
    assert 0.75 < trained.card.coverage.value < 0.85
    assert set(trained.card.baseline_rank_ic) == {"momentum", "reversal", "ridge"}

    played = [day for day in trained.table.sessions if day >= date(2016, 4, 19)]
    present = dict(zip(universe.panel.sessions, universe.present.sum(axis=1), strict=True))
    assert [len(trained.at(day)) for day in played] == [present[day] for day in played]
    record = trained.track_record(date(2016, 4, 19))
    assert record.sessions > 100
    assert record.rank_ic.low < record.rank_ic.value < record.rank_ic.high
    assert trained.forecast(recent_features(universe, 5)) == trained.at(played[-1])

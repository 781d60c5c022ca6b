"""A spoilt artifact says the same up to its session, and nonsense after it."""

from pathlib import Path

import pytest

from evals.canary.lessons import Mad, spoilt
from evals.canary.poison import ABSURD
from fund.errors import DataError
from fund.forecasting.recent import recent_features
from fund.forecasting.trained import TrainedForecaster
from support.forecasters import a_trained_forecaster, small_universe


@pytest.fixture(scope="module")
def trained() -> TrainedForecaster:
    return a_trained_forecaster()


@pytest.mark.parametrize("back", [1, 12, 40, 75])
def test_up_to_its_session_not_a_bit_changes(trained: TrainedForecaster, back: int) -> None:
    sessions = trained.table.sessions
    session = sessions[-back]
    other = spoilt(trained, session)
    assert other.at(session) == trained.at(session)
    assert other.track_record(session) == trained.track_record(session)
    recent = recent_features(small_universe().rows(0, len(sessions) - back + 1), 5)
    assert other.forecast(recent) == trained.forecast(recent)


def test_the_session_after_it_is_nonsense(trained: TrainedForecaster) -> None:
    session, tomorrow = trained.table.sessions[-30:-28]
    other = spoilt(trained, session)
    assert trained.at(tomorrow)
    assert all(each.expected == ABSURD for each in other.at(tomorrow))
    assert other.track_record(other.table.sessions[-1]) != trained.track_record(other.table.sessions[-1])


def test_a_later_fold_has_gone_mad(trained: TrainedForecaster) -> None:
    later = trained.folds[-1].test_first
    session = max(day for day in trained.table.sessions if day < later)
    folds = spoilt(trained, session).folds
    assert isinstance(folds[-1].fitted, Mad)
    assert folds[0] == trained.folds[0]


def test_a_spoilt_artifact_is_never_kept(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="poisoned"):
        Mad().save(tmp_path / "model")

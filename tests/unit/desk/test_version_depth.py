"""A version looked at closer: its features by the folds that spoke, its way of learning on other paths."""

import io
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from desk import version_depth
from desk.forecaster_commands import compare, explain
from desk.shown_version_depth import features_told, paths_told
from desk.version_depth import feature_worth, path_spread, samples_of, version_of_name
from fund.errors import ConfigError, QueryRefusedError
from fund.forecasting.ensemble.figures import EnsembleFigures, MemberPart
from fund.forecasting.families.baseline import MomentumForecaster, RidgeForecaster
from fund.forecasting.samples import Samples
from fund.forecasting.trained import TrainedForecaster
from fund.forecasting.training import train
from fund.metrics.forecasts import rank_information_coefficients
from support.forecasters import A_SCHEDULE, a_card, a_trained_forecaster, small_samples
from support.records import NOON


def told(parts: Any) -> str:
    console = Console(file=io.StringIO(), width=200, markup=False)
    for part in parts:
        console.print(part)
    return " ".join(console.file.getvalue().replace("│", " ").split())  # type: ignore[attr-defined]


class Bar:
    """Hears progress."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int, int]] = []

    def __call__(self, label: str, done: int, total: int) -> None:
        self.seen.append((label, done, total))


def planted() -> Samples:
    """Samples in which KMID is all that pays."""
    samples = small_samples()
    paid = np.where(samples.table.present, samples.table.column("KMID"), np.nan).astype(float)
    return replace(samples, labels=replace(samples.labels, values=paid))


def learned(samples: Samples, forecaster: Any) -> TrainedForecaster:
    (made,) = train(
        samples,
        (forecaster,),
        A_SCHEDULE,
        universe_name="made names",
        data_version="made-1",
        baselines=(MomentumForecaster(),),
    )
    return made


@pytest.fixture(scope="module")
def ridge() -> tuple[TrainedForecaster, Samples]:
    samples = planted()
    return learned(samples, RidgeForecaster()), samples


def test_the_feature_that_pays_is_first_out_of_sample(ridge: tuple[TrainedForecaster, Samples]) -> None:
    trained, samples = ridge
    bar = Bar()
    found = feature_worth(trained, samples, bar, sessions=40)
    assert found.features[0].feature == "KMID"
    assert found.features[0].lost.low > 0.3
    assert len(found.features) == len(samples.table.names)
    assert {each.lost.n for each in found.features} == {40}
    assert found.first >= trained.folds[0].test_first
    assert bar.seen[0][1:] == (0, len(found.features))
    assert bar.seen[-1][1] == bar.seen[-1][2]
    known = rank_information_coefficients(trained.table.scores, samples.labels.values)
    known = known[np.isfinite(known)][-40:]
    assert found.rank_ic is not None
    assert found.rank_ic.value == pytest.approx(known.mean())
    said = told(features_told(found))
    assert said.startswith(f"What the features of {trained.card.version} were worth out of sample")
    assert "n = 40" in said
    assert f"Of {len(found.features)} features" in said


def test_a_rule_owes_nothing_to_what_it_does_not_read() -> None:
    samples = small_samples()
    found = feature_worth(learned(samples, MomentumForecaster()), samples, Bar(), sessions=40)
    assert sum(each.lost.value != 0.0 for each in found.features) in (1, 2)


def test_too_few_outcomes_are_refused(ridge: tuple[TrainedForecaster, Samples]) -> None:
    trained, samples = ridge
    with pytest.raises(QueryRefusedError, match="features cannot be judged: expected at least 20 sessions"):
        feature_worth(trained, samples, Bar(), sessions=10)
    nothing = replace(
        samples, labels=replace(samples.labels, values=np.full_like(samples.labels.values, np.nan))
    )
    with pytest.raises(QueryRefusedError, match="no outcome of ridge-"):
        feature_worth(trained, nothing, Bar())


def test_paths_stand_beside_the_walk_forward_on_its_own_sessions() -> None:
    samples, bar = small_samples(), Bar()
    trained = learned(samples, RidgeForecaster())
    found = path_spread(trained, samples, bar)
    assert (found.fits, len(found.paths)) == (15, 5)
    assert bar.seen[-1][1:] == (15, 15)
    assert found.walk_forward == trained.card.rank_ic
    assert {path.n for path in found.paths} == {found.walk_forward.n if found.walk_forward else 0}
    values = [path.value for path in found.paths]
    assert values == sorted(values)
    assert len(set(values)) == 5
    assert max(map(abs, values)) < 0.08, "a random walk holds nothing on any path"
    said = told(paths_told(found))
    assert "no track record and no claim" in said
    assert "momentum, walk-forward" in said
    assert said.count("n = ") == 7


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gru", "is a net"),
        ("gbm-tuned", "chosen inside its walk-forward"),
        ("xgb", "has other sizes than xgb"),
    ],
)
def test_what_cannot_be_learned_again_here_is_refused_in_a_sentence(name: str, said: str) -> None:
    made = a_trained_forecaster()
    other = replace(made, card=replace(made.card, forecaster=name))
    with pytest.raises(QueryRefusedError, match=said):
        path_spread(other, small_samples(), Bar())


def test_an_ensemble_sends_one_to_its_members(monkeypatch: pytest.MonkeyPatch) -> None:
    part = MemberPart(
        forecaster="gbm", version="gbm-1", sha256="a" * 64, weight=0.5, weight_low=0.4, weight_high=0.6
    )
    figures = EnsembleFigures(members=(part, replace(part, forecaster="ridge", version="ridge-1")))
    card = a_card(forecaster="ensemble", version="ensemble-1", ensemble=figures)
    row = SimpleNamespace(version="ensemble-1", name="ensemble", card=card, active=False, role="champion")
    row.registered_at = NOON
    monkeypatch.setattr(version_depth, "in_transaction", lambda engine, read: (row,))
    learning: Any = SimpleNamespace(engine=None)
    with pytest.raises(QueryRefusedError, match="ask about gbm-1, ridge-1"):
        version_of_name(learning, "ensemble")
    with pytest.raises(QueryRefusedError, match="no forecaster 'gbm'; there are ensemble"):
        version_of_name(learning, "gbm")


def test_a_version_of_other_data_is_not_judged_on_these() -> None:
    learning: Any = SimpleNamespace(data_version=lambda last: "newer")
    with pytest.raises(QueryRefusedError, match="no longer has; train again"):
        samples_of(learning, a_trained_forecaster(), Bar())


@pytest.mark.parametrize(
    ("run", "options"),
    [
        (compare, {"first": "gbm", "second": None, "paths": False}),
        (compare, {"first": "gbm", "second": "ridge", "paths": True}),
        (explain, {"ticker": None, "version": None}),
        (explain, {"ticker": "AAPL", "version": "gbm"}),
    ],
)
def test_one_thing_is_asked_at_a_time(run: Any, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="see --help"):
        run(SimpleNamespace(**options), Console(quiet=True))

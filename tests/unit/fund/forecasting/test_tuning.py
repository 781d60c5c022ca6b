"""Nested tuning: chosen inside, judged outside, and never harmed by a kill."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from fund.errors import DataError
from fund.features.cross_section import cross_rank
from fund.forecasting.executing import INLINE, Executor, Threads
from fund.forecasting.samples import Samples
from fund.forecasting.training import train
from fund.forecasting.tuning.inner import before, inner_splits, objective
from fund.forecasting.tuning.spaces import SPACES, Whole, space_of
from fund.forecasting.tuning.study import JOURNAL, held
from fund.forecasting.tuning.tuned import JudgedTrial, TunedForecaster, TuningPlan, tune
from fund.forecasting.validation import Schedule
from support.forecasters import A_SCHEDULE, small_samples

SCHEDULE = replace(A_SCHEDULE, refit_sessions=60)
PLAN = TuningPlan(trials=7, inner_folds=2, every=2)


def tuned(
    folder: Path,
    samples: Samples | None = None,
    *,
    family: str = "ridge",
    plan: TuningPlan = PLAN,
    executor: Executor = INLINE,
    told: list[JudgedTrial] | None = None,
    schedule: Schedule = SCHEDULE,
) -> TunedForecaster:
    return tune(
        samples or small_samples(),
        family,
        schedule,
        plan,
        folder=folder,
        data_version="made-1",
        executor=executor,
        heard=(told if told is not None else []).append,
    )


def test_what_follows_a_training_span_has_no_part_in_what_it_chooses(tmp_path: Path) -> None:
    samples = small_samples()
    stop = SCHEDULE.splits(len(samples.sessions), samples.first_warm)[0].train.stop
    draw = np.random.default_rng(1)
    values, labels = samples.table.values.copy(), samples.labels.values.copy()
    shape = labels[stop:].shape
    labels[stop:] = np.where(samples.table.present[stop:], draw.normal(size=shape), np.nan)
    values[stop:] = cross_rank(labels[stop:], samples.table.present[stop:])[:, :, None]
    poisoned = replace(
        samples,
        table=replace(samples.table, values=values),
        labels=replace(samples.labels, values=labels),
        volatility=np.where(np.arange(len(labels))[:, None] < stop, samples.volatility, 9.0),
    )
    plan = replace(PLAN, trials=4)
    told: list[list[JudgedTrial]] = [[], []]
    one, other = (
        tuned(tmp_path / str(at), each, plan=plan, told=told[at])
        for at, each in enumerate((samples, poisoned))
    )
    assert one.chosen[0] == other.chosen[0]
    (before_one, after_one), (before_other, after_other) = ((each[:4], each[4:]) for each in told)
    assert before_one == before_other
    assert [t.judged.objective for t in after_one] != [t.judged.objective for t in after_other], "seen later"


def test_the_inner_loop_is_given_no_session_of_the_outer_test() -> None:
    samples = small_samples()
    split = SCHEDULE.splits(len(samples.sessions), samples.first_warm)[0]
    cut = before(samples, split.train.stop)
    assert cut.table.values.shape[0] == cut.labels.values.shape[0] == len(cut.volatility) == split.train.stop
    assert cut.target.tobytes() == samples.target[: split.train.stop].tobytes()
    inner = inner_splits(split.train, SCHEDULE, 2)
    assert [each.test.stop for each in inner][-1] == split.train.stop
    for each in inner:
        assert each.train.start == split.train.start
        assert each.test.start - each.train.stop == SCHEDULE.gap_sessions
    assert all(one.test.stop == two.test.start for one, two in pairwise(inner))


def test_a_search_cut_off_anywhere_ends_as_it_would_have_and_runs_nothing_twice(tmp_path: Path) -> None:
    whole: list[JudgedTrial] = []
    expected = tuned(tmp_path / "whole", told=whole)
    journal = (tmp_path / "whole" / JOURNAL).read_bytes()
    ends = {each.judged.end for each in whole}
    assert ends == {"judged", "given up"}, "the searches are long enough to give some up"
    assert expected.overfitting is not None
    newest = [each for each in whole if each.search == whole[-1].search and each.judged.end == "judged"]
    assert expected.overfitting.strategies == len(newest)
    assert expected.overfitting.n <= newest[0].judged.sessions
    for at, share in enumerate((0.03, 0.4, 0.98)):
        folder = tmp_path / f"cut-{at}"
        folder.mkdir()
        (folder / JOURNAL).write_bytes(journal[: int(share * len(journal))])
        told: list[JudgedTrial] = []
        assert tuned(folder, told=told) == expected
        assert [each.judged for each in told] == [each.judged for each in whole]


def test_what_was_judged_is_not_judged_again_and_more_trials_go_on_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, more = (replace(PLAN, trials=n) for n in (3, 5))
    tuned(tmp_path, plan=few)
    fits: list[range] = []
    kind = "fund.forecasting.families.baseline.RidgeForecaster.fit"
    from fund.forecasting.families.baseline import RidgeForecaster

    fit = RidgeForecaster.fit
    monkeypatch.setattr(kind, lambda self, samples, span: fits.append(span) or fit(self, samples, span))
    tuned(tmp_path, plan=few)
    assert not fits
    told: list[JudgedTrial] = []
    prolonged = tuned(tmp_path, plan=more, told=told)
    assert 0 < len(fits) <= 2 * PLAN.inner_folds * len(prolonged.chosen)
    assert prolonged.trials == len(told) == 5 * len(prolonged.chosen)


def test_threads_choose_what_one_after_the_other_chooses(tmp_path: Path) -> None:
    plan = replace(PLAN, trials=3)
    one = tuned(tmp_path / "one", plan=plan)
    assert one == tuned(tmp_path / "two", plan=plan, executor=Threads(2))


def test_a_tuned_forecaster_is_judged_outside_and_counts_every_configuration(tmp_path: Path) -> None:
    told: list[JudgedTrial] = []
    forecaster = tuned(tmp_path, plan=replace(PLAN, trials=3), told=told)
    (trained,) = train(
        small_samples(), [forecaster], SCHEDULE, universe_name="made", data_version="made-1", baselines=()
    )
    card = trained.card
    assert (card.forecaster, card.trials) == ("ridge-tuned", len(told))
    assert card.parameters["penalty_per_row"] == forecaster.chosen[-1].sizes["penalty_per_row"]
    assert len(told) == 3 * len(forecaster.chosen) < 3 * len(trained.folds)
    usual = [each.judged.sizes for each in told][::3]
    assert usual == [{"penalty_per_row": 0.05}] * len(forecaster.chosen), "the usual sizes come first"


def test_sizes_that_cannot_be_fitted_are_refused_and_counted(tmp_path: Path) -> None:
    told: list[JudgedTrial] = []
    samples = small_samples()
    others = tuple(name.replace("STD20", "OTHER") for name in samples.table.names)
    unreadable = replace(samples, table=replace(samples.table, names=others))
    forecaster = tuned(tmp_path, unreadable, family="nearest", plan=replace(PLAN, trials=2), told=told)
    assert {each.judged.end for each in told} == {"refused"}
    assert forecaster.trials == len(told) == 4
    assert forecaster.chosen[0].sizes["neighbours"] == 200, "the usual sizes where nothing was judged"


def test_a_folder_in_use_and_a_rule_without_sizes_are_refused(tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(DataError, match="another process at it"):
        tuned(tmp_path)
    with pytest.raises(DataError, match="found 'momentum', which is a fixed rule"):
        space_of("momentum")
    with pytest.raises(DataError, match=r"found 'rigde'; did you mean ridge"):
        space_of("rigde")
    with pytest.raises(DataError, match="of at least 1, found 0"):
        TuningPlan(inner_folds=0)
    with pytest.raises(DataError, match="found 20; take fewer folds"):
        inner_splits(range(20), SCHEDULE, 3)
    with pytest.raises(DataError, match="found 3; its scores"):
        objective(np.ones(3), 5)


@pytest.mark.parametrize("family", SPACES)
def test_the_usual_sizes_of_every_family_lie_in_its_space(family: str) -> None:
    from fund.forecasting.catalogue import family_named, sized

    parameters = family_named(family).parameters
    for name, size in space_of(family).items():
        values = getattr(size, "values", None)
        inside = parameters[name] in values if values else size.low <= parameters[name] <= size.high
        assert inside, name
        changed = values[0] if values else size.low
        assert sized(family, {name: changed}).parameters[name] == changed
        assert not isinstance(size, Whole) or size.low >= 1

"""A search that is killed, damaged, shortened or misled, and the parts a span is split into."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.errors import DataError
from fund.forecasting.executing import INLINE
from fund.forecasting.families.baseline import MomentumForecaster
from fund.forecasting.tuning.inner import (
    LEAST_TEST,
    LEAST_TRAIN,
    Standing,
    before,
    inner_splits,
    objective,
    standings,
)
from fund.forecasting.tuning.overfitting import overfitting_of
from fund.forecasting.tuning.spaces import OneOf, Real, Size, Whole
from fund.forecasting.tuning.study import JOURNAL, JudgedSizes, Search, best, held, searched
from fund.forecasting.tuning.tuned import Chosen, TunedForecaster, TuningPlan, tune
from fund.forecasting.validation import Schedule
from fund.metrics.inference import mean_interval
from support.forecasters import A_SCHEDULE, small_samples

SEARCH = Search(
    name="made-1",
    space={
        "width": Whole(low=1, high=64, log=True),
        "rate": Real(low=0.1, high=1.0),
        "kind": OneOf(values=(1, 2)),
    },
    usual={"width": 8, "rate": 0.5, "kind": 2},
    seed=3,
    horizon_sessions=1,
)


def a_standing(worth: float, n: int = 30) -> Standing:
    return Standing(daily=np.linspace(-0.1, 0.1, n) + worth, objective=worth)


def judged(sizes: Mapping[str, Size]) -> Iterator[Standing]:
    """Better the nearer the width is to 20, over two inner folds."""
    worth = -abs(float(sizes["width"]) - 20.0) / 100.0
    yield a_standing(worth * 0.9)
    yield a_standing(worth)


def found(
    folder: Path, trials: int, how: Callable[..., Iterator[Standing]] = judged, search: Search = SEARCH
):
    with held(folder) as journal:
        return list(searched(journal, search, trials, how))


def test_a_search_draws_the_same_sizes_whenever_it_is_begun_and_others_by_another_seed(
    tmp_path: Path,
) -> None:
    one = found(tmp_path / "one", 6)
    assert one == found(tmp_path / "two", 6)
    other = found(tmp_path / "three", 6, search=replace(SEARCH, seed=4))
    assert [each.sizes for each in one] != [each.sizes for each in other]
    assert one[0].sizes == other[0].sizes == SEARCH.usual


def test_every_size_drawn_lies_in_its_bounds_and_is_of_its_kind(tmp_path: Path) -> None:
    for each in found(tmp_path, 9):
        assert each.sizes.keys() == SEARCH.space.keys()
        assert isinstance(each.sizes["width"], int)
        assert 1 <= each.sizes["width"] <= 64
        assert 0.1 <= float(each.sizes["rate"]) <= 1.0
        assert each.sizes["kind"] in (1, 2)


def test_what_was_judged_is_told_with_the_interval_of_all_its_sessions(tmp_path: Path) -> None:
    first = found(tmp_path, 1)[0]
    worth = -0.12
    assert (first.end, first.sessions, first.objective) == ("judged", 30, worth)
    assert first.rank_ic == mean_interval(a_standing(worth).daily, lag=1)
    assert first.daily == tuple(a_standing(worth).daily.tolist())
    again = found(tmp_path, 1)[0]
    assert again == first, "read back from the journal it is the same"


def test_fewer_trials_than_were_judged_are_the_first_of_them(tmp_path: Path) -> None:
    whole = found(tmp_path, 5)
    assert found(tmp_path, 2) == whole[:2]
    assert found(tmp_path, 5) == whole, "asking for fewer has taken none away"


@pytest.mark.parametrize("at", [0, 2, 4])
def test_a_kill_inside_a_trial_loses_that_trial_alone(tmp_path: Path, at: int) -> None:
    whole = found(tmp_path / "whole", 6)
    begun: list[Mapping[str, Size]] = []

    def killed(sizes: Mapping[str, Size]) -> Iterator[Standing]:
        begun.append(dict(sizes))
        yield next(judged(sizes))
        if len(begun) == at + 1:
            raise KeyboardInterrupt
        yield from list(judged(sizes))[1:]

    with pytest.raises(KeyboardInterrupt):
        found(tmp_path / "cut", 6, killed)
    done = len(begun)
    assert found(tmp_path / "cut", 6, killed) == whole
    assert begun[done] == begun[done - 1], "the trial that was at work is judged again, with the same sizes"
    assert len(begun) == 7


def test_searches_in_one_journal_do_not_hear_of_one_another(tmp_path: Path) -> None:
    alone = found(tmp_path / "alone", 4)
    other = replace(SEARCH, name="made-2", seed=9)
    found(tmp_path / "both", 3, search=other)
    assert found(tmp_path / "both", 4) == alone
    assert len(found(tmp_path / "both", 3, search=other)) == 3


@pytest.mark.parametrize(
    "line",
    [b"garbage\n", b"\n", b'{"x": 1}\n', b"[1]\n", b"\xff\xfe\xfa\n", b"\x00" * 40 + b"\n"],
    ids=["words", "blank", "another's", "a list", "no text", "noughts"],
)
@pytest.mark.parametrize("where", ["end", "middle"])
def test_a_damaged_journal_is_refused_with_what_to_do(tmp_path: Path, line: bytes, where: str) -> None:
    found(tmp_path, 2)
    journal = tmp_path / JOURNAL
    rows = journal.read_bytes().splitlines(keepends=True)
    at = len(rows) if where == "end" else len(rows) // 2
    damaged = b"".join([*rows[:at], line, *rows[at:]])
    journal.write_bytes(damaged)
    with pytest.raises(DataError, match=r"expected a journal of trials in .* move it away to search anew"):
        found(tmp_path, 3)
    assert journal.read_bytes().startswith(damaged), "what is left of it is kept for whoever looks"


def test_half_a_line_at_the_end_is_dropped_and_a_journal_gone_is_begun_anew(tmp_path: Path) -> None:
    whole = found(tmp_path, 3)
    journal = tmp_path / JOURNAL
    kept = journal.read_bytes()
    journal.write_bytes(kept + b'{"op_code": 5, "half')
    assert found(tmp_path, 3) == whole
    assert journal.read_bytes().startswith(kept)
    assert b"half" not in journal.read_bytes()
    journal.unlink()
    assert found(tmp_path, 3) == whole


def test_a_folder_is_free_again_once_a_search_has_ended_badly(tmp_path: Path) -> None:
    def broken(sizes: Mapping[str, Size]) -> Iterator[Standing]:
        raise ZeroDivisionError
        yield

    with pytest.raises(ZeroDivisionError):
        found(tmp_path, 2, broken)
    with held(tmp_path), pytest.raises(DataError, match=f"nobody else to tune in '{tmp_path.name}'"):
        held(tmp_path).__enter__()
    assert len(found(tmp_path, 2)) == 2


def test_a_refusal_is_on_record_counts_and_is_not_tried_again(tmp_path: Path) -> None:
    asked: list[int] = []

    def refusing(sizes: Mapping[str, Size]) -> Iterator[Standing]:
        asked.append(1)
        if len(asked) == 2:
            raise DataError("expected more rows, found 3")
        yield from judged(sizes)

    ends = [each.end for each in found(tmp_path, 3, refusing)]
    assert ends == ["judged", "refused", "judged"]
    again = found(tmp_path, 3, refusing)
    assert ([each.end for each in again], len(asked)) == (ends, 3)
    assert (again[1].objective, again[1].rank_ic, again[1].sessions) == (None, None, 0)


def test_no_inner_fold_at_all_is_a_refusal_and_leaves_the_usual_sizes(tmp_path: Path) -> None:
    none = found(tmp_path, 2, lambda sizes: iter(()))
    assert {each.end for each in none} == {"refused"}
    assert best(none, SEARCH.usual) == SEARCH.usual


def test_sizes_far_behind_the_others_are_given_up_and_cannot_be_chosen(tmp_path: Path) -> None:
    seen: list[int] = []

    def worse(sizes: Mapping[str, Size]) -> Iterator[Standing]:
        seen.append(0)
        worth = -0.01 * len(seen)
        for _ in range(3):
            seen[-1] += 1
            yield a_standing(worth)

    told = found(tmp_path, 6, worse)
    assert [each.end for each in told] == ["judged"] * 4 + ["given up"] * 2
    assert seen == [3, 3, 3, 3, 1, 1], "their other folds are saved"
    assert told[4].objective is None
    assert told[4].sessions == 30
    assert (len(told[3].daily), told[4].daily) == (30, ())
    assert best(told, SEARCH.usual) == told[0].sizes


def some(width: int, worth: float | None) -> JudgedSizes:
    end = "judged" if worth is not None else "given up"
    return JudgedSizes(sizes={"width": width}, end=end, objective=worth, rank_ic=None, sessions=30)


def test_the_best_is_the_first_of_equals_also_below_nought() -> None:
    assert best([some(1, -0.2), some(2, -0.1), some(3, -0.1)], {}) == {"width": 2}
    assert best([some(1, 0.0), some(2, -0.1), some(3, None)], {}) == {"width": 1}
    usual = {"width": 8}
    chosen = best([some(1, None)], usual)
    assert chosen == usual
    chosen["width"] = 9
    assert usual == {"width": 8}, "the usual sizes are not handed out to be changed"


def whole(worth: np.ndarray) -> JudgedSizes:
    return replace(some(1, 0.1), daily=tuple(worth.tolist()))


def test_choosing_among_sizes_alike_is_overfitting_half_the_time_and_among_a_better_one_never() -> None:
    noise = np.random.default_rng(5).normal(0.0, 0.1, (8, 320))
    alike = [overfitting_of([whole(each) for each in noise[:, k::4]], 5) for k in range(4)]
    assert [(each.n, each.strategies, each.halves) for each in alike] == [(80, 8, 12_870)] * 4
    assert 0.2 < np.mean([each.probability for each in alike]) < 0.8
    noise[3] += 0.1
    found = overfitting_of([whole(each) for each in noise], 5)
    assert (found.probability, found.loss, found.n) == (0.0, 0.0, 320)


def test_only_sizes_that_were_judged_whole_say_how_much_choosing_is_overfitting() -> None:
    noise = np.random.default_rng(5).normal(0.0, 0.1, (3, 80))
    judged = [whole(each) for each in noise]
    left = [some(5, None), replace(judged[0], daily=judged[0].daily[:40]), replace(judged[0], end="refused")]
    assert overfitting_of([*judged, *left], 5) == overfitting_of(judged, 5)
    assert overfitting_of(judged, 20).halves == 6, "no block is shorter than the horizon"
    assert overfitting_of(judged, 21) is None
    assert overfitting_of(judged[:1], 5) is None
    assert overfitting_of([], 5) is None
    assert overfitting_of([some(1, 0.1), some(2, 0.2)], 5) is None, "a journal of an older search"


@given(
    start=st.integers(0, 300),
    length=st.integers(1, 400),
    folds=st.integers(1, 6),
    embargo=st.integers(0, 10),
    horizon=st.sampled_from([1, 5, 20]),
)
@settings(max_examples=120, deadline=None)
def test_inner_folds_tile_the_end_of_a_span_and_learn_from_what_lies_a_gap_before(
    start: int, length: int, folds: int, embargo: int, horizon: int
) -> None:
    schedule = Schedule(horizon_sessions=horizon, embargo_sessions=max(embargo, 5))
    train = range(start, start + length)
    first = max(length // 2, schedule.gap_sessions + LEAST_TRAIN)
    if length - first < folds * LEAST_TEST:
        with pytest.raises(DataError, match=f"found {length}; take fewer folds"):
            inner_splits(train, schedule, folds)
        return
    splits = inner_splits(train, schedule, folds)
    assert len(splits) == folds
    assert splits[-1].test.stop == train.stop
    assert all(one.test.stop == two.test.start for one, two in pairwise(splits))
    for split in splits:
        assert split.train.start == train.start
        assert split.test.start - split.train.stop == schedule.gap_sessions >= horizon + 1
        assert len(split.train) >= LEAST_TRAIN
        assert len(split.test) >= LEAST_TEST
        assert split.test.start >= train.start + length // 2


def test_an_objective_is_the_mean_less_its_own_error_and_grows_with_neither_scale_nor_shift() -> None:
    daily = np.random.default_rng(1).normal(0.02, 0.1, 200)
    plain = objective(daily, 0)
    assert plain == pytest.approx(daily.mean() - daily.std(ddof=1) / np.sqrt(200))
    assert objective(daily + 1.0, 0) == pytest.approx(plain + 1.0)
    assert objective(3.0 * daily, 5) == pytest.approx(3.0 * objective(daily, 5))
    assert objective(np.full(LEAST_TEST, 0.02), 1) == pytest.approx(0.02)
    smooth = np.convolve(daily, np.ones(10) / 10, mode="valid")
    assert smooth.mean() - objective(smooth, 10) > smooth.mean() - objective(smooth, 0), "overlap costs"


def test_what_is_cut_off_before_a_session_is_gone_and_the_rest_untouched() -> None:
    samples = small_samples()
    cut = before(samples, 100)
    assert cut.sessions == samples.sessions[:100]
    assert cut.table.values.tobytes() == samples.table.values[:100].tobytes()
    assert cut.labels.values.tobytes() == samples.labels.values[:100].tobytes()
    assert len(samples.sessions) == 240, "the samples themselves are whole"
    assert before(samples, 10_000).sessions == samples.sessions
    bare = replace(samples, labels=replace(samples.labels, equal_weight=None))
    assert before(bare, 50).labels.equal_weight is None


def test_standings_gather_fold_by_fold_and_none_is_fitted_that_nobody_asks_for() -> None:
    samples = small_samples()
    schedule = replace(A_SCHEDULE, refit_sessions=60)
    split = schedule.splits(len(samples.sessions), samples.first_warm)[-1]
    splits = inner_splits(split.train, schedule, 3)
    fits: list[range] = []

    class Counted(MomentumForecaster):
        def fit(self, samples, train):  # type: ignore[no-untyped-def]
            fits.append(train)
            return MomentumForecaster.fit(self, samples, train)

    steps = standings(samples, Counted(), splits, INLINE)
    first = next(steps)
    assert fits == [splits[0].train]
    steps.close()  # type: ignore[attr-defined]
    whole = list(standings(samples, MomentumForecaster(), splits, INLINE))
    assert len(whole) == 3
    assert whole[0].daily.tobytes() == first.daily.tobytes() == whole[2].daily[: len(first.daily)].tobytes()
    assert whole[2].objective == objective(whole[2].daily, samples.labels.horizon_sessions)


def a_tuned(*stops: int) -> TunedForecaster:
    last = [small_samples().sessions[stop - 1] for stop in stops]
    sizes = [{"penalty_per_row": 0.1 * stop} for stop in stops]
    chosen = tuple(Chosen(until=until, sizes=each) for until, each in zip(last, sizes, strict=True))
    return TunedForecaster(
        name="ridge-tuned",
        family="ridge",
        chosen=chosen,
        plan=TuningPlan(),
        space={"penalty_per_row": Real(low=0.001, high=99.0)},
        seed=7,
        trials=1,
    )


def test_a_span_goes_by_the_newest_search_that_saw_no_more_than_it() -> None:
    samples = small_samples()
    tuned = a_tuned(100, 150)
    fits = {stop: tuned.fit(samples, range(60, stop)) for stop in (100, 149, 150, 200)}
    from fund.forecasting.families.baseline import RidgeForecaster

    for stop, penalty in ((100, 10.0), (149, 10.0), (150, 15.0), (200, 15.0)):
        expected = RidgeForecaster(penalty_per_row=penalty).fit(samples, range(60, stop))
        values = samples.table.values[:stop]
        assert np.array_equal(fits[stop].score(values), expected.score(values), equal_nan=True)
    with pytest.raises(DataError, match=r"ends on \S+ or later, .* found \S+; tune on the schedule"):
        tuned.fit(samples, range(60, 99))


def test_a_tuned_forecaster_is_another_one_where_its_search_was_another() -> None:
    plain = a_tuned(100)
    assert plain.parameters["tuned"] == "ridge"
    assert plain.parameters["penalty_per_row"] == 10.0
    for changed in (
        replace(plain, space={"penalty_per_row": Real(low=0.002, high=99.0)}),
        replace(plain, plan=TuningPlan(trials=21)),
        replace(plain, plan=TuningPlan(every=5)),
        a_tuned(100, 120),
    ):
        assert changed.parameters != plain.parameters


def test_nothing_is_searched_for_a_family_that_there_is_not_or_over_too_short_a_history(
    tmp_path: Path,
) -> None:
    samples = small_samples()
    for family, said in (("oracle", "expected a family, found 'oracle'"), ("reversal", "a fixed rule")):
        with pytest.raises(DataError, match=said):
            tune(samples, family, A_SCHEDULE, TuningPlan(), folder=tmp_path, data_version="1")
    with pytest.raises(DataError, match="take fewer folds or raise min_train_sessions"):
        tune(samples, "ridge", A_SCHEDULE, TuningPlan(inner_folds=40), folder=tmp_path, data_version="1")
    assert not (tmp_path / JOURNAL).exists() or b"trial" not in (tmp_path / JOURNAL).read_bytes()

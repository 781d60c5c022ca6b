"""What tuning chose is kept: read back as it was, used on newer data, refused when damaged."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fund.errors import DataError, NoDataError
from fund.forecasting.catalogue import Variant
from fund.forecasting.executing import INLINE
from fund.forecasting.training import train
from fund.forecasting.tuning.inner import before
from fund.forecasting.tuning.kept import keep_sizes, kept_sizes
from fund.forecasting.tuning.tuned import TunedForecaster, TuningPlan, tune
from support.forecasters import A_SCHEDULE, small_samples

SCHEDULE = replace(A_SCHEDULE, refit_sessions=60)
RIDGE = Variant(family="ridge")
LAB = Variant(family="ridge", feature_set="lab", horizon_sessions=20)


def tuned(folder: Path, *, stop: int | None = None, named: str | None = None) -> TunedForecaster:
    samples = small_samples() if stop is None else before(small_samples(), stop)
    return tune(
        samples,
        "ridge",
        SCHEDULE,
        TuningPlan(trials=2, inner_folds=2, every=2),
        folder=folder,
        data_version="made-1",
        named=named,
        executor=INLINE,
    )


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> TunedForecaster:
    return tuned(tmp_path_factory.mktemp("tuning"))


def file_of(folder: Path) -> Path:
    (path,) = (folder / "chosen").iterdir()
    return path


def test_what_was_chosen_is_read_back_as_it_was_under_the_name_of_its_features(
    tmp_path: Path, chosen: TunedForecaster
) -> None:
    plain, lab = chosen, tuned(tmp_path, named="ridge-lab")
    assert (plain.name, lab.name) == ("ridge-tuned", "ridge-lab-tuned")
    keep_sizes(tmp_path, plain, 5)
    keep_sizes(tmp_path, lab, 20)
    assert kept_sizes(tmp_path, RIDGE) == plain
    assert kept_sizes(tmp_path, LAB) == lab
    keep_sizes(tmp_path, replace(plain, trials=99), 5)
    assert kept_sizes(tmp_path, RIDGE).trials == 99, "the last tuning counts"
    assert [path.suffix for path in sorted((tmp_path / "chosen").iterdir())] == [".json", ".json"]


def test_on_newer_data_every_fold_goes_by_a_search_that_had_not_seen_it(tmp_path: Path) -> None:
    stop = 3 * len(small_samples().sessions) // 4
    keep_sizes(tmp_path, tuned(tmp_path, stop=stop), 5)
    forecaster = kept_sizes(tmp_path, RIDGE)
    assert max(each.until for each in forecaster.chosen) < small_samples().sessions[stop]
    cards = []
    for samples in (before(small_samples(), stop), small_samples()):
        (made,) = train(
            samples, [forecaster], SCHEDULE, universe_name="made", data_version="made-2", baselines=()
        )
        cards.append(made)
    old, new = cards
    assert len(new.folds) > len(old.folds)
    for one, two in zip(old.folds, new.folds, strict=False):
        assert (one.train_last, one.fitted.note) == (two.train_last, two.fitted.note)


def test_a_span_before_the_first_search_is_refused(chosen: TunedForecaster) -> None:
    late = tuple(replace(each, until=each.until + timedelta(days=4000)) for each in chosen.chosen)
    with pytest.raises(DataError, match=r"expected a span that ends on .* or later, as the first search"):
        replace(chosen, chosen=late).fit(small_samples(), range(100))


def test_one_that_was_never_tuned_says_how_to(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match=r"`desk tune ridge --features lab --horizon 20` chooses them"):
        kept_sizes(tmp_path, LAB)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("family", "gbm", "sizes of 'gbm' between other bounds"),
        ("space", "0" * 12, "between other bounds than today's"),
        ("chosen", [], "no sizes, or others than penalty_per_row"),
        ("chosen", [{"until": "2016-01-04", "sizes": {"trees": 3}}], "no sizes, or others"),
        ("chosen", [{"until": "yesterday", "sizes": {}}], "Invalid isoformat"),
        ("chosen", 7, "not iterable"),
        ("trials", -3, "a count of trials of -3"),
        ("trials", None, "a count of trials of None"),
        ("plan", {"trials": 0}, "at least 1, found 0"),
        ("plan", {"hours": 0}, "unexpected keyword"),
        ("seed", "x", "invalid literal"),
    ],
)
def test_a_damaged_choice_is_refused_and_says_how_to_choose_anew(
    tmp_path: Path, chosen: TunedForecaster, name: str, value: object, said: str
) -> None:
    keep_sizes(tmp_path, chosen, 5)
    path = file_of(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))
    with pytest.raises(DataError, match=said) as refused:
        kept_sizes(tmp_path, RIDGE)
    assert "`desk tune ridge --features desk --horizon 5`" in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "\x00", '{"family": "ridge"}'])
def test_a_file_that_is_none_is_refused(tmp_path: Path, chosen: TunedForecaster, text: str) -> None:
    keep_sizes(tmp_path, chosen, 5)
    file_of(tmp_path).write_text(text)
    with pytest.raises(DataError, match=r"expected the sizes kept in 'ridge-tuned-5\.json'"):
        kept_sizes(tmp_path, RIDGE)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, chosen: TunedForecaster) -> None:
    (tmp_path / "chosen").write_text("in the way")
    with pytest.raises(DataError, match=r"expected to write 'ridge-tuned-5\.json', found 'File exists'"):
        keep_sizes(tmp_path, chosen, 5)

"""The baseline: promoted with a reason, kept whole, and compared case by case."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from evals.baseline import Baseline, promoted, read_baseline, write_baseline
from evals.trial import Score, Trial
from fund.errors import ConfigError, DataError
from support.eval_runs import an_experiment, an_output

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)


def a_baseline(reason: str = "the first one that was measured") -> Baseline:
    trials = [
        Trial(
            dataset="made",
            case_id=case_id,
            contestant="first",
            number=number,
            output=an_output(value),
            scores=(Score(scorer="value", value=value, why=""),),
        )
        for case_id, number, value in (("a", 0, 1.0), ("a", 1, 0.0), ("b", 0, None), ("b", 1, 0.5))
    ]
    return promoted(an_experiment(), trials, reason=reason, at=AT, by="owner")


def test_every_value_of_every_case_is_kept_and_what_is_not_scorable_stays_so(tmp_path: Path) -> None:
    write_baseline(a_baseline(), tmp_path / "baseline.json")
    found = read_baseline(tmp_path / "baseline.json")
    assert found == a_baseline()
    measured = found.of("made", "first")
    assert measured is not None
    assert measured.scores == {"value": {"a": (1.0, 0.0), "b": (None, 0.5)}}
    assert found.of("made", "second") is None


@pytest.mark.parametrize("reason", ["", "   ", "better"])
def test_a_promotion_needs_a_reason(reason: str) -> None:
    with pytest.raises(ConfigError, match="expected a reason of at least"):
        a_baseline(reason)


def test_without_a_baseline_it_is_said_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="desk evals promote"):
        read_baseline(tmp_path / "baseline.json")
    (tmp_path / "baseline.json").write_text("{}")
    with pytest.raises(DataError, match="expected the JSON of a Baseline"):
        read_baseline(tmp_path / "baseline.json")


def test_a_baseline_replaces_the_last_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(a_baseline(), path)
    write_baseline(a_baseline("measured anew after a change"), path)
    assert read_baseline(path).reason == "measured anew after a change"
    assert list(tmp_path.iterdir()) == [path]

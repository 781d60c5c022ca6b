"""The last bakeoff is told from the report it left: the newest one, whole, or the file that is amiss."""

import os
from decimal import Decimal
from pathlib import Path

import pytest

from desk.bakeoff_report import last_bakeoff
from desk.eval_asking import REPORT
from evals.report import Question, Report, report_of
from evals.trial import Trial
from fund.errors import DataError
from support.eval_runs import ValueScorer, a_case, an_experiment, an_output
from tools.bakeoffs import BakeoffScore

QUESTION = Question(dataset="made", about="Made for a test.", primary="value", no_skill=0.5)
SKIPPED = {"openai": "no key: DESK_OPENAI_API_KEY is not set"}
VERDICT = (
    "validator: first wins: better than every other that passes its gates. "
    "openai skipped: no key: DESK_OPENAI_API_KEY is not set."
)


def trials_of(contestant: str, values: tuple[float, ...]) -> list[Trial]:
    scorer = ValueScorer()
    return [
        Trial(
            dataset="made",
            case_id=f"case-{at}",
            contestant=contestant,
            number=0,
            output=an_output(value, cost_usd=Decimal("0.002")),
            scores=(scorer(a_case(f"case-{at}"), an_output(value)),),
        )
        for at, value in enumerate(values)
    ]


def a_report(name: str = "bakeoff", occasion: str = "") -> Report:
    """Return a report of two contestants, one with enough cases for an interval."""
    trials = [*trials_of("first", (0.0, 1.0) * 15), *trials_of("second", (1.0,) * 5)]
    told = (VERDICT, "No attack was tried (robustness was left out), so who is safe is not known.")
    experiment = an_experiment(name=name, occasion=occasion)
    return report_of(experiment, [QUESTION], trials, skipped=SKIPPED, verdicts=told)


def kept(root: Path, report: Report, at: int = 1_700_000_000) -> Path:
    """Write a report where its experiment would, at a moment."""
    path = root / report.experiment.experiment_id / REPORT
    path.parent.mkdir(parents=True)
    path.write_text(report.text(), encoding="utf-8")
    os.utime(path, (at, at))
    return path


def test_a_report_is_told_with_every_score_its_size_and_interval(tmp_path: Path) -> None:
    report = a_report()
    kept(tmp_path, report)
    found = last_bakeoff(tmp_path)
    assert found is not None
    assert (found.experiment, found.trials) == (report.experiment.experiment_id, 4)
    assert found.page == f"/evals/{found.experiment}"
    assert f"{found.ended_at:%Y-%m-%d %H:%M}" == "2023-11-14 22:13"
    assert found.skipped == ("openai (no key: DESK_OPENAI_API_KEY is not set)",)
    assert found.unspoken == (report.verdicts[1],)
    (asked,) = found.datasets
    assert asked.verdict == "first wins: better than every other that passes its gates."
    assert (asked.score, asked.no_skill) == ("value", 0.5)
    first, second = asked.scores
    assert (first.contestant, first.value, first.n, first.cost_usd) == ("first", 0.5, 30, Decimal("0.002"))
    assert first.low is not None
    assert first.high is not None
    assert 0 <= first.low < 0.5 < first.high <= 1
    assert second == BakeoffScore(
        contestant="second", value=1.0, low=None, high=None, n=5, cost_usd=Decimal("0.002")
    )


def test_the_newest_bakeoff_counts_and_no_other_experiment(tmp_path: Path) -> None:
    assert last_bakeoff(tmp_path) is None
    assert last_bakeoff(tmp_path / "nowhere") is None
    old, new = a_report(), a_report(occasion="later")
    kept(tmp_path, new, at=1_700_000_500)
    kept(tmp_path, old, at=1_700_000_000)
    kept(tmp_path, a_report("night"), at=1_700_001_000)
    found = last_bakeoff(tmp_path)
    assert found is not None
    assert found.experiment == new.experiment.experiment_id


@pytest.mark.parametrize("spoilt", [b"", b"{}", b"\xff\xfe", b'{"experiment": 1}'])
def test_a_report_that_cannot_be_read_is_named(tmp_path: Path, spoilt: bytes) -> None:
    kept(tmp_path, a_report()).write_bytes(spoilt)
    with pytest.raises(DataError):
        last_bakeoff(tmp_path)

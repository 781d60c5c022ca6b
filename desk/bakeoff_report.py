"""The last bakeoff as it is told in the chat, read from the report it left."""

from datetime import UTC, datetime
from pathlib import Path

from db.record_codec import from_json
from desk.eval_asking import REPORT
from desk.kept_bakeoff import BAKEOFF
from evals.report import Question, Report
from evals.summary import Summary
from fund.errors import DataError
from tools.bakeoffs import BakeoffDataset, BakeoffResult, BakeoffScore

PAGES = "/evals"
"""Where the desk serves the reports of experiments, each under its id."""


def last_bakeoff(root: Path) -> BakeoffResult | None:
    """Return the bakeoff among the experiments of a folder that ended last, None where there is none.

    Raises `DataError` for a report that cannot be read.
    """
    newest = max(root.glob(f"{BAKEOFF}-*/{REPORT}"), key=lambda path: path.stat().st_mtime, default=None)
    return None if newest is None else bakeoff_of(newest)


def bakeoff_of(path: Path) -> BakeoffResult:
    """Return what the report of a bakeoff says."""
    try:
        report = from_json(Report, path.read_text(encoding="utf-8"))
        ended_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path.parent.name}: expected the report of a bakeoff, found {error}") from error
    asked = [each.dataset for each in report.questions]
    verdicts = dict(zip(asked, report.verdicts, strict=False))
    return BakeoffResult(
        experiment=report.experiment.experiment_id,
        ended_at=ended_at,
        trials=report.experiment.trials,
        datasets=tuple(_told(each, report, verdicts.get(each.dataset, "")) for each in report.questions),
        unspoken=report.verdicts[len(asked) :],
        skipped=tuple(f"{name} ({why})" for name, why in sorted(report.skipped.items())),
        page=f"{PAGES}/{report.experiment.experiment_id}",
    )


def _told(question: Question, report: Report, verdict: str) -> BakeoffDataset:
    for name, why in report.skipped.items():
        # Told once for all datasets.
        verdict = verdict.replace(f" {name} skipped: {why}.", "")
    return BakeoffDataset(
        dataset=question.dataset,
        verdict=verdict.partition(": ")[2],
        score=question.primary,
        no_skill=question.no_skill,
        scores=tuple(_score(each, question.primary) for each in report.of(question.dataset)),
    )


def _score(found: Summary, primary: str) -> BakeoffScore:
    score = found.score(primary)
    interval = None if score is None else score.interval
    return BakeoffScore(
        contestant=found.contestant,
        value=None if score is None else score.value,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        n=0 if score is None else score.scored,
        cost_usd=found.cost_per_decision,
    )

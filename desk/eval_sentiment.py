"""`desk evals sentiment`: how well headlines are read by whoever reads them for this desk."""

import argparse
from contextlib import closing
from typing import Any

from rich.console import Console
from rich.table import Table

from desk.bootstrap import open_desk
from desk.data_folder import DataFolder
from desk.outcome import Outcome
from desk.progress import progress_beside
from desk.sentiment import free_scorer
from desk.settings import Settings
from evals.sentiment import LabelledTitle, SentimentScore, baselines, labelled_titles, scored

ABOUT = (
    "Right is on the labelled side of three; what was not read counts as wrong. The titles were labelled by "
    "the author of the list of words: for that reader this is an upper bound."
)


def add_sentiment(below: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command."""
    told = (
        "Read labelled headlines with the reader that the settings name, beside baselines that read nothing"
    )
    made = below.add_parser("sentiment", parents=[shared], help=told)
    made.set_defaults(run=score_sentiment)


def score_sentiment(options: argparse.Namespace, console: Console) -> Outcome:
    """Score the reader; an LLM is paid from the mandate's budget of the day, on a desk that was started."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    titles = labelled_titles("test")
    found = (_read(settings, titles, console), *baselines(titles))
    return Outcome(data={"scores": [_data(each) for each in found]}, shown=(_table(found), ABOUT))


def _read(settings: Settings, titles: tuple[LabelledTitle, ...], console: Console) -> SentimentScore:
    free = free_scorer(settings)
    if free is not None:
        return scored(free, titles)
    DataFolder(settings.data_dir).require_started()
    with progress_beside(console) as progress, closing(open_desk(settings, progress, trained=False)) as desk:
        return scored(desk.news_scorer, titles)


def _data(score: SentimentScore) -> dict[str, Any]:
    by_label = {f"{label} read {side}": count for (label, side), count in score.confusion.items()}
    accuracy = {"value": score.accuracy.value, "low": score.accuracy.low, "high": score.accuracy.high}
    told = {"reader": score.scorer, "n": score.n, "accuracy": accuracy, "macro_f1": score.macro_f1}
    return {**told, "unread": score.unread, "confusion": by_label}


def _table(scores: tuple[SentimentScore, ...]) -> Table:
    table = Table("Reader", "Right", "95% interval", "n", "Macro F1", "Unread")
    for each in scores:
        share = each.accuracy
        spread = f"{share.low:.1%} to {share.high:.1%}"
        figures = (f"{share.value:.1%}", spread, str(each.n), f"{each.macro_f1:.2f}", str(each.unread))
        table.add_row(each.scorer, *figures)
    return table

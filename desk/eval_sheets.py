"""`desk evals sheet` and `ratings`: decisions rated blind by people, and how far two of them agree."""

import argparse
from pathlib import Path
from secrets import randbelow
from typing import Any

from rich.console import Console
from rich.table import Table

from desk.evaluating import EVALS
from desk.experiment_folders import LAST, experiment_folder
from desk.outcome import Outcome
from desk.settings import Settings
from evals.experiment import TRIALS, read_experiment
from evals.json_lines import read_lines
from evals.memorisation import CONTROLLED
from evals.sheet import RATINGS, Rating, Sheet, by_contestant, ratings_of, sheet_of
from evals.suite import dataset
from evals.trial import Trial
from fund.errors import ConfigError
from fund.metrics.kappa import cohen_kappa

SEEDS = 1_000_000


def add_sheets(below: Any, shared: argparse.ArgumentParser) -> None:
    """Add the two commands."""
    told = "Write decisions of an experiment to be rated blind: whose they are and how they ended is hidden"
    sheet = below.add_parser("sheet", parents=[shared], help=told)
    told = "Read filled-in sheets: how each contestant was rated, and how far two raters agree"
    rated = below.add_parser("ratings", parents=[shared], help=told)
    for each in (sheet, rated):
        each.add_argument("experiment", help=f"its id, as its folder is called, or `{LAST}`")
    sheet.add_argument("--seed", type=int, help="of the draw (default: drawn, and printed)")
    sheet.add_argument("--out", type=Path, default=Path("sheet.csv"), help="file (default sheet.csv)")
    sheet.set_defaults(run=write_sheet)
    rated.add_argument("--seed", type=int, required=True, help="of the draw, as it was printed")
    rated.add_argument("files", type=Path, nargs="+", metavar="FILE", help="one filled-in sheet a rater")
    rated.set_defaults(run=read_ratings)


def write_sheet(options: argparse.Namespace, console: Console) -> Outcome:
    """Draw the decisions and write them for a rater."""
    seed = randbelow(SEEDS) if options.seed is None else options.seed
    if options.out.exists():
        raise ConfigError(f"{options.out}: there is a file already, and somebody may have filled it in")
    experiment, sheet = _sheet(options, seed)
    options.out.write_bytes(sheet.csv().encode())
    words, then = ", ".join(RATINGS), f"desk evals ratings {experiment} --seed {seed} FILE"
    told = (
        f"{len(sheet.rows)} decisions of {experiment} in {options.out}, drawn by seed {seed}. "
        f"Rate each {words} in the column `rating`; then: {then}"
    )
    data = {"experiment": experiment, "seed": seed, "rows": len(sheet.rows), "file": str(options.out)}
    return Outcome(data=data, shown=(told,))


def read_ratings(options: argparse.Namespace, console: Console) -> Outcome:
    """Read the sheets back and say whose decisions were found sound."""
    experiment, sheet = _sheet(options, options.seed)
    read = [ratings_of(_text(path), sheet) for path in options.files]
    counts = by_contestant(sheet, [rating for ratings in read for rating in ratings])
    table = Table("Contestant", *RATINGS, title=f"{len(read)} raters, {len(sheet.rows)} decisions")
    for contestant, found in counts.items():
        table.add_row(contestant, *(str(found[rating]) for rating in RATINGS))
    agreed = _agreement(read[0], read[1]) if len(read) == 2 else "Two sheets show how far raters agree."
    data = {"experiment": experiment, "ratings": counts, "agreement": agreed}
    return Outcome(data=data, shown=(table, agreed))


def _agreement(first: tuple[Rating, ...], second: tuple[Rating, ...]) -> str:
    kappa = cohen_kappa([each.rating for each in first], [each.rating for each in second])
    if kappa is None:
        return "The raters' agreement cannot be told: too few decisions, or both always said the same word."
    return f"Cohen's kappa {kappa.value:.2f} [{kappa.low:.2f}, {kappa.high:.2f}], n = {kappa.n}"


def _sheet(options: argparse.Namespace, seed: int) -> tuple[str, Sheet]:
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    folder = experiment_folder(settings.data_dir / EVALS, options.experiment)
    known = dataset(CONTROLLED)
    if read_experiment(folder).datasets.get(known.name) != known.digest:
        raise ConfigError(f"{folder.name}: expected an experiment over the {known.name} of this program")
    contestants = read_experiment(folder).contestants
    trials = [t for t in read_lines(folder / TRIALS, Trial) if t.contestant in contestants]
    return folder.name, sheet_of(known, trials, seed)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: expected a filled-in sheet, found {error}") from error

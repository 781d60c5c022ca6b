"""`desk evals sheet` and `ratings`: decisions rated blind by people, and how far two of them agree."""

import argparse
from pathlib import Path
from secrets import randbelow
from typing import Any

from rich.console import Console
from rich.table import Table

from desk.blind_ratings import SEEDS
from desk.evaluating import EVALS
from desk.experiment_folders import LAST, experiment_folder
from desk.kept_sheets import SINGLE, KeptSheets, agreements
from desk.outcome import Outcome
from desk.settings import Settings
from evals.sheet import RATINGS, Sheet, begun_ratings, by_contestant, ratings_of
from fund.errors import ConfigError

KEPT = "kept"


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
    told = f"one filled-in sheet a rater, who is called as it is; `{KEPT}` for those rated in the chat alone"
    rated.add_argument("files", nargs="+", metavar="FILE", help=told)
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
    """Read the sheets back, keep them beside those of the chat, and say whose decisions were found sound."""
    experiment, sheet = _sheet(options, options.seed)
    paths = [Path(each) for each in options.files if each != KEPT]
    kept, written = _kept(options), {path.stem: _text(path) for path in paths}
    for text in written.values():
        ratings_of(text, sheet)
    for rater, text in written.items():
        kept.keep(experiment, options.seed, rater, text)
    begun = {
        rater: begun_ratings(text, sheet) for rater, text in kept.texts(experiment, options.seed).items()
    }
    read = {
        rater: tuple(said[each.row] for each in sheet.rows)
        for rater, said in begun.items()
        if len(said) == len(sheet.rows)
    }
    counts = by_contestant(sheet, [rating for ratings in read.values() for rating in ratings])
    table = Table("Contestant", *RATINGS, title=f"{len(read)} raters, {len(sheet.rows)} decisions")
    for contestant, found in counts.items():
        table.add_row(contestant, *(str(found[rating]) for rating in RATINGS))
    agreed = " ".join(agreements(read)) or SINGLE
    data = {"experiment": experiment, "raters": list(read), "ratings": counts, "agreement": agreed}
    return Outcome(data=data, shown=(table, f"Rated whole by: {', '.join(read) or 'nobody'}.", agreed))


def _kept(options: argparse.Namespace) -> KeptSheets:
    return KeptSheets(Settings.load(data_dir=options.data_dir, mandate=options.mandate).data_dir / EVALS)


def _sheet(options: argparse.Namespace, seed: int) -> tuple[str, Sheet]:
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    folder = experiment_folder(settings.data_dir / EVALS, options.experiment)
    return folder.name, KeptSheets(folder.parent).sheet(folder.name, seed)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: expected a filled-in sheet, found {error}") from error

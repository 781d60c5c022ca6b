"""A blind sheet for people: decisions to be rated without knowing whose they are or how they ended."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from evals.case import Case, Dataset
from evals.scorers.leaning import leaning
from evals.trial import Trial
from fund.errors import DataError
from graph.csv_text import csv_text

ROWS = 20
RATINGS = ("sound", "doubtful", "wrong")
COLUMNS = ("row", "situation", "decision", "reasons", "rating", "remark")
LEANS = {1: "more of it", 0: "no view", -1: "less of it"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One decision as a rater sees it."""

    row: str
    """An opaque name: nothing of case or contestant can be read from it."""
    situation: str
    decision: str
    reasons: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What stands behind a row, kept away from the raters."""

    case_id: str
    contestant: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The rows in the order in which they are rated, and what stands behind each."""

    dataset: str
    seed: int
    rows: tuple[SheetRow, ...]
    key: Mapping[str, Hidden]

    def csv(self, ratings: Mapping[str, "Rating"] | None = None) -> str:
        """Return the sheet as a rater fills it in, `rating` sound, doubtful or wrong, with those given."""
        given = ratings or {}
        told = (
            (each.row, each.situation, each.decision, each.reasons, said.rating, said.remark)
            for each in self.rows
            for said in (given.get(each.row, Rating(row=each.row, rating="", remark="")),)
        )
        return csv_text(COLUMNS, told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What a rater said of a row."""

    row: str
    rating: str
    remark: str


def sheet_of(dataset: Dataset, trials: Sequence[Trial], seed: int, count: int = ROWS) -> Sheet:
    """Draw decisions on one name, of every contestant and regime in turn; the same seed draws alike.

    Raises `DataError` when there are fewer decisions than rows.
    """
    cases = {case.case_id: case for case in dataset.cases}
    rng = Random(seed)  # noqa: S311 - a draw that must repeat, not a secret
    groups: dict[tuple[str, str], list[Trial]] = defaultdict(list)
    for trial in trials:
        if trial.dataset == dataset.name and trial.output.answer is not None:
            regime = cases[trial.case_id].strata.get("regime", "")
            groups[trial.contestant, regime].append(trial)
    drawn = _in_turn([rng.sample(groups[key], len(groups[key])) for key in sorted(groups)], count)
    if len(drawn) < count:
        raise DataError(f"expected at least {count} decisions to draw from, found {len(drawn)}")
    rng.shuffle(drawn)
    rows, key = [], {}
    for trial in drawn:
        name = sha256(f"{seed}/{trial.case_id}/{trial.contestant}/{trial.number}".encode()).hexdigest()[:8]
        rows.append(_row(name, cases[trial.case_id], trial))
        key[name] = Hidden(case_id=trial.case_id, contestant=trial.contestant, number=trial.number)
    return Sheet(dataset=dataset.name, seed=seed, rows=tuple(rows), key=key)


def ratings_of(text: str, sheet: Sheet) -> tuple[Rating, ...]:
    """Read a filled-in sheet; `DataError` names the row that is unknown, twice there, or not rated."""
    found = begun_ratings(text, sheet)
    missing = [each.row for each in sheet.rows if each.row not in found]
    if missing:
        raise DataError(f"expected every row rated, found none for {', '.join(missing)}")
    return tuple(found[each.row] for each in sheet.rows)


def begun_ratings(text: str, sheet: Sheet) -> dict[str, Rating]:
    """Read a sheet that may be filled in up to some row; `DataError` names the row that is amiss."""
    reader = csv.DictReader(io.StringIO(text.lstrip("﻿")))
    if not {"row", "rating"} <= set(reader.fieldnames or ()):
        raise DataError(f"expected the columns row and rating, found {reader.fieldnames}")
    found: dict[str, Rating] = {}
    seen: set[str] = set()
    for line in reader:
        row, rating = (line["row"] or "").strip(), (line["rating"] or "").strip().lower()
        if row not in sheet.key:
            raise DataError(f"expected a row of the sheet of seed {sheet.seed}, found {row!r}")
        if row in seen:
            raise DataError(f"row {row}: expected once, found twice")
        seen.add(row)
        if not rating:
            continue
        if rating not in RATINGS:
            raise DataError(f"row {row}: expected a rating of {', '.join(RATINGS)}, found {rating!r}")
        found[row] = Rating(row=row, rating=rating, remark=(line.get("remark") or "").strip())
    return found


def by_contestant(sheet: Sheet, ratings: Iterable[Rating]) -> dict[str, dict[str, int]]:
    """Return how often each rating was given to each contestant."""
    counts: dict[str, dict[str, int]] = {}
    for each in ratings:
        of = counts.setdefault(sheet.key[each.row].contestant, dict.fromkeys(RATINGS, 0))
        of[each.rating] += 1
    return dict(sorted(counts.items()))


def _in_turn(groups: Sequence[list[Trial]], count: int) -> list[Trial]:
    """Take one of each group, again and again, until there are enough; a case is taken once."""
    drawn: list[Trial] = []
    seen: set[str] = set()
    while len(drawn) < count and any(groups):
        for group in groups:
            while group and group[-1].case_id in seen:
                group.pop()
            if group and len(drawn) < count:
                drawn.append(group.pop())
                seen.add(drawn[-1].case_id)
    return drawn


def _row(name: str, case: Case, trial: Trial) -> SheetRow:
    answer = trial.output.answer or {}
    said = [view["reason"] for view in answer.get("views", ())] or [answer.get("summary", "")]
    return SheetRow(
        row=name,
        situation=_situation(case),
        decision=LEANS[leaning(case, answer)],
        reasons=_anonymous("; ".join(said), case),
    )


def _situation(case: Case) -> str:
    """Return the figures of the one name and its market, without its name or the day."""
    (candidate,) = case.given["evidence"]["candidates"]
    market = case.given["evidence"]["market"]
    told = {
        "20 sessions": candidate.get("return_20"),
        "60 sessions": candidate.get("return_60"),
        "volatility a year": candidate.get("volatility_20"),
        "below its high": candidate.get("drawdown_60"),
        "market, 60 sessions": market.get("return_60"),
        "in the book": candidate.get("weight"),
    }
    figures = ", ".join(f"{name} {value:+.1%}" for name, value in told.items() if value is not None)
    return f"{candidate.get('sector') or 'no sector'}: {figures}"


def _anonymous(text: str, case: Case) -> str:
    (candidate,) = case.given["evidence"]["candidates"]
    for word in (candidate.get("name"), candidate["ticker"]):
        if word:
            text = text.replace(word, "the name")
    return text

"""Looks for the future in a dataset: in dates, in figures, and in what fits the outcome too well."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

import numpy as np

from evals.books.moments import moments_of
from evals.case import Case, Dataset
from fund.errors import DataError

SAME = 5e-6
"""Relative difference below which two figures are the same one, rounded: evidence keeps six digits."""
FEWEST_DIGITS = 4
"""Figures of fewer significant digits meet by chance."""
TOO_GOOD = 0.5
"""A rank correlation with the outcome that no figure known before it can have: 0.1 is a good forecaster."""
BY_CHANCE = 5.0
"""Standard errors of a rank correlation that some figure among hundreds may reach by chance."""
FEWEST_CASES = 30
FEWEST_COPIES = 2
"""Among a million pairs of figures of six digits some are alike by chance, but not twice in one place."""
MOST_TOLD = 3
_DATE = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Something of the future in what a contestant is given."""

    case_id: str
    """Empty for what shows over all cases only."""
    where: str
    what: str


def leaks_in(dataset: Dataset) -> tuple[Leak, ...]:
    """Return every leak of a dataset whose cases have evidence."""
    moments = [moment for case in dataset.cases for moment in moments_of(case)]
    dated = [leak for moment in moments for leak in dated_later(moment)]
    copied = [leak for moment in moments for leak in figures_of_label(moment)]
    places = Counter(_place(leak) for leak in copied)
    kept = (leak for leak in copied if places[_place(leak)] >= FEWEST_COPIES)
    return (*dated, *kept, *too_good(dataset.cases))


def refuse_leaks(datasets: Sequence[Dataset]) -> None:
    """Raise `DataError` naming every dataset that knows something of the future, with what was found."""
    told = [
        f"{dataset.name}: {len(found)} ({_words(found)})"
        for dataset in datasets
        if (found := leaks_in(dataset))
    ]
    if told:
        raise DataError(
            f"expected nothing of the future in what contestants are given, found leaks: {'; '.join(told)}. "
            "No dataset is written before its maker in evals/making is mended"
        )


def dated_later(case: Case) -> Iterator[Leak]:
    """Yield every date in what is given that lies after the session of the decision."""
    session = date.fromisoformat(case.given["evidence"]["session"])
    for path, value in leaves(case.given):
        for text in _DATE.findall(value) if isinstance(value, str) else ():
            if _later(text, session):
                yield Leak(case_id=case.case_id, where="/".join(path), what=f"{text} is after {session}")


def figures_of_label(case: Case) -> Iterator[Leak]:
    """Yield every figure in what is given that is one of the label's, or its opposite."""
    told = np.array([abs(v) for _, v in leaves(case.label) if isinstance(v, float) and _distinct(v)])
    for path, value in leaves(case.given):
        if isinstance(value, float) and _distinct(value) and told.size:
            nearest = float(np.min(np.abs(told - abs(value))))
            if nearest <= SAME * abs(value):
                yield Leak(case_id=case.case_id, where="/".join(path), what=f"{value!r} is in the label")


def too_good(cases: Sequence[Case]) -> Iterator[Leak]:
    """Yield every figure given in many cases whose ranks go with those of an outcome beyond belief."""
    horizons = sorted({h for case in cases for h in case.label.get("horizons", {})})
    columns = _columns(cases)
    for horizon in horizons:
        outcome = np.array([case.label["horizons"][horizon]["z"] for case in cases])
        for path, values in columns.items():
            known = np.isfinite(values)
            if known.sum() >= FEWEST_CASES and len(np.unique(values[known])) > 2:
                fit = rank_correlation(values[known], outcome[known])
                if abs(fit) >= max(TOO_GOOD, BY_CHANCE / math.sqrt(known.sum() - 1)):
                    yield Leak(
                        case_id="", where="/".join(path), what=f"{fit:+.2f} with z of {horizon} sessions"
                    )


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every plain value of nested JSON with the way to it; integers of counts are no floats."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from leaves(item, (*path, str(place)))
    else:
        yield path, value


def rank_correlation(left: Any, right: Any) -> float:
    """Return Spearman's rank correlation; ties share a rank, and 0 stands for a constant."""
    first, second = _ranks(np.asarray(left)), _ranks(np.asarray(right))
    if first.std() == 0 or second.std() == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def shuffled(dataset: Dataset, seed: int) -> Dataset:
    """Return the dataset with its labels dealt out anew: whoever still scores above chance has seen them."""
    labels = [case.label for case in dataset.cases]
    Random(seed).shuffle(labels)  # noqa: S311 - must repeat, hides nothing
    cases = tuple(
        Case(case_id=c.case_id, subject=c.subject, given=c.given, label=label, strata=c.strata)
        for c, label in zip(dataset.cases, labels, strict=True)
    )
    return Dataset(name=dataset.name, about=dataset.about, cases=cases)


def _place(leak: Leak) -> str:
    """Return where a leak stands, whichever candidate or forecast of a list it is in."""
    return re.sub(r"/\d+(?=/|$)", "/*", leak.where)


def _words(found: Sequence[Leak]) -> str:
    first = (f"{leak.case_id or 'all cases'}, {leak.where}: {leak.what}" for leak in found[:MOST_TOLD])
    return "; ".join((*first, *(["..."] if len(found) > MOST_TOLD else [])))


def _columns(cases: Sequence[Case]) -> Mapping[Path, Any]:
    """Return each figure that is given by the way to it, NaN where a case has none."""
    columns: dict[Path, Any] = {}
    for row, case in enumerate(cases):
        for path, value in leaves(case.given):
            if isinstance(value, float | int) and not isinstance(value, bool):
                columns.setdefault(path, np.full(len(cases), np.nan))[row] = value
    return columns


def _ranks(values: Any) -> Any:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


def _distinct(value: float) -> bool:
    """Say whether a figure has enough digits to be known again."""
    return math.isfinite(value) and value != 0 and float(f"{value:.{FEWEST_DIGITS - 1}g}") != value


def _later(text: str, session: date) -> bool:
    try:
        return date.fromisoformat(text) > session
    except ValueError:
        return False

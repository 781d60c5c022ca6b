"""The nights' evaluations on record: each with its scores, written once, in one transaction."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import Connection, RowMapping, select

from db.eval_tables import eval_nights, eval_scores
from db.ledger_rows import aware
from db.once import insert_all

Colour = Literal["green", "amber", "block"]
NIGHT_COLUMNS = ("day", "experiment_id", "colour", "baseline_id", "commit_id", "prompts", "cost_usd")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalScore:
    """What a contestant scored on one dataset that night, by the dataset's primary scorer."""

    dataset: str
    contestant: str
    digest: str
    """Of the cases that were asked."""
    scorer: str
    value: float | None
    """Mean over the cases; None where none could be scored."""
    low: float | None
    """Of the 95 % interval of the mean; None where too few cases were scored."""
    high: float | None
    cases: int
    """Cases that could be scored."""
    baseline: float | None
    """What the committed baseline scored; None where it has no such contestant on these cases."""
    over_baseline: float | None
    """Over the cases that both scored; None where nothing can be compared."""
    over_last: float | None
    """Less the night's before; None where there is none that asked the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadCase:
    """A case that went badly, as it is told."""

    case: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalNight:
    """What came of the evaluation of one date."""

    day: date
    experiment_id: str
    recorded_at: datetime
    colour: Colour
    reasons: tuple[str, ...]
    """Why it is not green, the gravest first."""
    baseline_id: str | None
    commit_id: str
    """Of the program's source; empty where a night of before did not say."""
    prompts: str
    """Digest of all prompts; empty where a night of before did not say."""
    cost_usd: Decimal
    worst: tuple[BadCase, ...]
    scores: tuple[EvalScore, ...]


class EvalNights:
    """Nights over one connection; nothing in them can be changed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def days(self) -> frozenset[date]:
        """Return the dates that are on record."""
        return frozenset(self._connection.execute(select(eval_nights.c.day)).scalars())

    def record(self, night: EvalNight) -> bool:
        """Keep a night with its scores, and return whether it was new; a date on record stays as it is."""
        whole = asdict(night)
        row = {name: whole[name] for name in NIGHT_COLUMNS} | {
            "recorded_at": aware(night.recorded_at),
            "reasons": list(night.reasons),
            "worst": list(whole["worst"]),
        }
        if not insert_all(self._connection, eval_nights, [row]):
            return False
        insert_all(self._connection, eval_scores, [{"day": night.day, **each} for each in whole["scores"]])
        return True

    def latest(self, count: int) -> tuple[EvalNight, ...]:
        """Return the last nights, the newest first, with their scores in the order of dataset, contestant."""
        chosen = select(eval_nights).order_by(eval_nights.c.day.desc()).limit(count)
        nights = self._connection.execute(chosen).mappings().all()
        scores = self._scores(row["day"] for row in nights)
        return tuple(_night(row, scores[row["day"]]) for row in nights)

    def _scores(self, days: Iterable[date]) -> dict[date, list[EvalScore]]:
        table = eval_scores
        chosen = select(table).where(table.c.day.in_(list(days)))
        found: dict[date, list[EvalScore]] = defaultdict(list)
        for row in self._connection.execute(chosen.order_by(table.c.dataset, table.c.contestant)).mappings():
            found[row["day"]].append(EvalScore(**{name: row[name] for name in row if name != "day"}))
        return found


def _night(row: RowMapping, scores: Iterable[EvalScore]) -> EvalNight:
    return EvalNight(
        **{name: row[name] for name in NIGHT_COLUMNS},
        recorded_at=row["recorded_at"],
        reasons=tuple(row["reasons"]),
        worst=tuple(BadCase(**each) for each in row["worst"]),
        scores=tuple(scores),
    )

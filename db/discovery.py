"""What the pickers said, run by run, and what it returned; appended, and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, RowMapping, func, insert, select

from db.discovery_tables import discovery_picks, discovery_returns, discovery_runs
from db.ledger_rows import aware
from db.once import insert_all
from db.record_codec import from_plain, to_plain
from fund.discovery.candidate import Candidate
from fund.discovery.forward import HORIZONS

Half = Literal["manual", "discovered"]
"""Which half of the watchlist a name stood on before a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickerTurn:
    """How one picker fared in a run."""

    picker: str
    speaker: str
    """Who spoke: "rules", "offline rules, no LLM" or the name of an LLM."""
    weight: float
    """In the ensemble; 0 for the lot, which is only compared with."""
    names: int
    silent: str = ""
    """Why it gave no list; empty when it did."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """One run of the discovery."""

    run_id: str
    session: date
    """The last session that had closed."""
    as_of: datetime
    entry_session: date
    """The session at whose open a suggested name could first be bought."""
    ran_at: datetime
    universe: int
    """Names that could be picked."""
    overlap: float | None
    """How alike the lists of the pickers were; None with fewer than two."""
    pickers: tuple[PickerTurn, ...]
    mandate_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPick:
    """One name in one list of a run; the ensemble's own list among them."""

    run_id: str
    rank: int
    candidate: Candidate
    listed: Half | None
    """Where it stood before the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReturn:
    """What a name returned from its entry's open to its exit's close, beside the universe's mean."""

    entry_session: date
    ticker: str
    horizon_sessions: int
    exit_session: date
    value: float | None
    """Before costs; None where it could not be bought."""
    cost: float | None
    """Of buying and selling a hypothetical position, as a fraction of it."""
    universe_mean: float | None
    universe_names: int
    why: str | None
    filled_at: datetime

    @property
    def excess(self) -> float | None:
        """Return what it earned beyond the universe's equal-weight mean, both before costs."""
        if self.value is None or self.universe_mean is None:
            return None
        return self.value - self.universe_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class PickOutcome:
    """A pick with what came of it over one horizon."""

    run_id: str
    picker: str
    ticker: str
    rank: int
    entry_session: date
    exit_session: date
    excess: float
    value: float
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A return that can be filled: a name that was picked, and a horizon that is over."""

    entry_session: date
    ticker: str
    horizon_sessions: int


class Discoveries:
    """Reads and appends runs, picks and returns over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, run: StoredRun, picks: Sequence[StoredPick]) -> bool:
        """Keep a run with everything that was said in it, and return whether it was new."""
        row = {**_row(run), "pickers": to_plain(run.pickers)}
        if not insert_all(self._connection, discovery_runs, [row]):
            return False
        if picks:
            self._connection.execute(insert(discovery_picks), [_pick_row(each) for each in picks])
        return True

    def run(self, run_id: str) -> StoredRun | None:
        """Return a run by its id, None when there is none."""
        chosen = select(discovery_runs).where(discovery_runs.c.run_id == run_id)
        row = self._connection.execute(chosen).mappings().one_or_none()
        return None if row is None else _run(row)

    def runs(self, last: int = 20) -> tuple[StoredRun, ...]:
        """Return the last runs by their moment, newest first."""
        table = discovery_runs
        chosen = select(table).order_by(table.c.as_of.desc(), table.c.run_id.desc()).limit(last)
        return tuple(_run(row) for row in self._connection.execute(chosen).mappings())

    def count(self) -> int:
        """Return how many runs there are."""
        return self._connection.execute(select(func.count()).select_from(discovery_runs)).scalar_one()

    def first_session(self) -> date | None:
        """Return the session of the first run, None before it."""
        found: date | None = self._connection.execute(select(func.min(discovery_runs.c.session))).scalar()
        return found

    def picks(self, run_id: str) -> tuple[StoredPick, ...]:
        """Return everything that was said in a run, picker by picker, the best first."""
        table = discovery_picks
        chosen = select(table).where(table.c.run_id == run_id).order_by(table.c.picker, table.c.rank)
        return tuple(_pick(row) for row in self._connection.execute(chosen).mappings())

    def suggested(self, picker: str, run_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Return which names a picker gave in each of some runs."""
        table = discovery_picks
        chosen = select(table.c.run_id, table.c.ticker).where(
            table.c.picker == picker, table.c.run_id.in_(run_ids)
        )
        found: dict[str, set[str]] = {run_id: set() for run_id in run_ids}
        for row in self._connection.execute(chosen):
            found[row.run_id].add(row.ticker)
        return {run_id: frozenset(names) for run_id, names in found.items()}

    def unfilled(self) -> tuple[Due, ...]:
        """Return every pick and horizon of which no return is known yet, the oldest first."""
        runs, picks, returns = discovery_runs, discovery_picks, discovery_returns
        picked = (
            select(runs.c.entry_session, picks.c.ticker)
            .join(picks, picks.c.run_id == runs.c.run_id)
            .distinct()
            .order_by(runs.c.entry_session, picks.c.ticker)
        )
        known = {
            (row.entry_session, row.ticker, row.horizon_sessions)
            for row in self._connection.execute(
                select(returns.c.entry_session, returns.c.ticker, returns.c.horizon_sessions)
            )
        }
        return tuple(
            Due(entry_session=row.entry_session, ticker=row.ticker, horizon_sessions=horizon)
            for row in self._connection.execute(picked)
            for horizon in HORIZONS
            if (row.entry_session, row.ticker, horizon) not in known
        )

    def fill(self, returns: Sequence[StoredReturn]) -> int:
        """Keep returns and return how many were new; one that is there already stays as it is."""
        return len(insert_all(self._connection, discovery_returns, [_row(each) for each in returns]))

    def returns_of(self, run_id: str) -> tuple[StoredReturn, ...]:
        """Return what is known of the names of one run, over every horizon."""
        runs, picks, returns = discovery_runs, discovery_picks, discovery_returns
        chosen = (
            select(returns)
            .join(runs, runs.c.entry_session == returns.c.entry_session)
            .where(
                runs.c.run_id == run_id,
                returns.c.ticker.in_(select(picks.c.ticker).where(picks.c.run_id == run_id)),
            )
            .order_by(returns.c.ticker, returns.c.horizon_sessions)
        )
        return tuple(StoredReturn(**row) for row in self._connection.execute(chosen).mappings())

    def outcomes(self, horizon_sessions: int, *, known_by: date | None = None) -> tuple[PickOutcome, ...]:
        """Return every pick whose return over a horizon is known, the earliest first.

        With `known_by`, only those whose exit had closed by that session: nothing later enters a weight.
        """
        runs, picks, returns = discovery_runs, discovery_picks, discovery_returns
        chosen = (
            select(
                picks.c.run_id,
                picks.c.picker,
                picks.c.ticker,
                picks.c.rank,
                runs.c.entry_session,
                returns.c.exit_session,
                (returns.c.value - returns.c.universe_mean).label("excess"),
                returns.c.value,
                returns.c.cost,
            )
            .join(runs, runs.c.run_id == picks.c.run_id)
            .join(
                returns,
                (returns.c.entry_session == runs.c.entry_session) & (returns.c.ticker == picks.c.ticker),
            )
            .where(
                returns.c.horizon_sessions == horizon_sessions,
                returns.c.value.is_not(None),
                returns.c.universe_mean.is_not(None),
            )
            .order_by(runs.c.entry_session, picks.c.run_id, picks.c.picker, picks.c.rank)
        )
        if known_by is not None:
            chosen = chosen.where(returns.c.exit_session <= known_by)
        return tuple(PickOutcome(**row) for row in self._connection.execute(chosen).mappings())


def _row(value: StoredRun | StoredReturn) -> dict[str, object]:
    found = {name: getattr(value, name) for name in value.__dataclass_fields__}
    return {name: aware(each) if isinstance(each, datetime) else each for name, each in found.items()}


def _run(row: RowMapping) -> StoredRun:
    return StoredRun(**{**row, "pickers": tuple(from_plain(PickerTurn, each) for each in row["pickers"])})


def _pick_row(pick: StoredPick) -> dict[str, object]:
    return {
        "run_id": pick.run_id,
        "picker": pick.candidate.picker,
        "ticker": pick.candidate.ticker,
        "rank": pick.rank,
        "score": pick.candidate.score,
        "reasons": list(pick.candidate.reasons),
        "listed": pick.listed,
    }


def _pick(row: RowMapping) -> StoredPick:
    return StoredPick(
        run_id=row["run_id"],
        rank=row["rank"],
        candidate=Candidate(
            ticker=row["ticker"],
            score=row["score"],
            reasons=tuple(row["reasons"]),
            picker=row["picker"],
        ),
        listed=row["listed"],
    )

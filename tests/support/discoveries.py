"""Runs, picks and returns of the discovery with a default for everything."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from db.discovery import PickerTurn, StoredPick, StoredReturn, StoredRun
from fund.discovery.candidate import Candidate

SESSION = date(2016, 11, 1)
ENTRY = date(2016, 11, 2)
RAN = datetime(2026, 11, 20, 12, tzinfo=UTC)


def a_candidate(ticker: str = "AAPL", score: float = 0.5, picker: str = "metric") -> Candidate:
    """Return a suggestion with a reason."""
    return Candidate(ticker=ticker, score=score, reasons=(f"{ticker} rose 3.0%",), picker=picker)


def some_candidates(*tickers: str, picker: str = "metric") -> tuple[Candidate, ...]:
    """Return a list in this order, the scores falling."""
    return tuple(a_candidate(t, 1.0 - place / 100, picker) for place, t in enumerate(tickers))


def a_turn(picker: str = "metric", **changes: object) -> PickerTurn:
    """Return how a picker fared that gave two names."""
    turn = PickerTurn(picker=picker, speaker="rules", weight=0.5, names=2)
    return replace(turn, **changes)  # type: ignore[arg-type]


def a_run(
    run_id: str = "run-1", session: date = SESSION, entry: date = ENTRY, **changes: object
) -> StoredRun:
    """Return a run on the close of a session."""
    run = StoredRun(
        run_id=run_id,
        session=session,
        as_of=datetime(session.year, session.month, session.day, 21, tzinfo=UTC),
        entry_session=entry,
        ran_at=RAN,
        universe=480,
        overlap=0.25,
        pickers=(a_turn("metric"), a_turn("fuzzy"), a_turn("random", weight=0.0)),
        mandate_hash="m" * 64,
    )
    return replace(run, **changes)  # type: ignore[arg-type]


def some_picks(run_id: str, picker: str, tickers: Sequence[str]) -> list[StoredPick]:
    """Return one list of a run."""
    return [
        StoredPick(run_id=run_id, rank=rank, candidate=each, listed=None)
        for rank, each in enumerate(some_candidates(*tickers, picker=picker), start=1)
    ]


def a_return(
    ticker: str = "AAPL", value: float | None = 0.02, entry: date = ENTRY, horizon: int = 5, **changes: object
) -> StoredReturn:
    """Return what a name came to beside a universe that earned one percent."""
    found = StoredReturn(
        entry_session=entry,
        ticker=ticker,
        horizon_sessions=horizon,
        exit_session=date(2016, 11, 8),
        value=value,
        cost=0.0006,
        universe_mean=0.01,
        universe_names=480,
        why=None if value is not None else "no bar on 2016-11-02",
        filled_at=RAN,
    )
    return replace(found, **changes)  # type: ignore[arg-type]

"""Every configuration of a forecaster that was judged, as a chain: a count nobody can make smaller."""

from sqlalchemy import Connection, insert, select

from db.finding import Finding
from db.forecaster_tables import forecaster_trials
from db.locks import Lock, hold
from db.record_codec import from_json, to_json
from fund.errors import DataError
from fund.forecasting.trials import GENESIS, ChainedTrial, Trial, first_broken, trial_hash


class Trials:
    """Appends and reads trials over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, trial: Trial) -> bool:
        """Append a trial at the end of the chain; False for a configuration that was judged on these data."""
        hold(self._connection, Lock.TRIALS)
        table = forecaster_trials
        known = select(table.c.seq).where(table.c.trial_id == trial.trial_id)
        if self._connection.execute(known).scalar() is not None:
            return False
        last = self._connection.execute(
            select(table.c.seq, table.c.hash).order_by(table.c.seq.desc()).limit(1)
        ).one_or_none()
        seq, previous = (0, GENESIS) if last is None else (int(last.seq), str(last.hash))
        row = {
            "seq": seq + 1,
            "trial_id": trial.trial_id,
            "family": trial.family,
            "data_version": trial.data_version,
            "content": to_json(trial),
            "previous_hash": previous,
            "hash": trial_hash(previous, trial),
        }
        self._connection.execute(insert(table), row)
        return True

    def chain(self) -> tuple[ChainedTrial, ...]:
        """Return every trial in its place, the first one first; `DataError` for one that cannot be read."""
        table = forecaster_trials
        found = self._connection.execute(select(table).order_by(table.c.seq))
        return tuple(
            ChainedTrial(trial=from_json(Trial, row.content), previous_hash=row.previous_hash, hash=row.hash)
            for row in found
        )

    def all(self) -> tuple[Trial, ...]:
        """Return every trial, the first one first; read once for whatever is counted of them."""
        return tuple(each.trial for each in self.chain())


def trial_findings(connection: Connection) -> tuple[Finding, ...]:
    """Return the first trial at which the chain breaks; empty when it is whole.

    A tail that was cut off leaves no trace in the chain itself; the events that told of it do.
    """
    table = forecaster_trials
    rows = connection.execute(select(table).order_by(table.c.seq)).all()
    for expected, row in enumerate(rows, start=1):
        if row.seq != expected:
            problem = f"expected number {expected} in the chain, was {row.seq}: rows are missing or moved"
            return (Finding(table=table.name, row=row.trial_id, problem=problem),)
    try:
        chain = Trials(connection).chain()
    except DataError as error:
        return (Finding(table=table.name, row="", problem=f"it cannot be read ({str(error)[:200]})"),)
    beside = next((r for r, c in zip(rows, chain, strict=True) if _columns(r) != _said(c.trial)), None)
    if beside is not None:
        problem = "its columns are not what its content says"
        return (Finding(table=table.name, row=beside.trial_id, problem=problem),)
    broken = first_broken(chain)
    if broken is None:
        return ()
    problem = "its content is not what was recorded: the hash chain breaks here"
    return (Finding(table=table.name, row=rows[broken].trial_id, problem=problem),)


def _columns(row: object) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in ("trial_id", "family", "data_version"))


def _said(trial: Trial) -> tuple[object, ...]:
    return (trial.trial_id, trial.family, trial.data_version)

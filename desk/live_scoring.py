"""Scores every live forecast of champions and challengers, once what followed is known."""

import logging
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial

from sqlalchemy import Connection

from db.engine import in_transaction
from db.forecasters import Forecasters, RegisteredForecaster
from db.live_scores import LiveScores
from desk.learning import Learning
from desk.progress import ProgressSink, silent
from desk.trained_sources import TrainedSource
from desk.universes import universe_at
from fund.errors import DataError, NoDataError
from fund.forecasting.forecast import Forecast
from fund.forecasting.life.live_score import LiveScore, live_score, outcomes_of, unscored

log = logging.getLogger("conclave.forecasters")
KEPT_SESSIONS = 40
"""Heard forecasts are kept for so many sessions, until their outcome is known."""


class LiveScoring:
    """Which forecasts of which versions are scored, and the forecasts that were heard in this process."""

    def __init__(self, learning: Learning) -> None:
        self._learning = learning
        self._heard: dict[date, dict[str, Sequence[Forecast]]] = {}

    def heard(self, sources: Sequence[TrainedSource], session: date) -> None:
        """Keep what was forecast on a session, so that it need not be computed again when it is scored."""
        said = self._heard.setdefault(session, {})
        for source in sources:
            if session > source.last:
                try:
                    said[source.card.version] = source.at(session)
                except DataError as error:
                    log.warning("%s said nothing on %s: %s", source.card.version, session, error)
        for old in sorted(self._heard)[:-KEPT_SESSIONS]:
            del self._heard[old]

    def fill_heard(self, last: date) -> int:
        """Score what was heard and whose outcome is known on the open of `last`; return how many are new."""
        return self._fill(last, silent, computed=False)

    def fill(self, last: date, progress: ProgressSink = silent) -> int:
        """Score whatever is not scored yet, computing forecasts again where they must be; return how many.

        A version whose artifact cannot be read is left out, and the log says why. Forecasts are made from
        what was known at their session, so that it does not matter when they are computed.
        """
        return self._fill(last, progress, computed=True)

    def due(self, last: date) -> tuple[tuple[RegisteredForecaster, tuple[date, ...]], ...]:
        """Return every version with the sessions that should be scored and are not, oldest first.

        A version counts from the first session whose outcome its training did not know; a retired one until
        the training of the one that followed it.
        """

        def read(connection: Connection) -> list[tuple[RegisteredForecaster, frozenset[date]]]:
            every = Forecasters(connection).all()
            filled = LiveScores(connection).filled([row.version for row in every])
            return [(row, filled[row.version]) for row in every]

        rows = in_transaction(self._learning.engine, read)
        ends = _ends([row for row, _ in rows])
        found = []
        for row, filled in rows:
            spoken = self._sessions(row, min(last, ends.get(row.version, last)), last)
            missing = tuple(each for each in spoken if each not in filled)
            if missing:
                found.append((row, missing))
        return tuple(found)

    def _sessions(self, row: RegisteredForecaster, until: date, last: date) -> tuple[date, ...]:
        sessions, ahead = self._learning.market.history.panel.sessions, row.horizon_sessions + 1
        learned = bisect_right(sessions, learned_by(row)) - 1
        known = bisect_right(sessions, last) - 1 - ahead
        stop = min(known, bisect_right(sessions, until) - 1)
        return tuple(sessions[max(learned - ahead + 1, 0) : stop + 1])

    def _fill(self, last: date, progress: ProgressSink, *, computed: bool) -> int:
        outcomes: dict[tuple[date, int], Mapping[str, float]] = {}
        count, due = 0, self.due(last)
        for done, (row, sessions) in enumerate(due):
            progress("Scoring live forecasts", done, len(due))
            made = self._computed(row, sessions) if computed else self._remembered(row, sessions)
            scores = [self._score(row, session, told, outcomes) for session, told in made]
            count += in_transaction(self._learning.engine, partial(self._record, scores=scores))
        progress("Scoring live forecasts", len(due), len(due))
        return count

    def _record(self, connection: Connection, scores: Sequence[LiveScore]) -> int:
        return LiveScores(connection).record(scores, at=self._learning.clock.now())

    def _remembered(
        self, row: RegisteredForecaster, sessions: Sequence[date]
    ) -> Iterator[tuple[date, Sequence[Forecast]]]:
        for session in sessions:
            said = self._heard.get(session, {}).get(row.version)
            if said is not None:
                yield session, said

    def _computed(
        self, row: RegisteredForecaster, sessions: Sequence[date]
    ) -> Iterator[tuple[date, Sequence[Forecast] | str]]:
        remembered = dict(self._remembered(row, sessions))
        source = None
        for session in sessions:
            if session in remembered:
                yield session, remembered[session]
                continue
            try:
                source = source or self._learning.source(self._learning.kept(row.version))
            except DataError as error:
                log.warning("%s cannot be scored: %s", row.version, error)
                return
            try:
                yield session, source.at(session)
            except NoDataError as error:
                yield session, str(error)

    def _score(
        self,
        row: RegisteredForecaster,
        session: date,
        told: Sequence[Forecast] | str,
        outcomes: dict[tuple[date, int], Mapping[str, float]],
    ) -> LiveScore:
        sessions, ahead = self._learning.market.history.panel.sessions, row.horizon_sessions + 1
        known = sessions[sessions.index(session) + ahead]
        if isinstance(told, str):
            return unscored(
                told,
                version=row.version,
                session=session,
                horizon_sessions=row.horizon_sessions,
                known_session=known,
            )
        key = (session, row.horizon_sessions)
        if key not in outcomes:
            universe = universe_at(self._learning.market.history, known, self._learning.benchmark, ahead + 1)
            outcomes[key] = outcomes_of(universe, session, row.horizon_sessions)
        return live_score(
            told,
            outcomes[key],
            version=row.version,
            session=session,
            horizon_sessions=row.horizon_sessions,
            known_session=known,
        )


def learned_by(row: RegisteredForecaster) -> date:
    """Return the last session a training knew: the last it made a forecast for."""
    return row.card.test_last or row.card.train_last


def _ends(rows: Sequence[RegisteredForecaster]) -> dict[str, date]:
    """Return until when each retired version spoke: the training of the next of its name and horizon."""
    ends = {}
    for row in rows:
        if row.role == "retired":
            later = [
                learned_by(each)
                for each in rows
                if (each.name, each.horizon_sessions) == (row.name, row.horizon_sessions)
                and learned_by(each) > learned_by(row)
            ]
            ends[row.version] = min(later, default=learned_by(row))
    return ends

"""The market's history in use: everybody reads it here, and only the worker's thread changes it."""

import logging
from datetime import UTC, date, datetime
from typing import Protocol, TypeVar

import numpy as np

from db.lake import DAILY, Batch, Lake
from desk.feed import BARS, LeftOut, Stamp, left_out_of
from desk.feeds.ground import Ground
from desk.ingest import Checked
from fund.errors import DataError, FeedError
from fund.market.history import History

log = logging.getLogger("conclave.feed")
State = TypeVar("State")


class Source(Protocol[State]):
    """Where new facts come from: a folder somebody keeps up to date, or vendors that are asked.

    Both methods raise `FeedError`, and then nothing is taken in.
    """

    def stamp(self, now: datetime, ground: Ground) -> State:
        """Return what tells one state of the source from another, without reading it."""
        ...

    def read(self, stamp: State, ground: Ground) -> Checked:
        """Return the facts of a state and what was left out of them."""
        ...


class Market:
    """Holds the history; whoever needs it takes it once an operation, so that none sees two.

    Without a lake and a source it never changes.
    """

    def __init__(
        self, history: History, lake: Lake | None = None, source: Source[object] | None = None
    ) -> None:
        self._history = history
        self._lake = lake
        self._source = source
        self._state = lake.state() if lake is not None else ()
        self._taken: tuple[object, str] | None = None
        self._problem = ""
        self._left_out: LeftOut | None = None

    @property
    def history(self) -> History:
        """The history as of the last refresh."""
        return self._history

    @property
    def problem(self) -> str:
        """Why the feed could not be taken in last time; empty when it was."""
        return self._problem

    @property
    def left_out(self) -> LeftOut | None:
        """What was left out of the state of the feed that was read last; None when nothing was."""
        return self._left_out

    @property
    def feed_written_at(self) -> datetime | None:
        """When the daily bars of the feed that was read last were written; None without a folder."""
        stamp = self._taken[0] if self._taken is not None else None
        if not isinstance(stamp, Stamp) or BARS not in stamp.files:
            return None
        return datetime.fromtimestamp(stamp.files[BARS][0] / 1e9, UTC)

    def refresh(self, now: datetime, played: date | None) -> None:
        """Take in what is new in the feed, whole or not at all; between two sessions only.

        `played` is the last session that was played. A feed that cannot be taken in is a `problem`,
        logged once, and the history stays as it is; the same files are not read twice.
        """
        before = self._problem
        try:
            self._problem = self._refreshed(now, played)
        except FeedError as error:
            self._problem = str(error)
        if self._problem and self._problem != before:
            log.error("the feed was not taken in: %s", self._problem)

    def _refreshed(self, now: datetime, played: date | None) -> str:
        if self._source is None or self._lake is None:
            return ""
        ground = Ground(calendar=self._history.calendar, known=self._history, played=played)
        stamp = self._source.stamp(now, ground)
        if self._taken is not None and self._taken[0] == stamp:
            return self._taken[1]
        problem = ""
        try:
            checked = self._source.read(stamp, ground)
            self._left_out = left_out_of(checked)
            history = self._extended(checked.batch, self._lake, played)
        except DataError as error:
            problem = str(error)
        else:
            self._history = history or self._history
        self._taken = (stamp, problem)
        return problem

    def _extended(self, batch: Batch, lake: Lake, played: date | None) -> History | None:
        history = self._history
        _refuse_gap(history, batch)
        _refuse_late_actions(history, batch, played)
        extended = lake.extend(batch, history.calendar)
        if extended is None and lake.state() != self._state:
            # Another process has taken it in; what it wrote is there to be read.
            extended = lake.load_history(history.calendar)
        if extended is not None:
            self._state = lake.state()
            log.info("the feed was taken in: the market is known to %s", extended.last_session)
        return extended


def _refuse_gap(history: History, batch: Batch) -> None:
    """Refuse bars that do not begin where the history ends: the book would be carried at old marks."""
    sessions = batch.bars[DAILY].session
    new = sessions[sessions > np.datetime64(history.last_session)]
    if not len(new):
        return
    first, due = new.min().astype(object), history.calendar.next_session(history.last_session)
    if first != due:
        raise FeedError(
            f"expected the feed to go on with {due}, the session after the last one known, found {first} as "
            "its first new one; add the sessions between, or start a new DESK_DATA_DIR with a DESK_BUNDLE "
            "that reaches the feed"
        )


def _refuse_late_actions(history: History, batch: Batch, played: date | None) -> None:
    """Refuse a corporate action of a session that was played without it: the book was not adjusted."""
    known = set(history.actions)
    for action in batch.actions:
        if played is not None and action.ex_date <= played and action not in known:
            raise FeedError(
                f"expected the {action.kind} of {action.ticker} on {action.ex_date} before that session was "
                "played, found it new: the book does not have it; take it out of the feed"
            )

"""Plays the past, so that a first start begins with a book, a track record and memories."""

from datetime import date

from db.engine import in_transaction
from desk.bootstrap import Desk
from desk.progress import ProgressSink, silent
from fund.errors import NoDataError

LABEL = "Replaying the past"


def replay_past(desk: Desk, progress: ProgressSink = silent) -> int:
    """Play what is due of the past and return how many sessions that was.

    A start that was interrupted goes on with the session after the last one that was committed. Raises
    `ConfigError` while another desk has the folder: it is playing these sessions itself.
    """
    due = [s for s in desk.unplayed() if s <= desk.last_replayed]
    if not due:
        return 0
    desk.stores.folder.set_up_alone()
    if desk.player.last_session() is None:
        first = _first_session(desk)
        due = [s for s in due if s >= first]
        in_transaction(desk.engine, lambda connection: desk.recollector.remember_before(connection, first))
    for done, session in enumerate(due):
        progress(LABEL, done, len(due))
        desk.replay(session, progress)
    progress(LABEL, len(due), len(due))
    return len(due)


def _first_session(desk: Desk) -> date:
    """Return the first session to play: where forecasts begin, or later if fewer sessions are asked for."""
    history = desk.history
    begins = next((s for s in history.panel.sessions if desk.forecasts.by_ticker(s)), None)
    if begins is None:
        raise NoDataError("no session has a forecast; train on a longer history")
    played = history.calendar.sessions(begins, desk.last_replayed)
    wanted = desk.settings.replay.sessions
    return begins if wanted is None else played[-min(wanted, len(played))]

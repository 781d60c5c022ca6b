"""A decision for looking at: taken on the session the clock stands at, and neither ordered nor recorded."""

from desk.bootstrap import Desk
from fund.cycle import CycleRecord, decide
from fund.errors import NoDataError
from graph.context import Watcher, nobody


def rehearse(desk: Desk, watch: Watcher = nobody) -> CycleRecord:
    """Let the committee decide once more on the last session, from the book as it stands.

    Asks an LLM for real and pays for it from the same budget; the calls are on record under a cycle id
    of their own, so that asking twice about the same session costs once.
    """
    mark = desk.player.last_mark()
    if mark is None:
        raise NoDataError("no session has been played; `make up` plays the past first")
    desk.seating.strategy.watch = watch
    return decide(
        desk.seating.strategy,
        desk.history.view(mark.at),
        desk.player.book(),
        desk.mandate,
        cycle_id=f"rehearsal-{mark.session.isoformat()}-{desk.settings.chosen_provider}",
        inputs={"mandate_hash": desk.mandate.mandate_hash},
    )

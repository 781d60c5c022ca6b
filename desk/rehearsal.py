"""A decision for looking at: taken on the session the clock stands at, and neither ordered nor recorded."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256

from db.engine import in_transaction
from desk.attention import Wishes
from desk.bootstrap import Desk
from desk.cycle import track_of
from fund.cycle import CycleRecord, decide
from fund.errors import NoDataError
from graph.context import Watcher, nobody
from tools.directory import Directory


def rehearse(desk: Desk, watch: Watcher = nobody, *, tickers: Sequence[str] = ()) -> CycleRecord:
    """Let the committee decide once more on the last session, from the book as it stands.

    With `tickers` it looks at these alone; raises `QueryRefusedError` for one that nobody bears.

    Asks an LLM for real and pays for it from the same budget; the calls are on record under a cycle id
    of their own, so that asking twice from the same data, mandate and prompts costs once.
    """
    mark = desk.player.last_mark()
    if mark is None:
        raise NoDataError("no session has been played; `make up` plays the past first")
    desk.seating.strategy.watch = watch
    desk.track.current = track_of(mark)
    view = desk.history.view(mark.at)
    directory = Directory(view.instrument(ticker) for ticker in sorted(view.tickers()))
    found = tuple(dict.fromkeys(directory.find(name).ticker for name in tickers))
    places = desk.mandate.discovery.before_committee
    wishes = in_transaction(desk.engine, lambda connection: Wishes.standing(connection, places))
    desk.attention.current = replace(wishes.attention, only=found)
    inputs = desk.player.inputs_at(mark.at) | wishes.inputs
    return decide(
        desk.seating.strategy,
        view,
        desk.player.book(),
        desk.mandate,
        cycle_id=f"rehearsal-{mark.session.isoformat()}-{_causes(desk, mark.session, inputs, found)}",
        inputs=inputs,
        asked=wishes.exits,
    )


def _causes(desk: Desk, session: date, inputs: Mapping[str, str], tickers: Sequence[str]) -> str:
    """Return a digest of what the answers depend on beside the book, which only a session changes."""
    asked = [desk.seating.label, desk.seating.blind(session), sorted(inputs.items()), *tickers]
    return sha256(json.dumps(asked).encode()).hexdigest()[:12]

"""The committee heard on the last close about some names: shown live, and neither ordered nor decided."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from threading import Event

from db.engine import in_transaction
from desk.attention import Wishes
from desk.bootstrap import Desk
from desk.cycle import track_of
from fund.cycle import CycleRecord, decide
from fund.errors import NoDataError, QueryRefusedError, TradingHaltedError
from fund.portfolio.session_mark import SessionMark
from fund.risk.limits import ZERO
from graph.chat_events import StepFinished, StepStarted
from graph.context import Watcher, nobody
from graph.desk_control import HeardName, Hearing
from graph.research import Attention

OCCASION = "occasion"
"""Input of a record that says what a hearing was called for."""
STOPPED = "it was stopped before everybody had spoken"


def hear(
    desk: Desk,
    hearing_id: str,
    tickers: Sequence[str],
    watch: Watcher = nobody,
    stop: Event | None = None,
    *,
    occasion: str = "",
) -> CycleRecord:
    """Let the committee decide on the last close from the book as it stands; nothing of it is carried out.

    On the real clock it is told what has become known since that close, and the `occasion` it is called
    for. Its LLM calls are on record under `hearing_id` and paid from the day's budget. What the committee was
    told is thrown away with its checkpoints. Setting `stop` ends it before the next role is asked.
    """
    mark = desk.player.last_mark()
    if mark is None:
        raise NoDataError("no session has been played; `make up` plays the past first")
    places = desk.mandate.discovery.before_committee
    wishes = in_transaction(desk.engine, lambda connection: Wishes.standing(connection, places))
    desk.track.current = track_of(mark)
    at = _moment(desk, mark)
    desk.attention.current = replace(
        wishes.attention, only=tuple(tickers), occasion=occasion, present=desk.is_live
    )
    strategy = desk.seating.strategy
    strategy.watch = _stoppable(watch, stop or Event())
    try:
        return decide(
            strategy,
            desk.history.view(at),
            desk.player.book(),
            desk.mandate,
            cycle_id=hearing_id,
            inputs=desk.player.inputs_at(at) | wishes.inputs | ({OCCASION: occasion} if occasion else {}),
        )
    finally:
        strategy.watch = nobody
        desk.attention.current = Attention()
        desk.seating.forget(hearing_id)


def _moment(desk: Desk, mark: SessionMark) -> datetime:
    """Return from when the committee looks: now, unless a session has closed that is not played yet."""
    if not desk.is_live:
        return mark.at
    now = desk.clock.now()
    return max(now, mark.at) if desk.history.calendar.last_closed(now) == mark.session else mark.at


def told(record: CycleRecord, tickers: Sequence[str], provider: str) -> Hearing:
    """Return what a hearing came to for the names it was about and those it would trade.

    Raises `QueryRefusedError` where it was stopped.
    """
    if record.cause is not None and STOPPED in record.cause:
        raise QueryRefusedError(f"The hearing came to nothing: {STOPPED}; nothing was ordered")
    wanted = record.proposal.weights if record.proposal else {}
    names = {*tickers, *wanted, *(order.ticker for order in record.orders)}
    return Hearing(
        hearing_id=record.cycle_id,
        session=record.session,
        provider=provider,
        status=record.status,
        cause=record.cause or "",
        names=tuple(_name(record, ticker) for ticker in sorted(names)),
    )


def _name(record: CycleRecord, ticker: str) -> HeardName:
    proposal, review = record.proposal, record.review
    orders = [f"{o.side} {o.quantity.normalize():f}" for o in record.orders if o.ticker == ticker]
    return HeardName(
        ticker=ticker,
        held=record.weights_before.get(ticker, ZERO),
        wanted=proposal.weights.get(ticker) if proposal else None,
        allowed=review.weights.get(ticker) if review else None,
        would=" and ".join(orders),
        reason=proposal.reasons.get(ticker, "") if proposal else "",
    )


def _stoppable(watch: Watcher, stop: Event) -> Watcher:
    def told_on(event: StepStarted | StepFinished) -> None:
        if stop.is_set() and isinstance(event, StepStarted):
            raise TradingHaltedError(STOPPED)
        watch(event)

    return told_on

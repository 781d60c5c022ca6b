"""Bars and corporate actions of a feed, checked together: neither can be believed without the other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np

from db.lake_tables import bar_table
from desk.feeds.action_check import ActionIntake, actions_of, refuse_told_twice
from desk.feeds.feed import Delivery, Request
from desk.feeds.ground import Ground, asked_rows
from desk.feeds.shape import shape, unreadable
from fund.market.actions import BoolArray
from fund.market.bar_runs import on_one_list, run_of
from fund.market.facts import CorporateAction
from fund.market.finding import Finding, FindingKind
from fund.market.overlap import check_overlap
from fund.market.quality import BarTable, check_bars, findings_of
from fund.market.suspicion import Background, check_runs, shifted, unfollowed_splits
from fund.portfolio.payouts import absurd_payout


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Bars and actions that are new and may be believed, and what was found on the way."""

    bars: BarTable
    actions: tuple[CorporateAction, ...]
    of_bars: tuple[Finding, ...]
    of_actions: tuple[Finding, ...]


def check_prices(bars: Delivery, actions: Delivery | None, ground: Ground) -> Prices:
    """Return what is new in a delivery of bars, and in one of the actions over the same days.

    What is known already is no news, and is left out silently; with other figures it is told as
    `revised`. Whatever is refused carries its reason; see `fund.market.finding`.
    """
    intake = actions_of(actions, ground) if actions is not None else ActionIntake([])
    read, findings = _bars_of(bars, ground)
    known = ground.bars(bars.request)
    background = Background(calendar=ground.calendar, known=known, actions=ground.actions)
    refuse_told_twice(intake, background, read)
    background = replace(background, actions=(*ground.actions, *intake.found))
    fresh, overlapping = check_overlap(read, background)
    findings += overlapping
    refused = [(each.ticker, each.session) for each in findings if each.quarantined]
    kept, strange = check_runs(fresh, background, refused)
    contradicted = set(unfollowed_splits(kept, background))
    intake.leave_out("split_unconfirmed", contradicted.__contains__)
    run = run_of(*on_one_list(kept, known))
    intake.leave_out("absurd_figure", lambda action: absurd_payout(action, run))
    return Prices(
        bars=kept,
        actions=tuple(intake.found),
        of_bars=(*findings, *strange, *(() if unreadable(findings) else _stale(bars, read, ground))),
        of_actions=tuple(intake.findings),
    )


def _bars_of(delivery: Delivery, ground: Ground) -> tuple[BarTable, list[Finding]]:
    shaped = asked_rows(shape(delivery), delivery)
    table = bar_table(shaped.frame.rename({"symbol": "ticker", "date": "session"}))
    findings = shaped.findings
    request, received_at = delivery.request, delivery.received_at
    moved = shifted(table, ground.calendar)
    findings += findings_of(table, "shifted_dates", moved)
    table = table.where(~moved)
    for kind, outside in _outside(table, request, received_at, ground):
        findings += findings_of(table, kind, outside)
    table = table.where(
        ~np.logical_or.reduce([each for _, each in _outside(table, request, received_at, ground)])
    )
    kept, found = check_bars(table, ground.calendar)
    return kept, [*findings, *(each for each in found if each.quarantined)]


def _outside(
    table: BarTable, request: Request, received_at: datetime, ground: Ground
) -> Sequence[tuple[FindingKind, BoolArray]]:
    """Return which bars are of a time that is not over, or that nobody asked about."""
    until = ground.calendar.last_closed(received_at)
    running = ground.calendar.next_session(until)
    begun = ground.calendar.open_at(running) <= received_at
    day, over = table.session, np.datetime64(until, "D")
    is_running = (day == np.datetime64(running, "D")) & begun
    asked = (day >= np.datetime64(request.first, "D")) & (day <= np.datetime64(request.last, "D"))
    return (
        ("running", is_running),
        ("future", (day > over) & ~is_running),
        ("unasked_day", (day <= over) & ~asked),
    )


def _stale(delivery: Delivery, read: BarTable, ground: Ground) -> Iterable[Finding]:
    """Yield a finding for each name whose bars end before they should."""
    request = delivery.request
    until = min(request.last, ground.calendar.last_closed(delivery.received_at))
    sessions = ground.calendar.sessions(request.first, until) if request.first <= until else ()
    if not sessions:
        return
    last: dict[str, date] = {}
    if len(read):
        ends = np.flatnonzero(np.append(read.column[1:] != read.column[:-1], True))
        last = {read.tickers[read.column[row]]: read.session[row].astype(object) for row in ends}
    for name in sorted({*request.names} - {*delivery.missing}):
        if last.get(name, date.min) < sessions[-1]:
            found = f"the last is of {last[name]}" if name in last else "there is none"
            detail = f"expected bars up to {sessions[-1]}, {found}"
            yield Finding(kind="stale", ticker=name, session=sessions[-1], detail=detail)

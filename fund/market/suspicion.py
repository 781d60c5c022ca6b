"""What is wrong with bars that look like bars: told by the bars around them and by the actions."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from fund.market.actions import BoolArray
from fund.market.bar_runs import Run, no_bars, on_one_list, run_of
from fund.market.calendar import SessionCalendar
from fund.market.facts import ABSURD_PRICE, CorporateAction
from fund.market.finding import Finding, FindingKind
from fund.market.quality import JUMP, BarTable, findings_of
from fund.market.view import FloatArray

MOST_SHARES = 1e11
"""A volume above this is no volume: no share has traded a tenth of it in a day."""
SPLIT_RATIOS = np.array([2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 25.0, 50.0])
NEAR_RATIO = 0.05
"""How near to a split's ratio a move must be to look like one that nobody told of."""
UNIT_FROM, UNIT_TO = 80.0, 125.0
"""A close so many times the one before it, or so small a part, is in another unit: pence, cents."""
Look = Callable[[Run, Sequence[CorporateAction], int], BoolArray]
PLAIN_SPLIT = 0.8, 1.25
"""A split between these moves the price less than a day can: prices cannot confirm it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What the bars of a delivery are held against."""

    calendar: SessionCalendar
    known: BarTable = field(default_factory=no_bars)
    """Bars that are known for certain, a week or so before the delivery begins."""
    actions: tuple[CorporateAction, ...] = ()
    """Splits and dividends, known ones and those that came along."""


def check_runs(
    table: BarTable, background: Background, refused: Iterable[tuple[str, date]] = ()
) -> tuple[BarTable, tuple[Finding, ...]]:
    """Return the bars that may be believed beside the known ones, and what was found.

    Left out are figures beyond any share's, a bar that repeats the one before it to the last share
    though the price moved in it, a close in another unit, and the bars before a split whose prices
    already tell of it. Kept and told are jumps, moves like a split nobody told of, sessions without
    a bar, and a volume of zero while others traded. `refused` are the tickers and sessions of bars
    that came and were left out before: they are no gaps. No bar of `table` is also known.
    """
    absurd = _absurd(table)
    findings = findings_of(table, "absurd_figure", absurd)
    table = table.where(~absurd)
    for kind, look in _LOOKS:
        fresh, known = on_one_list(table, background.known)
        wrong = look(run_of(fresh, known), background.actions, len(table))
        findings += findings_of(table, kind, wrong)
        table = table.where(~wrong)
    out = {*refused, *((each.ticker, each.session) for each in findings)}
    return table, (*findings, *_strange(table, background, out))


def unfollowed_splits(table: BarTable, background: Background) -> tuple[CorporateAction, ...]:
    """Return the splits that prices do not show, from one bar to the next across the ex-date."""
    fresh, known = on_one_list(table, background.known)
    run = run_of(fresh, known)
    return tuple(action for action, _ in _unfollowed(run, background.actions))


def shifted(table: BarTable, calendar: SessionCalendar) -> BoolArray:
    """Return the bars of tickers whose days are off by one: a day later or earlier all are sessions.

    Bars of Sunday to Thursday are Monday's to Friday's, read in the wrong timezone. It takes three
    bars of a ticker to say so.
    """
    sessions = np.array(calendar.sessions(calendar.first, calendar.last), dtype="datetime64[D]")
    count = np.bincount(table.column, minlength=len(table.tickers))
    here, later, earlier = (
        np.bincount(table.column[np.isin(table.session + days, sessions)], minlength=len(table.tickers))
        for days in (0, 1, -1)
    )
    wrong = (count >= 3) & (here < count) & ((later == count) | (earlier == count))
    mask: BoolArray = wrong[table.column]
    return mask


def _absurd(table: BarTable) -> BoolArray:
    most = float(ABSURD_PRICE)
    absurd: BoolArray = (table.high > most) | (table.volume > MOST_SHARES)
    return absurd


def _in_another_unit(run: Run, actions: Sequence[CorporateAction], count: int) -> BoolArray:
    """Return the fresh bars a hundred times off: against the known ones, else against most of their own."""
    moved = run.moved() * _split_since(run, actions)
    step = np.zeros(len(moved), dtype=np.int64)
    step[(moved > UNIT_FROM) & (moved < UNIT_TO)] = 1
    step[(moved < 1 / UNIT_FROM) & (moved > 1 / UNIT_TO)] = -1
    if not step.any():
        return np.zeros(count, dtype=bool)
    level = np.cumsum(step)
    wrong = np.zeros(len(level), dtype=bool)
    for column in np.unique(run.bars.column[step != 0]):
        own = np.flatnonzero(run.bars.column == column)
        known = own[~run.fresh[own]]
        levels, often = np.unique(level[own], return_counts=True)
        right = level[known[-1]] if len(known) else levels[np.argmax(often)]
        wrong[own] = level[own] != right
    return run.of_fresh(wrong, count)


def _frozen(run: Run, _: Sequence[CorporateAction], count: int) -> BoolArray:
    bars = run.bars
    same = run.follows & (bars.volume > 0) & (bars.high > bars.low)
    for name in ("open", "high", "low", "close", "volume"):
        values = getattr(bars, name)
        same[1:] &= values[1:] == values[:-1]
    return run.of_fresh(same, count)


def _adjusted(run: Run, actions: Sequence[CorporateAction], count: int) -> BoolArray:
    """Return the fresh bars before a split that the prices do not show: they tell of it already."""
    wrong = np.zeros(len(run.fresh), dtype=bool)
    for _, row in _unfollowed(run, actions):
        before = np.arange(row)[run.bars.column[:row] == run.bars.column[row]]
        if run.fresh[before[-1]]:
            wrong[before] = True
    return run.of_fresh(wrong, count)


def _unfollowed(run: Run, actions: Iterable[CorporateAction]) -> list[tuple[CorporateAction, int]]:
    """Return the splits whose first bar stands nearer to the close before it than to what the split makes."""
    follows, found = run.follows, []
    for action in actions:
        ratio = float(action.value)
        if action.kind != "split" or PLAIN_SPLIT[0] < ratio < PLAIN_SPLIT[1]:
            continue
        row = run.first_from(action.ticker, action.ex_date)
        if row is None or not follows[row]:
            continue
        moved = run.bars.close[row] / run.bars.close[row - 1]
        if abs(np.log(moved)) < abs(np.log(moved * ratio)):
            found.append((action, row))
    return found


def _split_since(run: Run, actions: Iterable[CorporateAction]) -> FloatArray:
    """Return how many shares one of the bar before has become at each bar."""
    grown = np.ones(len(run.fresh))
    for action in actions:
        row = run.first_from(action.ticker, action.ex_date) if action.kind == "split" else None
        if row is not None:
            grown[row] *= float(action.value)
    return grown


_LOOKS: tuple[tuple[FindingKind, Look], ...] = (
    ("wrong_unit", _in_another_unit),
    ("frozen", _frozen),
    ("adjusted", _adjusted),
)


def _strange(table: BarTable, background: Background, refused: Collection[tuple[str, date]]) -> list[Finding]:
    fresh, known = on_one_list(table, background.known)
    run = run_of(fresh, known)
    untold, jumps = _moves(run, background.actions)
    return [
        *findings_of(run.bars, "split_untold", untold & run.fresh),
        *findings_of(run.bars, "jump", jumps & run.fresh),
        *findings_of(fresh, "no_volume", _quiet_alone(fresh)),
        *_gaps(run, refused, background.calendar),
    ]


def _moves(run: Run, actions: Iterable[CorporateAction]) -> tuple[BoolArray, BoolArray]:
    """Return the bars that moved like a split nobody told of, and the others that jumped."""
    moved = run.moved()
    size = np.maximum(moved, 1 / moved)
    like_split = (np.abs(size[:, None] / SPLIT_RATIOS - 1) < NEAR_RATIO).any(axis=1)
    strange = like_split | (np.abs(moved - 1) > JUMP)
    explained = [(each.ticker, each.ex_date) for each in actions] if strange.any() else []
    for row in np.flatnonzero(strange):
        after, until = (day.astype(object) for day in run.bars.session[row - 1 : row + 1])
        ticker = run.bars.tickers[run.bars.column[row]]
        strange[row] = not any(who == ticker and after < day <= until for who, day in explained)
    return strange & like_split, strange & ~like_split


def _quiet_alone(table: BarTable) -> BoolArray:
    """Return the bars without volume on days when at least two others, and most of them, traded."""
    quiet: BoolArray = table.volume == 0
    if not quiet.any():
        return np.zeros(len(table), dtype=bool)
    _, day = np.unique(table.session, return_inverse=True)
    trading = np.bincount(day, weights=~quiet)
    still = np.bincount(day, weights=quiet)
    alone: BoolArray = quiet & (trading[day] >= 2) & (trading[day] > still[day])
    return alone


def _gaps(run: Run, refused: Collection[tuple[str, date]], calendar: SessionCalendar) -> list[Finding]:
    """Return one finding for each run of sessions without a bar between two bars, the later of them fresh."""
    sessions = np.array(calendar.sessions(calendar.first, calendar.last), dtype="datetime64[D]")
    number = np.searchsorted(sessions, run.bars.session)
    apart = np.zeros(len(number), dtype=np.int64)
    apart[1:] = number[1:] - number[:-1]
    found = []
    for row in np.flatnonzero(run.follows & (apart > 1) & run.fresh):
        ticker = run.bars.tickers[run.bars.column[row]]
        days: list[date] = sessions[number[row - 1] + 1 : number[row]].tolist()
        missing = [day for day in days if (ticker, day) not in refused]
        if missing:
            detail = f"{len(missing)} without a bar, {missing[0]} to {missing[-1]}"
            found.append(Finding(kind="gap", ticker=ticker, session=missing[0], detail=detail))
    return found

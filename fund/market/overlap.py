"""Bars that come again beside the known ones: the same, corrected by their vendor, or another series."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from fund.market.actions import BoolArray, IntArray
from fund.market.bar_runs import matches, on_one_list
from fund.market.facts import CorporateAction
from fund.market.finding import Finding, FindingKind
from fund.market.quality import BarTable, findings_of
from fund.market.suspicion import UNIT_FROM, UNIT_TO, Background

PRICE_TOLERANCE = 1e-4
"""Two vendors, or one a day later, round the same price no further apart, relative."""
VOLUME_TOLERANCE = 0.01
"""Late trades are added for days; a volume that differs by less is the same."""
SCALE_TOLERANCE = 1e-3
PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """The bars of one ticker that are known and came again."""

    rows: IntArray
    """All rows of the ticker in the delivery."""
    again: IntArray
    """Those that are known."""
    ratio: float | None
    """Delivered over known where that is one number for all of them, and not 1."""
    moved: bool
    """Whether they are the known bars of the session before, or after."""


def check_overlap(table: BarTable, background: Background) -> tuple[BarTable, tuple[Finding, ...]]:
    """Return the bars that are new, and what those that are known say of the delivery.

    A known bar with other figures is told as `revised`: a fact is never updated. When all known bars
    of a ticker came scaled by one number, the series is adjusted, or in another unit; when they are
    those of the day before, its days are shifted. Then its new bars are left out as well; of an
    adjusted series, those before the last split or dividend that explains it.
    """
    fresh, known = on_one_list(table, background.known)
    place = matches(fresh, known)
    again = place >= 0
    prices, volumes = _differs(fresh, known, place)
    findings: list[Finding] = []
    out = np.zeros(len(fresh), dtype=bool)
    revised = again & (prices | volumes)
    for column in np.unique(fresh.column[again & prices]):
        rows = np.flatnonzero(fresh.column == column)
        pair = _pair(fresh, known, place, rows, prices)
        kind = _kind(fresh, pair, background.actions)
        if kind is None:
            continue
        wrong = np.zeros(len(fresh), dtype=bool)
        wrong[_distrusted(fresh, pair, kind, background.actions)] = True
        findings += findings_of(fresh, kind, wrong)
        out |= wrong
        revised[rows] = False
    findings += findings_of(fresh, "revised", revised)
    return fresh.where(~again & ~out), tuple(findings)


def _differs(fresh: BarTable, known: BarTable, place: IntArray) -> tuple[BoolArray, BoolArray]:
    if not len(known):
        nothing = np.zeros(len(fresh), dtype=bool)
        return nothing, nothing
    prices = np.zeros(len(fresh), dtype=bool)
    for name in PRICES:
        before = getattr(known, name)[place]
        prices |= np.abs(getattr(fresh, name) / before - 1) > PRICE_TOLERANCE
    before = np.maximum(known.volume[place], 1.0)
    volumes: BoolArray = np.abs(fresh.volume - known.volume[place]) / before > VOLUME_TOLERANCE
    return prices & (place >= 0), volumes & (place >= 0)


def _pair(fresh: BarTable, known: BarTable, place: IntArray, rows: IntArray, prices: BoolArray) -> _Pair:
    again = rows[place[rows] >= 0]
    ratios = fresh.close[again] / known.close[place[again]]
    one = bool(prices[again].all()) and ratios.max() / ratios.min() - 1 < SCALE_TOLERANCE
    return _Pair(
        rows=rows,
        again=again,
        ratio=float(np.median(ratios)) if one else None,
        moved=bool(prices[again].all()) and any(_are_those(fresh, known, again, days) for days in (1, -1)),
    )


def _are_those(fresh: BarTable, known: BarTable, again: IntArray, days: int) -> bool:
    """Say whether the bars are the known ones of so many sessions later; it takes two to say so."""
    beside = matches(fresh, known, days)[again]
    here = again[beside >= 0]
    if len(here) < 2:
        return False
    beside = beside[beside >= 0]
    return all(
        bool((np.abs(getattr(fresh, name)[here] / getattr(known, name)[beside] - 1) < PRICE_TOLERANCE).all())
        for name in PRICES
    )


def _kind(fresh: BarTable, pair: _Pair, actions: Iterable[CorporateAction]) -> FindingKind | None:
    if pair.moved:
        return "shifted_dates"
    if pair.ratio is None:
        return None
    if UNIT_FROM < max(pair.ratio, 1 / pair.ratio) < UNIT_TO and not _explained(fresh, pair, actions):
        return "wrong_unit"
    return "adjusted" if len(pair.again) > 1 or _explained(fresh, pair, actions) else None


def _explained(fresh: BarTable, pair: _Pair, actions: Iterable[CorporateAction]) -> bool:
    """Say whether the actions after the known bars scale them by the ratio that was found."""
    factor, close = 1.0, fresh.close[pair.again[-1]] / (pair.ratio or 1.0)
    for action in _after(fresh, pair, actions):
        value = float(action.value)
        factor *= 1 / value if action.kind == "split" else max(1 - value / close, SCALE_TOLERANCE)
    return factor != 1.0 and abs((pair.ratio or 1.0) / factor - 1) < SCALE_TOLERANCE


def _after(fresh: BarTable, pair: _Pair, actions: Iterable[CorporateAction]) -> list[CorporateAction]:
    ticker, last = fresh.tickers[fresh.column[pair.rows[0]]], fresh.session[pair.again[-1]]
    moving = ("split", "dividend")
    return [
        each
        for each in actions
        if each.ticker == ticker and each.kind in moving and np.datetime64(each.ex_date) > last
    ]


def _distrusted(
    fresh: BarTable, pair: _Pair, kind: FindingKind, actions: Iterable[CorporateAction]
) -> IntArray:
    if kind != "adjusted" or not _explained(fresh, pair, actions):
        return pair.rows
    raw_from = max(np.datetime64(each.ex_date) for each in _after(fresh, pair, actions))
    before: IntArray = pair.rows[fresh.session[pair.rows] < raw_from]
    return before

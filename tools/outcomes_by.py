"""How trades, and the desk's sessions, ended, parted by one thing that was known about them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Literal, get_args

import numpy as np

from fund.errors import QueryRefusedError
from fund.metrics.groups import chance_of_groups, group_means
from fund.metrics.inference import Interval, share_interval
from tools.desk_past import DeskPast, OpenedTrade
from tools.figures import ENOUGH, SEED, Figure, too_few
from tools.verdict import EXIT_NAMES

Dimension = Literal["regime", "weekday", "agreement", "holding_period", "conviction", "sector", "exit"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
BY_SESSION: tuple[Dimension, ...] = ("regime", "weekday")
"""What can be said of a session too: there are far more sessions than closed trades."""
CENT = Decimal("0.01")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
REGIMES = ("risk_on", "neutral", "risk_off")
HOLDING = ((5, "1 to 5 sessions"), (10, "6 to 10"), (20, "11 to 20"), (40, "21 to 40"))
LONGEST = "41 and more"
CONVICTIONS = ((0.0, "below 0"), (0.2, "0 to 0.2"), (0.4, "0.2 to 0.4"), (0.6, "0.4 to 0.6"))
STRONGEST = "0.6 and more"
AGREE, DISAGREE = 0.3, 0.6
"""Distance between the highest and the lowest rank; the validator objects from the second on."""
UNKNOWN = "not on record"
CAVEATS: Mapping[Dimension, str] = {
    "holding_period": "how long a trade lasts follows in part from how it goes: stops end losers early, so "
    "this is no advice on when to sell",
    "exit": "a stop closes what has fallen and a take-profit what has risen, whatever either is worth",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeGroup:
    """Trades, or sessions, that have one thing in common."""

    name: str
    n: int
    win_rate: Figure
    mean_return: Figure
    """Per trade net of costs, or per session net of deposits."""
    profit: Decimal | None
    """USD net of costs; None for sessions, whose money depends on how much there was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomesBy:
    """One table: groups, and whether their differences can be told from chance."""

    dimension: Dimension
    span: str
    counted: Literal["trades", "sessions"]
    n: int
    groups: tuple[OutcomeGroup, ...]
    chance: float | None
    """How often groups drawn by chance differ as much; None on too few to say."""
    chance_note: str
    best: str
    """The group with the highest mean, of those that are more than one case; empty where there is none."""
    caveat: str
    questions: int = len(DIMENSIONS)
    """How many such tables can be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomesReport:
    """The trades of a span by one dimension, and its sessions where they can be parted so too."""

    span: str
    dimension: Dimension
    trades: OutcomesBy
    sessions: OutcomesBy | None
    still_open: int
    unexplained: int


def outcomes_report(past: DeskPast, dimension: str) -> OutcomesReport:
    """Part the closed trades of a span by a dimension, and its sessions where that is possible.

    Raises:
        QueryRefusedError: There is no such dimension.
    """
    asked = next((each for each in DIMENSIONS if each == dimension), None)
    if asked is None:
        raise QueryRefusedError(f"outcomes can be parted by {', '.join(DIMENSIONS)}, found {dimension!r}")
    return OutcomesReport(
        span=past.span,
        dimension=asked,
        trades=trades_by(past, asked),
        sessions=sessions_by(past, asked) if asked in BY_SESSION else None,
        still_open=past.still_open,
        unexplained=past.unexplained,
    )


def trades_by(past: DeskPast, dimension: Dimension) -> OutcomesBy:
    """Part the closed trades of a span."""
    names = [_NAMES[dimension](trade) for trade in past.trades]
    return _parted(
        dimension,
        past.span,
        "trades",
        names,
        [trade.return_fraction for trade in past.trades],
        [trade.profit for trade in past.trades],
        [_opened_at(past, trade) for trade in past.trades],
    )


def sessions_by(past: DeskPast, dimension: Dimension) -> OutcomesBy:
    """Part the desk's daily returns: by their weekday, or by the regime seen on the close before."""
    names, returns = [], []
    for before, mark in pairwise(past.marks):
        weekday = WEEKDAYS[mark.session.weekday()] if mark.session.weekday() < 5 else UNKNOWN
        names.append(weekday if dimension == "weekday" else past.regimes.get(before.session) or UNKNOWN)
        returns.append(mark.unit_value / before.unit_value - 1)
    return _parted(dimension, past.span, "sessions", names, returns, None, list(range(len(returns))))


def _opened_at(past: DeskPast, trade: OpenedTrade) -> int:
    """Return the place in time of the session that opened a trade."""
    return past.all_days.index(trade.opened)


def _parted(
    dimension: Dimension,
    span: str,
    counted: Literal["trades", "sessions"],
    names: Sequence[str],
    returns: Sequence[float],
    profits: Sequence[float] | None,
    places: Sequence[int],
) -> OutcomesBy:
    order = [name for name in _order(dimension, names) if name in set(names)]
    values = np.array(returns, dtype=float)
    groups = np.array([order.index(name) for name in names], dtype=np.int64)
    means: tuple[Interval | None, ...] = (None,) * len(order)
    if order:
        means = group_means(
            values, groups, np.array(places, dtype=np.int64), count=len(order), mean_block=1.0, seed=SEED
        )
    told = tuple(
        _group(
            name,
            counted,
            values[groups == at],
            means[at],
            None if profits is None else [p for p, g in zip(profits, groups, strict=True) if g == at],
        )
        for at, name in enumerate(order)
    )
    ranked = sorted((g for g in told if g.n > 1), key=lambda g: -(g.mean_return.value or 0.0))
    chance = chance_of_groups(values, groups, seed=SEED) if order else None
    return OutcomesBy(
        dimension=dimension,
        span=span,
        counted=counted,
        n=len(values),
        groups=told,
        chance=chance,
        chance_note="" if chance is not None else _untold(len(values), len(order), counted),
        best=ranked[0].name if len(ranked) > 1 else "",
        caveat=CAVEATS.get(dimension, ""),
    )


def _untold(n: int, groups: int, counted: str) -> str:
    return too_few(n, counted) if n < ENOUGH else f"there is only {groups} group to compare"


def _group(
    name: str,
    counted: Literal["trades", "sessions"],
    returns: np.ndarray[tuple[int], np.dtype[np.float64]],
    mean: Interval | None,
    profits: Sequence[float] | None,
) -> OutcomeGroup:
    n = len(returns)
    wins = share_interval(int((returns > 0).sum()), n)
    assert wins is not None, "a group has at least one case"
    note = "" if n >= ENOUGH else too_few(n, counted)
    return OutcomeGroup(
        name=name,
        n=n,
        win_rate=Figure(
            name="win rate",
            value=wins.value,
            unit="fraction",
            n=n,
            counted=counted,
            low=wins.low,
            high=wins.high,
            note=note,
        ),
        mean_return=Figure(
            name="mean return",
            value=float(returns.mean()),
            unit="fraction",
            n=n,
            counted=counted,
            low=mean.low if mean is not None else None,
            high=mean.high if mean is not None else None,
            note=note or ("" if mean is not None else f"too few {counted} on different days to say"),
        ),
        profit=None if profits is None else Decimal(repr(sum(profits))).quantize(CENT),
    )


def held_for(sessions: int) -> str:
    """Return the name of a length of holding."""
    return next((name for most, name in HOLDING if sessions <= most), LONGEST)


def agreement_of(ranks: Sequence[float]) -> str:
    """Return how far forecasters agreed on a name: by the distance of its best and its worst rank."""
    if len(ranks) < 2:
        return "one forecaster or none"
    apart = max(ranks) - min(ranks)
    if apart < AGREE:
        return "agree"
    return "disagree" if apart >= DISAGREE else "differ"


def conviction_of(conviction: float | None) -> str:
    """Return the name of a strength of conviction."""
    if conviction is None:
        return UNKNOWN
    return next((name for below, name in CONVICTIONS if conviction < below), STRONGEST)


_NAMES: Mapping[Dimension, Callable[[OpenedTrade], str]] = {
    "regime": lambda trade: trade.regime or UNKNOWN,
    "weekday": lambda trade: WEEKDAYS[trade.opened.weekday()] if trade.opened.weekday() < 5 else UNKNOWN,
    "agreement": lambda trade: agreement_of(trade.ranks),
    "holding_period": lambda trade: held_for(trade.held_sessions),
    "conviction": lambda trade: conviction_of(trade.conviction),
    "sector": lambda trade: trade.sector or UNKNOWN,
    "exit": lambda trade: EXIT_NAMES.get(trade.ended_by, trade.ended_by) or "the committee or a limit",
}


def _order(dimension: Dimension, names: Sequence[str]) -> list[str]:
    """Return the groups in the order people expect them in; what nobody expected comes last."""
    known: Mapping[Dimension, tuple[str, ...]] = {
        "regime": REGIMES,
        "weekday": WEEKDAYS,
        "agreement": ("agree", "differ", "disagree", "one forecaster or none"),
        "holding_period": (*(name for _, name in HOLDING), LONGEST),
        "conviction": (*(name for _, name in CONVICTIONS), STRONGEST),
    }
    first = list(known.get(dimension, ()))
    return first + sorted(set(names) - set(first))

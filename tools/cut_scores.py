"""Which limits, exits, sizing and shrinking saved money and which cost some, priced by what came after."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from fund.cycle import CycleRecord
from fund.metrics.association import holm
from fund.metrics.groups import chance_of_sign, group_means
from fund.risk.exits import PRECEDENCE
from tools.aftermath import Aftermath
from tools.desk_past import DeskPast
from tools.figures import ENOUGH, SEED, Figure, too_few
from tools.heard import Heard
from tools.verdict import EXIT_NAMES

CENT = Decimal("0.01")
HORIZON = 20
"""Sessions over which what was cut away is followed, unless asked otherwise."""
LONGEST = 60
PRICE_RULE = "from the next open to the close {sessions} sessions after the decision, dividends included"


@dataclass(frozen=True, slots=True, kw_only=True)
class CutScore:
    """What one limit (exit, sizing rule, role) took away, and what that would have earned."""

    limit: str
    cuts: int
    names: int
    saved: Decimal
    """USD not lost because of the cuts; below zero they cost that much."""
    low: Decimal | None
    high: Decimal | None
    """Bounds of the 95 % interval of `saved`."""
    mean_return: Figure
    """What a dollar that was cut away would have earned."""
    adjusted: float | None
    """Probability of a mean so far from zero by chance, after Holm's correction; None on too few."""

    @property
    def told_apart(self) -> bool:
        """Say whether it can be told from chance that it saved or cost."""
        return self.adjusted is not None and self.adjusted < 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class CutsReport:
    """Every cut of a span whose outcome is known, by what made it."""

    span: str
    horizon_sessions: int
    price_rule: str
    cuts: int
    saved: Decimal
    scores: tuple[CutScore, ...]
    """Largest sum first, saved or lost."""
    repeated: int
    """Cuts of the same name by the same limit within the horizon, which are counted once."""
    pending: int
    """Cuts too young to be judged."""
    unpriced: int
    """Cuts of names without a price to judge them by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One target made smaller (or larger, below zero), in USD."""

    limit: str
    ticker: str
    session: date
    dollars: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    cut: Cut
    place: int
    earned: float


def cuts_report(past: DeskPast, after: Aftermath, horizon_sessions: int) -> CutsReport:
    """Follow what each cut took away for so many sessions, and sum it by what made the cut.

    Gross: what the trade would have cost is not counted, nor what the money did instead.
    """
    judged: list[_Judged] = []
    pending = unpriced = repeated = 0
    last: dict[tuple[str, str], int] = {}
    for cut in (cut for record in past.records for cut in cuts_of(record)):
        place = after.place(cut.session)
        before = last.get((cut.limit, cut.ticker))
        if before is not None and place - before < horizon_sessions:
            repeated += 1
            continue
        earned = after.earned(cut.ticker, cut.session, horizon_sessions)
        if earned is None:
            known = after.known(cut.session, horizon_sessions)
            pending, unpriced = pending + (not known), unpriced + known
            continue
        last[cut.limit, cut.ticker] = place
        judged.append(_Judged(cut=cut, place=place, earned=earned))
    scores = _scores(judged, horizon_sessions)
    return CutsReport(
        span=past.span,
        horizon_sessions=horizon_sessions,
        price_rule=PRICE_RULE.format(sessions=horizon_sessions),
        cuts=len(judged),
        saved=sum((score.saved for score in scores), Decimal(0)),
        scores=scores,
        repeated=repeated,
        pending=pending,
        unpriced=unpriced,
    )


def cuts_of(record: CycleRecord) -> Iterator[Cut]:
    """Yield what a decision lost on its way: to the risk officer, to sizing, to exits and limits."""
    proposal = record.proposal
    if proposal is not None:
        wanted = Heard(record).targets()
        for ticker, weight in wanted.items():
            left = proposal.weights.get(ticker)
            if left is not None and abs(left) < abs(weight):
                yield _cut(record, "risk officer", ticker, weight - left)
    for each in record.resized:
        yield _cut(record, f"sizing: {each.rule}", each.ticker, each.before - each.after)
    clamped = {(c.limit, c.ticker) for c in (record.review.clamps if record.review is not None else ())}
    for clamp in record.review.clamps if record.review is not None else ():
        name = EXIT_NAMES.get(clamp.limit, clamp.limit) if clamp.limit in PRECEDENCE else clamp.limit
        before = clamp.before
        if clamp.limit in PRECEDENCE:
            before = max(clamp.before, record.weights_before.get(clamp.ticker, Decimal(0)))
        if before != clamp.after:
            yield _cut(record, name, clamp.ticker, before - clamp.after)
    for exit_ in record.exits:
        held = record.weights_before.get(exit_.ticker, Decimal(0))
        if (exit_.rule, exit_.ticker) not in clamped and held:
            yield _cut(record, EXIT_NAMES.get(exit_.rule, exit_.rule), exit_.ticker, held)


def _cut(record: CycleRecord, limit: str, ticker: str, weight: Decimal) -> Cut:
    return Cut(limit=limit, ticker=ticker, session=record.session, dollars=weight * record.equity)


def _scores(judged: Sequence[_Judged], horizon: int) -> tuple[CutScore, ...]:
    limits = sorted({each.cut.limit for each in judged})
    chances = {
        limit: chance_of_sign(np.array(_dollars(mine)), np.array([each.place for each in mine]), seed=SEED)
        for limit in limits
        if len(mine := [each for each in judged if each.cut.limit == limit]) >= ENOUGH
    }
    known = [limit for limit, chance in chances.items() if chance is not None]
    adjusted = dict(zip(known, holm([chances[limit] or 0.0 for limit in known]), strict=True))
    scores = [
        _score(limit, [each for each in judged if each.cut.limit == limit], horizon, adjusted.get(limit))
        for limit in limits
    ]
    return tuple(sorted(scores, key=lambda score: (-abs(score.saved), score.limit)))


def _dollars(judged: Sequence[_Judged]) -> list[float]:
    """Return what each cut saved, USD."""
    return [-float(each.cut.dollars) * each.earned for each in judged]


def _score(limit: str, mine: Sequence[_Judged], horizon: int, adjusted: float | None) -> CutScore:
    n, saved = len(mine), _dollars(mine)
    places = np.array([each.place for each in mine], dtype=np.int64)
    one = np.zeros(n, dtype=np.int64)
    money, earned = (
        group_means(np.array(values), one, places, count=1, mean_block=horizon / 5, seed=SEED)[0]
        for values in (saved, [each.earned for each in mine])
    )
    few = n < ENOUGH or money is None or earned is None
    return CutScore(
        limit=limit,
        cuts=n,
        names=len({each.cut.ticker for each in mine}),
        saved=_usd(sum(saved)),
        low=None if few or money is None else _usd(money.low * n),
        high=None if few or money is None else _usd(money.high * n),
        mean_return=Figure(
            name="return of what was cut",
            value=float(np.mean([each.earned for each in mine])),
            unit="fraction",
            n=n,
            counted="cuts",
            low=None if few or earned is None else earned.low,
            high=None if few or earned is None else earned.high,
            note=too_few(n, "cuts") if n < ENOUGH else "too few sessions to say" if few else "",
        ),
        adjusted=adjusted,
    )


def _usd(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(CENT)

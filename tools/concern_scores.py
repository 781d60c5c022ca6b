"""Which of the validator's concerns came before losses, among what was bought and what was passed over."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from fund.metrics.association import Association, holm
from fund.metrics.inference import Interval
from tools.aftermath import Aftermath
from tools.desk_past import DeskPast
from tools.figures import ENOUGH, Figure, too_few
from tools.heard import Heard, SpokenConcern

LOOK_AHEAD = 20
"""Sessions after which a name that was not bought is judged."""
KINDS = ("weak_evidence", "similar_trades_lost", "against_regime", "crowded", "overtrading", "other")
SEVERITIES = (
    ("mild, below 0.25", 0.0, 0.25),
    ("middling, 0.25 to 0.5", 0.25, 0.5),
    ("grave, 0.5 up", 0.5, 9.9),
)
Counted = Literal["trades", "names"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernScore:
    """How well one sign told losses apart from the rest."""

    sign: str
    signed: int
    """Cases with it."""
    signed_lost: int
    others: int
    others_lost: int
    precision: Figure
    """Share of the cases with it that lost."""
    recall: Figure
    """Share of the losses that had it."""
    lift: Figure
    """Precision over base rate; 1 says nothing."""
    p_value: float
    """Of Fisher's exact test."""
    adjusted: float
    """The same after Holm's correction for all the signs of its table."""

    @property
    def told_apart(self) -> bool:
        """Say whether it can be told from chance, after all that was looked at."""
        return self.adjusted < 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernsReport:
    """What the validator's concerns were worth over a span."""

    span: str
    trades: int
    base_rate: Figure
    """Share of the closed trades that lost."""
    scores: tuple[ConcernScore, ...]
    """Any concern first, then by kind, then by severity."""
    passed_over: tuple[ConcernScore, ...]
    """The same for candidates that were not held and not bought."""
    passed_over_base: Figure
    """Share of those that fell."""
    look_ahead: int
    pending: int
    """Passed over with a concern too lately to know."""
    still_open: int


def concerns_report(past: DeskPast, after: Aftermath) -> ConcernsReport:
    """Score every concern against how the trades ended, and against what passed-over names did."""
    spoken = [(trade.concerns, trade.lost) for trade in past.trades]
    cases, pending = passed_over(past, after)
    return ConcernsReport(
        span=past.span,
        trades=len(past.trades),
        base_rate=_share("losing trades", [lost for _, lost in spoken], "trades"),
        scores=_scores(spoken, "trades"),
        passed_over=_scores(cases, "names"),
        passed_over_base=_share("names that fell", [lost for _, lost in cases], "names"),
        look_ahead=LOOK_AHEAD,
        pending=pending,
        still_open=past.still_open,
    )


Case = tuple[tuple[SpokenConcern, ...], bool]


def passed_over(past: DeskPast, after: Aftermath) -> tuple[list[Case], int]:
    """Return candidates that were not held and not bought, with their concerns and whether they fell.

    A name counts once in `LOOK_AHEAD` sessions, at the first concern or, without one, at the first look:
    the same fall seen from five days in a row is one fall. The second number is how many concerns are
    too young to be judged.
    """
    with_one, without = _looks(past)
    cases: list[Case] = []
    pending = 0
    busy: dict[str, list[int]] = {}
    for ticker, session, concerns in (*with_one, *without):
        place = after.place(session)
        if any(abs(place - taken) < LOOK_AHEAD for taken in busy.get(ticker, ())):
            continue
        earned = after.earned(ticker, session, LOOK_AHEAD)
        if earned is None:
            pending += bool(concerns) and not after.known(session, LOOK_AHEAD)
            continue
        busy.setdefault(ticker, []).append(place)
        cases.append((concerns, earned < 0))
    return cases, pending


Look = tuple[str, date, tuple[SpokenConcern, ...]]


def _looks(past: DeskPast) -> tuple[list[Look], list[Look]]:
    """Return every candidate that was left alone, with a concern and without, oldest first."""
    with_one: list[Look] = []
    without: list[Look] = []
    for record in past.records:
        heard = Heard(record)
        bought = {order.ticker for order in record.orders if order.side == "buy"}
        for ticker in heard.candidates:
            if ticker in bought or record.weights_before.get(ticker):
                continue
            concerns = heard.concerns(ticker)
            (with_one if concerns else without).append((ticker, record.session, concerns))
    return with_one, without


def _scores(cases: Sequence[Case], counted: Counted) -> tuple[ConcernScore, ...]:
    """Score any concern, each kind that was spoken, and each severity; Holm over all of them."""
    kinds = {concern.kind for concerns, _ in cases for concern in concerns}
    ordered = [kind for kind in KINDS if kind in kinds] + sorted(kinds - set(KINDS))
    signs: list[tuple[str, Callable[[SpokenConcern], bool]]] = [("any concern", lambda _: True)]
    signs += [(kind, lambda each, kind=kind: each.kind == kind) for kind in ordered]  # type: ignore[misc]
    signs += [
        (name, lambda each, low=low, high=high: low <= each.severity < high)  # type: ignore[misc]
        for name, low, high in SEVERITIES
    ]
    scores = [_score(name, _table(cases, is_one), counted) for name, is_one in signs]
    heard = [score for score in scores if score.signed]
    adjusted = holm([score.p_value for score in heard])
    return tuple(replace(score, adjusted=p) for score, p in zip(heard, adjusted, strict=True))


def _table(cases: Sequence[Case], is_one: Callable[[SpokenConcern], bool]) -> Association:
    signed = [lost for concerns, lost in cases if any(is_one(each) for each in concerns)]
    others = [lost for concerns, lost in cases if not any(is_one(each) for each in concerns)]
    return Association(
        signed=len(signed), signed_ended=sum(signed), others=len(others), others_ended=sum(others)
    )


def _score(name: str, found: Association, counted: Counted) -> ConcernScore:
    lift = found.lift
    missing = "every case had it" if not found.others else "nothing lost, so there is nothing to predict"
    return ConcernScore(
        sign=name,
        signed=found.signed,
        signed_lost=found.signed_ended,
        others=found.others,
        others_lost=found.others_ended,
        precision=_of("precision", found.precision, "fraction", counted, "it was never said"),
        recall=_of("recall", found.recall, "fraction", counted, "nothing lost"),
        lift=_of("lift", lift, "ratio", counted, missing, smallest=min(found.signed, found.others)),
        p_value=found.p_value,
        adjusted=found.p_value,
    )


def _share(name: str, ended: Iterable[bool], counted: Counted) -> Figure:
    bad = list(ended)
    found = Association(signed=len(bad), signed_ended=sum(bad), others=0, others_ended=0).precision
    return _of(name, found, "fraction", counted, f"there are no {counted}")


def _of(
    name: str,
    found: Interval | None,
    unit: Literal["fraction", "ratio"],
    counted: Counted,
    missing: str,
    *,
    smallest: int | None = None,
) -> Figure:
    """Return a figure; where one side is a handful its note says so, beside the interval."""
    if found is None:
        return Figure(name=name, value=None, unit=unit, n=0, counted=counted, note=missing)
    few = found.n if smallest is None else smallest
    return Figure(
        name=name,
        value=found.value,
        unit=unit,
        n=found.n,
        counted=counted,
        low=found.low,
        high=found.high,
        note="" if few >= ENOUGH else too_few(few, counted),
    )

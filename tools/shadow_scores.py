"""How the committee in force and its shadows have done: one measure for all, paired decision by decision."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

import numpy as np

from db.shadows import ShadowDecision, ShadowReturn, ShadowView
from fund.metrics.bootstrap import Bounds, bootstrap_interval
from fund.metrics.inference import mean_interval, share_interval
from fund.metrics.paired import FEWEST_CLUSTERS, paired_difference
from fund.metrics.probabilistic_sharpe import probabilistic_sharpe
from fund.metrics.returns import FloatArray, sharpe_ratio, sharpe_ratios
from tools.figures import ENOUGH, SEED, Figure, figure_of, too_few

LEVEL = 0.05
Verdict = Literal["better", "worse", "no difference", "too few to tell", ""]
Known = Mapping[tuple[date, str], ShadowReturn]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowScore:
    """One shadow, or the committee in force, over every decision that was put to it."""

    shadow: str
    in_force: bool
    speaker: str
    """Who spoke in its seats last."""
    decided: int
    held: int
    """Asked, and no usable answer: that holds the book."""
    absent: int
    """Nobody was there to answer; counted nowhere else."""
    win_rate: Figure
    """Share of its trades that earned something beyond the benchmark after costs (Wilson)."""
    excess: Figure
    """Mean of what they earned so, a fraction; sessions are the sample, overlap allowed for."""
    sharpe: Figure
    """Of the book it would have held over the next session, net of costs; stationary block bootstrap."""
    probabilistic_sharpe: float | None
    """How sure one may be that the true Sharpe ratio is above 0."""
    beside: Figure | None
    """What its changes were worth less the committee's on the same decisions, as a fraction of equity."""
    p_value: float | None
    """Of no difference, times the number of shadows that are compared (Bonferroni)."""
    verdict: Verdict
    """Against the committee in force; empty for itself."""
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    timed: int
    """Decisions whose time is known."""
    cost_usd: Decimal
    cost_per_decision_usd: Decimal | None
    tokens_per_decision: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowRecord:
    """What is known: decisions with their views, and returns over the horizon and over one session."""

    decisions: Sequence[ShadowDecision]
    views: Sequence[ShadowView]
    horizon_sessions: int
    over_horizon: Known
    over_one: Known
    places: Mapping[date, int]
    """The place of every session in time that the desk's clock has passed."""


def shadow_scores(record: ShadowRecord) -> tuple[ShadowScore, ...]:
    """Return the score of the committee in force, then of each shadow by its name.

    A trade is a change that was wanted and that the limits left: its excess is that of a label in an
    evaluation, the other way round for a sale. A decision is compared as a whole by what its changes would
    have been worth; one of which a return cannot be told is left out.
    """
    views: defaultdict[tuple[str, str], list[ShadowView]] = defaultdict(list)
    for view in record.views:
        views[view.cycle_id, view.shadow].append(view)
    by_shadow: defaultdict[tuple[bool, str], list[ShadowDecision]] = defaultdict(list)
    for decision in record.decisions:
        by_shadow[not decision.in_force, decision.shadow].append(decision)
    force: dict[str, float] = {}
    shadows = sum(1 for beside, _ in by_shadow if beside)
    scores = []
    for (beside, _), made in sorted(by_shadow.items()):
        worth = _worth(made, views, record)
        force = force if beside else worth
        scores.append(_score(made, views, record, worth, force if beside else None, shadows))
    return tuple(scores)


def _score(
    made: Sequence[ShadowDecision],
    views: Mapping[tuple[str, str], Sequence[ShadowView]],
    record: ShadowRecord,
    worth: Mapping[str, float],
    force: Mapping[str, float] | None,
    shadows: int,
) -> ShadowScore:
    there = [each for each in made if each.status != "absent"]
    gained = _gained(there, views, record)
    returns = _book_returns(there, views, record)
    beside, p_value = _beside(there, worth, force, record, shadows) if force is not None else (None, None)
    took = [each.milliseconds for each in there if each.milliseconds is not None]
    tokens = [(e.input_tokens or 0) + (e.output_tokens or 0) for e in there if e.input_tokens is not None]
    cost = sum((each.cost_usd for each in made), Decimal(0))
    return ShadowScore(
        shadow=made[-1].shadow,
        in_force=made[-1].in_force,
        speaker=made[-1].speaker,
        decided=sum(each.status == "decided" for each in made),
        held=sum(each.status == "held" for each in made),
        absent=sum(each.status == "absent" for each in made),
        win_rate=_win_rate([value for values in gained.values() for value in values]),
        excess=_excess(gained, record.horizon_sessions),
        sharpe=_sharpe(returns),
        probabilistic_sharpe=probabilistic_sharpe(returns),
        beside=beside,
        p_value=p_value,
        verdict=_verdict(beside, p_value),
        latency_p50_ms=float(np.quantile(took, 0.5)) if took else None,
        latency_p95_ms=float(np.quantile(took, 0.95)) if took else None,
        timed=len(took),
        cost_usd=cost,
        cost_per_decision_usd=cost / len(there) if there else None,
        tokens_per_decision=sum(tokens) / len(tokens) if tokens else None,
    )


def _gained(
    made: Iterable[ShadowDecision],
    views: Mapping[tuple[str, str], Sequence[ShadowView]],
    record: ShadowRecord,
) -> dict[date, list[float]]:
    """Return what each trade earned beyond the benchmark after costs, by session."""
    found: defaultdict[date, list[float]] = defaultdict(list)
    for decision in made:
        for view in views.get((decision.cycle_id, decision.shadow), ()):
            known = record.over_horizon.get((decision.session, view.ticker))
            if view.side and known is not None and (net := _net(known, view.side)) is not None:
                found[decision.session].append(net)
    return dict(found)


def _worth(
    made: Iterable[ShadowDecision],
    views: Mapping[tuple[str, str], Sequence[ShadowView]],
    record: ShadowRecord,
) -> dict[str, float]:
    """Return by decision what its changes were worth over the horizon, as a fraction of equity."""
    found = {}
    for decision in made:
        if decision.status == "absent" or not _is_over(decision.session, record.horizon_sessions, record):
            continue
        traded = [v for v in views.get((decision.cycle_id, decision.shadow), ()) if v.side]
        came = [record.over_horizon.get((decision.session, view.ticker)) for view in traded]
        nets = [None if r is None else _net(r, v.side) for v, r in zip(traded, came, strict=True)]
        known = [net for net in nets if net is not None]
        if len(known) == len(nets):
            sizes = [abs(float(view.allowed - view.held)) for view in traded]
            found[decision.cycle_id] = sum(s * net for s, net in zip(sizes, known, strict=True))
    return found


def _book_returns(
    made: Iterable[ShadowDecision],
    views: Mapping[tuple[str, str], Sequence[ShadowView]],
    record: ShadowRecord,
) -> FloatArray:
    """Return by session what the book it would have held returned from the next open to the one after.

    The changes pay half a round trip; cash earns nothing.
    """
    found = []
    for decision in made:
        if not _is_over(decision.session, 1, record):
            continue
        held = [v for v in views.get((decision.cycle_id, decision.shadow), ()) if v.allowed or v.side]
        total = 0.0
        for view in held:
            known = record.over_one.get((decision.session, view.ticker))
            if known is None or known.gross is None or known.cost is None:
                break
            change = abs(float(view.allowed - view.held)) if view.side else 0.0
            total += float(view.allowed) * known.gross - change * known.cost / 2
        else:
            found.append(total)
    return np.array(found, dtype=np.float64)


def _net(known: ShadowReturn, side: int) -> float | None:
    if known.gross is None or known.benchmark is None or known.cost is None:
        return None
    return side * (known.gross - known.benchmark) - known.cost


def _is_over(session: date, horizon_sessions: int, record: ShadowRecord) -> bool:
    place = record.places.get(session)
    return place is not None and place + 1 + horizon_sessions < len(record.places)


def _win_rate(gained: Sequence[float]) -> Figure:
    share = share_interval(sum(value > 0 for value in gained), len(gained))
    if share is None:
        return figure_of("win rate", "fraction", None, 0, None, "no trade is known yet", "trades")
    note = "" if share.n >= ENOUGH else too_few(share.n, "trades")
    return figure_of(
        "win rate", "fraction", share.value, share.n, Bounds(share.low, share.high), note, "trades"
    )


def _excess(gained: Mapping[date, Sequence[float]], horizon_sessions: int) -> Figure:
    means = np.array([np.mean(gained[session]) for session in sorted(gained)], dtype=np.float64)
    n = len(means)
    if n == 0:
        return figure_of("mean excess", "fraction", None, 0, None, "no trade is known yet")
    span = mean_interval(means, lag=horizon_sessions)
    bounds = None if span is None else Bounds(span.low, span.high)
    note = "" if span is not None else too_few(n, "sessions")
    return figure_of("mean excess", "fraction", float(means.mean()), n, bounds, note)


def _sharpe(returns: FloatArray) -> Figure:
    n = len(returns)
    if n < ENOUGH:
        return figure_of("Sharpe ratio", "ratio", None, n, None, too_few(n, "sessions"))
    bounds = bootstrap_interval(returns, sharpe_ratios, seed=SEED)
    note = "" if bounds is not None else "the returns do not vary"
    return figure_of("Sharpe ratio", "ratio", sharpe_ratio(returns), n, bounds, note)


def _beside(
    made: Sequence[ShadowDecision],
    worth: Mapping[str, float],
    force: Mapping[str, float],
    record: ShadowRecord,
    shadows: int,
) -> tuple[Figure, float | None]:
    """Return how much more its changes were worth than the committee's, decisions near in time together."""
    both = [each for each in made if each.cycle_id in worth and each.cycle_id in force]
    if not both:
        return figure_of("beside the committee", "fraction", None, 0, None, "no decision is known yet"), None
    own = np.array([[worth[each.cycle_id]] for each in both])
    theirs = np.array([[force[each.cycle_id]] for each in both])
    blocks = np.array([record.places[each.session] // record.horizon_sessions for each in both])
    found = paired_difference(own, theirs, blocks=blocks, seed=SEED)
    span, p_value = found.interval, found.p_value
    bounds = None if span is None else Bounds(span.low, span.high)
    note = "" if span is not None else too_few(found.cases, "decisions")
    if span is None and found.cases >= ENOUGH:
        together = f"stretches of {record.horizon_sessions} sessions"
        note = too_few(found.clusters, together, FEWEST_CLUSTERS)
    figure = figure_of("beside the committee", "fraction", found.mean, found.cases, bounds, note)
    return figure, None if p_value is None else min(1.0, p_value * shadows)


def _verdict(beside: Figure | None, p_value: float | None) -> Verdict:
    if beside is None:
        return ""
    if p_value is None or beside.value is None:
        return "too few to tell"
    if p_value >= LEVEL:
        return "no difference"
    return "better" if beside.value > 0 else "worse"

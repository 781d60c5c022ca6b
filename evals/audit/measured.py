"""Limits that are measured on the past of the names: buckets, clusters, beta, VaR and CVaR."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import inf, sqrt

import numpy as np

from evals.audit.ledger import ZERO, Trading
from evals.audit.tape import FloatArray, Tape
from evals.audit.violation import MEASURED, NO_CAP, POINT, Violation, made_worse
from fund.mandate import Mandate
from fund.metrics.returns import SESSIONS_A_YEAR
from fund.metrics.tail import SMALLEST_SAMPLE, tail_risk

Weights = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """The past of some names up to a decision."""

    names: tuple[str, ...]
    """Those with enough returns."""
    returns: FloatArray
    """[sessions, names]; where a name has none, its beta times the market's stands in."""
    beta: FloatArray
    benchmark: bool
    """Whether the benchmark has enough returns for a beta."""
    volatility: Mapping[str, float]
    """Annualised."""

    def path(self, weights: Weights) -> FloatArray:
        """Return what a book of some weights would have brought in each session."""
        held = np.array([float(weights.get(name, ZERO)) for name in self.names])
        path: FloatArray = self.returns @ held
        return path

    def beta_of(self, weights: Weights) -> float:
        """Return the beta of a book."""
        return float(sum(float(weights.get(t, ZERO)) * b for t, b in zip(self.names, self.beta, strict=True)))


def measured_broken(
    trading: Trading, tape: Tape, mandate: Mandate, looked_at: Sequence[str]
) -> Iterator[Violation]:
    """Yield the measured limits that the fills of a session broke.

    `looked_at` are the names the decision was about: clusters are clusters of those.
    """
    limits = mandate.limits
    if not (limits.measures_returns or limits.buckets.binding):
        return
    names = sorted({*looked_at, *trading.after, *trading.before})
    found = measured_at(tape, names, trading.decided, mandate.benchmark, limits.var_sessions)
    session = tape.sessions[trading.place]

    def broken(limit: str, about: str, value: float, cap: Decimal) -> Violation:
        return Violation(session=session, limit=limit, about=about, value=value, cap=float(cap))

    if limits.measures_returns:
        lost = limits.max_beta < NO_CAP and not found.benchmark
        for ticker, growth in sorted(trading.grown.items()):
            if growth > POINT and (lost or ticker not in found.names):
                yield broken("unmeasured", ticker, float(growth), ZERO)
    for limit, group, cap in _groups(trading, found, mandate):
        after, before = (_gross(part, group) for part in (trading.after, trading.before))
        if made_worse(after, before, cap, POINT * max(len(group), 1)):
            yield broken(limit, ", ".join(sorted(group & trading.after.keys())), float(after), cap)
    for limit, value, was, cap in _figures(trading, found, mandate):
        if made_worse(Decimal(value), Decimal(was), cap, MEASURED * cap):
            yield broken(limit, "", value, cap)


def measured_at(tape: Tape, names: Sequence[str], place: int, benchmark: str, sessions: int) -> Measured:
    """Measure names over up to `sessions` returns up to a place."""
    returns = tape.returns([*names, benchmark], place, sessions)
    known = np.isfinite(returns)
    enough = known.sum(axis=0) >= max(SMALLEST_SAMPLE, (len(returns) + 1) // 2)
    kept = [n for n in range(len(names)) if enough[n]]
    own = returns[:, kept]
    others = np.where(known[:, kept], own, 0.0).sum(axis=1) / np.maximum(known[:, kept].sum(axis=1), 1)
    market = np.where(known[:, -1], returns[:, -1], others)
    beta = np.array([_slope(own[:, n], market) for n in range(len(kept))])
    filled = np.where(np.isfinite(own), own, market[:, None] * beta)
    spread = filled.std(axis=0) * sqrt(SESSIONS_A_YEAR) if kept else np.zeros(0)
    chosen = tuple(names[n] for n in kept)
    return Measured(
        names=chosen,
        returns=filled,
        beta=beta,
        benchmark=bool(enough[-1]),
        volatility=dict(zip(chosen, spread.tolist(), strict=True)),
    )


def clusters_of(found: Measured, correlation: float) -> list[frozenset[str]]:
    """Return the groups of names whose returns correlate at least so much on average."""
    if len(found.names) < 2:
        return [frozenset(found.names)]
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    with np.errstate(invalid="ignore"):
        alike = np.nan_to_num(np.asarray(np.corrcoef(found.returns, rowvar=False)), nan=0.0)
    np.fill_diagonal(alike, 1.0)
    apart = squareform(np.maximum(1.0 - alike, 0.0), checks=False)
    numbers = fcluster(linkage(apart, method="average"), 1.0 - correlation, criterion="distance")
    return [
        frozenset(name for name, own in zip(found.names, numbers, strict=True) if own == number)
        for number in sorted(set(numbers.tolist()))
    ]


def _groups(
    trading: Trading, found: Measured, mandate: Mandate
) -> Iterator[tuple[str, frozenset[str], Decimal]]:
    """Yield groups of names with the cap on their gross weight."""
    limits = mandate.limits
    held = {**trading.before, **trading.after}
    for bucket, names in sorted(_buckets(held, found, mandate).items()):
        cap = {
            "core": limits.buckets.max_core,
            "growth": limits.buckets.max_growth,
            "speculative": limits.buckets.max_speculative,
            "hedge": limits.buckets.max_hedge,
        }[bucket]
        if cap < NO_CAP:
            yield "buckets", frozenset(names), cap
    if limits.max_cluster < NO_CAP:
        yield "max_cluster", frozenset(held.keys() - set(found.names)), limits.max_cluster
        for group in clusters_of(found, float(limits.cluster_correlation)):
            if len(group) > 1:
                yield "max_cluster", group, limits.max_cluster


def _buckets(held: Weights, found: Measured, mandate: Mandate) -> dict[str, set[str]]:
    """Return the names of each kind of capital: a short is a hedge, and what is not measured speculative."""
    rules = mandate.limits.buckets
    buckets: dict[str, set[str]] = {}
    for ticker, weight in held.items():
        moves = found.volatility.get(ticker, inf)
        if weight < 0 or ticker in rules.hedge_tickers:
            bucket = "hedge"
        elif moves <= float(rules.core_volatility):
            bucket = "core"
        else:
            bucket = "growth" if moves <= float(rules.growth_volatility) else "speculative"
        buckets.setdefault(bucket, set()).add(ticker)
    return buckets


def _figures(
    trading: Trading, found: Measured, mandate: Mandate
) -> Iterator[tuple[str, float, float, Decimal]]:
    """Yield figures of the whole book after and before, with their caps."""
    limits = mandate.limits
    if limits.max_beta < NO_CAP and found.benchmark:
        after, before = (abs(found.beta_of(part)) for part in (trading.after, trading.before))
        yield "max_beta", after, before, limits.max_beta
    if min(limits.max_var, limits.max_cvar) >= NO_CAP or not found.names:
        return
    confidence, method = float(limits.var_confidence), limits.var_method
    tails = [tail_risk(found.path(part), confidence, method) for part in (trading.after, trading.before)]
    if tails[0] is not None and tails[1] is not None:
        yield "max_var", tails[0].var, tails[1].var, limits.max_var
        yield "max_cvar", tails[0].cvar, tails[1].cvar, limits.max_cvar


def _slope(own: FloatArray, market: FloatArray) -> float:
    """Return the slope of a name on the market over the sessions it has."""
    there = np.isfinite(own)
    x, y = market[there], own[there]
    spread = float(np.mean((x - x.mean()) ** 2))
    return float(np.mean((x - x.mean()) * (y - y.mean())) / spread) if spread > 0 else 0.0


def _gross(weights: Weights, group: frozenset[str]) -> Decimal:
    return sum((abs(weight) for ticker, weight in weights.items() if ticker in group), ZERO)

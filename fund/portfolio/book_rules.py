"""The sizing rules over the whole book: the proposal's gross weight, shared out anew under the limits."""

import math
from decimal import Decimal
from typing import cast

import numpy as np

from fund.errors import NoDataError
from fund.market.view import FloatArray
from fund.portfolio.aligned_returns import aligned_returns
from fund.portfolio.construction import Method, Outlook, Room, Unbuilt, build_book
from fund.portfolio.terms import ZERO, Situation, Sized, to_weight

VOLUME_SESSIONS = 20
BASIS_POINT = 1e-4


def share_out(situation: Situation) -> Sized:
    """Share the proposal's gross weight out between its names; as proposed where no book can be built."""
    rules, limits = situation.terms.sizing, situation.terms.limits
    aligned = aligned_returns(
        situation.view, situation.wanted, rules.lookback_sessions, rules.minimum_sessions
    )
    names = [t for t in aligned.tickers if situation.wanted[t] > 0 or limits.allow_short]
    sizes = {t: situation.kept(t) for t in aligned.left_out}
    why = {t: f"{reason}, so it may not grow" for t, reason in aligned.left_out.items()}
    if not names:
        return Sized(sizes=sizes, why=why, notes=("no name has the history this rule needs",))
    returns = np.column_stack([aligned.of(t) for t in names])
    built = build_book(
        cast("Method", rules.rule),
        _outlook(situation, names, returns),
        _room(situation, names, sizes),
        risk_aversion=float(rules.risk_aversion),
        cvar_level=float(rules.cvar_level),
    )
    if isinstance(built, Unbuilt):
        return Sized(
            sizes={}, why={}, notes=(f"sizing.rule {rules.rule} left the proposal as it was: {built.reason}",)
        )
    shared = f"{len(names)} names share the proposal's gross weight over {len(returns)} sessions of returns"
    return Sized(
        sizes={**sizes, **{t: to_weight(float(w)) for t, w in zip(names, built, strict=True)}},
        why={**why, **dict.fromkeys(names, shared)},
    )


def _room(situation: Situation, names: list[str], stuck: dict[str, Decimal]) -> Room:
    """Return what the limits leave beside positions that stay and names that only keep their size."""
    limits, rules, wanted = situation.terms.limits, situation.terms.sizing, situation.wanted
    fixed = {**situation.resting, **{t: size.copy_sign(wanted[t]) for t, size in stuck.items()}}
    sectors = {t: _sector(situation, t) for t in (*names, *fixed)}
    taken: dict[str, Decimal] = dict.fromkeys((sectors[t] for t in names), ZERO)
    for ticker, weight in fixed.items():
        taken[sectors[ticker]] = taken.get(sectors[ticker], ZERO) + abs(weight)
    gross, net = sum((abs(w) for w in fixed.values()), ZERO), sum(fixed.values(), ZERO)
    asked = sum((abs(wanted[t]) for t in names), ZERO)
    most = max(min(limits.max_position, asked), ZERO)
    return Room(
        budget=float(max(min(asked, limits.max_gross - gross), ZERO)),
        least=np.full(len(names), float(rules.min_weight)),
        most=np.full(len(names), float(most)),
        sides=np.array([1.0 if wanted[t] > 0 else -1.0 for t in names]),
        groups=tuple(sectors[t] for t in names),
        group_most={s: float(max(limits.max_sector - held, ZERO)) for s, held in taken.items()},
        net_low=float(-limits.max_net - net),
        net_high=float(min(limits.max_net, 1 - limits.min_cash) - net),
    )


def _outlook(situation: Situation, names: list[str], returns: FloatArray) -> Outlook:
    wanted, held = situation.wanted, situation.held
    sides = [1 if wanted[t] > 0 else -1 for t in names]
    return Outlook(
        returns=returns,
        expected=np.array([_expected(situation, t) for t in names]),
        previous=np.array([float(held.get(t, ZERO)) * s for t, s in zip(names, sides, strict=True)]),
        costs=np.array([_cost_per_session(situation, t) for t in names]),
    )


def _expected(situation: Situation, ticker: str) -> float:
    """Return the forecast return a session, shrunk by its record as Kelly's odds are, else 0."""
    odds, prior = situation.odds.get(ticker), situation.terms.sizing.kelly_prior_n
    if odds is None or not odds.sample_sessions:
        return 0.0
    believed = odds.sample_sessions / (odds.sample_sessions + prior)
    return odds.expected / odds.horizon_sessions * believed


def _cost_per_session(situation: Situation, ticker: str) -> float:
    """Return what trading a unit of weight once costs, over the sessions of the mandate's horizon.

    Half the spread, square-root impact and commission of an order as large as the proposal's.
    """
    costs, view = situation.terms.costs, situation.view
    change = abs(situation.wanted[ticker] - situation.held.get(ticker, ZERO))
    price = float(view.mark(ticker).price)
    volume = view.average_volume(ticker, VOLUME_SESSIONS)
    most = float(costs.max_participation)
    share = min(float(change * situation.equity) / (price * volume), most) if volume > 0 else most
    bps = float(costs.half_spread_bps) + float(costs.impact_bps) * math.sqrt(share)
    return (bps * BASIS_POINT + float(costs.commission_per_share) / price) / situation.terms.horizon_sessions


def _sector(situation: Situation, ticker: str) -> str:
    """Return the sector, empty where it is not known: those names share one cap."""
    try:
        return situation.view.instrument(ticker).sector
    except NoDataError:
        return ""

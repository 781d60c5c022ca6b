"""The sizing rules that look at one name at a time, and the one that scales a book: they only shrink."""

from collections.abc import Mapping
from decimal import Decimal

import numpy as np

from fund.errors import NoDataError
from fund.market.true_range import relative_true_range
from fund.market.view import FloatArray
from fund.portfolio.aligned_returns import AlignedReturns, aligned_returns
from fund.portfolio.sizing import (
    SESSIONS_PER_YEAR,
    atr_weight,
    kelly_weight,
    volatility_scale,
)
from fund.portfolio.terms import Situation, Sized, to_weight


def kelly_sizes(situation: Situation) -> Sized:
    """Size every name by fractional Kelly from the odds of a forecaster; a short by the odds of a fall."""
    rules = situation.terms.sizing
    sizes: dict[str, Decimal] = {}
    why: dict[str, str] = {}
    for ticker, target in situation.wanted.items():
        odds = situation.odds.get(ticker)
        if odds is None:
            sizes[ticker], why[ticker] = (
                situation.kept(ticker),
                "no forecaster gives odds, so it may not grow",
            )
            continue
        rises = target > 0
        probability = odds.probability if rises else 1 - odds.probability
        payoff = odds.payoff if rises else 1 / odds.payoff
        size = kelly_weight(
            probability,
            payoff,
            fraction=float(rules.kelly_fraction),
            cap=float(rules.kelly_cap),
            sample=odds.sample_sessions,
            prior_sample=rules.kelly_prior_n,
        )
        said = (
            f"{odds.forecaster}: probability {probability:.1%}, payoff {payoff:.2f}, "
            f"{odds.sample_sessions} sessions of record"
        )
        sizes[ticker] = situation.kept(ticker) if size is None else to_weight(size)
        why[ticker] = f"{rules.kelly_fraction} of Kelly, at most {rules.kelly_cap:.2%}; {said}"
    return Sized(sizes=sizes, why=why)


def atr_sizes(situation: Situation) -> Sized:
    """Size every name so that a stop some average true ranges away costs what the mandate risks."""
    rules = situation.terms.sizing
    sizes: dict[str, Decimal] = {}
    why: dict[str, str] = {}
    for ticker in situation.wanted:
        reach = _reach(situation, ticker)
        multiple, risk = float(rules.atr_multiple), float(rules.risk_per_trade)
        size = None if reach is None else atr_weight(1.0, float(reach), multiple=multiple, risk=risk)
        if size is None:
            sizes[ticker] = situation.kept(ticker)
            why[ticker] = "too few bars for an average true range, so it may not grow"
        else:
            sizes[ticker] = to_weight(size)
            why[ticker] = (
                f"a stop {rules.atr_multiple} average true ranges of {reach:.2%} away may cost "
                f"{rules.risk_per_trade:.2%} of equity"
            )
    return Sized(sizes=sizes, why=why)


def volatility_sizes(situation: Situation) -> Sized:
    """Scale all wanted names alike until the book, with what stays held, keeps the volatility target."""
    rules, resting = situation.terms.sizing, situation.resting
    aligned = aligned_returns(
        situation.view, {*situation.wanted, *resting}, rules.lookback_sessions, rules.minimum_sessions
    )
    left_out = aligned.left_out
    sizes = {t: situation.kept(t) for t in situation.wanted if t in left_out}
    why = {t: f"{left_out[t]}, so it may not grow" for t in sizes}
    blind = sorted(t for t in resting if t in left_out)
    notes = tuple(f"the volatility target does not see {t}, which is held: {left_out[t]}" for t in blind)
    moving = {t: w for t, w in situation.wanted.items() if t in aligned.tickers}
    still = {**resting, **{t: s.copy_sign(situation.wanted[t]) for t, s in sizes.items()}}
    rests = _returns_of({t: w for t, w in still.items() if t in aligned.tickers}, aligned)
    target = float(rules.target_volatility)
    scale = volatility_scale(_returns_of(moving, aligned), rests, target)
    if scale is None:
        return Sized(sizes=sizes, why=why, notes=notes)
    if scale < 1:
        total = scale * _returns_of(moving, aligned) + rests
        reached = float(total.std(ddof=1)) * SESSIONS_PER_YEAR**0.5
        if reached > target * (1 + 1e-9):
            notes = (*notes, f"what is held has a volatility of its own: {reached:.1%} is the least there is")
        sizes |= {t: to_weight(scale * float(abs(w))) for t, w in moving.items()}
        why |= dict.fromkeys(moving, f"scaled by {scale:.3f} to an annual volatility of {target:.1%}")
    return Sized(sizes=sizes, why=why, notes=notes)


def _reach(situation: Situation, ticker: str) -> Decimal | None:
    """Return the average true range over the last close, None with too few bars or a stale one."""
    view = situation.view
    try:
        stale = view.mark(ticker).stale
    except NoDataError:
        return None
    return None if stale else relative_true_range(view, ticker, situation.terms.sizing.atr_sessions)


def _returns_of(weights: Mapping[str, Decimal], aligned: AlignedReturns) -> FloatArray:
    """Return the daily returns of a part of the book, in fractions of equity, [sessions]."""
    total = np.zeros(len(aligned.returns))
    for ticker, weight in sorted(weights.items()):
        total = total + float(weight) * aligned.of(ticker)
    return total

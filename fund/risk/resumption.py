"""What speaks for a resume after the breaker has tripped: evidence for a person, who alone decides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise, takewhile

import numpy as np

from fund.metrics.returns import sharpe_ratio
from fund.portfolio.session_mark import SessionMark
from fund.risk.breaker import BY_ITSELF, BreakerLevels, BreakerState, S, drawdown_of, stale_share


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One level of the mandate beside what was measured."""

    name: str
    value: float | None
    """None where it cannot be measured yet."""
    level: float
    n: int
    """Sessions the value rests on."""
    met: bool
    sentence: str


def resume_evidence(
    curve: Sequence[SessionMark], levels: BreakerLevels, standing: BreakerState, books_differ: str = ""
) -> tuple[Evidence, ...]:
    """Return every level that is asked for before a resume, each with its value and its sample size.

    `curve` are all closes, oldest first. Wins and Sharpe ratio are of sessions since the breaker
    changed: what went before cannot speak for what comes after. Wins are winning sessions, since trades
    cannot close while nothing may be ordered, and three winning trades would be waited for in vain.
    What cannot be measured is not met. Stale data and wrong books ask for their own end too.
    """
    returns = _returns_since(curve, standing.session)
    found = [_drawdown(curve, levels, standing), _wins(returns, levels), _sharpe(returns, levels)]
    if standing.cause == "stale_data":
        found.append(_prices(curve, levels))
    if standing.cause == "ledger":
        state = f"do not add up: {books_differ}" if books_differ else "add up"
        found.append(
            Evidence(
                name="books",
                value=1.0 if books_differ else 0.0,
                level=0.0,
                n=len(curve),
                met=not books_differ,
                sentence=f"The books {state}.",
            )
        )
    return tuple(found)


def is_proposable(standing: BreakerState, evidence: Sequence[Evidence]) -> bool:
    """Say whether the desk may propose to resume: it stopped by itself, and every level is met."""
    stopped = standing.state != "closed" and not standing.latched and standing.cause in BY_ITSELF
    return stopped and all(each.met for each in evidence)


def resumed(standing: S, session: date | None, evidence: Sequence[Evidence]) -> S:
    """Return the state after a person's approval at the close of a session.

    Approved in spite of the drawdown, the peak counts from here: it would trip again at the next close.
    """
    in_spite = any(each.name == "drawdown" and not each.met for each in evidence)
    return replace(
        standing,
        state="closed",
        cause="none",
        latched=False,
        version=standing.version + 1,
        session=session,
        drawdown_from=session if in_spite else standing.drawdown_from,
    )


def _returns_since(curve: Sequence[SessionMark], changed: date | None) -> list[float]:
    return [
        after.unit_value / before.unit_value - 1.0
        for before, after in pairwise(curve)
        if changed is None or after.session > changed
    ]


def _drawdown(curve: Sequence[SessionMark], levels: BreakerLevels, standing: BreakerState) -> Evidence:
    value, n = drawdown_of(curve, standing.drawdown_from) if curve else (None, 0)
    met = value is not None and value < levels.resume_drawdown
    measured = f"{value:.2%} below its peak of {_sessions(n)}" if value is not None else "not marked yet"
    return Evidence(
        name="drawdown",
        value=value,
        level=float(levels.resume_drawdown),
        n=n,
        met=met,
        sentence=f"The book is {measured}; less than {levels.resume_drawdown:.2%} is asked for: "
        f"{_verdict(met)}.",
    )


def _wins(returns: Sequence[float], levels: BreakerLevels) -> Evidence:
    streak = sum(1 for _ in takewhile(lambda r: r > 0, reversed(returns)))
    met = streak >= levels.resume_winning_sessions
    told = "No session has been played"
    if returns:
        told = f"{streak} wins in a row so far, in {_sessions(len(returns))}"
    return Evidence(
        name="winning_sessions",
        value=float(streak) if returns else None,
        level=float(levels.resume_winning_sessions),
        n=len(returns),
        met=met,
        sentence=f"{told} since the change; {levels.resume_winning_sessions} wins in a row are asked for: "
        f"{_verdict(met)}.",
    )


def _sharpe(returns: Sequence[float], levels: BreakerLevels) -> Evidence:
    window = levels.resume_sharpe_sessions
    last = np.array(returns[-window:], dtype=np.float64)
    value = sharpe_ratio(last) if len(last) == window else None
    met = value is not None and value > levels.resume_sharpe
    if value is not None:
        measured = f"The Sharpe ratio over the last {_sessions(window)} is {value:+.2f}"
    elif len(last) < window:
        measured = f"The Sharpe ratio takes {_sessions(window)} since the change, there are {len(last)}"
    else:
        measured = f"The Sharpe ratio over the last {_sessions(window)} cannot be told: nothing moved"
    return Evidence(
        name="sharpe",
        value=value,
        level=float(levels.resume_sharpe),
        n=len(last),
        met=met,
        sentence=f"{measured}; more than {levels.resume_sharpe:.2f} is asked for: {_verdict(met)}.",
    )


def _prices(curve: Sequence[SessionMark], levels: BreakerLevels) -> Evidence:
    last = curve[-1] if curve else None
    share = stale_share(last) if last is not None else None
    priced = last is not None and last.benchmark_index is not None
    met = priced and (share is None or share <= levels.stale_fraction)
    told = "unknown how many" if last is None else str(sum(position.stale for position in last.positions))
    return Evidence(
        name="prices",
        value=share,
        level=float(levels.stale_fraction),
        n=len(last.positions) if last is not None else 0,
        met=met,
        sentence=f"Of the names held, {told} have no price of the last session: {_verdict(met)}.",
    )


def _sessions(count: int) -> str:
    return f"{count} session{'' if count == 1 else 's'}"


def _verdict(met: bool) -> str:
    return "met" if met else "not met"

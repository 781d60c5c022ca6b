"""Names drawn for made books and proposals: real members of a session, by what was known of them then."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random

from agents.brief import CandidateEvidence, Evidence, MarketEvidence
from evals.making.past import Holding, Past
from fund.market.view import MarketView
from tools.market import MarketTools


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A member with what a made proposal is chosen by."""

    ticker: str
    sector: str
    volatility: float
    """Annualised, of 20 sessions."""
    dollar_volume: float


def names_at(past: Past, session: date, view: MarketView) -> tuple[Name, ...]:
    """Return the members with a forecast, a sector and a measured volatility, by ticker."""
    tools, found = MarketTools(view), []
    for ticker in sorted(view.members() & past.forecasts.by_ticker(session).keys()):
        snapshot = tools.snapshot(ticker)
        if snapshot.sector and snapshot.volatility_20 and not snapshot.stale:
            found.append(
                Name(
                    ticker=ticker,
                    sector=snapshot.sector,
                    volatility=snapshot.volatility_20,
                    dollar_volume=snapshot.average_dollar_volume,
                )
            )
    return tuple(found)


def drawn(
    names: Iterable[Name],
    chance: Random,
    count: int,
    fits: Callable[[Name], bool],
    *,
    without: Iterable[str] = (),
    sector: str | None = None,
    most_per_sector: int = 1,
) -> tuple[Name, ...]:
    """Return up to `count` names that fit, of one sector or spread over many; fewer where there are fewer."""
    taken, used = frozenset(without), Counter[str]()
    chosen: list[Name] = []
    pool = [n for n in names if fits(n) and n.ticker not in taken and sector in (None, n.sector)]
    for name in chance.sample(pool, len(pool)):
        if len(chosen) < count and (sector is not None or used[name.sector] < most_per_sector):
            used[name.sector] += 1
            chosen.append(name)
    return tuple(chosen)


def held(names: Sequence[Name], chance: Random, low: float, high: float) -> tuple[Holding, ...]:
    """Return the names as positions held for a while, each of a weight between two bounds."""
    return tuple(
        Holding(
            ticker=name.ticker,
            weight=Decimal(str(round(chance.uniform(low, high), 3))),
            held_sessions=chance.randint(8, 40),
        )
        for name in names
    )


def picked(sessions: Sequence[date], number: int, most: int) -> date:
    """Return the session of the so-manieth of so many cases, spread over all of them."""
    return sessions[number * len(sessions) // most]


def only_of(evidence: Evidence, tickers: Iterable[str]) -> Evidence:
    """Return the evidence with these candidates alone."""
    kept = frozenset(tickers)
    return replace(evidence, candidates=tuple(c for c in evidence.candidates if c.ticker in kept))


def changed(evidence: Evidence, ticker: str, **changes: object) -> Evidence:
    """Return the evidence with some fields of one candidate replaced."""
    candidates = tuple(
        replace(c, **changes) if c.ticker == ticker else c  # type: ignore[arg-type]
        for c in evidence.candidates
    )
    return replace(evidence, candidates=candidates)


def as_late_roles_see(evidence: Evidence, *, past_trades: bool) -> Evidence:
    """Return the evidence without what neither validator nor risk officer is shown, so that cases stay small.

    `past_trades` says whether forecasts and similar trades stay: the validator is shown them in sums.
    """

    def bare(candidate: CandidateEvidence) -> CandidateEvidence:
        if past_trades:
            return replace(candidate, report=None)
        return replace(candidate, report=None, forecasts=(), similar=())

    market: MarketEvidence = replace(evidence.market, readings=(), headlines=(), similar_conditions=())
    return replace(evidence, market=market, candidates=tuple(map(bare, evidence.candidates)), missing={})

"""What is plainly wrong with a proposal, and what faintly may be: by nobody's rules but these."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from agents.answers import ManagerAnswer
from agents.brief import CandidateEvidence, Evidence
from agents.briefs import Earlier


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """From where on a pattern counts; fractions."""

    trades_lost: float
    """Share of similar trades, of at least three."""
    mean_loss: float
    ranks_below: float
    """All forecasters rank the name below this."""
    ranks_apart: float
    added_risk: float
    """What a proposal adds in a risk-off market."""
    sector: float
    turnover: float
    held_sessions: int
    """A close after so many sessions or fewer."""
    collapsed: float
    """A conviction at or below which a close is not too soon."""
    conviction: float
    """Enlarged below this."""


PLAIN = Bounds(
    trades_lost=0.8, mean_loss=-0.04, ranks_below=0.12, ranks_apart=0.85, added_risk=0.12, sector=0.50,
    turnover=0.80, held_sessions=2, collapsed=0.0, conviction=-0.4,
)  # fmt: skip
"""Beyond these nobody would call it sound."""
FAINT = Bounds(
    trades_lost=0.6, mean_loss=-0.005, ranks_below=0.35, ranks_apart=0.65, added_risk=0.0, sector=1 / 3,
    turnover=0.50, held_sessions=4, collapsed=-0.3, conviction=0.05,
)  # fmt: skip
"""Short of these nobody would call it flawed; between the two it is a matter of taste, and no case."""

Found = Mapping[str, tuple[str, ...]]
"""Flaw by name to the tickers that have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proposal:
    """A proposal beside its evidence."""

    rows: Mapping[str, CandidateEvidence]
    targets: Mapping[str, float]
    reasons: Mapping[str, str]
    earlier: Earlier
    bounds: Bounds

    def added(self, ticker: str) -> float:
        return self.targets[ticker] - self.rows[ticker].weight

    @property
    def enlarged(self) -> tuple[str, ...]:
        return tuple(t for t in sorted(self.targets) if self.added(t) > 0)

    def conviction(self, ticker: str) -> float | None:
        views = self.earlier.quant.views if self.earlier.quant else ()
        return next((view.conviction for view in views if view.ticker == ticker), None)


def flaws_in(evidence: Evidence, earlier: Earlier, bounds: Bounds) -> Found:
    """Return every flaw of a proposal beyond some bounds, with the tickers that have it."""
    manager = earlier.manager or ManagerAnswer(targets=[], summary="")
    rows = {c.ticker: c for c in evidence.candidates}
    known = [t for t in manager.targets if t.ticker in rows]
    proposal = _Proposal(
        rows=rows,
        targets={t.ticker: t.weight for t in known},
        reasons={t.ticker: t.reason for t in known},
        earlier=earlier,
        bounds=bounds,
    )
    found = {name: tuple(check(proposal)) for name, check in CHECKS.items()}
    return {name: tickers for name, tickers in found.items() if tickers}


def similar_lost(proposal: _Proposal) -> Iterator[str]:
    """Yield what is enlarged although most similar trades lost, and all of them on average."""
    bounds = proposal.bounds
    for ticker in proposal.enlarged:
        returns = [trade.return_fraction for trade in proposal.rows[ticker].similar]
        lost = sum(r < 0 for r in returns)
        often = len(returns) >= 3 and lost >= bounds.trades_lost * len(returns)
        if often and sum(returns) / len(returns) <= bounds.mean_loss:
            yield ticker


def all_against(proposal: _Proposal) -> Iterator[str]:
    """Yield what is enlarged although every forecaster ranks it near the bottom."""
    for ticker in proposal.enlarged:
        ranks = [f.rank for f in proposal.rows[ticker].forecasts]
        if ranks and max(ranks) <= proposal.bounds.ranks_below:
            yield ticker


def far_apart(proposal: _Proposal) -> Iterator[str]:
    """Yield what is enlarged although forecasters rank it at opposite ends."""
    for ticker in proposal.enlarged:
        ranks = [f.rank for f in proposal.rows[ticker].forecasts]
        if ranks and max(ranks) - min(ranks) >= proposal.bounds.ranks_apart:
            yield ticker


def risk_off(proposal: _Proposal) -> Iterator[str]:
    """Yield what is enlarged although the market is risk off."""
    macro = proposal.earlier.macro
    added = sum(proposal.added(t) for t in proposal.enlarged)
    if macro is not None and macro.regime == "risk_off" and added > proposal.bounds.added_risk:
        yield from proposal.enlarged


def avoided_sector(proposal: _Proposal) -> Iterator[str]:
    """Yield what is enlarged in a sector that is to be avoided."""
    avoided = set(proposal.earlier.macro.sectors_to_avoid if proposal.earlier.macro else ())
    for ticker in proposal.enlarged:
        if proposal.rows[ticker].sector in avoided:
            yield ticker


def crowded(proposal: _Proposal) -> Iterator[str]:
    """Yield what is enlarged in a sector that would hold too much of the book."""
    sums: dict[str, float] = {}
    for ticker, row in proposal.rows.items():
        sums[row.sector] = sums.get(row.sector, 0.0) + proposal.targets.get(ticker, row.weight)
    for ticker in proposal.enlarged:
        sector = proposal.rows[ticker].sector
        if sector and sums[sector] >= proposal.bounds.sector:
            yield ticker


def turned_over(proposal: _Proposal) -> Iterator[str]:
    """Yield every change of a proposal that turns the book over in one session."""
    moved = sum(abs(proposal.added(t)) for t in proposal.targets)
    if moved >= proposal.bounds.turnover:
        yield from sorted(t for t in proposal.targets if proposal.added(t))


def closed_at_once(proposal: _Proposal) -> Iterator[str]:
    """Yield what is closed right after it was opened, though conviction has not collapsed."""
    for ticker, weight in sorted(proposal.targets.items()):
        row, conviction = proposal.rows[ticker], proposal.conviction(ticker)
        young = row.weight > 0 and row.held_sessions <= proposal.bounds.held_sessions
        if weight == 0 and young and (conviction is None or conviction > proposal.bounds.collapsed):
            yield ticker


def against_own_view(proposal: _Proposal) -> Iterator[str]:
    """Yield what is enlarged although the quant researcher speaks against it."""
    for ticker in proposal.enlarged:
        conviction = proposal.conviction(ticker)
        if conviction is not None and conviction < proposal.bounds.conviction:
            yield ticker


CHECKS: Mapping[str, Callable[[_Proposal], Iterator[str]]] = {
    "similar_lost": similar_lost,
    "all_against": all_against,
    "far_apart": far_apart,
    "risk_off": risk_off,
    "avoided_sector": avoided_sector,
    "crowded": crowded,
    "turned_over": turned_over,
    "closed_at_once": closed_at_once,
    "against_own_view": against_own_view,
}
KINDS: Mapping[str, str] = {
    "similar_lost": "similar_trades_lost",
    "all_against": "weak_evidence",
    "far_apart": "weak_evidence",
    "risk_off": "against_regime",
    "avoided_sector": "against_regime",
    "crowded": "crowded",
    "turned_over": "overtrading",
    "closed_at_once": "overtrading",
    "against_own_view": "other",
}
"""The kind of concern each flaw is, as the validator would name it."""

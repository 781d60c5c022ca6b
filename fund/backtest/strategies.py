"""Rules that every other strategy has to beat: buy and hold, equal weight, 12-1 momentum."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from hashlib import sha256

from fund.errors import NoDataError
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal
from fund.risk.limits import WEIGHT_STEP, RiskLimits

LOOKBACK_SESSIONS, SKIP_SESSIONS = 252, 21
SHORTEST_LOOKBACK = 63
GAP_SESSIONS = 5
"""How many bars a name may lack and still be compared with the others."""
LIQUIDITY_SESSIONS = 60
BUILT_UP = Decimal("0.8")
"""Below this part of what the mandate lets it invest, at cost, a new portfolio is still being built."""
BUILDING_SESSIONS = 6
"""A portfolio whose oldest position is older than this is no longer new, however small limits keep it."""


def unconstrained(mandate: Mandate) -> Mandate:
    """Return the same account and costs without limits, the benchmark tradable: what baselines run under."""
    return replace(
        mandate,
        name=f"{mandate.name} (no limits)",
        min_trade=Decimal(0),
        limits=RiskLimits(
            max_position=Decimal(1),
            max_sector=Decimal(1),
            max_gross=Decimal(1),
            max_net=Decimal(1),
            min_cash=Decimal(0),
            max_names=10_000,
            max_daily_increase=Decimal(1),
        ),
        funds=mandate.funds | {mandate.benchmark},
        mandate_hash=sha256(f"{mandate.mandate_hash}|unconstrained".encode()).hexdigest(),
    )


@dataclass(frozen=True, slots=True)
class BuyAndHold:
    """Put everything into one ticker at the first decision, and never touch it again."""

    ticker: str

    @property
    def name(self) -> str:
        """A short name for records."""
        return f"buy and hold {self.ticker}"

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        """Return everything in the ticker until it is held, then no change."""
        return Proposal(weights={} if self.ticker in book.positions else {self.ticker: Decimal(1)})


@dataclass(frozen=True, slots=True)
class EqualWeight:
    """The same weight in the `count` most traded members (all of them by default), monthly."""

    count: int | None = None

    @property
    def name(self) -> str:
        """A short name for records."""
        return "equal weight" if self.count is None else f"equal weight of {self.count}"

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        """Return equal weights at the start of a month and while being built up, else no change."""
        if not _is_due(view, book, mandate):
            return Proposal(weights={})
        members = sorted(view.members())
        if self.count is not None:
            members = sorted(members, key=lambda t: (-_dollar_volume(view, t), t))[: self.count]
        return _equal(members, book, mandate)


@dataclass(frozen=True, slots=True)
class Momentum121:
    """Equal weights in the members with the best return of twelve months less the last one, monthly.

    Jegadeesh and Titman, "Returns to Buying Winners and Selling Losers", 1993; the skipped month keeps
    short-term reversal out. With less than a year of history the lookback is what there is.
    """

    count: int = 20

    @property
    def name(self) -> str:
        """A short name for records."""
        return f"12-1 momentum of {self.count}"

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        """Return the winners at the start of a month and while being built up, else no change.

        Raises `NoDataError` with less than a quarter of history before the skipped month.
        """
        if not _is_due(view, book, mandate):
            return Proposal(weights={})
        span = len(view.sessions(LOOKBACK_SESSIONS + 1))
        if span < SHORTEST_LOOKBACK + SKIP_SESSIONS:
            raise NoDataError(
                f"momentum needs {SHORTEST_LOOKBACK + SKIP_SESSIONS} sessions of history, found {span}"
            )
        past = {t: _momentum(view, t, span) for t in view.members()}
        ranked = sorted((-score, t) for t, score in past.items() if score is not None)
        return _equal([t for _, t in ranked[: self.count]], book, mandate)


def _is_due(view: MarketView, book: Book, mandate: Mandate) -> bool:
    """Say whether a month begins, or a new portfolio is not built up yet: no memory but the book."""
    recent = view.sessions(BUILDING_SESSIONS)
    if len(recent) < 2 or recent[-2].month != recent[-1].month:
        return True
    if any(position.opened < recent[0] for position in book.positions.values()):
        return False
    cost = sum((abs(position.cost) for position in book.positions.values()), Decimal(0))
    return cost < BUILT_UP * _investable(mandate) * (book.cash + cost)


def _investable(mandate: Mandate) -> Decimal:
    limits = mandate.limits
    return min(limits.max_gross, limits.max_net, 1 - limits.min_cash)


def _equal(tickers: Iterable[str], book: Book, mandate: Mandate) -> Proposal:
    chosen = list(tickers)
    weights = dict.fromkeys(book.positions, Decimal(0))
    if chosen:
        weight = (_investable(mandate) / len(chosen)).quantize(WEIGHT_STEP, rounding=ROUND_DOWN)
        weights |= dict.fromkeys(chosen, weight)
    return Proposal(weights=weights)


def _dollar_volume(view: MarketView, ticker: str) -> float:
    return view.average_volume(ticker, LIQUIDITY_SESSIONS) * float(view.mark(ticker).price)


def _momentum(view: MarketView, ticker: str, span: int) -> float | None:
    index = view.total_return_index(ticker, span)
    if len(index) < span - GAP_SESSIONS:
        return None
    return float(index[-1 - SKIP_SESSIONS] / index[0] - 1.0)

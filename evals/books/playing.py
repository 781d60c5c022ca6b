"""A contestant's book over a half year: the heartbeat of a backtest, asked on the frozen closes alone."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from agents.brief import CandidateEvidence, Evidence
from db.record_codec import to_plain
from evals.books.frozen import HalfYear
from fund.backtest.engine import BacktestResult, run_backtest
from fund.cycle import CycleRecord
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.marking import current_mark
from fund.portfolio.proposal import Proposal
from fund.session import SessionStep
from graph.research import TrackRecord, book_evidence, choose_candidates, holding_of

NO_CHANGE = Proposal(weights={})
Decides = Callable[[Evidence], Proposal | None]
"""A contestant: from the evidence of a close, its own book filled in, to a proposal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """A fill as it is kept: what was bought or sold in which session, at which price in USD."""

    session: date
    ticker: str
    side: str
    quantity: Decimal
    price: Decimal
    commission: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """A close that was decided on: what was asked, and what the limits had to cut."""

    session: date
    asked: bool
    """Whether the contestant was asked; on other closes only drift is cut, and while the breaker is open
    nobody is asked."""
    held: str | None
    """Why nothing was decided: there was no answer, or the breaker was open; None where there was one."""
    looked_at: tuple[str, ...]
    """Names that the limits looked at together: held, or proposed."""
    cut: dict[str, int]
    """Limit to how many names it cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a contestant's book came to; everything else follows from it and the bars."""

    equity: tuple[Decimal, ...]
    """USD at each close, the first before anything was traded."""
    fills: tuple[Traded, ...]
    closes: tuple[Close, ...]
    """Those that were asked on, and those on which a limit cut something."""

    def plain(self) -> dict[str, Any]:
        """Return it as the answer of an output."""
        return dict(to_plain(self))


class AskedOnCloses:
    """A strategy that a contestant decides on the frozen closes; on others it changes nothing.

    The limits, the stops and the breaker look on every close, as on the desk.
    """

    def __init__(self, name: str, year: HalfYear, decides: Decides, *, shown: int | None) -> None:
        """Take who decides; `shown` is the most names it is shown, None for all of the universe."""
        self.name = name
        self._year, self._decides, self._shown = year, decides, shown
        self._peak = Decimal(0)

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        """Return what the contestant wants on a frozen close, else no change."""
        frozen = self._year.decisions.get(view.session)
        if frozen is None:
            return NO_CHANGE
        evidence = with_book(frozen, view, book, self._track(view, book, mandate))
        if self._shown is not None:
            evidence = as_chosen(evidence, view, book, self._shown)
        return self._decides(evidence)

    def seen(self, step: SessionStep, record: CycleRecord) -> None:
        """Remember the best close so far."""
        self._peak = max(self._peak, step.mark.equity)

    def _track(self, view: MarketView, book: Book, mandate: Mandate) -> TrackRecord:
        equity = book.equity({ticker: current_mark(view, ticker).price for ticker in book.positions})
        if not self._peak:
            return TrackRecord()
        peak = max(self._peak, equity)
        return TrackRecord(
            drawdown=float(equity / peak - 1), return_since_start=float(equity / mandate.initial_cash - 1)
        )


def play(name: str, year: HalfYear, decides: Decides, *, shown: int | None = None) -> Played:
    """Let a contestant trade the half year, and return its book."""
    strategy = AskedOnCloses(name, year, decides, shown=shown)
    result = run_backtest(strategy, year.history, year.mandate, year.first, year.last, strategy.seen)
    return played_of(result, year)


def played_of(result: BacktestResult, year: HalfYear) -> Played:
    """Return what is kept of a backtest."""
    closes = (_close(each, each.session in year.decisions) for each in result.records)
    return Played(
        equity=tuple(mark.equity for mark in result.marks),
        fills=tuple(
            Traded(
                session=fill.session,
                ticker=fill.ticker,
                side=fill.side,
                quantity=fill.quantity,
                price=fill.price,
                commission=fill.commission,
            )
            for fill in result.fills
        ),
        closes=tuple(close for close in closes if close.asked or close.cut or close.held),
    )


def with_book(frozen: Evidence, view: MarketView, book: Book, track: TrackRecord) -> Evidence:
    """Return the frozen evidence with a contestant's own book in it, without what it could not buy."""
    marks = {ticker: current_mark(view, ticker) for ticker in sorted(book.positions)}
    prices = {ticker: mark.price for ticker, mark in marks.items()}
    weights = book.weights(prices)
    wanted = view.members() | book.positions.keys()
    stale = {t: f"held, but no price since {m.session}" for t, m in marks.items() if m.stale}
    return replace(
        frozen,
        candidates=tuple(
            _held(each, float(weights.get(each.ticker, Decimal(0))), book, view)
            for each in frozen.candidates
            if each.ticker in wanted
        ),
        book=book_evidence(book, prices, track),
        missing={**frozen.missing, **stale},
    )


def as_chosen(evidence: Evidence, view: MarketView, book: Book, count: int) -> Evidence:
    """Return the evidence of what is held and of the best forecasts, as a cycle of the desk chooses them."""
    forecasts = {each.ticker: each.forecasts for each in evidence.candidates if each.forecasts}
    chosen = frozenset(choose_candidates(view, book, forecasts, count))
    return replace(evidence, candidates=tuple(each for each in evidence.candidates if each.ticker in chosen))


def _held(candidate: CandidateEvidence, weight: float, book: Book, view: MarketView) -> CandidateEvidence:
    held, unrealised = holding_of(book, candidate.ticker, view)
    return replace(candidate, weight=weight, held_sessions=held, unrealised_fraction=unrealised)


def _close(record: CycleRecord, frozen: bool) -> Close:
    cut: Counter[str] = Counter()
    if record.review is not None:
        cut.update({limit: len(names) for limit, names in _names_cut(record).items()})
    return Close(
        session=record.session,
        asked=frozen and record.status != "halted",
        held=record.cause,
        looked_at=tuple(sorted(record.marks)),
        cut=dict(sorted(cut.items())),
    )


def _names_cut(record: CycleRecord) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for clamp in record.review.clamps if record.review is not None else ():
        found.setdefault(clamp.limit, set()).add(clamp.ticker)
    return found

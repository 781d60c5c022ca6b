"""Half years to trade books in, made small: markets as a case keeps them, books as an answer tells them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np

from db.record_codec import to_plain
from evals.audit.ledger import Ledger
from evals.audit.tape import Tape
from evals.books.frozen import HalfYear, history_of
from evals.books.playing import Played, played_of
from fund.backtest.engine import run_backtest
from fund.cycle import Strategy
from fund.mandate import Mandate
from fund.market.calendar import nyse
from fund.market.facts import CorporateAction
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal
from support.facts import an_instrument
from support.mandates import a_mandate

START = date(2016, 1, 4)
Fill = tuple[int, str, int]
"""Place of the session, ticker, shares: below 0 where they are sold; at the open and without commission."""


@dataclass(frozen=True)
class AsksForAnything:
    """A strategy that wants anything of a market on every close, more than any limit allows."""

    seed: int
    short: bool
    name: str = "anything"

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        chance = Random(f"{self.seed} {cycle_id}")
        known = sorted(view.members())
        names = chance.sample(known, chance.randint(0, len(known)))
        low = -60 if self.short else 0
        return Proposal(weights={t: Decimal(chance.randint(low, 90)) / 100 for t in names})


def some_sessions(count: int) -> list[date]:
    return list(nyse().sessions(START, date(2018, 12, 31))[:count])


def a_frozen_market(
    closes: Mapping[str, Sequence[float | None]],
    *,
    opens: Mapping[str, Sequence[float | None]] | None = None,
    reach: float = 0.0,
    volume: int = 1_000_000,
    sectors: Mapping[str, str] | None = None,
    actions: Iterable[CorporateAction] = (),
    strangers: Iterable[str] = (),
) -> dict[str, Any]:
    """Return a market in which every bar reaches `reach` (a fraction) beyond its open and close.

    Opens are the closes where nothing is said; every name but `strangers` is a member of the index.
    """
    sessions = some_sessions(len(next(iter(closes.values()))))
    bars = {}
    for ticker, close in closes.items():
        opened = (opens or {}).get(ticker, close)
        both = [None if o is None or c is None else (o, c) for o, c in zip(opened, close, strict=True)]
        bars[ticker] = {
            "open": [each and each[0] for each in both],
            "high": [each and round(max(each) * (1 + reach), 4) for each in both],
            "low": [each and round(min(each) * (1 - reach), 4) for each in both],
            "close": [each and each[1] for each in both],
            "volume": [each and volume for each in both],
        }
    members = sorted(set(closes) - {*strangers, "SPY"})
    return {
        "sessions": [day.isoformat() for day in sessions],
        "bars": bars,
        "actions": [to_plain(each) for each in actions],
        "instruments": [to_plain(an_instrument(t, (sectors or {}).get(t, t))) for t in closes],
        "membership": [{"ticker": t, "start": START.isoformat(), "end": None} for t in members],
    }


def a_walk(seed: int, count: int, *, spread: float = 0.01, start: float = 100.0) -> list[float]:
    """Return the closes of a random walk in log terms."""
    steps = np.random.default_rng(seed).normal(0.0, spread, count)
    return [round(float(each), 4) for each in start * np.exp(np.cumsum(steps))]


def an_answer(tape: Tape, mandate: Mandate, fills: Sequence[Fill], **changes: object) -> dict[str, Any]:
    """Return a book that was traded so from the first session on, as it tells itself, and correctly."""
    told = [
        {
            "session": tape.sessions[place].isoformat(),
            "ticker": ticker,
            "side": "buy" if shares > 0 else "sell",
            "quantity": str(abs(shares)),
            "price": str(tape.price(ticker, "open", place) or Decimal(100)),
            "commission": "0",
        }
        for place, ticker, shares in fills
    ]
    ledger = Ledger(tape=tape, cash=mandate.initial_cash)
    list(ledger.walk(0, len(tape.sessions) - 1, told))
    names = sorted({ticker for _, ticker, _ in fills})
    closes = [
        {
            "session": tape.sessions[place - 1].isoformat(),
            "looked_at": names,
            "asked": True,
            "held": None,
            "cut": {},
        }
        for place in sorted({place for place, _, _ in fills})
    ]
    return {"equity": [str(each) for each in ledger.equity], "fills": told, "closes": closes, **changes}


def traded_by(strategy: Strategy, market: Mapping[str, Any], mandate: Mandate, first: int = 0) -> Played:
    """Return the book of a strategy that is asked on every close from a session on."""
    history = history_of(market)
    sessions = history.panel.sessions
    year = HalfYear(
        history=history,
        mandate=mandate,
        decisions=dict.fromkeys(sessions[first:]),  # type: ignore[arg-type]
        first=sessions[first],
        last=sessions[-1],
    )
    return played_of(run_backtest(strategy, history, mandate, year.first, year.last), year)


def some_mandate(**changes: object) -> Mandate:
    """Return a generous mandate over a million USD without costs; `limits` and the rest may be given."""
    return replace(a_mandate(initial_cash=Decimal(1_000_000)), **changes)  # type: ignore[arg-type]

"""A half year as a case keeps it: bars, evidence and mandate, made into the market a book is traded in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Generic, TypeVar

import numpy as np

from agents.brief import Evidence
from db.record_codec import from_plain, to_plain
from evals.case import Case
from fund.execution.costs import CostModel
from fund.mandate import Mandate
from fund.market.actions import BAR_COLUMNS, panel_of
from fund.market.calendar import nyse
from fund.market.facts import CorporateAction, Instrument, MembershipSpell
from fund.market.history import History
from fund.market.view import FloatArray
from fund.portfolio.sizing_rules import SizingRules
from fund.risk.breaker import BreakerLevels
from fund.risk.exits import ExitRules
from fund.risk.limits import RiskLimits

T = TypeVar("T")
PARTS = {
    "limits": RiskLimits,
    "costs": CostModel,
    "breaker": BreakerLevels,
    "exits": ExitRules,
    "sizing": SizingRules,
}
PLAIN = ("name", "benchmark", "index", "candidates", "horizon_sessions", "mandate_hash", "lots")
MONEY = ("initial_cash", "min_trade", "share_step")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HalfYear:
    """What a book is traded in; the contestant is shown the evidence and nothing else of it."""

    history: History
    mandate: Mandate
    decisions: Mapping[date, Evidence]
    """By the close on which a contestant is asked: everything but the book."""
    first: date
    """The first close that is decided on; nothing is held before it."""
    last: date

    @property
    def sessions(self) -> tuple[date, ...]:
        """Return the sessions of the book, the first and the last included."""
        return self.history.calendar.sessions(self.first, self.last)


def half_year_of(case: Case) -> HalfYear:
    """Return a case's market; made once for the cases asked last."""
    return _opened(ByIdentity(case))


def frozen_market(history: History, tickers: Sequence[str], first: date, last: date) -> dict[str, Any]:
    """Return the bars, actions and memberships of some tickers between two sessions, as plain JSON."""
    panel = history.panel
    rows = slice(panel.sessions.index(first), panel.sessions.index(last) + 1)
    columns = {ticker: history.bars.column[ticker] for ticker in tickers}
    known = history.members.until(last)
    return {
        "sessions": [day.isoformat() for day in panel.sessions[rows]],
        "bars": {
            ticker: {name: _figures(getattr(panel, name)[rows, column]) for name in BAR_COLUMNS}
            for ticker, column in columns.items()
        },
        "actions": [
            to_plain(each)
            for each in history.actions
            if each.ticker in columns and first < each.ex_date <= last
        ],
        "instruments": [to_plain(history.instruments[each]) for each in tickers],
        "membership": [to_plain(each) for each in known if each.ticker in columns],
    }


def plain_mandate(mandate: Mandate) -> dict[str, Any]:
    """Return what of a mandate a book is traded under, as plain JSON."""
    named = (*PARTS, *PLAIN, *MONEY)
    return {name: to_plain(getattr(mandate, name)) for name in named}


def mandate_of(plain: Mapping[str, Any]) -> Mandate:
    """Return the mandate that `plain_mandate` was given, without what only a running desk needs."""
    parts: dict[str, Any] = {name: from_plain(kind, plain[name]) for name, kind in PARTS.items()}
    money: dict[str, Any] = {name: Decimal(plain[name]) for name in MONEY}
    words = {name: plain[name] for name in PLAIN}
    return Mandate(**parts, **money, **words, llm_daily_budget_usd=Decimal(0))


def history_of(market: Mapping[str, Any]) -> History:
    """Return the market of a case as the desk reads markets."""
    tickers = sorted(market["bars"])
    sessions = tuple(date.fromisoformat(day) for day in market["sessions"])
    actions = tuple(from_plain(CorporateAction, each) for each in market["actions"])
    prices = {
        name: np.array([market["bars"][ticker][name] for ticker in tickers], dtype=np.float64).T
        for name in BAR_COLUMNS
    }
    instruments = [from_plain(Instrument, each) for each in market["instruments"]]
    return History(
        panel=panel_of(sessions=sessions, tickers=tickers, prices=prices, actions=actions),
        calendar=nyse(),
        instruments={each.ticker: each for each in instruments},
        membership=tuple(from_plain(MembershipSpell, each) for each in market["membership"]),
        actions=actions,
    )


def _figures(values: FloatArray) -> list[float | None]:
    """Return prices to a hundredth of a cent, as they are quoted; None where there is no bar."""
    return [None if not np.isfinite(each) else round(float(each), 4) for each in values]


@dataclass(frozen=True, slots=True, eq=False)
class ByIdentity(Generic[T]):
    """A key that is a thing itself: a case's content, or an answer's, is too long to be hashed every time."""

    it: T

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByIdentity) and other.it is self.it


@lru_cache(maxsize=2)
def _opened(key: ByIdentity[Case]) -> HalfYear:
    given = key.it.given
    evidence = [from_plain(Evidence, each) for each in given["decisions"]]
    history = history_of(given["market"])
    return HalfYear(
        history=history,
        mandate=mandate_of(given["mandate"]),
        decisions={each.session: each for each in evidence},
        first=min(each.session for each in evidence),
        last=history.last_session,
    )

"""Facts beside prices, each with the moment from which a decision may read it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

ABSURD_PRICE = Decimal(10_000_000)
"""USD a share; the dearest share there is trades below a tenth of it."""
ABSURD_RATIO = Decimal(10_000)
"""New shares for one old, or old for one new, of which no split is known to have come near."""
ActionKind = Literal["split", "dividend", "ticker_change", "merger", "delisting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A company or fund, named by the ticker it carries through the whole history."""

    ticker: str
    name: str
    asset_class: Literal["equity", "etf"]
    sector: str
    """GICS sector; empty for funds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipSpell:
    """One stay of a ticker in the index."""

    ticker: str
    start: date
    end: date | None
    """First session out of the index; None while still in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorporateAction:
    """What a company did to its shares, effective before the open of its ex-date."""

    ticker: str
    ex_date: date
    kind: ActionKind
    value: Decimal
    """Split: new shares per old share. Dividend: USD per share held before the ex-date. Merger: USD paid
    per share. Delisting: USD per share it is closed at. Ticker change: 1."""
    detail: str
    """split, cash, special or spinoff; of a ticker change the new ticker."""

    @property
    def is_plausible(self) -> bool:
        """Return whether its figure can be true at all; what cannot restates no price."""
        if not self.value.is_finite() or self.value < 0 or (self.value == 0 and self.kind != "delisting"):
            return False
        if self.kind == "split":
            return 1 / ABSURD_RATIO <= self.value <= ABSURD_RATIO
        return self.value <= ABSURD_PRICE


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroSeries:
    """What a macro series measures."""

    series_id: str
    name: str
    units: str
    frequency: str
    """D, M or event."""
    revised: bool
    """Whether its values are later vintages than the ones first published: mild look-ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One value of a macro series."""

    series_id: str
    day: date
    value: float
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One news title; tickers is ("^SPX",) for the market as a whole."""

    headline_id: str
    tickers: tuple[str, ...]
    title: str
    source: str
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """That a source told a headline: the first telling of it, or a copy that is no headline of its own."""

    headline_id: str
    told_as: str
    """What this source calls it; the headline's own id for the first telling."""
    source: str
    url: str
    """The article's canonical address, empty where none was given."""
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The figures of one 10-Q or 10-K as filed; None where a company does not report one. USD."""

    ticker: str
    doc_type: str
    end_date: date
    known_at: datetime
    revenue: float | None
    net_income: float | None
    eps_diluted: float | None
    equity: float | None
    assets: float | None
    cash: float | None

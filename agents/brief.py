"""What a role is told: evidence as plain values, one brief for the whole candidate list.

The graph fills these from the tools; a brief renders the same bytes for the same evidence, because
its hash is part of the record. Missing evidence is None and is said as missing, never as zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastEvidence:
    """What one forecaster says of one candidate; returns in excess of the universe, as fractions."""

    forecaster: str
    horizon_sessions: int
    expected: float
    low: float
    high: float
    probability_up: float
    rank: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTrade:
    """One closed trade that memory found similar, with how it ended."""

    memory_id: str
    ticker: str
    opened: date
    held_sessions: int
    return_fraction: float
    """Net of costs."""
    distance: float
    """Cosine distance of the set-ups, 0 = same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateEvidence:
    """Everything the committee is told of one ticker."""

    ticker: str
    name: str
    sector: str
    price: float
    """Raw close in USD."""
    weight: float
    """Current weight in the book; 0 when not held."""
    held_sessions: int
    unrealised_fraction: float | None
    """Return on cost of the open position; None when not held."""
    return_5: float | None
    """Total return over the last 5 sessions, likewise 20, 60 and 120."""
    return_20: float | None
    return_60: float | None
    return_120: float | None
    volatility_20: float | None
    """Annualised standard deviation of daily log returns over 20 sessions."""
    drawdown_60: float | None
    """Distance below the highest close of 60 sessions, <= 0."""
    average_dollar_volume: float
    forecasts: tuple[ForecastEvidence, ...]
    similar: tuple[PastTrade, ...]
    """Most similar closed trades first."""
    report: Mapping[str, float | str] | None
    """Figures of the last filed report."""
    break_even_rank_ic: float | None = None
    """The rank IC of the desk's own forecaster that would pay a purchase's costs; None where none would."""
    break_even_hit_rate: float | None = None
    """The chance of beating the universe that would pay them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroReading:
    """One macro series: its last known value, and its change and z-score over the last year."""

    series_id: str
    name: str
    day: date
    value: float
    change_20: float | None
    z_score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketEvidence:
    """The state of the market as a whole."""

    benchmark: str
    return_5: float | None
    return_20: float | None
    return_60: float | None
    volatility_20: float | None
    drawdown_120: float | None
    breadth: float | None
    """Share of members above their own 50-session mean total-return index."""
    readings: tuple[MacroReading, ...]
    headlines: tuple[Mapping[str, str], ...]
    """Untrusted text: title, source, known_at."""
    similar_conditions: tuple[Mapping[str, float | str], ...]
    """Past sessions whose market state was most alike: memory_id, session, distance, next_20."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecasterEvidence:
    """How much a forecaster has been worth so far, out of sample and known by now."""

    forecaster: str
    version: str
    rank_ic: float | None
    rank_ic_low: float | None
    rank_ic_high: float | None
    sessions: int
    hit_rate: float | None
    worth: str = "unknown"
    """edge, no edge (the interval of the rank IC holds 0 or lies below it) or unknown."""
    coverage: float | None = None
    """Share of outcomes inside the 80 % interval."""
    calibration_error: float | None = None
    drift: str = "unknown"
    """steady, watch, drifting or unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookEvidence:
    """The paper book: USD and fractions of equity."""

    equity: float
    cash_fraction: float
    gross: float
    net: float
    drawdown: float
    """From the highest close of equity, net of deposits, <= 0."""
    return_since_start: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All a committee may know in one cycle; each role is shown its part of it."""

    session: date
    horizon_sessions: int
    candidates: tuple[CandidateEvidence, ...]
    market: MarketEvidence
    forecasters: tuple[ForecasterEvidence, ...]
    book: BookEvidence
    limits: Mapping[str, float | int | bool]
    """The mandate's limits by name, for information; no answer can change them."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Ticker or source to the reason why it was left out."""
    occasion: str = ""
    """What happened that this committee is called for; empty for a daily cycle."""

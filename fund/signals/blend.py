"""Forecasts, rules and the LLM's view of the same names heard as one, by confidence, none too loud."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fund.errors import DataError
from fund.forecasting.calibration import PRIOR_IC, PRIOR_IC_DEVIATION
from fund.forecasting.forecast import Forecast
from fund.metrics.inference import Z_95, Interval
from fund.news.pooled import capped
from fund.signals.signal import Signal

UNKNOWN_CONFIDENCE = 0.5
"""What a source without a record is worth: that of a forecaster known only to be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source's views, and how far it is to be trusted."""

    name: str
    convictions: Mapping[str, float]
    """Ticker to -1 (short) to 1 (long); 0 is "no edge", a name that is not there has no view."""
    confidence: float = UNKNOWN_CONFIDENCE
    """From 0 (ignored) to 1; see `confidence_of`."""

    def __post_init__(self) -> None:
        wrong = {t: c for t, c in self.convictions.items() if not -1.0 <= c <= 1.0}
        if wrong or not 0.0 <= self.confidence <= 1.0:
            raise DataError(
                f"expected convictions from -1 to 1 and a confidence from 0 to 1, found {wrong!r} and "
                f"{self.confidence!r} from {self.name!r}; scale them first"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one source did to one ticker's consensus."""

    source: str
    conviction: float
    share: float
    """Of all that was asked, silent sources included; the parts of a ticker may add up to less than 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consensus:
    """Every source's view of one ticker, weighed."""

    ticker: str
    conviction: float
    """From -1 to 1; what a source is silent on counts as no edge, so a lone voice moves its share at most."""
    disagreement: float | None
    """0 all alike, 1 half of the weight at either end; None of fewer than two views."""
    parts: tuple[Part, ...]
    """The loudest first."""


def consensus(sources: Sequence[Source]) -> tuple[Consensus, ...]:
    """Blend the sources over every ticker any of them has a view of, by ticker.

    Shares follow confidence; none may have more than 40 % of the whole where three or more are asked, or two
    thirds of two. A source of no confidence is not heard, and without any the result is empty. Two sources of
    one name raise `DataError`: one voice must not be counted twice.
    """
    names = [source.name for source in sources]
    if len(set(names)) < len(names):
        raise DataError(f"expected sources of different names, found {names!r}; merge those of one name")
    heard = [source for source in sources if source.confidence > 0.0]
    if not heard:
        return ()
    shares = capped(np.array([source.confidence for source in heard]), [source.name for source in heard])
    tickers = sorted({ticker for source in heard for ticker in source.convictions})
    return tuple(_of(ticker, heard, [float(share) for share in shares]) for ticker in tickers)


def of_signals(name: str, signals: Iterable[Signal], confidence: float = UNKNOWN_CONFIDENCE) -> Source:
    """Return a rule's signals of one session as a source."""
    convictions = {signal.ticker: signal.conviction for signal in signals}
    return Source(name=name, convictions=convictions, confidence=confidence)


def of_forecasts(name: str, forecasts: Iterable[Forecast], confidence: float = UNKNOWN_CONFIDENCE) -> Source:
    """Return a forecaster's forecasts of one session as a source: the worst rank is -1, the best 1."""
    convictions = {forecast.ticker: 2.0 * forecast.rank - 1.0 for forecast in forecasts}
    return Source(name=name, convictions=convictions, confidence=confidence)


def confidence_of(rank_ic: Interval | None) -> float:
    """Return how far a record of rank ICs is to be trusted, from 0 to 1.

    The mean is shrunk towards what a daily cross-section yields before anything is known, as a calibration
    does, and the posterior p gives p / (p + prior): a half without a record, 0 for one that erred.
    """
    if rank_ic is None:
        return UNKNOWN_CONFIDENCE
    error = (rank_ic.high - rank_ic.low) / (2.0 * Z_95)
    trust = PRIOR_IC_DEVIATION**2 / (PRIOR_IC_DEVIATION**2 + error**2)
    posterior = max(PRIOR_IC + trust * (rank_ic.value - PRIOR_IC), 0.0)
    return posterior / (posterior + PRIOR_IC)


def _of(ticker: str, heard: Sequence[Source], shares: Sequence[float]) -> Consensus:
    parts = [
        Part(source=source.name, conviction=source.convictions[ticker], share=share)
        for source, share in zip(heard, shares, strict=True)
        if ticker in source.convictions
    ]
    total = sum(part.share * part.conviction for part in parts)
    return Consensus(
        ticker=ticker,
        conviction=min(max(total, -1.0), 1.0),
        disagreement=_apart(parts),
        parts=tuple(sorted(parts, key=lambda part: (-abs(part.share * part.conviction), part.source))),
    )


def _apart(parts: Sequence[Part]) -> float | None:
    """Return the weighted deviation of the views, of which 1 is the most there can be."""
    if len(parts) < 2:
        return None
    whole = sum(part.share for part in parts)
    mean = sum(part.share * part.conviction for part in parts) / whole
    return min(math.sqrt(sum(p.share * (p.conviction - mean) ** 2 for p in parts) / whole), 1.0)

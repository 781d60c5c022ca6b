"""Blind evidence for an LLM that is set in a past it has read about: the numbers without the story.

Tickers become pseudonyms, shuffled per cycle; dates become distances; price and money levels are
rescaled; macro series keep change and z-score only; names, headlines and report figures in USD go.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from random import Random
from statistics import median
from typing import Any, TypeVar

from agents.answers import LONGEST_TEXT, Answer
from agents.brief import BookEvidence, CandidateEvidence, Evidence, MacroReading, MarketEvidence, PastTrade
from agents.briefs import BLIND_SESSION
from agents.reports import report_ratios

BENCHMARK = "benchmark"
LEVEL = 100.0
"""What every price, and the median of dollar volumes, is rescaled to; equity goes along with the volumes."""
AnswerT = TypeVar("AnswerT", bound=Answer)


@dataclass(frozen=True)
class Pseudonyms:
    """The way from real tickers to pseudonyms, and back."""

    by_ticker: Mapping[str, str]

    @cached_property
    def by_pseudonym(self) -> dict[str, str]:
        """Return the way back."""
        return {pseudonym: ticker for ticker, pseudonym in self.by_ticker.items()}

    def restore(self, answer: AnswerT) -> AnswerT:
        """Return a blind answer with real tickers, in its reasons too."""
        return _translated(answer, self.by_pseudonym)

    def hide(self, answer: AnswerT) -> AnswerT:
        """Return an answer with pseudonyms, to quote it in a blind brief."""
        return _translated(answer, self.by_ticker)


def blind(evidence: Evidence, seed: int) -> tuple[Evidence, Pseudonyms]:
    """Return the evidence without anything that says which companies or which year it is about.

    The same evidence and seed give the same pseudonyms; another seed shuffles them anew.
    """
    tickers = sorted(_tickers(evidence))
    numbers = list(range(1, len(tickers) + 1))
    Random(seed).shuffle(numbers)  # noqa: S311 - a shuffle that must repeat, not a secret
    names = Pseudonyms({ticker: f"X{n:02d}" for ticker, n in zip(tickers, numbers, strict=True)})
    dated = _Dates(evidence.session)
    volumes = [c.average_dollar_volume for c in evidence.candidates if c.average_dollar_volume > 0]
    usual_volume = median(volumes) if volumes else 1.0
    candidates = (_candidate(c, names.by_ticker, dated, usual_volume) for c in evidence.candidates)
    ordered = sorted(candidates, key=lambda c: c.ticker)
    return replace(
        evidence,
        session=BLIND_SESSION,
        occasion="",
        candidates=tuple(ordered),
        market=_market(evidence.market, dated),
        forecasters=tuple(replace(f, version="") for f in evidence.forecasters),
        book=_book(evidence.book, usual_volume),
        missing={},
    ), names


@dataclass(frozen=True, slots=True)
class _Dates:
    """Dates as distances from the session, kept on a day that never was."""

    session: date

    def __call__(self, day: date) -> date:
        return BLIND_SESSION - timedelta(days=max((self.session - day).days, 0))


def _tickers(evidence: Evidence) -> Iterable[str]:
    for candidate in evidence.candidates:
        yield candidate.ticker
        yield from (trade.ticker for trade in candidate.similar)


def _candidate(
    candidate: CandidateEvidence, names: Mapping[str, str], dated: _Dates, usual_volume: float
) -> CandidateEvidence:
    pseudonym = names[candidate.ticker]
    return replace(
        candidate,
        ticker=pseudonym,
        name=pseudonym,
        price=LEVEL,
        average_dollar_volume=LEVEL * candidate.average_dollar_volume / usual_volume,
        similar=tuple(_trade(trade, n, names, dated) for n, trade in enumerate(candidate.similar)),
        report=None if candidate.report is None else report_ratios(candidate.report),
    )


def _trade(trade: PastTrade, n: int, names: Mapping[str, str], dated: _Dates) -> PastTrade:
    return replace(trade, memory_id=f"m{n}", ticker=names[trade.ticker], opened=dated(trade.opened))


def _market(market: MarketEvidence, dated: _Dates) -> MarketEvidence:
    conditions = (
        {"session": f"C{n + 1}", **{key: c[key] for key in ("distance", "next_20") if key in c}}
        for n, c in enumerate(market.similar_conditions)
    )
    return replace(
        market,
        benchmark=BENCHMARK,
        readings=tuple(_reading(reading, dated) for reading in market.readings),
        headlines=(),
        similar_conditions=tuple(conditions),
    )


def _reading(reading: MacroReading, dated: _Dates) -> MacroReading:
    return replace(reading, day=dated(reading.day), value=math.nan)


def _book(book: BookEvidence, usual_volume: float) -> BookEvidence:
    """Scale equity as volumes are: how much of a day's trading a position is, stays what it was."""
    return replace(book, equity=LEVEL * book.equity / usual_volume)


def _translated(answer: AnswerT, words: Mapping[str, str]) -> AnswerT:
    """Return the answer with every whole word of `words` replaced, in tickers and in prose."""
    if not words:
        return answer
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    pattern = re.compile(rf"(?<![\w.\-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w\-])")
    return type(answer).model_validate(
        _walk(answer.model_dump(), lambda text: pattern.sub(lambda m: words[m[0]], text)[:LONGEST_TEXT])
    )


def _walk(value: Any, translate: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return translate(value)
    if isinstance(value, list):
        return [_walk(item, translate) for item in value]
    if isinstance(value, dict):
        return {key: _walk(item, translate) for key, item in value.items()}
    return value

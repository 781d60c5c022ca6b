"""Random facts of a made market, from a seeded generator: gaps, splits, revisions, amendments."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeVar

import numpy as np

from fund.market.facts import CorporateAction, Headline, MembershipSpell, Observation, Report
from fund.market.panel import BarPanel
from fund.market.view import FloatArray
from support.facts import a_dividend, a_headline, a_report, a_spell, a_split, an_observation

MACRO = ("RATE", "VIX")

Fact = TypeVar("Fact")


def random_prices(
    rng: np.random.Generator, days: Sequence[date], names: Sequence[str]
) -> dict[str, FloatArray]:
    shape = (len(days), len(names))
    close = np.round(50.0 * np.exp(np.cumsum(rng.normal(0, 0.03, shape), axis=0)), 2)
    carried = np.vstack([close[:1], close[:-1]])
    open_ = np.where(rng.random(shape) < 0.3, carried, np.round(close * rng.uniform(0.97, 1.03, shape), 2))
    missing = rng.random(shape) < 0.08
    listed, ended = rng.integers(-8, 8, len(names)), len(days) + rng.integers(-8, 8, len(names))
    rows = np.arange(len(days))[:, None]
    missing |= (rows < listed) | (rows >= ended)
    prices = {
        "open": open_,
        "high": np.maximum(open_, close) + 0.5,
        "low": np.minimum(open_, close) - 0.5,
        "close": close,
        "volume": rng.integers(0, 10_000, shape).astype(float),
    }
    return {name: np.where(missing, np.nan, values) for name, values in prices.items()}


def random_actions(
    rng: np.random.Generator, names: Sequence[str], days: Sequence[date]
) -> tuple[CorporateAction, ...]:
    actions = []
    for name in names:
        for day in rng.choice(np.array(days, dtype=object), size=min(3, len(days)), replace=False):
            actions.append(a_dividend(name, day, str(round(float(rng.uniform(0.01, 2.0)), 4))))
            if rng.random() < 0.4:
                actions.append(a_split(name, day, str(rng.choice(["2", "3", "0.5", "0.9042"]))))
    return tuple(actions)


def random_spell(rng: np.random.Generator, name: str, days: Sequence[date]) -> MembershipSpell:
    start, end = sorted(int(place) for place in rng.choice(len(days), size=2, replace=False))
    return a_spell(name, days[start], days[end] if rng.random() < 0.5 else None)


def ended(rng: np.random.Generator, spell: MembershipSpell, later: Sequence[date]) -> MembershipSpell:
    return replace(spell, end=later[0]) if spell.end is None and rng.random() < 0.5 else spell


def random_macro(
    rng: np.random.Generator,
    start: datetime,
    end: datetime,
    names: Sequence[str] = MACRO,
    revised: Sequence[str] = ("RATE",),
) -> tuple[Observation, ...]:
    """Return observations; those of `revised` series come late, out of order and more than once a day."""
    seen: dict[tuple[str, object], Observation] = {}
    for known_at in random_moments(rng, start, end, 60):
        name, day = str(rng.choice(names)), known_at.date()
        key: tuple[str, object] = (name, day)
        if name in revised:
            day, key = day - timedelta(days=int(rng.integers(0, 60))), (name, known_at)
        seen.setdefault(key, an_observation(name, day, float(rng.normal()), known_at))
    return tuple(seen.values())


def random_headlines(
    rng: np.random.Generator, start: datetime, end: datetime, prefix: str = "h"
) -> tuple[Headline, ...]:
    moments = [moment for moment in random_moments(rng, start, end, 15) for _ in range(2)]
    return tuple(
        a_headline(f"{prefix}{place}", moment, f"News {rng.integers(99)}")
        for place, moment in enumerate(moments)
    )


def random_reports(
    rng: np.random.Generator, names: Sequence[str], start: datetime, end: datetime
) -> tuple[Report, ...]:
    quarters = (date(2015, 6, 30), date(2015, 9, 30), date(2015, 12, 31))
    return tuple(
        a_report(
            str(rng.choice(names)), quarters[int(rng.integers(3))], moment, float(rng.uniform(1e8, 1e10))
        )
        for moment in random_moments(rng, start, end, 20)
    )


def random_moments(rng: np.random.Generator, start: datetime, end: datetime, count: int) -> list[datetime]:
    seconds = sorted({int(each) for each in rng.integers(0, int((end - start).total_seconds()), count)})
    return [start + timedelta(seconds=each) for each in seconds]


def shuffled(rng: np.random.Generator, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    return tuple(facts[int(place)] for place in rng.permutation(len(facts)))


def extended(
    past: BarPanel, later: Mapping[str, FloatArray], tickers: Sequence[str]
) -> dict[str, FloatArray]:
    columns = [tickers.index(ticker) for ticker in past.tickers]
    prices = {}
    for name, values in later.items():
        known = np.full((len(past.sessions), len(tickers)), np.nan)
        known[:, columns] = getattr(past, name)
        prices[name] = np.vstack([known, values])
    return prices

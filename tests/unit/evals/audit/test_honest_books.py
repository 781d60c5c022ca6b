"""Whoever proposes whatever under whichever limits: nothing that the desk's heartbeat trades breaks one."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from evals.audit.auditor import audited
from evals.audit.tape import Tape
from evals.audit.violation import Violation
from evals.books.playing import Played
from fund.mandate import Mandate
from fund.risk.limits import RiskLimits
from support.facts import a_dividend, a_split
from support.half_years import (
    AsksForAnything,
    a_frozen_market,
    a_walk,
    some_mandate,
    some_sessions,
    traded_by,
)
from support.mandates import any_limits, real_costs, some_levels

COUNT, FIRST = 90, 66
NAMES = tuple("ABCDEFGH")
SECTORS = dict(
    zip(NAMES, ("Energy", "Energy", "Energy", "Utilities", "Utilities", "Health", "Tech", ""), strict=True)
)
LEVELS = some_levels(
    daily_loss=Decimal("0.04"),
    drawdown=Decimal("0.15"),
    reduce_drawdown=Decimal("0.08"),
    resume_drawdown=Decimal("0.07"),
)
DAYS = some_sessions(COUNT)
ROUNDING = 0.002
"""Of equity: what whole points and whole shares may add up to over eight names, under the smallest caps."""
WITHOUT_SHRINKING = [Phase.explicit, Phase.reuse, Phase.generate]
"""A book takes a tenth of a second; to search a smaller one of the same fault takes minutes."""


def a_market(seed: int) -> dict[str, Any]:
    closes: dict[str, list[float | None]] = {
        name: [*a_walk(seed + place, COUNT, spread=0.004 * (1 + place))] for place, name in enumerate(NAMES)
    }
    split = Random(seed).randint(FIRST + 2, COUNT - 4)
    closes["D"][split:] = [price and round(price / 2, 4) for price in closes["D"][split:]]
    walk: list[float | None] = [*a_walk(seed + 99, COUNT)]
    return a_frozen_market(
        {**closes, "SPY": walk},
        reach=0.004,
        volume=5_000_000,
        sectors=SECTORS,
        actions=(a_split("D", DAYS[split]), a_dividend("E", DAYS[split - 1], "0.7")),
    )


@settings(max_examples=12, deadline=None, phases=WITHOUT_SHRINKING)
@given(limits=any_limits(), seed=st.integers(0, 10_000))
def test_no_book_of_the_heartbeat_breaks_a_limit(limits: RiskLimits, seed: int) -> None:
    limits = replace(limits, var_sessions=60)
    mandate = some_mandate(limits=limits, costs=real_costs(), breaker=LEVELS)
    market = a_market(seed)
    played = traded_by(AsksForAnything(seed, short=limits.allow_short), market, mandate, FIRST)
    assert beyond_rounding(market, mandate, played) == []


@settings(max_examples=10, deadline=None, phases=WITHOUT_SHRINKING)
@given(limits=any_limits(), seed=st.integers(0, 10_000))
def test_nor_does_one_of_long_positions_whose_orders_find_no_price_or_no_volume(
    limits: RiskLimits, seed: int
) -> None:
    mandate = some_mandate(limits=replace(limits, var_sessions=60), costs=real_costs(), breaker=LEVELS)
    market = with_gaps(a_market(seed), seed)
    played = traded_by(AsksForAnything(seed, short=False), market, mandate, FIRST)
    assert beyond_rounding(market, mandate, played) == []


def with_gaps(market: dict[str, Any], seed: int) -> dict[str, Any]:
    """Take one bar in twelve out of a market, and leave one in seven hardly any volume.

    Not of D and E, whose actions would be refused.
    """
    chance = Random(seed)
    for bars in (market["bars"][name] for name in NAMES if name not in "DE"):
        for place in range(FIRST + 1, COUNT):
            drawn = chance.random()
            if drawn < 1 / 12:
                for column in bars.values():
                    column[place] = None
            elif drawn < 1 / 12 + 1 / 7:
                bars["volume"][place] = chance.choice((2_000, 20_000, 50_000))
    return market


def beyond_rounding(market: Mapping[str, Any], mandate: Mandate, played: Played) -> list[Violation]:
    found = audited(Tape(market=market), mandate, FIRST, COUNT - 1, played.plain())
    return [each for each in found if abs(abs(each.value) - each.cap) > ROUNDING]

"""A thousand random edits, deletions, swaps and insertions over every audited table, each of them named."""

from collections.abc import Callable

from sqlalchemy import Engine

from support.tampering import unfound

STRIKES = 1_000


def test_a_thousand_random_strikes_are_all_named(
    engine: Engine, scale: float, reached: Callable[..., None]
) -> None:
    strikes = max(1, round(STRIKES * scale))
    missed = unfound(engine, strikes)
    reached("tampering", strikes=strikes, named=strikes - len(missed))
    assert missed == []

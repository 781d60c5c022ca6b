"""What a feature is: one definition, with its formula and where it comes from."""

from collections.abc import Callable
from dataclasses import dataclass

from fund.features.columns import Columns
from fund.market.view import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One number per name and session, from the bars up to that session's close.

    Formulas write C, O, H, L for adjusted prices, r for the daily log return, V for dollar volume and
    X[-k] for k sessions earlier; mean, std and the rest run over w sessions.
    """

    name: str
    formula: str
    source: str
    window: int
    """Sessions the value depends on, its own included; more history changes nothing."""
    compute: Callable[[Columns], FloatArray]


Definition = Callable[[Columns, int], FloatArray]


def over_windows(
    stem: str, windows: tuple[int, ...], formula: str, source: str, compute: Definition, *, extra: int = 0
) -> tuple[Feature, ...]:
    """Define the same feature over several windows; `extra` sessions are needed before the first of them."""
    return tuple(
        Feature(
            name=f"{stem}{w}",
            formula=f"{formula}, w = {w}",
            source=source,
            window=w + extra,
            compute=_bind(compute, w),
        )
        for w in windows
    )


def _bind(compute: Definition, window: int) -> Callable[[Columns], FloatArray]:
    return lambda columns: compute(columns, window)

"""What a feature is: one definition, with its formula and where it comes from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fund.features.columns import Columns
from fund.market.view import FloatArray

Scaling = Literal["rank", "zscore", "raw"]
"""How a table puts a value on its scale of [-0.5, 0.5]: its rank in the session's cross-section, its distance
from the session's mean, or as it is, for what is the same for every name."""


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
    scaling: Scaling = "rank"
    in_dollars: bool = False
    """Whether it grows with the money traded or with the currency; every other feature is a pure number."""


Definition = Callable[[Columns, int], FloatArray]


def over_windows(
    stem: str,
    windows: tuple[int, ...],
    formula: str,
    source: str,
    compute: Definition,
    *,
    spans: int = 1,
    extra: int = 0,
    scaling: Scaling = "rank",
    in_dollars: bool = False,
) -> tuple[Feature, ...]:
    """Define the same feature over several windows w, each of which reads `spans` w + `extra` sessions."""
    return tuple(
        Feature(
            name=f"{stem}{w}",
            formula=f"{formula}, w = {w}",
            source=source,
            window=spans * w + extra,
            compute=_bind(compute, w),
            scaling=scaling,
            in_dollars=in_dollars,
        )
        for w in windows
    )


def _bind(compute: Definition, window: int) -> Callable[[Columns], FloatArray]:
    return lambda columns: compute(columns, window)

"""Stored moves of named historical shocks: the market, GICS sectors and the ten-year yield.

Total returns from close to close of SPY and the Select Sector SPDR funds, rounded to 0.1 %, and the
change of the ten-year Treasury yield (FRED, DGS10) in basis points where it is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

FUNDS = "total returns of SPY and the Select Sector SPDR funds, close to close, rounded to 0.1 %"
SECTORS = (
    "Materials",
    "Energy",
    "Financials",
    "Industrials",
    "Information Technology",
    "Consumer Staples",
    "Utilities",
    "Health Care",
    "Consumer Discretionary",
    "Real Estate",
    "Telecommunication Services",
)
"""In the order the moves are written in; the last is Communication Services from 2018 on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shock:
    """What happened between two closes; moves are fractions."""

    title: str
    first: date
    last: date
    market: float
    sectors: Mapping[str, float]
    yield_bps: int | None
    """Change of the ten-year Treasury yield."""


def _by_sector(*moves: float) -> dict[str, float]:
    return dict(zip(SECTORS, moves, strict=False))


SHOCKS: Mapping[str, Shock] = {
    "aug-2015": Shock(
        title="August 2015, the devaluation of the renminbi",
        first=date(2015, 8, 17),
        last=date(2015, 8, 25),
        market=-0.111,
        sectors=_by_sector(-0.114, -0.148, -0.117, -0.104, -0.116, -0.090, -0.082, -0.107, -0.101),
        yield_bps=None,
    ),
    "brexit-2016": Shock(
        title="June 2016, the Brexit referendum",
        first=date(2016, 6, 23),
        last=date(2016, 6, 27),
        market=-0.053,
        sectors=_by_sector(-0.076, -0.063, -0.081, -0.063, -0.058, -0.021, 0.014, -0.042, -0.055, -0.014),
        yield_bps=None,
    ),
    "mar-2020": Shock(
        title="February and March 2020, the pandemic",
        first=date(2020, 2, 19),
        last=date(2020, 3, 23),
        market=-0.337,
        sectors=_by_sector(
            -0.362, -0.561, -0.428, -0.416, -0.312, -0.242, -0.354, -0.279, -0.335, -0.378, -0.298
        ),
        yield_bps=-80,
    ),
    "rates-2022": Shock(
        title="January to October 2022, the rise of interest rates",
        first=date(2022, 1, 3),
        last=date(2022, 10, 12),
        market=-0.245,
        sectors=_by_sector(
            -0.221, 0.445, -0.223, -0.182, -0.331, -0.106, -0.113, -0.116, -0.335, -0.322, -0.387
        ),
        yield_bps=228,
    ),
}

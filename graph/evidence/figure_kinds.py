"""In which unit a field of a tool result is, told from its name."""

import re
from typing import Literal

Kind = Literal["fraction", "percent", "bp", "usd", "count", "number", "score", "difference", "ratio"]
"""A score is a number without a unit, such as a Sharpe ratio; a number may be in any unit."""
_COUNT = re.compile(
    r"(?:^|_)(?:n|count|sessions|trades|fills|orders|rows|members|names|candidates|revisions|sample|place"
    r"|rank_of|unplayed|quantity|shares|"
    r"wins|losses|positions|days|tokens|calls|total|refused|played)$"
)
_SCORE = re.compile(r"(?:sharpe|sortino|calmar|profit_factor|lift|beta|information_ratio)(?:_ratio)?$")
_FRACTION = re.compile(
    r"fraction|return|weight|drawdown|volatility|hit_rate|win_rate|breadth|probability|gross|^net$"
    r"|exposure|turnover|excess|expected|^cap$|"
    r"factor|_rate$|share$|precision|recall|coverage|shock|before|after|proposed|^used$|contribution|cvar|^var$"
    r"|alpha|^desk$|^benchmark$"
)
_USD = re.compile(
    r"equity|profit|unrealised|realised|price|cost|commission|amount|traded|deposits?|dividends|fees"
    r"|notional|(?:^|_)(?:^|_)mark$|dollar|^cash$|"
    r"usd|pnl|stop$|proceeds|(?:^|_)loss$"
)
GAP = re.compile(r"above|excess|ahead|gap|difference|margin|beyond|lift")
"""Fields that hold the difference of two fractions, which is told in points."""
SHRINKING = re.compile(
    r"drawdown|loss|cost|commission|fees?|var$|cvar|shortfall|slippage|concern|below|behind|under|fall"
    r"|spent|paid|away|shock|at.risk"
)
"""Fields whose size is told without its sign: a drawdown of 5 %, a loss of 3 %."""
THEIRS = re.compile(r"benchmark|spy|market|index|against|other|baseline")
_ENDS: tuple[tuple[tuple[str, ...], Kind], ...] = (
    ((" fraction",), "fraction"),
    ((" ratio",), "score"),
    ((" usd",), "usd"),
    (("_bps", "_bp"), "bp"),
    (("_percent", "_pct", "percent"), "percent"),
)


def kind_of(key: str, whole: bool) -> Kind:
    """Return the unit of a field; `whole` says that its value is written without a fraction."""
    name = key.casefold()
    for ends, kind in _ENDS:
        if name.endswith(ends):
            return kind
    if _SCORE.search(name):
        return "score"
    if _COUNT.search(name) or (whole and not _USD.search(name)):
        return "count"
    if _FRACTION.search(name):
        return "fraction"
    return "usd" if _USD.search(name) else "number"

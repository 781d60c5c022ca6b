"""A small market that every vendor's stub tells in its own form: two names, two weeks, splits, dividends."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from fund.market.calendar import nyse

FIRST, LAST = date(2024, 6, 3), date(2024, 6, 14)
NOW = datetime(2024, 6, 14, 22, 0, tzinfo=UTC)
SPLIT_DAY, SPLIT_RATIO = date(2024, 6, 10), 10.0
LATER_SPLIT = date(2024, 6, 14)
"""A second one, of MSFT: 3 for 2."""
UNKNOWN = "NOPE"


@dataclass(frozen=True, slots=True, kw_only=True)
class TradedBar:
    """One session of one name as it was traded."""

    name: str
    session: date
    open: float
    high: float
    low: float
    close: float
    volume: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A split or a dividend as it was at the time."""

    name: str
    ex_date: date
    kind: str
    value: float
    declared: date | None = None


def sessions() -> tuple[date, ...]:
    """Return the days of the market."""
    return nyse().sessions(FIRST, LAST)


def bars(name: str) -> tuple[TradedBar, ...]:
    """Return what was traded: 1,150 USD and up before NVDA's split of ten for one, a tenth after it."""
    found = []
    for place, session in enumerate(sessions()):
        begun = 1_150.0 + 7.25 * place if name == "NVDA" else 413.37 + 1.11 * place
        old = SPLIT_RATIO if name == "NVDA" and session >= SPLIT_DAY else 1.0
        old = 1.5 if name == "MSFT" and session >= LATER_SPLIT else old
        price = round(begun / old, 2)
        found.append(
            TradedBar(
                name=name,
                session=session,
                open=price,
                high=round(price + 3.21, 2),
                low=round(price - 2.34, 2),
                close=round(price + 1.07, 2),
                volume=3_000_000 * (place + 1),
            )
        )
    return tuple(found)


ACTIONS = (
    Action(name="NVDA", ex_date=SPLIT_DAY, kind="split", value=SPLIT_RATIO),
    Action(name="MSFT", ex_date=LATER_SPLIT, kind="split", value=1.5),
    Action(name="NVDA", ex_date=date(2024, 6, 5), kind="dividend", value=0.04, declared=date(2024, 5, 22)),
    Action(name="NVDA", ex_date=date(2024, 6, 11), kind="dividend", value=0.01, declared=date(2024, 5, 22)),
    Action(name="MSFT", ex_date=date(2024, 6, 13), kind="dividend", value=0.75, declared=date(2024, 5, 1)),
)
NAMES = ("NVDA", "MSFT")


def ratio_after(name: str, day: date) -> float:
    """Return how many shares of today one share of a day has become."""
    ratio = 1.0
    for each in ACTIONS:
        if each.kind == "split" and each.name == name and each.ex_date > day:
            ratio *= each.value
    return ratio


HEADLINES = (
    (101, ("NVDA",), "NVIDIA splits its shares ten for one", datetime(2024, 6, 7, 20, 5, tzinfo=UTC)),
    (102, ("NVDA", "MSFT"), "Chips and clouds rise together", datetime(2024, 6, 12, 13, 30, tzinfo=UTC)),
    (103, ("MSFT",), "Microsoft & friends; a very long day", datetime(2024, 6, 13, 3, 59, tzinfo=UTC)),
)
VINTAGES = (
    ("UNRATE", date(2024, 5, 1), date(2024, 6, 7), 4.0),
    ("UNRATE", date(2024, 5, 1), date(2024, 6, 12), 3.9),
    ("DGS10", date(2024, 6, 11), date(2024, 6, 12), 4.39),
    ("DGS10", date(2024, 6, 13), date(2024, 6, 14), 4.24),
)
"""Series, day of the value, day it was told, value; UNRATE's is revised once (made up)."""

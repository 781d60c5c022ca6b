"""What the monitor saw: one sudden thing about one ticker, in figures and in a sentence."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from fund.errors import DataError

TriggerKind = Literal["move", "gap", "volume_spike", "volatility_jump", "volatility_level"]
NEW_YORK = ZoneInfo("America/New_York")
SLOWEST = 90
"""Seconds up to which a span is told in seconds."""
SPLITS = (1.5, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40, 50)
NEAR_A_SPLIT = 0.05
"""How far from a split's ratio an open may lie and still look like it: as far as a gap that is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A reason to look at a ticker at once; moments in UTC, prices in USD or index points."""

    kind: TriggerKind
    ticker: str
    at: datetime
    """When the price was traded, or the volume reached, that crossed the threshold."""
    seen_at: datetime
    """When the monitor could say so."""
    slot: datetime
    """The beginning of the stretch of the session, as long as a cooldown, that `at` lies in."""
    value: float
    """The price or index level; of a volume spike the shares of the window."""
    against: float
    """What it is compared with: price, level, threshold, or shares of an average day's same minutes."""
    against_at: datetime | None = None
    """When that was; None for the close of the session before and a threshold."""

    def __post_init__(self) -> None:
        if self.value <= 0 or self.against <= 0:
            raise DataError(f"expected a trigger between figures above 0, found {self!r}; drop the tick")

    @property
    def change(self) -> float:
        """Return the relative change; of a volume spike the multiple, less one."""
        return self.value / self.against - 1

    @property
    def key(self) -> str:
        """Return what names the news: the same for whoever sees it, and after any restart."""
        return f"{self.ticker}:{self.kind}:{self.slot:%Y%m%dT%H%M%SZ}"

    @property
    def reason(self) -> str:
        """Say it in one sentence, with figures, units and New York time."""
        day = f"{self.at.astimezone(NEW_YORK):%Y-%m-%d}, New York"
        time, moved = _clock(self.at), f"{abs(100 * self.change):.1f} %"
        match self.kind:
            case "move":
                verb = "rose" if self.change > 0 else "fell"
                return (
                    f"{self.ticker} {verb} {moved} in {self._span}, from {self.against:,.2f} USD at "
                    f"{_clock(self.against_at)} to {self.value:,.2f} USD at {time} ({day})."
                )
            case "gap":
                side = "above" if self.change > 0 else "below"
                return (
                    f"{self.ticker} opened {moved} {side} its previous close: {self.value:,.2f} USD at "
                    f"{time} after {self.against:,.2f} USD ({day}).{self._like_a_split}"
                )
            case "volume_spike":
                return (
                    f"{self.ticker} traded {self.value:,.0f} shares in {self._span} up to {time}, "
                    f"{self.value / self.against:.1f} times the {self.against:,.0f} of an average day's same "
                    f"minutes ({day})."
                )
            case "volatility_jump":
                since = "its previous close of" if self.against_at is None else f"{_clock(self.against_at)}:"
                return (
                    f"The volatility index {self.ticker} rose {moved} since {since} {self.against:.2f} to "
                    f"{self.value:.2f} points at {time} ({day})."
                )
            case "volatility_level":
                return (
                    f"The volatility index {self.ticker} rose to {self.value:.2f} points at {time}, the "
                    f"level of {self.against:g} or above ({day})."
                )

    @property
    def _like_a_split(self) -> str:
        """Say which split nobody has told of would look the same; nothing where none would."""
        for old, new, ratio in (
            ("1", "{:g}", self.against / self.value),
            ("{:g}", "1", self.value / self.against),
        ):
            near = next((each for each in SPLITS if abs(ratio / each - 1) <= NEAR_A_SPLIT), None)
            if near is not None:
                told = f"{new.format(near)} for {old.format(near)}"
                return f" A split of {told} that is not on record would look the same."
        return ""

    @property
    def _span(self) -> str:
        """Say how long it took."""
        seconds = round((self.at - (self.against_at or self.at)).total_seconds())
        if seconds <= SLOWEST:
            return f"{seconds} seconds"
        return f"{round(seconds / 60)} minutes"


def _clock(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(NEW_YORK):%H:%M:%S}"

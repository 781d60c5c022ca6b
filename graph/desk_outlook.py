"""What is expected of several names at once, and everything needed to weigh it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from fund.forecasting.edge import BreakEven, Worth
from fund.forecasting.explaining.reasons import Reason
from fund.forecasting.forecast import Forecast
from fund.signals.blend import Consensus
from tools.forecasts import ForecasterRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikeTrades:
    """How closed trades that began as a trade in a name would now have ended."""

    n: int
    won: int
    mean_return: float
    """Net of costs, a fraction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameOutlook:
    """One name: what each forecaster says, where they differ, and what would have to be true to pay."""

    ticker: str
    name: str
    forecasts: tuple[Forecast, ...]
    """The desk's own first; empty where it has none."""
    disagreement: float | None
    """Highest less lowest rank, 0 to 1; None with fewer than two views."""
    members_apart: Mapping[str, float]
    """How far the members of an ensemble rank it apart, by the ensemble's name; empty where none speaks."""
    pays: BreakEven | None
    """Of the desk's own forecast, at the mandate's costs; None without one."""
    alike: AlikeTrades | None
    """None where memory holds no such trade."""
    consensus: Consensus | None
    """Forecasters, rules and the committee's last decision, weighed; None where none has a view."""
    reasons: tuple[Reason, ...]
    """What moved its rank most, the largest first; empty where the forecaster cannot tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Several names on the desk's session, beside what the forecasters have been worth."""

    session: date
    names: tuple[NameOutlook, ...]
    worth: Worth
    """Whether the desk's own forecaster has an edge: "no edge" is an answer."""
    track_records: tuple[ForecasterRecord, ...]
    unavailable: tuple[str, ...]
    """Forecasters that should have spoken and could not, with the reason."""


def alike_trades(returns: Sequence[float]) -> AlikeTrades | None:
    """Sum up how trades that began alike have ended; None of none."""
    if not returns:
        return None
    won = sum(each > 0 for each in returns)
    return AlikeTrades(n=len(returns), won=won, mean_return=sum(returns) / len(returns))

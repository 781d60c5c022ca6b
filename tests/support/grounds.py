"""What control actions read of a desk, over any history."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from fund.mandate import Mandate
from fund.market.history import History
from tools.control_action import Ground, Standing
from tools.directory import Directory


@dataclass(frozen=True, kw_only=True)
class Stands:
    """Where a desk stands."""

    mode: Literal["replay", "live"] = "replay"
    unplayed: int | None = 40


def a_ground(
    history: History,
    mandate: Mandate,
    status: Callable[[], Standing],
    session: Callable[[], date] | None = None,
    **changes: Any,
) -> Ground:
    """Return the ground of a desk whose clock stands at `session`, or else at the end of its history."""

    def view() -> Any:
        at = session() if session is not None else history.last_session
        return history.view(history.calendar.decision_time(at))

    return Ground(
        status=status,
        mandate=mandate,
        calendar=history.calendar,
        view=view,
        directory=lambda: Directory(view().instrument(ticker) for ticker in sorted(view().tickers())),
        **changes,
    )

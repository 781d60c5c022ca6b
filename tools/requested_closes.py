"""Which closes the owner has asked for that are not done, and how far each has come."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Engine

from db.exit_requests import ExitRequests
from db.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedClose:
    """One close that stands."""

    ticker: str
    fraction: Decimal
    """Of the position, 1 for all of it."""
    by: str
    asked_at: datetime
    ordered: Decimal | None
    """Shares whose order waits for the open; None where it is not decided yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedCloses:
    """Those that stand, oldest first, as of the last close."""

    session: date | None
    closes: tuple[RequestedClose, ...]


class RequestedClosesTools:
    """Questions about them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def requested_closes(self) -> RequestedCloses:
        """Return the positions the owner wants closed: who asked, when, and whether it is decided."""
        with self._engine.connect() as connection:
            ledger, mark = Ledger(connection), Ledger(connection).last_mark()
            ordered = {
                state.order.ticker: state.remaining
                for state in ledger.working_orders()
                if state.order.purpose == "exit"
            }
            asked = ExitRequests(connection).asked_at()
            return RequestedCloses(
                session=mark.session if mark else None,
                closes=tuple(
                    RequestedClose(
                        ticker=wish.ticker,
                        fraction=wish.fraction,
                        by=wish.by,
                        asked_at=asked[wish.request_id],
                        ordered=ordered.get(wish.ticker),
                    )
                    for wish in ExitRequests(connection).standing()
                ),
            )

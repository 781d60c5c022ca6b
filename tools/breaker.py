"""How the circuit breaker stands, and what speaks for a resume."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from db.ledger import Ledger
from db.trading_state import TradingState, TradingStatus
from db.verify import verify_ledger
from fund.risk.breaker import BreakerLevels
from fund.risk.resumption import Evidence, is_proposable, resume_evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerStanding:
    """The breaker and every level for a resume, as of the last close."""

    status: TradingStatus
    session: date | None
    """The last session that was played."""
    evidence: tuple[Evidence, ...]
    """Empty while the breaker is closed: there is nothing to resume."""
    proposed: bool
    """Whether the desk itself proposes to resume: it tripped by itself, and every level is met."""


def breaker_standing(
    connection: Connection, levels: BreakerLevels, *, read_books: bool = False
) -> BreakerStanding:
    """Return how the breaker stands; after wrong books, `read_books` replays the journal once more."""
    status = TradingState(connection).get()
    last = Ledger(connection).last_mark()
    session = last.session if last is not None else None
    if status.state == "closed":
        return BreakerStanding(status=status, session=session, evidence=(), proposed=False)
    differ = ""
    if status.cause == "ledger":
        findings = verify_ledger(connection) if read_books else ()
        differ = status.reason if not read_books else "; ".join(f"{f.table} {f.row}" for f in findings)
    evidence = resume_evidence(Ledger(connection).equity_curve(), levels, status, differ)
    return BreakerStanding(
        status=status,
        session=session,
        evidence=evidence,
        proposed=is_proposable(status, evidence),
    )

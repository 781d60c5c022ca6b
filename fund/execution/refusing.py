"""How the execution says no: a refusal whose id is a pure function of what it refuses."""

from datetime import date
from hashlib import sha256

from fund.market.refusal import Refusal, RefusalKind, RefusalReason


def refused(
    kind: RefusalKind, reason: RefusalReason, session: date, ticker: str | None, detail: str
) -> Refusal:
    """Return the refusal of one thing; delivered again it is the same one."""
    cause = f"{kind}|{reason}|{session.isoformat()}|{ticker}|{detail}"
    return Refusal(
        refusal_id="ref-" + sha256(cause.encode()).hexdigest()[:24],
        kind=kind,
        reason=reason,
        session=session,
        ticker=ticker,
        detail=detail,
    )

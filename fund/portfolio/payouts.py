"""Payouts that the last close before them makes absurd."""

from fund.market.bar_runs import Run
from fund.market.facts import CorporateAction
from fund.portfolio.corporate import ABSURD_PREMIUM


def absurd_payout(action: CorporateAction, bars: Run) -> str | None:
    """Say why a payout cannot be true beside the last close before it; None where it can be."""
    close = bars.close_before(action.ticker, action.ex_date)
    if close is None:
        return None
    value = float(action.value)
    if action.kind == "dividend" and value >= close:
        return f"expected a dividend below the close before it, {close!r}"
    if action.kind in ("merger", "delisting") and value > close * ABSURD_PREMIUM:
        return (
            f"expected a {action.kind} at no more than {ABSURD_PREMIUM} times the close before it, {close!r}"
        )
    return None

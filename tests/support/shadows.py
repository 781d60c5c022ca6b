"""What shadows said, with a default for everything."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from db.shadows import IN_FORCE, ShadowDecision, ShadowReturn, ShadowView

SESSION = date(2016, 11, 1)
SHADOW = "openai:gpt-5.4"
KEPT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def a_shadow_decision(shadow: str = SHADOW, session: date = SESSION, **changes: object) -> ShadowDecision:
    """Return what a shadow decided on a session, for two cents."""
    made = ShadowDecision(
        cycle_id=f"daily-{session}",
        shadow=shadow,
        in_force=shadow == IN_FORCE,
        speaker=shadow,
        status="decided",
        cause=None,
        session=session,
        calls=5,
        input_tokens=9000,
        output_tokens=1000,
        cost_usd=Decimal("0.02"),
        milliseconds=4000.0,
        recorded_at=KEPT,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def a_shadow_view(
    ticker: str = "AAPL", side: int = 1, shadow: str = SHADOW, session: date = SESSION, **changes: object
) -> ShadowView:
    """Return a view that buys, or sells, five percent of equity."""
    held = Decimal("0.05") if side < 0 else Decimal(0)
    allowed = Decimal("0.05") if side > 0 else Decimal(0)
    view = ShadowView(
        cycle_id=f"daily-{session}",
        shadow=shadow,
        ticker=ticker,
        conviction=0.4 * side,
        wanted=allowed,
        held=held,
        allowed=allowed,
        side=side,
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def a_shadow_return(
    ticker: str = "AAPL",
    gross: float | None = 0.03,
    session: date = SESSION,
    horizon: int = 5,
    **changes: object,
) -> ShadowReturn:
    """Return what a name came to beside a benchmark that earned one percent, at a cost of a tenth of one."""
    found = ShadowReturn(
        session=session,
        ticker=ticker,
        horizon_sessions=horizon,
        exit_session=date(2016, 11, 9),
        gross=gross,
        benchmark=None if gross is None else 0.01,
        cost=None if gross is None else 0.001,
        why="no open" if gross is None else None,
        filled_at=KEPT,
    )
    return replace(found, **changes)  # type: ignore[arg-type]

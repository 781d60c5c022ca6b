"""What other LLMs would have decided on the same evidence, and how they have done beside the committee."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, Engine

from db.engine import in_transaction
from db.shadows import Shadows, ShadowStatus
from fund.discovery.forward import HORIZONS
from fund.errors import QueryRefusedError
from fund.market.history_view import HistoryView
from tools.shadow_scores import ShadowRecord, ShadowScore, shadow_scores

DayViews = Callable[[date | None], HistoryView]
"""The market as it was known on the close of a session; None is the desk's clock."""
RULE = (
    "a trade is what it wanted and the limits left, over the book in force; bought at the next open, sold at "
    "the open so many sessions later, less a round trip's costs, less the benchmark over the same opens; "
    "a sale earns the opposite before costs"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowReport:
    """The committee in force and its shadows, side by side."""

    shadows: tuple[str, ...]
    """Whom the mandate names; empty where nobody is asked."""
    skipped: Mapping[str, str]
    """Those of them who cannot be asked, and why."""
    horizon_sessions: int
    first: date | None
    last: date | None
    """Sessions of the first and the last decision that was put to them."""
    scores: tuple[ShadowScore, ...]
    rule: str = RULE


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowTrade:
    """One change that was wanted and that the limits left; weights are fractions of equity."""

    ticker: str
    side: int
    """1 buys, -1 sells."""
    conviction: float | None
    held: Decimal
    wanted: Decimal | None
    allowed: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowedDecision:
    """What one of them made of a session's evidence."""

    shadow: str
    in_force: bool
    speaker: str
    status: ShadowStatus
    cause: str
    trades: tuple[ShadowTrade, ...]
    shared: int | None
    """How many of the committee's own trades are among them; None for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowDay:
    """Who would have bought and sold what on one session."""

    shadows: tuple[str, ...]
    skipped: Mapping[str, str]
    session: date
    decisions: tuple[ShadowedDecision, ...]


class ShadowTools:
    """Questions about the shadows."""

    def __init__(
        self, engine: Engine, views: DayViews, shadows: tuple[str, ...], skipped: Mapping[str, str]
    ) -> None:
        self._engine = engine
        self._views = views
        self._shadows = shadows
        self._skipped = skipped

    def performance(self, horizon_sessions: int = 5) -> ShadowReport:
        """Compare shadows (LLMs that are asked beside the committee and never trade) with the committee.

        Win rate, mean excess return, Sharpe ratio, latency and cost of each, with sample sizes and intervals.

        Args:
            horizon_sessions: How many sessions after a decision: 1, 5 or 20.
        """
        if horizon_sessions not in HORIZONS:
            raise QueryRefusedError(
                f"shadows are followed over {', '.join(map(str, HORIZONS))} sessions, was "
                f"{horizon_sessions!r}"
            )
        view = self._views(None)

        def read(connection: Connection) -> ShadowReport:
            kept = Shadows(connection)
            decisions = [each for each in kept.decisions() if each.session <= view.session]
            record = ShadowRecord(
                decisions=decisions,
                views=kept.views(),
                horizon_sessions=horizon_sessions,
                over_horizon=kept.returns(horizon_sessions, known_by=view.session),
                over_one=kept.returns(1, known_by=view.session),
                places={session: place for place, session in enumerate(view.panel().sessions)},
            )
            return ShadowReport(
                shadows=self._shadows,
                skipped=self._skipped,
                horizon_sessions=horizon_sessions,
                first=decisions[0].session if decisions else None,
                last=decisions[-1].session if decisions else None,
                scores=shadow_scores(record),
            )

        return in_transaction(self._engine, read)

    def decisions(self, session: date | None = None) -> ShadowDay:
        """Return what the committee decided on a session and what each shadow would have bought and sold.

        Args:
            session: The trading day; left out, the last one that was put to the shadows.
        """
        view = self._views(None)
        if session is not None and session > view.session:
            raise QueryRefusedError(f"the desk's clock stands at {view.session}, was asked for {session}")

        def read(connection: Connection) -> ShadowDay:
            kept = Shadows(connection)
            day = session or kept.last_session() or view.session
            return ShadowDay(
                shadows=self._shadows, skipped=self._skipped, session=day, decisions=_on(kept, day)
            )

        return in_transaction(self._engine, read)


def _on(kept: Shadows, session: date) -> tuple[ShadowedDecision, ...]:
    views = [view for view in kept.views(session) if view.side]
    made = kept.decisions(session)
    force = {
        (view.cycle_id, view.ticker, view.side)
        for each in made
        if each.in_force
        for view in views
        if view.shadow == each.shadow
    }
    found = []
    for each in made:
        own = [view for view in views if (view.cycle_id, view.shadow) == (each.cycle_id, each.shadow)]
        trades = tuple(
            ShadowTrade(
                ticker=view.ticker,
                side=view.side,
                conviction=view.conviction,
                held=view.held,
                wanted=view.wanted,
                allowed=view.allowed,
            )
            for view in own
        )
        shared = sum((view.cycle_id, view.ticker, view.side) in force for view in own)
        found.append(
            ShadowedDecision(
                shadow=each.shadow,
                in_force=each.in_force,
                speaker=each.speaker,
                status=each.status,
                cause=each.cause or "",
                trades=trades,
                shared=None if each.in_force else shared,
            )
        )
    return tuple(found)

"""The circuit breaker in a backtest: tripped as on the desk, resumed by a stand-in for the owner."""

from collections.abc import Sequence

from fund.errors import NoDataError
from fund.execution.orders import Order
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.session_mark import SessionMark
from fund.risk.breaker import BreakerState, SessionFacts, Trip, assess, tripped
from fund.risk.resumption import is_proposable, resume_evidence, resumed
from fund.session import SessionStep


class BacktestBreaker:
    """Follows a backtest close by close; the stand-in approves at the first close with every level met."""

    def __init__(self, mandate: Mandate) -> None:
        self._mandate = mandate
        self._marks: list[SessionMark] = []
        self._rejects = 0
        self.standing = BreakerState()
        self.trips: list[Trip] = []
        self._reason = ""

    @property
    def halted(self) -> str | None:
        """Return why the strategy is not asked, None where it is."""
        return self._reason if self.standing.state == "open" else None

    @property
    def reducing(self) -> str | None:
        """Return why nothing may grow, None where it may."""
        return self._reason if self.standing.state == "reducing" else None

    def close(self, orders: Sequence[Order], step: SessionStep, view: MarketView) -> None:
        """Judge a session that has been settled and marked, before its decision."""
        self._marks.append(step.mark)
        self._rejects = _streak(self._rejects, orders, step)
        facts = SessionFacts(
            marks=self._marks,
            rejects_in_a_row=self._rejects,
            benchmark_priced=_is_priced(view, self._mandate.benchmark),
        )
        trip = assess(self.standing, self._mandate.breaker, facts)
        if trip is not None:
            self.standing = tripped(self.standing, trip, step.session)
            self._reason = f"the circuit breaker is {trip.state}: {trip.reason}"
            self._rejects = 0
            self.trips.append(trip)

    def decided(self) -> None:
        """Let the stand-in look after the decision, for the sessions to come."""
        if self.standing.state == "closed":
            return
        evidence = resume_evidence(self._marks, self._mandate.breaker, self.standing)
        if is_proposable(self.standing, evidence):
            self.standing = resumed(self.standing, self._marks[-1].session, evidence)
            self._rejects = 0


def _streak(before: int, orders: Sequence[Order], step: SessionStep) -> int:
    """Return how many orders in a row came to nothing, this session's last."""
    traded = {fill.order_id for fill in step.settlement.fills}
    ended = traded | {unfilled.order_id for unfilled in step.settlement.unfilled}
    for order in orders:
        if order.order_id in ended:
            before = 0 if order.order_id in traded else before + 1
    return before


def _is_priced(view: MarketView, benchmark: str) -> bool:
    """Say whether the benchmark has a bar of the session; of a history without it none can be missing."""
    try:
        return not view.mark(benchmark).stale
    except NoDataError:
        return True

"""What the desk's own past teaches: concerns, confidence, holding periods, regimes and limits, with doubt."""

from collections.abc import Callable
from threading import Lock
from typing import TypeVar, cast

from sqlalchemy import Engine

from db.decisions import Decisions
from db.ledger import Ledger
from fund.errors import QueryRefusedError
from tools.aftermath import Aftermath, PanelViews
from tools.concern_scores import ConcernsReport, concerns_report
from tools.confidence_scores import ConfidenceReport, confidence_report
from tools.cut_scores import HORIZON, LONGEST, CutsReport, cuts_report
from tools.decisions_once import DecisionsOnce
from tools.desk_past import DeskPast, past_of
from tools.outcomes_by import OutcomesReport, outcomes_report
from tools.spans import Span, parse_span

T = TypeVar("T")
MOST_KEPT = 12
"""Answers that are remembered until the desk moves on."""


class PatternTools:
    """Questions about patterns in the desk's own record; what lies beyond its clock is never read."""

    def __init__(self, engine: Engine, views: PanelViews, benchmark: str) -> None:
        self._engine = engine
        self._views = views
        self._benchmark = benchmark
        self._one_at_a_time = Lock()
        self._answers: dict[tuple[object, ...], object] = {}
        self._decisions = DecisionsOnce()

    def concerns(self, span: str = "all") -> ConcernsReport:
        """Return which validator concerns came before losses: precision, recall, lift with intervals.

        Args:
            span: today, week, month, last month (of the calendar, as quarter and year), all, a number of
                sessions such as 30, or two dates such as 2016-05-01..2016-06-30.
        """
        return self.concerns_over(parse_span(span))

    def confidence(self, span: str = "all") -> ConfidenceReport:
        """Return win rates by conviction, and how often the forecasters' probabilities came true.

        Args:
            span: today, week, month, quarter, year (the calendar's, to date), last month, all, a number of
                sessions, or two dates.
        """
        return self.confidence_over(parse_span(span))

    def outcomes_by(self, dimension: str, span: str = "all") -> OutcomesReport:
        """Return how closed trades ended by one dimension; by regime and weekday, daily returns too.

        Args:
            dimension: regime, weekday, agreement (of the forecasters), holding_period, conviction, sector
                or exit (how it was closed).
            span: today, week, month, quarter, year (the calendar's, to date), last month, all, a number of
                sessions, or two dates.
        """
        return self.outcomes_by_over(dimension, parse_span(span))

    def holding_periods(self, span: str = "all") -> OutcomesReport:
        """Return profit by how long trades were held, the best length, and whether that is chance.

        Args:
            span: today, week, month, quarter, year (the calendar's, to date), last month, all, a number of
                sessions, or two dates.
        """
        return self.outcomes_by_over("holding_period", parse_span(span))

    def clamps(self, span: str = "all", horizon_sessions: int = HORIZON) -> CutsReport:
        """Return which limits, exits and cuts saved or cost money, by what the cut-away weight did after.

        Args:
            span: today, week, month, quarter, year (the calendar's, to date), last month, all, a number of
                sessions, or two dates.
            horizon_sessions: For how many sessions what was cut away is followed, 1 to 60.
        """
        return self.clamps_over(parse_span(span), horizon_sessions)

    def concerns_over(self, span: Span) -> ConcernsReport:
        """Return the concerns' record over an already parsed span."""
        return self._kept(("concerns", span), lambda: concerns_report(self._past(span), self._after()))

    def confidence_over(self, span: Span) -> ConfidenceReport:
        """Return what confidence was worth over an already parsed span."""
        return self._kept(("confidence", span), lambda: confidence_report(self._past(span), self._after()))

    def outcomes_by_over(self, dimension: str, span: Span) -> OutcomesReport:
        """Return outcomes by one dimension over an already parsed span."""
        return self._kept(("outcomes", dimension, span), lambda: outcomes_report(self._past(span), dimension))

    def clamps_over(self, span: Span, horizon_sessions: int = HORIZON) -> CutsReport:
        """Return what the cuts of an already parsed span were worth."""
        if not 1 <= horizon_sessions <= LONGEST:
            raise QueryRefusedError(
                f"what was cut away can be followed for 1 to {LONGEST} sessions, found {horizon_sessions!r}"
            )
        return self._kept(
            ("clamps", span, horizon_sessions),
            lambda: cuts_report(self._past(span), self._after(), horizon_sessions),
        )

    def read_ahead(self, most: int) -> int:
        """Read some decisions before anybody asks, and return how many there were; 0 when all are read."""
        with self._one_at_a_time, self._engine.connect() as connection:
            return self._decisions.read(connection, most)

    def _past(self, span: Span) -> DeskPast:
        return past_of(self._engine, span, self._decisions)

    def _after(self) -> Aftermath:
        return Aftermath(self._views(None), self._benchmark, self._views)

    def _kept(self, asked: tuple[object, ...], work: Callable[[], T]) -> T:
        """Return what was worked out before, as long as neither the record nor the clock has moved.

        One at a time: twenty people who ask the same do not make it worked out twenty times.
        """
        with self._engine.connect() as connection:
            mark, head = Ledger(connection).last_mark(), Decisions(connection).head()
        key = (*asked, head, mark.session if mark is not None else None, self._views(None).session)
        with self._one_at_a_time:
            if key not in self._answers:
                self._answers[key] = work()
                for oldest in list(self._answers)[:-MOST_KEPT]:
                    del self._answers[oldest]
            return cast(T, self._answers[key])

"""What the desk's own past teaches: concerns, confidence, holding periods, regimes and limits, with doubt."""

from sqlalchemy import Engine

from fund.errors import QueryRefusedError
from tools.aftermath import Aftermath, PanelViews
from tools.concern_scores import ConcernsReport, concerns_report
from tools.confidence_scores import ConfidenceReport, confidence_report
from tools.cut_scores import HORIZON, LONGEST, CutsReport, cuts_report
from tools.desk_past import past_of
from tools.outcomes_by import OutcomesReport, outcomes_report
from tools.spans import Span, parse_span


class PatternTools:
    """Questions about patterns in the desk's own record; what lies beyond its clock is never read."""

    def __init__(self, engine: Engine, views: PanelViews, benchmark: str) -> None:
        self._engine = engine
        self._views = views
        self._benchmark = benchmark

    def concerns(self, span: str = "all") -> ConcernsReport:
        """Return which validator concerns came before losses: precision, recall, lift with intervals.

        Args:
            span: today, week, month, quarter, year, all, a number of sessions, or two dates such as
                2016-05-01..2016-06-30.
        """
        return self.concerns_over(parse_span(span))

    def confidence(self, span: str = "all") -> ConfidenceReport:
        """Return win rates by conviction, and how often the forecasters' probabilities came true.

        Args:
            span: today, week, month, quarter, year, all, a number of sessions, or two dates.
        """
        return self.confidence_over(parse_span(span))

    def outcomes_by(self, dimension: str, span: str = "all") -> OutcomesReport:
        """Return how closed trades ended by one dimension; by regime and weekday, daily returns too.

        Args:
            dimension: regime, weekday, agreement (of the forecasters), holding_period, conviction, sector
                or exit (how it was closed).
            span: today, week, month, quarter, year, all, a number of sessions, or two dates.
        """
        return self.outcomes_by_over(dimension, parse_span(span))

    def holding_periods(self, span: str = "all") -> OutcomesReport:
        """Return profit by how long trades were held, the best length, and whether that is chance.

        Args:
            span: today, week, month, quarter, year, all, a number of sessions, or two dates.
        """
        return self.outcomes_by_over("holding_period", parse_span(span))

    def clamps(self, span: str = "all", horizon_sessions: int = HORIZON) -> CutsReport:
        """Return which limits, exits and cuts saved or cost money, by what the cut-away weight did after.

        Args:
            span: today, week, month, quarter, year, all, a number of sessions, or two dates.
            horizon_sessions: For how many sessions what was cut away is followed, 1 to 60.
        """
        return self.clamps_over(parse_span(span), horizon_sessions)

    def concerns_over(self, span: Span) -> ConcernsReport:
        """Return the concerns' record over an already parsed span."""
        return concerns_report(past_of(self._engine, span), self._after())

    def confidence_over(self, span: Span) -> ConfidenceReport:
        """Return what confidence was worth over an already parsed span."""
        return confidence_report(past_of(self._engine, span), self._after())

    def outcomes_by_over(self, dimension: str, span: Span) -> OutcomesReport:
        """Return outcomes by one dimension over an already parsed span."""
        return outcomes_report(past_of(self._engine, span), dimension)

    def clamps_over(self, span: Span, horizon_sessions: int = HORIZON) -> CutsReport:
        """Return what the cuts of an already parsed span were worth."""
        if not 1 <= horizon_sessions <= LONGEST:
            raise QueryRefusedError(
                f"what was cut away can be followed for 1 to {LONGEST} sessions, found {horizon_sessions!r}"
            )
        return cuts_report(past_of(self._engine, span), self._after(), horizon_sessions)

    def _after(self) -> Aftermath:
        return Aftermath(self._views(None), self._benchmark, self._views)

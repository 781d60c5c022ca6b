"""The window of a decision: an archive, and nothing of it that was not known at `as_of`."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches

import numpy as np

from fund.errors import NoDataError
from fund.market.actions import IntArray
from fund.market.archive import Archive
from fund.market.bar_index import Series
from fund.market.bars import Bar, Mark
from fund.market.facts import CorporateAction, Headline, Instrument, Observation, Report, Telling
from fund.market.panel import BarPanel
from fund.market.view import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class HistoryView:
    """A `MarketView` over an `Archive`.

    It answers by bisecting what the history has sorted once; what it raises and whom it names in an
    error is point in time as well.
    """

    _archive: Archive
    as_of: datetime
    session: date
    row: int
    """The panel's last row that was known."""

    @property
    def data_version(self) -> str:
        """The sha256 of everything this view can see; facts that became known later do not change it."""
        return self._archive.fingerprint(self.row, self.session, self.as_of)

    def sessions(self, count: int) -> tuple[date, ...]:
        """Return the last `count` closed sessions, oldest first (fewer at the start of history)."""
        days = self._archive.calendar.last_sessions(self.session, count)
        return days[bisect_left(days, self._archive.first_session) :]

    def members(self) -> frozenset[str]:
        """Return the index members on `session` that have a mark which is not stale."""
        tickers = self._archive.panel.tickers
        return frozenset(tickers[column] for column in self._member_columns())

    def tickers(self) -> frozenset[str]:
        """Return every ticker with at least one bar so far, funds included."""
        seen = np.flatnonzero(self._archive.bars.first_row <= self.row)
        return frozenset(self._archive.panel.tickers[column] for column in seen)

    def instrument(self, ticker: str) -> Instrument:
        """Return name, class and sector of a ticker; the sector is mildly look-ahead (see `Archive`)."""
        self._column(ticker)
        instrument = self._archive.instruments.get(ticker)
        if instrument is None:
            raise NoDataError(f"expected an instrument for {ticker!r}, found bars only; ingest its metadata")
        return instrument

    def mark(self, ticker: str) -> Mark:
        """Return the last raw close, flagged stale when it is not of `session`."""
        bar = self.bars(ticker, 1)[0]
        return Mark(price=bar.close, session=bar.session, stale=bar.session != self.session)

    def bars(self, ticker: str, count: int) -> tuple[Bar, ...]:
        """Return up to `count` last raw bars, oldest first."""
        column, index = self._column(ticker), self._archive.bars
        series, span = self._span(column, count)
        return tuple(index.bar(row, column) for row in series.rows[span].tolist())

    def total_return_index(self, ticker: str, count: int) -> FloatArray:
        """Return up to `count` last values of the total-return index, oldest first; read-only."""
        series, span = self._span(self._column(ticker), count)
        return series.index[span]

    def members_index(self, count: int) -> FloatArray:
        """Return the members' total-return index, [sessions, members]; NaN where there is no bar."""
        rows = slice(max(0, self.row + 1 - count), self.row + 1)
        index: FloatArray = self._archive.panel.total_return_index[rows, self._member_columns()]
        return index

    def total_return_matrix(self, tickers: Sequence[str], count: int) -> FloatArray:
        """Return the index of these tickers, [sessions, tickers]; NaN where there is no bar yet, or ever."""
        index = self._archive.bars
        rows = slice(max(0, self.row + 1 - count), self.row + 1)
        columns = np.array([index.column.get(ticker, -1) for ticker in tickers], dtype=np.int64)
        known = self._archive.panel.total_return_index[rows]
        matrix: FloatArray = np.where(columns >= 0, known[:, columns], np.nan)
        return matrix

    def average_volume(self, ticker: str, count: int) -> float:
        """Return the mean volume over up to `count` last bars, in shares as split on `session`."""
        series, span = self._span(self._column(ticker), max(count, 1))
        return float(np.mean(series.volume[span]) * series.split_factor[span][-1])

    def true_ranges(self, ticker: str, count: int) -> FloatArray:
        """Return up to `count` last true ranges, USD a share of the last bar, oldest first."""
        series, span = self._span(self._column(ticker), count)
        ranges: FloatArray = (
            series.true_range[max(span.start, 1) : span.stop] / series.split_factor[span.stop - 1]
        )
        return ranges

    def actions(self, ticker: str, after: date) -> tuple[CorporateAction, ...]:
        """Return what happened with `after < ex_date <= session`, oldest first, as far as it can be true."""
        self._column(ticker)
        timeline = self._archive.actions_by_ticker.get(ticker)
        told = () if timeline is None else timeline.between(after, self.session)
        return tuple(action for action in told if action.is_plausible)

    def macro(self, series_id: str, count: int = 1) -> tuple[Observation, ...]:
        """Return up to `count` last known observations of a series, oldest first; empty if none.

        Of a day that was revised, the vintage known last.
        """
        timeline = self._archive.macro_by_series.get(series_id)
        if timeline is None or count <= 0:
            return ()
        known = timeline.known(self.as_of)
        if series_id not in self._archive.unrevised:
            latest = {observation.day: observation for observation in known}
            known = tuple(latest[day] for day in sorted(latest))
        return known[-count:]

    def headlines(self, count: int) -> tuple[Headline, ...]:
        """Return up to `count` last known headlines, newest first."""
        timeline = self._archive.headlines_by_time
        end = timeline.count(self.as_of)
        return timeline.facts[max(0, end - max(count, 0)) : end][::-1]

    def headlines_since(self, after: datetime) -> tuple[Headline, ...]:
        """Return the headlines that became known later than a moment, newest first."""
        return self._archive.headlines_by_time.between(after, self.as_of)[::-1]

    def tellings(self, headline_id: str) -> tuple[Telling, ...]:
        """Return who is known to have told a headline, the first first; empty where that was not kept."""
        timeline = self._archive.tellings_by_headline.get(headline_id)
        return () if timeline is None else timeline.known(self.as_of)

    def report(self, ticker: str) -> Report | None:
        """Return the report on the latest period that was filed by then, as last amended; None if none.

        An amendment of an older period never hides a newer period's report.
        """
        self._column(ticker)
        timeline = self._archive.reports_by_ticker.get(ticker)
        known = () if timeline is None else timeline.known(self.as_of)
        return max(reversed(known), key=lambda report: report.end_date, default=None)

    def panel(self, count: int | None = None) -> BarPanel:
        """Return the last `count` sessions (all by default) of every ticker seen so far.

        Not part of `MarketView`: the matrices a forecaster computes on, without copying where every
        ticker of the history has been seen.
        """
        panel = self._archive.panel
        start = 0 if count is None else max(0, self.row + 1 - count)
        rows = slice(start, self.row + 1)
        seen = np.flatnonzero(self._archive.bars.first_row <= self.row)
        columns = slice(None) if len(seen) == len(panel.tickers) else seen

        def cut(matrix: FloatArray) -> FloatArray:
            """Rows stay whole in memory: a sum over another layout differs in its last bits."""
            return np.ascontiguousarray(matrix[rows, columns])

        return replace(
            panel,
            sessions=panel.sessions[rows],
            tickers=tuple(panel.tickers[column] for column in seen),
            open=cut(panel.open),
            high=cut(panel.high),
            low=cut(panel.low),
            close=cut(panel.close),
            volume=cut(panel.volume),
            total_return_index=cut(panel.total_return_index),
        )

    def _member_columns(self) -> IntArray:
        archive = self._archive
        if archive.panel.sessions[self.row] != self.session:
            return np.zeros(0, dtype=np.int64)
        columns = np.sort(archive.members.columns(self.session))
        fresh: IntArray = columns[archive.bars.has_bar[self.row, columns]]
        return fresh

    def _column(self, ticker: str) -> int:
        index = self._archive.bars
        column = index.column.get(ticker)
        if column is not None and index.first_row[column] <= self.row:
            return column
        near = get_close_matches(ticker.upper(), sorted(self.tickers()), n=3, cutoff=0.5)
        hint = f"nearest: {', '.join(near)}" if near else "none is near it"
        raise NoDataError(f"expected a ticker with bars by {self.session}, found {ticker!r}; {hint}")

    def _span(self, column: int, count: int) -> tuple[Series, slice]:
        series = self._archive.bars.series(column)
        end = int(series.rows.searchsorted(self.row, side="right"))
        return series, slice(max(0, end - max(count, 0)), end)

"""Earnings are read from the day they were filed, against the same quarter of the year before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl
import pytest

from desk.bundle_rows import report
from fund.errors import DataError
from fund.features.universe import Universe
from fund.market.facts import Report
from fund.signals.event_driven import EarningsDrift
from fund.signals.surprises import surprises
from support.facts import a_report, at
from support.panels import BUNDLE, a_panel, a_universe

ENDS = (date(2014, 3, 31), date(2014, 6, 30), date(2014, 9, 30), date(2014, 12, 31))


def quarters(ticker: str, incomes: list[float], *, first_year: int = 2010) -> Iterator[Report]:
    """Filings of consecutive quarters, the last of each year as a 10-K that tells the whole year."""
    for place, income in enumerate(incomes):
        end = ENDS[place % 4].replace(year=first_year + place // 4)
        annual = place % 4 == 3
        told = sum(incomes[place - 3 : place + 1]) if annual else income
        yield replace(
            a_report(ticker, end), net_income=told, doc_type="10-K" if annual else "10-Q", equity=100.0
        )


def decided(session: date) -> datetime:
    return datetime.combine(session, time(21, 30), UTC)


def test_a_surprise_is_the_change_on_the_year_over_its_usual_size() -> None:
    incomes = [10.0, 11.0, 12.0, 13.0, 11.0, 13.0, 12.0, 15.0, 13.0, 12.0, 14.0]
    found = surprises(quarters("AAA", incomes))["AAA"]
    changes = np.array([after - before for before, after in zip(incomes, incomes[4:], strict=False)])
    assert [each.end_date for each in found] == [date(2012, 9, 30)]
    assert found[0].earlier == 6
    assert found[0].value == pytest.approx((changes[6] - changes[:6].mean()) / changes[:6].std(ddof=1))
    assert found[0].known_at == at(date(2012, 9, 30) + timedelta(days=21), time(13))


def test_over_equity_a_year_of_history_is_enough() -> None:
    found = surprises(quarters("AAA", [10.0, 11.0, 12.0, 13.0, 15.0, 9.0]), scale="equity")["AAA"]
    assert [each.value for each in found] == pytest.approx([0.05, -0.02])
    assert {each.earlier for each in found} == {0}


def test_the_last_quarter_is_what_the_year_leaves_and_is_unknown_without_the_others() -> None:
    filings = list(quarters("AAA", [10.0, 11.0, 12.0, 13.0, 10.0, 11.0, 12.0, 20.0]))
    assert surprises(filings, scale="equity")["AAA"][-1].value == pytest.approx(0.07)
    without = [each for each in filings if each.end_date != date(2011, 6, 30)]
    assert [each.end_date.month for each in surprises(without, scale="equity")["AAA"]] == [3, 9]


def test_an_amendment_is_no_event_but_corrects_what_comes_later() -> None:
    filings = list(quarters("AAA", [10.0, 11.0, 12.0, 13.0, 10.0, 11.0]))
    amended = replace(filings[1], net_income=9.0, known_at=filings[4].known_at)
    found = surprises([*filings, amended], scale="equity")["AAA"]
    assert [each.value for each in found] == pytest.approx([0.0, 0.02])
    later = replace(amended, known_at=filings[5].known_at + timedelta(days=1))
    assert [each.value for each in surprises([*filings, later], scale="equity")["AAA"]] == [0.0, 0.0]


def test_a_late_filing_and_one_without_a_figure_are_no_events() -> None:
    filings = list(quarters("AAA", [10.0, 11.0, 12.0, 13.0, 10.0, 11.0, 12.0]))
    late = replace(filings[4], known_at=at(filings[4].end_date + timedelta(days=200), time(13)))
    silent = replace(filings[5], net_income=None)
    no_equity = replace(filings[6], equity=None)
    assert surprises([*filings[:4], late, silent, no_equity], scale="equity") == {}


def a_field(names: int = 24) -> tuple[Universe, tuple[Report, ...]]:
    """Names that all file two years; the surprise of the last quarter grows with the name's number."""
    universe = a_universe(a_panel(200, names))
    reports = tuple(
        each
        for column in range(names)
        for each in quarters(f"N{column:03d}", [10.0] * 4 + [10.0 + column], first_year=2014)
    )
    return universe, reports


def test_a_signal_begins_when_the_filing_was_known_is_ranked_and_fades() -> None:
    universe, reports = a_field()
    table = EarningsDrift(reports=reports, decision_time=decided, scale="equity").signals(universe)
    filed = next(
        row for row, day in enumerate(table.sessions) if decided(day) >= at(date(2015, 4, 21), time(13))
    )
    assert table.sessions[filed] == date(2015, 4, 21)
    assert not np.isfinite(table.conviction[:filed]).any()
    first = table.conviction[filed, :24]
    np.testing.assert_allclose(first, np.linspace(-1, 1, 25)[:-1] + 1 / 24)
    np.testing.assert_allclose(table.conviction[filed + 30, :24], first / 2)
    assert (table.conviction[filed + 60 :, :24] == 0.0).all()
    (best,) = (s for s in table.at(table.sessions[filed + 2]) if s.ticker == "N023")
    assert best.direction == "long"
    assert [reason.value for reason in best.reasons] == pytest.approx([0.23, 2.0])


def test_a_filing_after_the_decision_waits_for_the_next_one() -> None:
    universe, reports = a_field()
    evening = tuple(replace(each, known_at=each.known_at.replace(hour=22)) for each in reports)
    table = EarningsDrift(reports=evening, decision_time=decided, scale="equity").signals(universe)
    assert table.sessions[np.isfinite(table.conviction).any(axis=1).argmax()] == date(2015, 4, 22)


def test_filings_to_come_change_no_view() -> None:
    universe, reports = a_field()
    cut = date(2015, 4, 24)
    known = tuple(each for each in reports if each.known_at <= decided(cut))
    more = tuple(
        replace(each, net_income=-99.0, known_at=decided(cut) + timedelta(hours=1)) for each in known
    )
    row = universe.panel.sessions.index(cut)
    for told in (known, (*known, *more)):
        table = EarningsDrift(reports=told, decision_time=decided, scale="equity").signals(universe)
        whole = EarningsDrift(reports=reports, decision_time=decided, scale="equity").signals(universe)
        np.testing.assert_array_equal(table.conviction[: row + 1], whole.conviction[: row + 1])


def test_a_few_surprises_are_not_ranked() -> None:
    universe, reports = a_field()
    few = tuple(each for each in reports if each.ticker < "N010")
    table = EarningsDrift(reports=few, decision_time=decided, scale="equity").signals(universe)
    assert np.nanmax(np.abs(np.nan_to_num(table.conviction))) == 0.0


def test_the_bundle_tells_surprises_over_equity_and_is_too_short_for_their_deviation() -> None:
    filings = pl.read_parquet(BUNDLE / "reports.parquet").iter_rows(named=True)
    reports = tuple(report(row) for row in filings)
    found = [each for told in surprises(reports, scale="equity").values() for each in told]
    assert len(found) > 1_500
    assert min(each.known_at for each in found) > datetime(2016, 1, 1, tzinfo=UTC)
    assert abs(float(np.median([each.value for each in found]))) < 0.01
    assert surprises(reports) == {}


def test_a_drift_of_one_session_is_refused() -> None:
    with pytest.raises(DataError, match="at least 2 sessions"):
        EarningsDrift(reports=(), decision_time=decided, drift_sessions=1)

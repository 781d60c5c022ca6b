"""What a row of a context may hold: what was known when its decision was due, and nothing later."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from fund.errors import DataError
from fund.features.context import Context
from fund.features.context_facts import MARKET, context_of, context_of_timelines
from fund.features.universe import Universe
from fund.market.calendar import nyse
from fund.market.facts import CorporateAction, Headline, MacroSeries, Observation, Report
from fund.market.history import History
from fund.market.panel import BarPanel
from support.panels import a_panel, a_universe

CALENDAR = nyse(date(2015, 1, 1), date(2017, 12, 31))
SESSIONS = CALENDAR.sessions(date(2016, 3, 1), date(2017, 3, 31))
TICKERS = ("AAA", "BBB")


def a_market(sessions: tuple[date, ...] = SESSIONS) -> BarPanel:
    flat = np.full((len(sessions), len(TICKERS)), 50.0)
    columns = dict.fromkeys(("open", "high", "low", "close", "volume", "total_return_index"), flat)
    return BarPanel(sessions=sessions, tickers=TICKERS, **columns)


def row(day: date) -> int:
    return SESSIONS.index(day)


def a_report(end: date, known: datetime, **figures: float | None) -> Report:
    given = {"revenue": 400.0, "net_income": 40.0, "eps_diluted": 2.0, "equity": 100.0, "assets": 300.0}
    return Report(
        ticker="AAA",
        doc_type=str(figures.pop("doc", "10-Q")),
        end_date=end,
        known_at=known,
        **(given | {"cash": 30.0} | figures),
    )


def at(day: date, hour: int = 13) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def seen(day: date, value: float, known: datetime, name: str = "UST_10Y") -> Observation:
    return Observation(series_id=name, day=day, value=value, known_at=known)


DAILY = {"UST_10Y": MacroSeries(series_id="UST_10Y", name="", units="", frequency="D", revised=False)}
MONDAY, TUESDAY, WEDNESDAY = date(2016, 6, 6), date(2016, 6, 7), date(2016, 6, 8)


def test_a_series_is_read_from_its_publication_on_and_not_from_its_day() -> None:
    macro = [seen(MONDAY, 1.7, at(TUESDAY)), seen(TUESDAY, 1.8, at(WEDNESDAY))]
    found = context_of(a_market(), CALENDAR, macro=macro).market["UST_10Y"]
    assert np.isnan(found[row(MONDAY)])
    assert found[row(TUESDAY)] == 1.7
    assert found[row(WEDNESDAY)] == found[-1] == 1.8


def test_what_becomes_known_after_the_decision_waits_for_the_next_one() -> None:
    late = CALENDAR.decision_time(MONDAY) + timedelta(seconds=1)
    found = context_of(a_market(), CALENDAR, macro=[seen(MONDAY, 1.7, late)]).market["UST_10Y"]
    assert np.isnan(found[row(MONDAY)])
    assert found[row(TUESDAY)] == 1.7


def test_a_revision_of_an_old_day_does_not_hide_a_newer_one() -> None:
    macro = [seen(TUESDAY, 1.8, at(TUESDAY)), seen(MONDAY, 9.9, at(WEDNESDAY))]
    assert context_of(a_market(), CALENDAR, macro=macro).market["UST_10Y"][-1] == 1.8


def test_a_series_that_ends_goes_missing_by_its_frequency() -> None:
    macro = [seen(MONDAY, 1.7, at(TUESDAY))]
    found = context_of(a_market(), CALENDAR, macro=macro, series=DAILY).market["UST_10Y"]
    assert found[row(date(2016, 6, 16))] == 1.7
    assert np.isnan(found[row(date(2016, 6, 17))])


def test_a_fact_without_a_time_is_refused() -> None:
    with pytest.raises(DataError, match="known_at"):
        context_of(a_market(), CALENDAR, macro=[seen(MONDAY, 1.0, datetime(2016, 6, 7))])  # noqa: DTZ001


def test_a_report_speaks_from_the_moment_it_was_known_with_a_quarter_as_a_year() -> None:
    report = a_report(date(2016, 3, 31), at(date(2016, 5, 4)))
    names = context_of(a_market(), CALENDAR, reports=[report]).names
    t = row(date(2016, 5, 4))
    assert np.isnan(names["revenue"][t - 1, 0])
    assert names["revenue"][t, 0] == 1600.0
    assert names["eps"][t, 0] == 8.0
    assert names["equity"][t, 0] == 100.0
    assert names["shares"][t, 0] == 20.0
    assert np.isnan(names["revenue"][:, 1]).all()
    assert 0 < names["filed_days"][t, 0] < 1 < names["filed_days"][t + 1, 0]


def test_a_report_goes_missing_when_no_other_follows_it() -> None:
    names = context_of(
        a_market(), CALENDAR, reports=[a_report(date(2016, 3, 31), at(date(2016, 5, 4)))]
    ).names
    known = np.isfinite(names["equity"][:, 0])
    last = SESSIONS[int(np.flatnonzero(known)[-1])]
    assert timedelta(days=195) < last - date(2016, 5, 4) <= timedelta(days=200)


def test_a_year_of_a_10_k_is_a_year_and_growth_is_against_the_same_quarter() -> None:
    reports = [
        a_report(date(2015, 6, 30), at(date(2016, 3, 2)), revenue=300.0),
        a_report(date(2015, 12, 31), at(date(2016, 4, 1)), revenue=1500.0, doc="10-K"),
        a_report(date(2016, 6, 30), at(date(2016, 8, 1))),
    ]
    names = context_of(a_market(), CALENDAR, reports=reports).names
    annual, quarter = row(date(2016, 4, 1)), row(date(2016, 8, 1))
    assert names["revenue"][annual, 0] == 1500.0
    assert np.isnan(names["revenue_before"][annual, 0])
    assert (names["revenue"][quarter, 0], names["revenue_before"][quarter, 0]) == (1600.0, 1200.0)


def test_a_late_report_of_an_older_quarter_changes_nothing_newer() -> None:
    reports = [
        a_report(date(2016, 6, 30), at(date(2016, 8, 1))),
        a_report(date(2016, 3, 31), at(date(2016, 8, 9)), equity=5.0),
    ]
    assert (
        context_of(a_market(), CALENDAR, reports=reports).names["equity"][row(date(2016, 8, 10)), 0] == 100.0
    )


def test_shares_and_earnings_a_share_follow_a_split_from_its_ex_date() -> None:
    split = CorporateAction(
        ticker="AAA", ex_date=date(2016, 6, 1), kind="split", value=Decimal(2), detail="split"
    )
    names = context_of(
        a_market(), CALENDAR, reports=[a_report(date(2016, 3, 31), at(date(2016, 5, 4)))], actions=[split]
    ).names
    t = row(date(2016, 6, 1))
    assert names["shares"][t - 1 : t + 1, 0].tolist() == [20.0, 40.0]
    assert names["eps"][t - 1 : t + 1, 0].tolist() == [8.0, 4.0]


@pytest.mark.parametrize(
    "figures", [{"eps_diluted": 0.01}, {"eps_diluted": None}, {"net_income": None}, {"net_income": -40.0}]
)
def test_shares_are_missing_where_earnings_cannot_tell_them(figures: dict[str, float | None]) -> None:
    reports = [a_report(date(2016, 3, 31), at(date(2016, 5, 4)), **figures)]
    assert np.isnan(context_of(a_market(), CALENDAR, reports=reports).names["shares"]).all()


def told(ident: str, known: datetime, *tickers: str) -> Headline:
    return Headline(headline_id=ident, tickers=tickers, title=ident, source="wire", known_at=known)


def test_headlines_count_in_the_session_whose_decision_first_reads_them() -> None:
    evening = CALENDAR.decision_time(MONDAY) + timedelta(hours=1)
    headlines = [
        told("a", at(MONDAY), "AAA"),
        told("b", evening, "AAA", "BBB"),
        told("c", at(TUESDAY), MARKET, "ZZZ"),
        told("unread", at(MONDAY), "AAA"),
    ]
    scores = {"a": 0.5, "b": -0.25, "c": 1.0}
    context = context_of(a_market(), CALENDAR, headlines=headlines, scores=scores)
    t = row(MONDAY)
    assert context.names["news_score"][t : t + 2].tolist() == [[0.5, 0.0], [-0.25, -0.25]]
    assert context.names["news_count"][t : t + 2].tolist() == [[1.0, 0.0], [1.0, 1.0]]
    assert context.market["news_score"][t : t + 2].tolist() == [0.0, 1.0]


def test_the_future_changes_no_row_and_a_later_start_none_either() -> None:
    random = np.random.default_rng(1)
    days = [SESSIONS[k] for k in random.integers(0, len(SESSIONS), 60)]
    facts = {
        "macro": [seen(day, float(k), at(day, 20)) for k, day in enumerate(days)],
        "reports": [
            a_report(day - timedelta(days=40), at(day), equity=float(k)) for k, day in enumerate(days)
        ],
        "headlines": [told(str(k), at(day), "AAA") for k, day in enumerate(days)],
    }
    scores = {str(k): float(k) for k in range(60)}
    whole = context_of(a_market(), CALENDAR, scores=scores, **facts)
    t = 150
    end = CALENDAR.decision_time(SESSIONS[t])
    past = {name: [fact for fact in each if fact.known_at <= end] for name, each in facts.items()}
    until = context_of(a_market(SESSIONS[: t + 1]), CALENDAR, scores=scores, **past)
    later = context_of(a_market(SESSIONS[100:]), CALENDAR, scores=scores, **facts)
    for name in whole.names:
        np.testing.assert_array_equal(until.names[name], whole.names[name][: t + 1])
        np.testing.assert_array_equal(later.names[name], whole.names[name][100:])
    for name in whole.market:
        np.testing.assert_array_equal(until.market[name], whole.market[name][: t + 1])
        np.testing.assert_array_equal(later.market[name], whole.market[name][100:])


@pytest.mark.parametrize("start", [0, 100])
def test_facts_in_the_order_a_history_keeps_them_in_give_the_same_as_in_any_order(start: int) -> None:
    random = np.random.default_rng(2)
    days = [SESSIONS[k] for k in random.integers(20, len(SESSIONS), 60)]
    facts = {
        "macro": tuple(seen(day, float(k), at(day, 20)) for k, day in enumerate(days)),
        "reports": tuple(
            a_report(day - timedelta(days=40), at(day), equity=float(k), eps_diluted=1.0, net_income=9.0)
            for k, day in enumerate(days)
        ),
        "actions": tuple(
            CorporateAction(ticker="AAA", ex_date=SESSIONS[k], kind="split", value=Decimal(2), detail="")
            for k in (60, 120)
        ),
    }
    history = History(panel=a_market(), calendar=CALENDAR, **facts)
    found = context_of_timelines(
        a_market(SESSIONS[start:]),
        CALENDAR,
        macro=history.macro_by_series,
        series=DAILY,
        reports=history.reports_by_ticker,
        actions=history.actions_by_ticker,
        headlines=(),
        scores=None,
    )
    backwards = {name: each[::-1] for name, each in facts.items()}
    expected = context_of(a_market(SESSIONS[start:]), CALENDAR, series=DAILY, **backwards)
    assert found.names.keys() == expected.names.keys() >= {"shares", "eps", "filed_days"}
    assert len(set(found.names["eps"][:, 0])) > 1
    for kind in ("market", "names"):
        for name, values in getattr(expected, kind).items():
            assert getattr(found, kind)[name].tobytes() == values.tobytes(), name


def test_a_universe_cut_to_some_sessions_cuts_its_context() -> None:
    universe = a_universe(a_panel(20, 3))
    context = Context(market={"VIX": np.arange(20.0)}, names={"eps": np.arange(80.0).reshape(20, 4)})
    cut = replace(universe, context=context).rows(5, 9).context
    assert cut is not None
    assert cut.market["VIX"].tolist() == [5.0, 6.0, 7.0, 8.0]
    assert cut.names["eps"][0].tolist() == [20.0, 21.0, 22.0, 23.0]


@pytest.mark.parametrize(
    "context",
    [
        Context(market={"VIX": np.zeros(19)}, names={}),
        Context(market={}, names={"eps": np.zeros((20, 3))}),
    ],
)
def test_a_context_of_another_shape_is_refused(context: Context) -> None:
    universe = a_universe(a_panel(20, 3))
    with pytest.raises(DataError, match=r"expected (VIX|eps) of shape"):
        Universe(
            panel=universe.panel,
            members=universe.members,
            sectors=universe.sectors,
            benchmark=universe.benchmark,
            context=context,
        )

"""A context against a second implementation, row by row, and facts that are made to confuse it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.errors import DataError, NoDataError
from fund.features.context import Context
from fund.features.context_facts import GOOD_FOR as SERIES_GOOD_FOR
from fund.features.context_facts import MARKET, context_of
from fund.features.filings import FILED, GOOD_FOR, SMALLEST_EPS, YEAR_BEFORE
from fund.market.calendar import nyse
from fund.market.facts import CorporateAction, Headline, MacroSeries, Observation, Report
from fund.market.panel import BarPanel

CALENDAR = nyse(date(2015, 1, 1), date(2017, 12, 31))
SESSIONS = CALENDAR.sessions(date(2016, 3, 1), date(2016, 12, 30))
MOMENTS = [CALENDAR.decision_time(session) for session in SESSIONS]
TICKERS = ("AAA", "BBB")
START = datetime(2016, 1, 4, tzinfo=UTC)
NAN = np.nan


def a_market(sessions: Sequence[date] = SESSIONS) -> BarPanel:
    bars = np.full((len(sessions), len(TICKERS)), 50.0)
    columns = dict.fromkeys(("open", "high", "low", "close", "volume", "total_return_index"), bars)
    return BarPanel(sessions=tuple(sessions), tickers=TICKERS, **columns)


def a_report(
    end: date, known: datetime, ticker: str = "AAA", doc: str = "10-Q", **figures: float | None
) -> Report:
    given_figures = {"revenue": 400.0, "net_income": 40.0, "eps_diluted": 2.0, "equity": 100.0}
    given_figures |= {"assets": 300.0, "cash": 30.0} | figures
    return Report(ticker=ticker, doc_type=doc, end_date=end, known_at=known, **given_figures)


def a_split(ex: date, ratio: str, ticker: str = "AAA", kind: str = "split") -> CorporateAction:
    return CorporateAction(ticker=ticker, ex_date=ex, kind=kind, value=Decimal(ratio), detail="split")


def told(ident: str, known: datetime, *tickers: str) -> Headline:
    return Headline(headline_id=ident, tickers=tickers, title=ident, source="wire", known_at=known)


def of(**facts: object) -> Context:
    return context_of(a_market(), CALENDAR, **facts)


hours = st.integers(0, 24 * 330)
moments = hours.map(lambda hour: START + timedelta(hours=hour))


def a_series(frequency: str) -> dict[str, MacroSeries]:
    return {"X": MacroSeries(series_id="X", name="", units="", frequency=frequency, revised=False)}


@settings(max_examples=25, deadline=None)
@given(
    drawn=st.lists(
        st.tuples(st.integers(0, 40), moments, st.integers(0, 9)), max_size=25, unique_by=lambda x: x[1]
    ),
    frequency=st.sampled_from(["D", "W", "M", "event"]),
    random=st.randoms(use_true_random=False),
)
def test_a_series_is_what_looking_up_every_row_by_itself_gives(drawn, frequency: str, random) -> None:
    facts = [
        Observation(series_id="X", day=known.date() - timedelta(days=age), value=float(value), known_at=known)
        for age, known, value in drawn
    ]
    expected = []
    for moment in MOMENTS:
        known = sorted((fact for fact in facts if fact.known_at <= moment), key=lambda f: (f.day, f.known_at))
        good_for = SERIES_GOOD_FOR.get(frequency)
        fresh = known and (good_for is None or moment.date() - known[-1].day <= good_for)
        expected.append(known[-1].value if fresh else NAN)
    random.shuffle(facts)
    found = of(macro=facts, series=a_series(frequency)).market.get("X", np.full(len(SESSIONS), NAN))
    np.testing.assert_array_equal(found, expected)


def figures_by_hand(
    reports: Iterable[Report], splits: Iterable[CorporateAction], moment: datetime
) -> dict[str, float]:
    known = sorted((r for r in reports if r.known_at <= moment), key=lambda r: r.known_at)
    if not known:
        return {}
    newest = sorted(known, key=lambda r: (r.end_date, r.known_at))[-1]
    if moment - newest.known_at >= GOOD_FOR:
        return {}
    shares = 1.0
    for split in splits:
        if newest.known_at.date() < split.ex_date <= moment.date():
            shares *= float(split.value)
    found = _told_by(newest, shares, "")
    a_year_ago = [
        r
        for r in known
        if (r.doc_type == "10-K") == (newest.doc_type == "10-K")
        and YEAR_BEFORE[0] <= newest.end_date - r.end_date <= YEAR_BEFORE[1]
    ]
    if a_year_ago:
        found |= _told_by(a_year_ago[-1], shares, "_before")
    return found | {"filed_days": (moment - newest.known_at).total_seconds() / 86400}


def _told_by(report: Report, shares: float, ending: str) -> dict[str, float]:
    year = 1.0 if report.doc_type == "10-K" else 4.0
    said = {
        "revenue": (report.revenue, year),
        "income": (report.net_income, year),
        "eps": (report.eps_diluted, year / shares),
        "equity": (report.equity, 1.0),
        "assets": (report.assets, 1.0),
        "cash": (report.cash, 1.0),
    }
    found = {name + ending: value * by for name, (value, by) in said.items() if value is not None}
    income, eps = report.net_income, report.eps_diluted
    if income is not None and eps is not None and abs(eps) >= SMALLEST_EPS and income / eps > 0:
        found["shares" + ending] = income / eps * shares
    return found


quarters = st.integers(0, 7).map(lambda k: date(2014 + k // 4, 3 * (k % 4) + 3, 28))
amounts = st.one_of(st.none(), st.integers(-50, 50).map(float))


@settings(max_examples=30, deadline=None)
@given(
    drawn=st.lists(
        st.tuples(quarters, moments, st.booleans(), amounts, amounts), max_size=9, unique_by=lambda x: x[1]
    ),
    cuts=st.lists(st.tuples(st.integers(0, 300), st.sampled_from(["2", "0.1", "1.5"])), max_size=4),
    random=st.randoms(use_true_random=False),
)
def test_figures_of_filings_are_what_looking_up_every_row_by_itself_gives(drawn, cuts, random) -> None:
    reports = [
        a_report(
            end, known, doc="10-K" if annual else "10-Q", net_income=income, eps_diluted=eps, cash=income
        )
        for end, known, annual, income, eps in drawn
    ]
    splits = [a_split(SESSIONS[0] + timedelta(days=day), ratio) for day, ratio in cuts]
    expected = {name: np.full(len(SESSIONS), NAN) for name in (*FILED, "filed_days")}
    for row, moment in enumerate(MOMENTS):
        for name, value in figures_by_hand(reports, splits, moment).items():
            expected[name][row] = value
    random.shuffle(reports)
    random.shuffle(splits)
    names = of(reports=reports, actions=splits).names
    assert set(names) == (set(expected) if reports else set())
    for name, values in names.items():
        np.testing.assert_allclose(values[:, 0], expected[name], rtol=1e-12, err_msg=name)
        assert np.isnan(values[:, 1]).all()


def test_the_moment_of_the_decision_itself_is_still_read_and_the_one_after_is_not() -> None:
    due, tick = MOMENTS[5], timedelta(microseconds=1)
    for known, row in ((due, 5), (due - tick, 5), (due + tick, 6)):
        facts = of(
            macro=[Observation(series_id="X", day=known.date(), value=1.0, known_at=known)],
            reports=[a_report(date(2015, 12, 31), known)],
            headlines=[told("a", known, "AAA")],
            scores={"a": 1.0},
        )
        assert np.flatnonzero(np.isfinite(facts.market["X"]))[0] == row
        assert np.flatnonzero(np.isfinite(facts.names["equity"][:, 0]))[0] == row
        assert np.flatnonzero(facts.names["news_count"][:, 0]).tolist() == [row]


def test_the_same_moment_in_another_timezone_is_the_same_moment() -> None:
    tokyo = timezone(timedelta(hours=9))
    facts = [Observation(series_id="X", day=date(2016, 6, 1), value=1.0, known_at=MOMENTS[60])]
    moved = [
        Observation(series_id="X", day=date(2016, 6, 1), value=1.0, known_at=MOMENTS[60].astimezone(tokyo))
    ]
    np.testing.assert_array_equal(of(macro=facts).market["X"], of(macro=moved).market["X"])


def test_two_values_of_one_moment_are_told_apart_by_what_they_say_and_not_by_who_came_first() -> None:
    pair = [
        Observation(series_id="X", day=date(2016, 6, 1), value=v, known_at=MOMENTS[9]) for v in (1.0, 2.0)
    ]
    reports = [a_report(date(2015, 12, 31), MOMENTS[9], equity=v) for v in (1.0, 2.0)]
    one, other = of(macro=pair, reports=reports), of(macro=pair[::-1], reports=reports[::-1])
    np.testing.assert_array_equal(one.market["X"], other.market["X"])
    np.testing.assert_array_equal(one.names["equity"], other.names["equity"])


def test_a_report_is_good_for_two_hundred_days_and_not_a_second_more() -> None:
    known = MOMENTS[0]
    values = of(reports=[a_report(date(2015, 12, 31), known)]).names["equity"][:, 0]
    for moment, value in zip(MOMENTS, values, strict=True):
        assert np.isfinite(value) == (moment - known < GOOD_FOR)


def test_a_newer_quarter_that_runs_out_does_not_bring_an_older_one_back() -> None:
    reports = [
        a_report(date(2016, 3, 31), MOMENTS[2]),
        a_report(date(2015, 12, 31), MOMENTS[2] + timedelta(days=150), equity=7.0),
    ]
    values = of(reports=reports).names["equity"][:, 0]
    assert 7.0 not in values
    assert np.isnan(values[-1])


@pytest.mark.parametrize("ratio", ["0", "-2", "NaN", "Infinity", "100000"])
def test_a_split_that_cannot_be_true_restates_nothing(ratio: str) -> None:
    report = a_report(date(2015, 12, 31), MOMENTS[2])
    plain, split = of(reports=[report]), of(reports=[report], actions=[a_split(SESSIONS[9], ratio)])
    np.testing.assert_array_equal(split.names["shares"], plain.names["shares"])


@pytest.mark.parametrize(
    "action",
    [a_split(SESSIONS[9], "2", kind="dividend"), a_split(SESSIONS[9], "2", ticker="BBB")],
    ids=["kind", "name"],
)
def test_only_splits_and_only_the_names_own_count(action: CorporateAction) -> None:
    names = of(reports=[a_report(date(2015, 12, 31), MOMENTS[2])], actions=[action]).names
    assert np.unique(names["shares"][2:100, 0]).tolist() == [20.0]


def test_growth_is_against_shares_of_the_same_session_on_both_sides_of_a_split() -> None:
    reports = [a_report(date(2015, 3, 31), START), a_report(date(2016, 3, 31), MOMENTS[40])]
    names = of(reports=reports, actions=[a_split(SESSIONS[60], "4")]).names
    now, before = (names[name][[59, 60], 0].tolist() for name in ("shares", "shares_before"))
    assert now == before == [20.0, 80.0]
    assert names["eps"][60, 0] == names["eps_before"][60, 0] == 2.0


@pytest.mark.parametrize(("days", "found"), [(349, False), (350, True), (380, True), (381, False)])
def test_a_year_before_is_about_a_year(days: int, found: bool) -> None:
    end = date(2016, 3, 31)
    reports = [a_report(end - timedelta(days=days), START), a_report(end, MOMENTS[40])]
    assert np.isfinite(of(reports=reports).names["equity_before"][41, 0]) == found


@pytest.mark.parametrize(
    ("eps", "income", "shares"),
    [
        (0.05, 1.0, 20.0),
        (0.0499, 1.0, NAN),
        (-0.05, -1.0, 20.0),
        (0.0, 0.0, NAN),
        (2.0, 0.0, NAN),
        (NAN, 1.0, NAN),
    ],
)
def test_shares_are_told_only_by_earnings_that_can_tell_them(
    eps: float, income: float, shares: float
) -> None:
    report = a_report(date(2015, 12, 31), MOMENTS[0], eps_diluted=eps, net_income=income)
    np.testing.assert_allclose(of(reports=[report]).names["shares"][0, 0], shares)


@pytest.mark.parametrize("doc", ["10-K", "10-K/A", "10-K405", "10-KT"])
def test_every_form_of_an_annual_report_is_a_years(doc: str) -> None:
    assert of(reports=[a_report(date(2015, 12, 31), MOMENTS[0], doc=doc)]).names["revenue"][0, 0] == 400.0


def test_a_company_that_is_not_in_the_panel_is_nobodys() -> None:
    names = of(reports=[a_report(date(2015, 12, 31), MOMENTS[0], ticker="ZZZ")]).names
    assert all(np.isnan(values).all() for values in names.values())


def test_a_headline_that_names_a_ticker_twice_counts_once() -> None:
    names = of(headlines=[told("a", MOMENTS[3], "AAA", "BBB", "AAA")], scores={"a": 0.5}).names
    assert names["news_count"][3].tolist() == [1.0, 1.0]
    assert names["news_score"][3].tolist() == [0.5, 0.5]


@pytest.mark.parametrize("score", [NAN, np.inf, -np.inf], ids=str)
def test_a_sentiment_that_is_no_number_is_not_counted(score: float) -> None:
    headlines = [told("a", MOMENTS[3], "AAA", MARKET), told("b", MOMENTS[3], "AAA", MARKET)]
    found = of(headlines=headlines, scores={"a": score, "b": -0.5})
    assert (found.names["news_score"][3, 0], found.names["news_count"][3, 0]) == (-0.5, 1.0)
    assert (found.market["news_score"][3], found.market["news_count"][3]) == (-0.5, 1.0)


def test_every_headline_of_the_panels_time_is_counted_in_exactly_one_session() -> None:
    random = np.random.default_rng(2)
    before = CALENDAR.decision_time(CALENDAR.previous_session(SESSIONS[0]))
    span = (MOMENTS[-1] - before).total_seconds()
    drawn = [before + timedelta(seconds=float(s)) for s in random.uniform(-0.2 * span, 1.2 * span, 200)]
    headlines = [told(str(k), known, "AAA") for k, known in enumerate(drawn)]
    found = of(headlines=headlines, scores={str(k): 1.0 for k in range(200)}).names
    assert found["news_count"][:, 0].sum() == sum(before < known <= MOMENTS[-1] for known in drawn)
    assert found["news_count"][:, 1].sum() == 0.0


def test_no_news_is_none_and_no_scores_are_unknown() -> None:
    assert "news_count" not in of(headlines=[told("a", MOMENTS[3], "AAA")]).names
    assert of(headlines=[told("a", MOMENTS[3], "AAA")], scores={}).names["news_count"].sum() == 0.0


def test_a_panel_without_sessions_has_a_context_without_rows() -> None:
    facts = {"macro": [Observation(series_id="X", day=SESSIONS[0], value=1.0, known_at=START)]}
    found = context_of(
        a_market(()), CALENDAR, reports=[a_report(date(2015, 12, 31), START)], scores={}, **facts
    )
    assert found.market["X"].shape == (0,)
    assert found.names["equity"].shape == (0, 2)


def test_a_day_that_is_no_session_is_refused() -> None:
    with pytest.raises(NoDataError, match="2016-07-04"):
        context_of(a_market((date(2016, 7, 4),)), CALENDAR)


@pytest.mark.parametrize("kind", ["macro", "reports", "headlines"])
def test_a_fact_without_a_timezone_is_refused_wherever_it_stands(kind: str) -> None:
    naive = datetime(2016, 6, 7)  # noqa: DTZ001
    facts = {
        "macro": [Observation(series_id="X", day=date(2016, 6, 7), value=1.0, known_at=naive)],
        "reports": [a_report(date(2016, 3, 31), naive)],
        "headlines": [told("a", naive, "AAA")],
    }
    with pytest.raises(DataError, match=r"expected a known_at with a timezone, found .*; date it in UTC"):
        of(scores={"a": 1.0}, **{kind: facts[kind]})


def test_a_context_cut_into_pieces_is_the_same_rows() -> None:
    values = np.arange(24.0).reshape(12, 2)
    whole = Context(market={"X": values[:, 0]}, names={"eps": values})
    pieces = [whole.rows(0, 5), whole.rows(5, 5), whole.rows(5, 12)]
    np.testing.assert_array_equal(np.concatenate([each.market["X"] for each in pieces]), whole.market["X"])
    np.testing.assert_array_equal(np.vstack([each.names["eps"] for each in pieces]), values)
    assert pieces[0].names["eps"].flags["C_CONTIGUOUS"]

"""Signals are attacked: machines written twice, filings in any order, tables that do not fit, loud voices."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fund.errors import DataError
from fund.features.columns import Columns
from fund.features.labels import excess_labels
from fund.features.universe import Universe
from fund.market.facts import Report
from fund.metrics.inference import Interval
from fund.signals.blend import Source, confidence_of, consensus, of_forecasts, of_signals
from fund.signals.event_driven import EarningsDrift, Gaps
from fund.signals.judging import judge
from fund.signals.mean_reversion import MeanReversion
from fund.signals.momentum import Momentum
from fund.signals.pairs import Pairs
from fund.signals.signal import Figures, Reason, Signal, SignalTable, table_of
from fund.signals.spread_state import SpreadRules, open_sides
from fund.signals.surprises import LATEST_DAYS, surprises
from support.facts import a_report
from support.pairs import paired
from support.panels import a_panel, a_universe, weekdays, without_bars

FloatArray = NDArray[np.float64]

some = settings(max_examples=15)
distances = st.one_of(
    st.integers(-20, 20).map(lambda step: step / 4), st.sampled_from([math.nan, math.inf, -math.inf])
)
NAN = math.nan


# the machine of a spread


def sides_by_words(z: Sequence[float], rules: SpreadRules) -> list[float]:
    """The machine again, by the name of its state."""
    state, told = "out", []
    for distance in z:
        if not math.isfinite(distance) or state == "broken":
            told.append(0.0)
            continue
        if abs(distance) >= rules.stop:
            state = "broken"
        elif state == "out":
            if distance >= rules.entry:
                state = "short"
            elif distance <= -rules.entry:
                state = "long"
        elif (state == "short" and distance <= rules.leave) or (state == "long" and distance >= -rules.leave):
            state = "out"
        told.append({"short": -1.0, "long": 1.0}.get(state, 0.0) * abs(distance) / rules.stop)
    return told


@settings(max_examples=60)
@given(
    z=st.lists(distances, max_size=30),
    rules=st.sampled_from([SpreadRules(), SpreadRules(entry=1.0, leave=0.0, stop=3.0)]),
)
def test_the_machine_is_the_one_its_words_describe(z: list[float], rules: SpreadRules) -> None:
    np.testing.assert_array_equal(open_sides(np.array(z, dtype=float), rules), sides_by_words(z, rules))


@some
@given(z=st.lists(distances, max_size=30), cut=st.integers(0, 30))
def test_a_spread_turned_over_is_the_other_side_and_its_future_changes_nothing(
    z: list[float], cut: int
) -> None:
    spread, rules = np.array(z, dtype=float), SpreadRules()
    sides = open_sides(spread, rules)
    np.testing.assert_array_equal(open_sides(-spread, rules), -sides)
    np.testing.assert_array_equal(open_sides(spread[:cut], rules), sides[:cut])
    assert (np.abs(sides) < 1.0).all()


@pytest.mark.parametrize(
    ("entry", "leave", "stop"), [(2.0, 0.5, 2.0), (0.5, 0.5, 4.0), (NAN, 0.5, 4.0), (2.0, NAN, 4.0)]
)
def test_distances_that_are_not_in_order_are_refused(entry: float, leave: float, stop: float) -> None:
    with pytest.raises(DataError, match="expected 0 <= leave < entry < stop, found SpreadRules"):
        SpreadRules(entry=entry, leave=leave, stop=stop)


# pairs


def test_the_views_of_a_pair_are_those_of_its_machine_and_each_leg_is_the_others_mirror() -> None:
    universe = paired(1, pairs=1)
    rule = Pairs()
    table = rule.signals(universe)
    (formation, *_) = rule.formations(universe)
    (pair,) = formation.pairs
    logs = np.log(universe.panel.total_return_index)[formation.row : formation.stop]
    z = (logs[:, pair.y] - pair.intercept - pair.slope * logs[:, pair.x]) / pair.deviation
    own = table.conviction[formation.row : formation.stop]
    np.testing.assert_allclose(own[:, pair.y], sides_by_words(z.tolist(), rule.rules))
    np.testing.assert_array_equal(own[:, pair.x], -own[:, pair.y])
    figure = table.figures[0].values[formation.row : formation.stop, pair.y]
    np.testing.assert_allclose(figure[own[:, pair.y] != 0.0], z[own[:, pair.y] != 0.0])


def test_a_pair_opens_no_earlier_than_its_window_ends_and_a_hole_takes_a_name_out_of_the_scan() -> None:
    universe = paired(1, pairs=1)
    rule = Pairs()
    (first, *_) = rule.formations(universe)
    assert not np.isfinite(rule.signals(universe).conviction[: first.row]).any()
    lost = np.zeros(universe.panel.close.shape, dtype=bool)
    lost[first.row - 100, first.pairs[0].y] = True
    (holed, *_) = rule.formations(replace(universe, panel=without_bars(universe.panel, lost)))
    assert first.pairs[0].y not in holed.columns
    assert holed.pairs == ()
    names = len(first.columns) - 1
    assert holed.scanned == names * (names - 1) // 2


def test_prices_that_only_alternate_do_not_stop_the_scan() -> None:
    """A name quoted at two prices in turn has a spread that repeats exactly."""
    universe = paired(1, pairs=1)
    index = universe.panel.total_return_index.copy()
    rows = np.arange(len(index))
    index[:, 4], index[:, 5] = np.exp(rows % 2.0), np.exp((rows // 2) % 2.0)
    poisoned = replace(universe, panel=replace(universe.panel, total_return_index=index))
    (formation, *_) = Pairs().formations(poisoned)
    found = {frozenset((pair.y, pair.x)) for pair in formation.pairs}
    assert frozenset((0, 1)) in found
    assert frozenset((4, 5)) not in found


def test_names_of_different_sectors_are_no_pair_unless_asked_for() -> None:
    universe = paired(1, pairs=1)
    apart = replace(universe, sectors=np.where(np.arange(len(universe.sectors)) == 1, 9, universe.sectors))
    assert Pairs().formations(apart)[0].pairs == ()
    assert 1 not in Pairs().formations(apart)[0].columns
    (pair,) = Pairs(within_sectors=False).formations(apart)[0].pairs
    assert {pair.y, pair.x} == {0, 1}


def test_a_history_without_a_whole_window_is_not_scanned() -> None:
    table = Pairs().signals(a_universe(a_panel(200, 6)))
    assert not np.isfinite(table.conviction).any()
    assert table.notes == {}


# filings

ENDS = ((3, 31), (6, 30), (9, 30), (12, 31))


def filings(incomes: Sequence[float], *, ticker: str = "AAA", first_year: int = 2012) -> list[Report]:
    told = []
    for place, income in enumerate(incomes):
        end = date(first_year + place // 4, *ENDS[place % 4])
        annual = place % 4 == 3
        value = sum(incomes[place - 3 : place + 1]) if annual else income
        kind = "10-K" if annual else "10-Q"
        told.append(replace(a_report(ticker, end), net_income=value, doc_type=kind, equity=100.0))
    return told


@some
@given(order=st.permutations(range(12)), other=st.integers(0, 12))
def test_the_order_in_which_filings_are_given_changes_nothing(order: list[int], other: int) -> None:
    mine = filings([float(k * k % 7) for k in range(12)])
    theirs = filings([1.0] * 4 + [2.0], ticker="BBB")
    shuffled = [mine[at] for at in order]
    shuffled[other:other] = theirs
    found = surprises(shuffled, scale="equity")
    assert list(found) == ["AAA", "BBB"]
    assert found["AAA"] == surprises(mine, scale="equity")["AAA"]


def test_a_filing_to_come_changes_no_surprise_before_it() -> None:
    mine = filings([float(k * k % 7) for k in range(14)])
    whole = surprises(mine)["AAA"]
    for stop in range(len(mine)):
        known = mine[: stop + 1]
        told = [each for each in whole if each.known_at <= known[-1].known_at]
        assert list(surprises(known).get("AAA", ())) == told


@pytest.mark.parametrize(("days", "events"), [(LATEST_DAYS, 1), (LATEST_DAYS + 1, 0)])
def test_a_filing_is_late_from_the_day_it_says(days: int, events: int) -> None:
    mine = filings([1.0, 1.0, 1.0, 1.0, 3.0])
    late = replace(mine[4], known_at=datetime.combine(mine[4].end_date, time(12), UTC) + timedelta(days=days))
    assert len(surprises([*mine[:4], late], scale="equity").get("AAA", ())) == events


@pytest.mark.parametrize("equity", [None, 0.0, -50.0])
def test_a_company_without_equity_has_no_surprise_over_it(equity: float | None) -> None:
    mine = [replace(each, equity=equity) for each in filings([1.0] * 4 + [3.0])]
    assert surprises(mine, scale="equity") == {}


def test_changes_that_never_vary_have_no_deviation_to_be_measured_by() -> None:
    assert surprises(filings([float(k) for k in range(20)])) == {}


def decided(session: date) -> datetime:
    return datetime.combine(session, time(21, 30), UTC)


def test_what_was_known_before_the_first_decision_is_old_and_no_view_of_any_direction() -> None:
    universe = a_universe(a_panel(80, 24))
    reports = [
        each
        for column in range(24)
        for each in filings([10.0] * 4 + [10.0 + column], ticker=f"N{column:03d}", first_year=2012)
    ]
    table = EarningsDrift(reports=reports, decision_time=decided, scale="equity").signals(universe)
    assert (table.conviction[:, :24] == 0.0).all()
    assert np.isnan(table.conviction[:, 24]).all()
    (first, *_) = table.at(table.sessions[0])
    assert [reason.unit for reason in first.reasons] == ["fraction"]


# gaps, reversal and momentum over prices that do nothing


@pytest.mark.parametrize(
    "rule",
    [Momentum(lookback_sessions=20, skip_sessions=2), MeanReversion(), Gaps(), Pairs()],
    ids=lambda r: r.name,
)
def test_prices_that_never_move_are_no_view_in_either_direction(rule) -> None:
    panel = a_panel(300, 12)
    flat = {name: np.full(panel.close.shape, 10.0) for name in ("open", "high", "low", "close")}
    still = a_universe(replace(panel, total_return_index=np.ones(panel.close.shape), **flat))
    conviction = rule.signals(still).conviction
    assert (conviction[np.isfinite(conviction)] == 0.0).all()


@pytest.mark.parametrize(
    "rule", [Momentum(lookback_sessions=20, skip_sessions=2), MeanReversion(), Gaps()], ids=lambda r: r.name
)
def test_the_order_of_the_names_changes_no_view(rule) -> None:
    universe = a_universe(a_panel(140, 15))
    order = np.random.default_rng(3).permutation(16)
    panel = universe.panel
    fields = ("open", "high", "low", "close", "volume", "total_return_index")
    turned = Universe(
        panel=replace(
            panel,
            tickers=tuple(panel.tickers[at] for at in order),
            **{name: getattr(panel, name)[:, order] for name in fields},
        ),
        members=universe.members[:, order],
        sectors=universe.sectors[order],
        benchmark=universe.benchmark,
    )
    np.testing.assert_allclose(
        rule.signals(turned).conviction, rule.signals(universe).conviction[:, order], atol=1e-9
    )


# tables


def a_signal_table(conviction: FloatArray, **changes: object) -> SignalTable:
    rows, columns = conviction.shape
    values = {
        "source": "made",
        "sessions": weekdays(rows),
        "tickers": tuple(f"N{k:03d}" for k in range(columns)),
        "conviction": conviction,
    }
    return SignalTable(**(values | changes))  # type: ignore[arg-type]


def test_a_table_without_sessions_says_that_it_is_empty() -> None:
    empty = a_signal_table(np.zeros((0, 2)))
    with pytest.raises(DataError, match=r"expected a session of an empty table, found 2015-01-01; compute"):
        empty.at(date(2015, 1, 1))


@pytest.mark.parametrize("far", [math.inf, -math.inf, math.nextafter(1.0, 2.0)])
def test_a_conviction_a_hair_beyond_one_is_refused_and_one_itself_is_not(far: float) -> None:
    with pytest.raises(DataError, match="scale them first"):
        a_signal_table(np.array([[0.0, far]]))
    assert [s.conviction for s in a_signal_table(np.array([[1.0, -1.0]])).at(date(2015, 1, 1))] == [1.0, -1.0]


def test_a_figure_of_another_shape_is_named_and_one_that_is_missing_gives_no_reason() -> None:
    wrong = Figures(what="gap", unit="ratio", values=np.zeros((2, 1)))
    with pytest.raises(DataError, match=r"expected 'gap' of 'made' of shape \(1, 2\), found \(2, 1\)"):
        a_signal_table(np.zeros((1, 2)), figures=(wrong,))
    holed = Figures(what="gap", unit="ratio", values=np.array([[1.5, math.inf]]))
    told = a_signal_table(np.zeros((1, 2)), figures=(holed,)).at(date(2015, 1, 1))
    assert [[str(reason) for reason in each.reasons] for each in told] == [["gap: 1.50"], []]
    assert {each.direction for each in told} == {"none"}


def test_a_saturday_and_days_beyond_either_end_are_no_sessions_of_a_table() -> None:
    table = a_signal_table(np.zeros((5, 1)))
    for day in (date(2015, 1, 3), date(2014, 12, 31), date(2015, 1, 8)):
        with pytest.raises(DataError, match=f"from 2015-01-01 to 2015-01-07, found {day}"):
            table.at(day)


@pytest.mark.parametrize(
    ("unit", "value", "said"),
    [
        ("fraction", -0.0549, "-5.5%"),
        ("deviations", 2.0, "+2.00 deviations"),
        ("sessions", 3.0, "3 sessions"),
        ("rank", 0.5, "0.50 of 1"),
    ],
)
def test_a_reason_is_said_in_its_unit(unit, value: float, said: str) -> None:
    assert str(Reason(what="it", value=value, unit=unit)) == f"it: {said}"


# judging


def test_a_record_is_what_a_plain_count_comes_to() -> None:
    universe = a_universe(a_panel(90, 14, seed=4))
    rng = np.random.default_rng(1)
    views = np.round(rng.uniform(-1, 1, universe.panel.close.shape), 1)
    views[rng.random(views.shape) < 0.1] = np.nan
    record = judge(table_of("made", universe, views), universe, 3)
    realised = excess_labels(universe, 3).values
    rates, looked, spoken = [], [], []
    for row, came in zip(np.where(universe.present, views, np.nan), realised, strict=True):
        known = came[np.isfinite(came)]
        both = np.isfinite(row) & np.isfinite(came)
        if both.sum() < 10:
            continue
        looked.append(int(np.isfinite(row).sum()))
        spoken.append(int((np.isfinite(row) & (row != 0.0)).sum()))
        middle = sorted(known)
        median = (middle[(len(known) - 1) // 2] + middle[len(known) // 2]) / 2
        marks = [
            0.5 if c == median else float((v > 0) == (c > median))
            for v, c in zip(row[both], came[both], strict=True)
            if v != 0.0
        ]
        if len(marks) >= 10:
            rates.append(sum(marks) / len(marks))
    assert record.hit_rate is not None
    assert (record.hit_rate.value, record.hit_rate.n) == (pytest.approx(np.mean(rates)), len(rates))
    assert (record.names, record.views) == (pytest.approx(np.mean(looked)), pytest.approx(np.mean(spoken)))
    assert record.last == universe.panel.sessions[89 - 4]


def test_turned_views_have_the_mirrored_record_and_silent_ones_none() -> None:
    universe = a_universe(a_panel(90, 14, seed=4))
    views = np.random.default_rng(1).uniform(-1, 1, universe.panel.close.shape)
    plain, turned = (judge(table_of("made", universe, each), universe, 3) for each in (views, -views))
    assert plain.rank_ic is not None
    assert turned.rank_ic is not None
    assert (turned.rank_ic.low, turned.rank_ic.high) == pytest.approx(
        (-plain.rank_ic.high, -plain.rank_ic.low)
    )
    assert plain.hit_rate is not None
    assert turned.hit_rate is not None
    assert turned.hit_rate.value == pytest.approx(1.0 - plain.hit_rate.value)
    silent = judge(table_of("made", universe, np.full_like(views, np.nan)), universe, 3)
    assert (silent.rank_ic, silent.first, silent.names, silent.independent) == (None, None, 0.0, 0)
    assert silent.verdict == "too few sessions to say anything"


def test_a_signal_that_read_its_outcome_is_called_a_leak() -> None:
    universe = a_universe(a_panel(90, 14, seed=4))
    leak = np.clip(10.0 * excess_labels(universe, 3).values, -1.0, 1.0)
    assert "look for a leak" in judge(table_of("leak", universe, leak), universe, 3).verdict


# many voices

voices = st.dictionaries(st.sampled_from("ABCD"), st.integers(-4, 4).map(lambda s: s / 4), max_size=4)
choirs = st.lists(st.tuples(voices, st.integers(0, 8).map(lambda s: s / 8)), max_size=6)


def heard(choir) -> list[Source]:
    return [Source(name=f"s{at}", convictions=said, confidence=sure) for at, (said, sure) in enumerate(choir)]


@some
@given(choir=choirs, order=st.randoms(use_true_random=False))
def test_neither_the_order_of_sources_nor_one_unheard_changes_a_consensus(choir, order) -> None:
    sources = heard(choir)
    plain = consensus(sources)
    shuffled = [*sources, Source(name="mute", convictions={"A": -1.0, "Z": 1.0}, confidence=0.0)]
    order.shuffle(shuffled)
    turned = consensus(shuffled)
    assert [each.ticker for each in turned] == [each.ticker for each in plain]
    for one, other in zip(plain, turned, strict=True):
        assert other.conviction == pytest.approx(one.conviction, abs=1e-12)
        assert other.disagreement == (
            None if one.disagreement is None else pytest.approx(one.disagreement, abs=1e-7)
        )


@some
@given(choir=choirs)
def test_turned_voices_are_the_turned_consensus_and_parts_add_up(choir) -> None:
    plain = consensus(heard(choir))
    turned = consensus(heard([({t: -c for t, c in said.items()}, sure) for said, sure in choir]))
    for one, other in zip(plain, turned, strict=True):
        assert other.conviction == pytest.approx(-one.conviction, abs=1e-12)
        assert sum(p.share * p.conviction for p in one.parts) == pytest.approx(one.conviction, abs=1e-12)
        assert sum(p.share for p in one.parts) <= 1.0 + 1e-9
        loud = [abs(p.share * p.conviction) for p in one.parts]
        assert loud == sorted(loud, reverse=True)
        assert (one.disagreement is None) == (len(one.parts) < 2)


@pytest.mark.parametrize("tiny", [1e-300, 1e-100, 1e-17])
def test_a_source_of_next_to_no_confidence_is_capped_beside_sure_ones(tiny: float) -> None:
    sources = heard([({"A": 1.0}, 1.0), ({"A": 1.0}, tiny), ({"A": -1.0}, tiny)])
    (found,) = consensus(sources)
    assert sum(part.share for part in found.parts) == pytest.approx(1.0)
    assert max(part.share for part in found.parts) == pytest.approx(0.4)


@pytest.mark.parametrize("conviction", [NAN, 1.0000001, -math.inf])
def test_a_view_that_is_none_is_refused_by_name(conviction: float) -> None:
    with pytest.raises(DataError, match=r"from 'loud'; scale them first"):
        Source(name="loud", convictions={"A": conviction})
    with pytest.raises(DataError, match="for A by loud; scale it first"):
        Signal(ticker="A", session=date(2015, 1, 1), source="loud", conviction=conviction)


@some
@given(value=st.floats(-0.2, 0.2), more=st.floats(0.0, 0.1), half=st.floats(1e-6, 10.0))
def test_a_better_record_is_never_trusted_less_and_no_record_is_trusted_wholly(
    value: float, more: float, half: float
) -> None:
    worse, better = (
        confidence_of(Interval(value=v, low=v - half, high=v + half, n=250)) for v in (value, value + more)
    )
    assert 0.0 <= worse <= better + 1e-12 <= 1.0
    assert confidence_of(Interval(value=value, low=-1e9, high=1e9, n=20)) == pytest.approx(0.5, abs=1e-6)


def test_sources_of_nothing_have_no_view() -> None:
    assert of_signals("rule", ()).convictions == {}
    assert of_forecasts("gbm", ()).convictions == {}
    assert consensus([of_signals("rule", ()), of_forecasts("gbm", ())]) == ()
    assert consensus([]) == ()


def test_a_gap_of_the_first_sessions_has_no_ordinary_one_to_be_measured_by() -> None:
    universe = a_universe(a_panel(70, 5))
    table = Gaps().signals(universe)
    known = np.isfinite(Columns(universe).log_gap[:, :5]).cumsum(axis=0)
    ordinary = np.vstack([np.zeros((1, 5)), known[:-1]]) >= 0.8 * 60
    np.testing.assert_array_equal(np.isfinite(table.conviction[:, :5]), ordinary)

"""Rules are attacked: machines written twice, filings in any order, prices that do nothing."""

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
from fund.features.universe import Universe
from fund.market.facts import Report
from fund.signals.event_driven import EarningsDrift, Gaps
from fund.signals.mean_reversion import MeanReversion
from fund.signals.momentum import Momentum
from fund.signals.pairs import Pairs
from fund.signals.spread_state import SpreadRules, open_sides
from fund.signals.surprises import LATEST_DAYS, surprises
from support.facts import a_report
from support.pairs import paired
from support.panels import a_panel, a_universe, without_bars

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


def test_a_gap_of_the_first_sessions_has_no_ordinary_one_to_be_measured_by() -> None:
    universe = a_universe(a_panel(70, 5))
    table = Gaps().signals(universe)
    known = np.isfinite(Columns(universe).log_gap[:, :5]).cumsum(axis=0)
    ordinary = np.vstack([np.zeros((1, 5)), known[:-1]]) >= 0.8 * 60
    np.testing.assert_array_equal(np.isfinite(table.conviction[:, :5]), ordinary)

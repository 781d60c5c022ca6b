"""Rules say what they are said to, see nothing later than their close, and find nothing in chance."""

from dataclasses import replace

import numpy as np
import pytest

from fund.errors import DataError
from fund.features.columns import Columns
from fund.features.universe import Universe
from fund.signals.event_driven import Gaps
from fund.signals.judging import judge
from fund.signals.mean_reversion import MeanReversion
from fund.signals.momentum import Momentum
from fund.signals.signal import Figures, RuleStrategy, Signal, SignalTable
from support.panels import a_panel, a_universe, weekdays, without_bars

SHORT = Momentum(lookback_sessions=60, skip_sessions=5)
RULES: tuple[RuleStrategy, ...] = (SHORT, MeanReversion(), Gaps())


def small(seed: int = 0, **changes: float) -> Universe:
    return a_universe(a_panel(200, 40, seed=seed, **changes))


def moved(universe: Universe, row: int, column: int, by: float, *, at_open: bool = False) -> Universe:
    """The universe with one name's prices moved by a log return in a session, and ever after."""
    panel = universe.panel
    jump = np.ones(panel.close.shape)
    jump[row:, column] = np.exp(by)
    early = jump.copy()
    early[row, column] = np.exp(by) if at_open else 1.0
    return replace(
        universe,
        panel=replace(
            panel,
            open=panel.open * early,
            high=panel.high * jump,
            low=panel.low * np.minimum(early, jump),
            close=panel.close * jump,
            total_return_index=panel.total_return_index * jump,
        ),
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_future_changes_no_view(rule: RuleStrategy) -> None:
    universe = small(holes=0.02)
    whole = rule.signals(universe)
    for stop in (80, 131, 199):
        cut = rule.signals(universe.rows(0, stop))
        np.testing.assert_array_equal(cut.conviction, whole.conviction[:stop])
        assert cut.at(cut.sessions[-1]) == whole.at(cut.sessions[-1])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_views_are_of_members_that_traded_and_within_bounds(rule: RuleStrategy) -> None:
    universe = small(holes=0.05)
    conviction = rule.signals(universe).conviction
    assert not np.isfinite(conviction[~universe.present]).any()
    assert np.isfinite(conviction[150:]).mean() > 0.5
    assert np.nanmax(np.abs(conviction)) <= 1.0


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_scale_of_prices_changes_nothing(rule: RuleStrategy) -> None:
    universe = small()
    names = ("open", "high", "low", "close")
    scaled = replace(universe.panel, **{name: 7.0 * getattr(universe.panel, name) for name in names})
    np.testing.assert_allclose(
        rule.signals(replace(universe, panel=scaled)).conviction, rule.signals(universe).conviction, atol=1e-9
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_chance_is_called_chance(rule: RuleStrategy) -> None:
    found = [judge(rule.signals(small(seed)), small(seed), 5) for seed in range(12)]
    ts = np.array([f.rank_ic.value / ((f.rank_ic.high - f.rank_ic.low) / 3.92) for f in found if f.rank_ic])
    assert len(ts) == 12
    assert abs(ts.mean()) < 0.9  # twelve of a deviation somewhat above 1
    assert sum("no edge" in f.verdict for f in found) >= 9


def test_momentum_finds_lasting_drifts_and_says_so() -> None:
    universe = small(persistence=0.15)
    record = judge(SHORT.signals(universe), universe, 5)
    assert record.rank_ic.low > 0.05
    assert "leak" in record.verdict  # a made drift is far beyond what daily data can give
    assert record.independent == record.rank_ic.n // 6
    assert record.views == pytest.approx(record.names, abs=1)


def test_momentum_skips_the_last_sessions() -> None:
    universe, row = small(), 150
    late = moved(universe, row - 4, 3, 0.5)
    early = moved(universe, row - 6, 3, 0.5)
    plain, unmoved, up = (SHORT.signals(each).conviction[row] for each in (universe, late, early))
    np.testing.assert_array_equal(plain, unmoved)
    assert up[3] == np.nanmax(up)


def test_mean_reversion_is_against_a_stretch_unless_it_came_with_a_burst() -> None:
    universe, row = small(1), 150
    steady = universe
    for step in range(5):
        steady = moved(steady, row - step, 3, 0.05)
    burst = moved(universe, row, 3, 0.25)
    table = MeanReversion().signals(steady)
    assert table.conviction[row, 3] < -0.3
    assert MeanReversion().signals(burst).conviction[row, 3] == 0.0
    (signal,) = (s for s in table.at(table.sessions[row]) if s.ticker == universe.panel.tickers[3])
    assert signal.direction == "short"
    assert [str(reason).split(":")[0] for reason in signal.reasons] == [
        "log price from its 20-session mean",
        "5-session return less its sector's",
        "volatility of this move over its ordinary one",
    ]


def test_a_name_without_a_sector_has_no_view_on_its_mean() -> None:
    universe = small()
    sectors = universe.sectors.copy()
    sectors[2] = -1
    conviction = MeanReversion().signals(replace(universe, sectors=sectors)).conviction
    assert not np.isfinite(conviction[:, 2]).any()
    assert np.isfinite(conviction[100:, 3]).all()


def test_a_gap_that_holds_is_followed_and_fades_and_one_taken_back_is_not() -> None:
    universe, row = small(2), 120
    held = Gaps().signals(moved(universe, row, 3, 0.15, at_open=True))
    assert held.conviction[row, 3] > 0.5
    fading = held.conviction[row : row + 10, 3]
    np.testing.assert_allclose(fading / fading[0], 1.0 - np.arange(10) / 10)
    back = moved(moved(universe, row, 3, 0.15, at_open=True), row + 1, 3, -0.15, at_open=True)
    closes = back.panel.close.copy()
    closes[row, 3] = universe.panel.close[row, 3]
    index = closes / closes[0]
    taken = replace(back, panel=replace(back.panel, close=closes, total_return_index=index))
    assert Gaps().signals(taken).conviction[row, 3] == 0.0


def test_a_name_without_bars_has_no_view() -> None:
    panel = a_panel(200, 12)
    lost = np.zeros(panel.close.shape, dtype=bool)
    lost[:190, 4] = True
    for rule in RULES:
        assert not np.isfinite(rule.signals(a_universe(without_bars(panel, lost))).conviction[:, 4]).any()


def test_a_record_of_too_few_sessions_says_so() -> None:
    universe = small().rows(0, 75)
    record = judge(SHORT.signals(universe), universe, 5)
    assert record.rank_ic is None
    assert record.verdict == "too few sessions to say anything"
    assert record.independent == 0


def test_a_record_has_its_baselines_on_the_same_names() -> None:
    universe = small()
    record = judge(MeanReversion().signals(universe), universe, 1)
    assert set(record.baseline_rank_ic) == {"reversal"}  # no session has a year before it
    assert record.baseline_rank_ic["reversal"].n == record.rank_ic.n


def test_signals_of_another_universe_are_not_judged() -> None:
    with pytest.raises(DataError, match="others"):
        judge(SHORT.signals(small()), small().rows(0, 100), 5)


def test_scores_for_an_ensemble_are_the_convictions() -> None:
    universe = small()
    table = SHORT.signals(universe)
    forecasts = table.as_forecasts(np.zeros(table.conviction.shape), 5)
    np.testing.assert_array_equal(forecasts.scores, table.conviction)
    assert not forecasts.calibrated.any()
    assert forecasts.forecaster == SHORT.name


@pytest.mark.parametrize("conviction", [1.01, -2.0, float("nan")])
def test_a_conviction_outside_its_bounds_is_refused(conviction: float) -> None:
    with pytest.raises(DataError, match="from -1 to 1"):
        Signal(ticker="AAA", session=weekdays(1)[0], source="x", conviction=conviction)


def test_a_table_that_does_not_fit_is_refused() -> None:
    days = weekdays(2)
    with pytest.raises(DataError, match="scale them first"):
        SignalTable(source="x", sessions=days, tickers=("A",), conviction=np.array([[0.5], [-1.5]]))
    with pytest.raises(DataError, match="align it"):
        SignalTable(
            source="x",
            sessions=days,
            tickers=("A",),
            conviction=np.zeros((2, 1)),
            figures=(Figures(what="f", unit="ratio", values=np.zeros((1, 1))),),
        )
    with pytest.raises(DataError, match="compute the signals over bars that reach it"):
        SignalTable(source="x", sessions=days, tickers=("A",), conviction=np.zeros((2, 1))).at(weekdays(3)[2])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Momentum(lookback_sessions=20, skip_sessions=20),
        lambda: MeanReversion(entry=3.0, full=3.0),
        lambda: Gaps(entry=0.0),
    ],
)
def test_settings_that_make_no_sense_are_refused(make) -> None:
    with pytest.raises(DataError, match="expected"):
        make()


def test_momentum_is_the_return_it_says() -> None:
    universe = small()
    table = SHORT.signals(universe)
    close = Columns(universe).log_close
    (first, *_) = table.at(table.sessions[100])
    assert first.reasons[0].value == pytest.approx(close[95, 0] - close[40, 0])

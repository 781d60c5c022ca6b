"""Tables that do not fit, records counted again, and loud, silent and turned voices are told apart."""

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fund.errors import DataError
from fund.features.labels import excess_labels
from fund.metrics.inference import Interval
from fund.signals.blend import Source, confidence_of, consensus, of_forecasts, of_signals
from fund.signals.judging import judge
from fund.signals.signal import Figures, Reason, Signal, SignalTable, table_of
from support.panels import a_panel, a_universe, weekdays

FloatArray = NDArray[np.float64]

some = settings(max_examples=15)
NAN = math.nan


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


@pytest.mark.parametrize("tiny", [5e-324, 1e-300, 1e-100, 1e-17])
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

"""Several sources are heard by their confidence, none too loud, and their quarrel is told."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError
from fund.forecasting.forecast import Forecast
from fund.metrics.inference import Interval
from fund.signals.blend import Source, confidence_of, consensus, of_forecasts, of_signals
from fund.signals.signal import Signal

DAY = date(2016, 3, 7)


def source(name: str, conviction: float | None, confidence: float = 0.5) -> Source:
    views = {} if conviction is None else {"AAA": conviction}
    return Source(name=name, convictions=views, confidence=confidence)


def test_shares_follow_confidence() -> None:
    (found,) = consensus([source("a", 1.0, 0.3), source("b", -1.0, 0.3), source("c", 0.5, 0.4)])
    assert found.conviction == pytest.approx(0.2)
    assert [(part.source, part.share) for part in found.parts] == [
        ("a", pytest.approx(0.3)),
        ("b", pytest.approx(0.3)),
        ("c", pytest.approx(0.4)),
    ]


def test_no_source_has_more_than_its_share_however_sure_it_is() -> None:
    (found,) = consensus([source("llm", 1.0, 1.0), source("a", 0.0, 0.01), source("b", 0.0, 0.01)])
    assert found.conviction == pytest.approx(0.4)
    (pair,) = consensus([source("llm", 1.0, 1.0), source("a", 0.0, 0.01)])
    assert pair.conviction == pytest.approx(2 / 3)


def test_a_lone_voice_moves_its_share_and_is_no_quarrel() -> None:
    (found,) = consensus([source("llm", -1.0), source("a", None), source("b", None)])
    assert found.conviction == pytest.approx(-1 / 3)
    assert found.disagreement is None


def test_disagreement_is_whole_where_halves_stand_at_either_end() -> None:
    sides = [source("a", 1.0), source("b", 1.0), source("c", -1.0), source("d", -1.0)]
    (apart,) = consensus(sides)
    (alike,) = consensus(sides[:2])
    assert (apart.conviction, apart.disagreement) == (0.0, 1.0)
    assert (alike.conviction, alike.disagreement) == (1.0, 0.0)


def test_a_source_of_no_confidence_is_not_heard() -> None:
    assert consensus([source("a", 1.0, 0.0)]) == ()
    (found,) = consensus([source("a", 1.0, 0.0), source("b", 0.5)])
    assert (found.conviction, len(found.parts)) == (0.5, 1)


@given(
    st.lists(st.tuples(st.one_of(st.none(), st.floats(-1, 1)), st.floats(0.01, 1)), min_size=1, max_size=6)
)
def test_a_consensus_stays_within_its_views_and_no_view_beyond_its_cap(
    views: list[tuple[float | None, float]],
) -> None:
    sources = [source(f"s{at}", *each) for at, each in enumerate(views)]
    most = {1: 1.0, 2: 2 / 3}.get(len(sources), 0.4)
    for found in consensus(sources):
        said = [conviction for conviction, _ in views if conviction is not None]
        assert min(*said, 0.0) - 1e-9 <= found.conviction <= max(*said, 0.0) + 1e-9
        assert all(part.share <= most + 1e-9 for part in found.parts)
        assert found.disagreement is None or 0.0 <= found.disagreement <= 1.0


def test_forecasts_and_signals_become_sources() -> None:
    forecast = Forecast(
        ticker="AAA",
        session=DAY,
        horizon_sessions=5,
        expected=0.0,
        low=-0.1,
        high=0.1,
        probability_up=0.5,
        rank=0.75,
        forecaster="gbm",
        version="v",
    )
    signal = Signal(ticker="BBB", session=DAY, source="gaps", conviction=-0.25)
    assert of_forecasts("gbm", [forecast]).convictions == {"AAA": 0.5}
    assert of_signals("gaps", [signal], 0.2) == Source(
        name="gaps", convictions={"BBB": -0.25}, confidence=0.2
    )
    found = consensus([of_forecasts("gbm", [forecast]), of_signals("gaps", [signal])])
    assert [each.ticker for each in found] == ["AAA", "BBB"]


def an_ic(value: float, reach: float) -> Interval:
    return Interval(value=value, low=value - reach, high=value + reach, n=400)


def test_confidence_follows_what_was_measured_as_far_as_it_was() -> None:
    assert confidence_of(None) == 0.5
    assert confidence_of(an_ic(0.01, 0.01)) == pytest.approx(0.5)
    assert confidence_of(an_ic(0.04, 0.005)) == pytest.approx(0.8, abs=0.01)
    assert confidence_of(an_ic(0.04, 1.0)) == pytest.approx(0.5, abs=0.01)
    assert confidence_of(an_ic(-0.05, 0.01)) == 0.0


def test_bad_sources_are_refused() -> None:
    with pytest.raises(DataError, match="scale them first"):
        source("a", 1.5)
    with pytest.raises(DataError, match="scale them first"):
        source("a", 0.5, 2.0)
    with pytest.raises(DataError, match="different names"):
        consensus([source("a", 0.1), source("a", 0.2)])

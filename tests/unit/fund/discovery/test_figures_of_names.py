"""The figures behind the picks: spread, company value and the rest, each against its definition."""

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.discovery.company_value import market_cap
from fund.discovery.membership import all_of, logistic, plateau, rising
from fund.discovery.name_figures import SESSIONS, measured
from fund.discovery.spread import LEAST_PAIRS, estimated_spread
from fund.errors import DataError
from fund.market.bars import Bar
from support.facts import at
from support.markets import FIRST, a_bar, a_quiet_history, a_report, a_spell, a_split


def bars_with_spread(spread: float, sessions: int, seed: int, trades: int = 390) -> tuple[Bar, ...]:
    """Return bars of trades that bounce between bid and ask around a random walk."""
    rng = np.random.default_rng(seed)
    walk = np.exp(np.cumsum(rng.normal(0, 0.01 / math.sqrt(trades), sessions * trades))) * 50
    traded = walk * (1 + spread / 2 * rng.choice((-1.0, 1.0), size=len(walk)))
    days = traded.reshape(sessions, trades)
    return tuple(
        a_bar(
            session=FIRST + timedelta(days=n),
            open=Decimal(repr(float(day[0]))),
            high=Decimal(repr(float(day.max()))),
            low=Decimal(repr(float(day.min()))),
            close=Decimal(repr(float(day[-1]))),
        )
        for n, day in enumerate(days)
    )


@pytest.mark.parametrize("spread", [0.01, 0.02, 0.04])
def test_a_wide_spread_is_found_in_daily_bars(spread: float) -> None:
    found = [estimated_spread(bars_with_spread(spread, 60, seed)) for seed in range(8)]
    assert np.mean([each for each in found if each is not None]) == pytest.approx(spread, rel=0.25)


def test_the_spread_is_the_mean_over_pairs_of_its_formula() -> None:
    bars = [
        a_bar(session=FIRST + timedelta(days=n), high=Decimal(11), low=Decimal(9), close=Decimal(close))
        for n, close in enumerate(["10.5"] * (LEAST_PAIRS + 1))
    ]
    middle = (math.log(11) + math.log(9)) / 2
    assert estimated_spread(bars) == pytest.approx(2 * (math.log(10.5) - middle))
    assert estimated_spread(bars[1:]) is None, "nine pairs say nothing"


def halved(bar: Bar) -> Bar:
    """Return a bar after a split in two."""
    prices = {name: getattr(bar, name) / 2 for name in ("open", "high", "low", "close")}
    return a_bar(session=bar.session, **prices)


def test_a_pair_that_ends_on_an_ex_date_is_left_out() -> None:
    bars = list(bars_with_spread(0.01, 30, 1))
    half = [
        bar
        if n < 15
        else a_bar(session=bar.session, **{k: getattr(bar, k) / 2 for k in ("open", "high", "low", "close")})
        for n, bar in enumerate(bars)
    ]
    split = half[15].session
    whole, found = estimated_spread(bars), estimated_spread(half, [split])
    assert whole is not None
    assert found == pytest.approx(whole, rel=0.2)
    assert (estimated_spread(half) or 0.0) > 1.5 * whole, "without it a split looks like a spread"


@given(st.integers(0, 40), st.integers(0, 2**16))
def test_a_spread_is_never_negative(sessions: int, seed: int) -> None:
    found = estimated_spread(bars_with_spread(0.0, sessions, seed, trades=20)) if sessions else None
    assert found is None or 0 <= found < 1


def value_of(**report: object) -> float | None:
    known = a_report(known_at=at(FIRST, time(13)))
    history = a_quiet_history(
        {"AAA": [20.0, 21.0, 10.5, 10.5]},
        reports=(type(known)(**{**{f: getattr(known, f) for f in known.__dataclass_fields__}, **report}),),
        actions=(a_split("AAA", date(2016, 1, 6)),),
    )
    return market_cap(history.view(history.calendar.decision_time(date(2016, 1, 6))), "AAA")


def test_a_company_is_worth_its_shares_restated_for_splits() -> None:
    assert value_of() == pytest.approx(1e8 / 1.25 * 2 * 10.5)


@pytest.mark.parametrize(
    "report",
    [
        {"net_income": None},
        {"eps_diluted": None},
        {"eps_diluted": 0.09},
        {"eps_diluted": 0.0},
        {"net_income": -1e8},
        {"net_income": 0.0},
        {"known_at": datetime(2016, 1, 20, tzinfo=at(FIRST, time(13)).tzinfo)},
    ],
)
def test_a_report_that_does_not_give_the_shares_gives_no_value(report: dict[str, object]) -> None:
    assert value_of(**report) is None


def test_a_loss_gives_the_shares_as_a_profit_does() -> None:
    assert value_of(net_income=-1e8, eps_diluted=-1.25) == value_of()


def test_the_figures_of_a_name_are_what_they_say() -> None:
    rng = np.random.default_rng(7)
    market = np.exp(np.cumsum(rng.normal(0, 0.01, SESSIONS)))
    closes = {
        "SPY": list(100 * market),
        "TWO": list(50 * market**2),
        "OLD": [float("nan")] * 5 + [7.0] * (SESSIONS - 5),
    }
    volumes = {"TWO": [1_000.0] * (SESSIONS - 5) + [3_000.0] * 5}
    history = a_quiet_history(closes, volumes=volumes, membership=tuple(a_spell(t) for t in closes))
    view = history.view(history.calendar.decision_time(history.panel.sessions[-1]))
    found = measured(view, ["TWO", "OLD", "NOPE"], "SPY")
    assert set(found) == {"TWO"}, "a young name and a stranger are not measured"
    two = found["TWO"]
    bars = [float(bar.close) * bar.volume for bar in view.bars("TWO", 60)]
    assert two.beta == pytest.approx(2.0)
    assert two.momentum == pytest.approx((market[-6] / market[0]) ** 2 - 1)
    assert two.return_60 == pytest.approx((market[-1] / market[-61]) ** 2 - 1)
    assert two.surge == pytest.approx(np.mean(bars[-5:]) / np.mean(bars))
    assert two.dollar_volume == pytest.approx(np.mean(bars[-20:]))
    logs = 2 * np.diff(np.log(market[-61:]))
    assert two.volatility == pytest.approx(logs.std(ddof=1) * math.sqrt(252))
    assert measured(view, ["TWO"], "NOPE") == {}


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(0.01, 5))
def test_memberships_stay_between_none_and_all_and_rise(one: float, other: float, width: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= rising(low, 0, width) <= rising(high, 0, width) <= 1
    assert logistic(low, 0, width) + 1e-12 > 0
    assert logistic(low, 0, width) <= logistic(high, 0, width) <= 1
    assert 0 <= plateau(one, -2, -1, 1, 2) <= 1


def test_memberships_have_their_corners() -> None:
    assert [rising(v, 1, 3) for v in (0, 1, 2, 3, 4)] == [0, 0, 0.5, 1, 1]
    assert [plateau(v, 0, 1, 2, 3) for v in (-1, 0.5, 1.5, 2.5, 4)] == [0, 0.5, 1, 0.5, 0]
    assert logistic(4, 4, 2) == 0.5
    assert logistic(6, 4, 2) == pytest.approx(1 / (1 + math.exp(-1)))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=4))
def test_all_of_lies_between_the_least_and_the_most(values: list[float]) -> None:
    together = all_of(values, [1.0] * len(values))
    assert min(values) - 1e-9 <= together <= max(values) + 1e-9
    assert (together == 0) == (min(values) == 0)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: rising(1, 3, 3),
        lambda: logistic(1, 0, 0),
        lambda: all_of([0.5], [1.0, 1.0]),
        lambda: all_of([0.5], [0.0]),
    ],
)
def test_a_membership_that_makes_no_sense_is_refused(wrong: object) -> None:
    with pytest.raises(DataError, match="expected"):
        wrong()  # type: ignore[operator]

"""The desk beside tickers over the same sessions; what has a gap is left out and said."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pytest

from fund.errors import QueryRefusedError
from fund.market.facts import Instrument
from fund.metrics.returns import FloatArray
from support.tool_results import session_marks
from support.views import FakeView
from tools.comparison import comparison_figure, named_tickers, side_by_side
from tools.directory import Directory
from tools.spans import ALL_SESSIONS, trailing

CURVE = [float(value) for value in np.cumprod([1.0, *(1 + np.random.default_rng(5).normal(0.001, 0.01, 40))])]
MARKS = session_marks(CURVE)
DAYS = tuple(mark.session for mark in MARKS)


@dataclass(frozen=True, kw_only=True)
class LongView(FakeView):
    """A view that knows the sessions of the marks, and as many returns."""

    days: Sequence[date] = field(default=DAYS)

    def sessions(self, count: int) -> tuple[date, ...]:
        return tuple(self.days)[-count:]


def a_view(**returns: FloatArray) -> LongView:
    return LongView(session=DAYS[-1], returns=returns)


def an_instrument(ticker: str, name: str) -> Instrument:
    return Instrument(ticker=ticker, name=name, asset_class="equity", sector="Energy")


DIRECTORY = Directory([an_instrument("XOM", "Exxon Mobil"), an_instrument("KO", "Coca-Cola")])


def test_the_desk_is_above_a_ticker_by_the_difference_of_the_returns() -> None:
    flat = np.zeros(40)
    found = side_by_side(MARKS, ["XOM"], ALL_SESSIONS, a_view(XOM=flat))
    (other,) = found.others
    assert other.desk_above is not None
    assert other.desk_above.value == pytest.approx(CURVE[-1] - 1)
    assert other.desk_above.name == "desk above XOM"
    assert other.figures[0].value == pytest.approx(0.0)
    assert (found.sessions, found.base, found.last) == (40, DAYS[0], DAYS[-1])


def test_a_ticker_is_compared_over_the_sessions_of_the_span_only() -> None:
    returns = np.array([0.5, *[0.0] * 39])
    found = side_by_side(MARKS, ["XOM"], trailing(10), a_view(XOM=returns))
    assert found.sessions == 10
    assert found.others[0].figures[0].value == pytest.approx(0.0)
    assert found.base == DAYS[-11]


def test_the_lines_begin_at_100_on_the_base_the_desk_first() -> None:
    view = a_view(XOM=np.array([0.1, *[0.0] * 39]))
    desk, other = comparison_figure(MARKS, ["XOM"], ALL_SESSIONS, view)["data"]  # type: ignore[misc]
    assert (desk["name"], other["name"]) == ("Desk", "XOM")
    assert (desk["y"][0], other["y"][0], other["y"][-1]) == (100.0, 100.0, pytest.approx(110.0))
    assert desk["x"] == other["x"] == [day.isoformat() for day in DAYS]


def test_what_misses_a_price_is_left_out_and_named() -> None:
    late = np.array([np.nan] * 20 + [0.01] * 20)
    found = side_by_side(MARKS, ["XOM", "KO"], ALL_SESSIONS, a_view(XOM=late, KO=np.zeros(40)))
    assert [other.name for other in found.others] == ["KO"]
    assert found.left_out[0].startswith("XOM has a price on")


def test_the_same_figures_are_told_of_everything() -> None:
    found = side_by_side(MARKS, ["KO"], ALL_SESSIONS, a_view(KO=np.full(40, 0.001)))
    names = [figure.name for figure in found.desk.figures]
    assert [figure.name for figure in found.others[0].figures] == names


def test_a_session_the_market_does_not_know_is_refused() -> None:
    with pytest.raises(QueryRefusedError, match="no session of"):
        side_by_side(MARKS, ["KO"], ALL_SESSIONS, replace(a_view(KO=np.zeros(40)), days=DAYS[1:]))


def test_names_become_tickers_each_once_and_none_is_the_benchmark() -> None:
    assert named_tickers(["exxon mobil", "XOM", " spy "], DIRECTORY, "SPY") == ("XOM", "SPY")
    assert named_tickers([], DIRECTORY, "SPY") == ("SPY",)


def test_an_unknown_name_and_too_many_are_refused() -> None:
    with pytest.raises(QueryRefusedError):
        named_tickers(["nosuchthing"], DIRECTORY, "SPY")
    many = Directory([an_instrument(f"AA{letter}", f"Name {letter}") for letter in "ABCDEF"])
    with pytest.raises(QueryRefusedError, match="at most 5"):
        named_tickers([f"AA{letter}" for letter in "ABCDEF"], many, "SPY")

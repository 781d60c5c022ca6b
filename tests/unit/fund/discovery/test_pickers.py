"""Pickers over the bundle: nothing of the future, the same again, only names that may be picked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache

import pytest

from fund.discovery.candidate import Candidate
from fund.discovery.fuzzy_picker import Degrees, FuzzyPicker, degrees_of, outcome_factor
from fund.discovery.metric_picker import MetricPicker
from fund.discovery.name_figures import NameFigures, measured
from fund.discovery.picker import Outcomes, PickContext, Picker
from fund.discovery.random_picker import RandomPicker
from fund.discovery.rules import DiscoveryRules
from fund.errors import DataError
from fund.market.history_view import HistoryView
from support.committee import small_history
from support.markets import with_future
from support.views import a_view

PICKERS: tuple[Picker, ...] = (MetricPicker(DiscoveryRules()), FuzzyPicker(), RandomPicker())
PLACE, LATER, EARLY = 480, 560, 400
"""Sessions of the bundle; whose history is too short at the first."""
ALL = pytest.mark.parametrize("picker", PICKERS, ids=lambda each: each.name)


def moment(place: int = PLACE) -> datetime:
    history = small_history()
    return history.calendar.decision_time(history.panel.sessions[place])


@cache
def view_at(place: int = PLACE) -> HistoryView:
    return small_history().view(moment(place))


def context_of(view: HistoryView, **changes: object) -> PickContext:
    context = PickContext(benchmark="SPY", universe=view.members(), max_sector=0.3)
    return replace(context, **changes)  # type: ignore[arg-type]


@cache
def figures() -> Mapping[str, NameFigures]:
    return measured(view_at(), view_at().members(), "SPY")


@ALL
def test_another_future_changes_no_pick(picker: Picker) -> None:
    history, as_of = small_history(), moment()
    seen = picker.pick(view_at(), context_of(view_at()), 10)
    assert len(seen) == 10
    for other in (history.truncated(as_of), with_future(history, as_of, 3), with_future(history, as_of, 4)):
        view = other.view(as_of)
        assert picker.pick(view, context_of(view), 10) == seen


@pytest.mark.parametrize("picker", PICKERS[:2], ids=lambda each: each.name)
def test_another_past_changes_the_picks(picker: Picker) -> None:
    later = view_at(LATER)
    assert picker.pick(later, context_of(later), 10) != picker.pick(view_at(), context_of(view_at()), 10)


@ALL
def test_only_names_that_may_be_picked_each_once_the_best_first(picker: Picker) -> None:
    few = frozenset(sorted(view_at().members())[::4])
    found = picker.pick(view_at(), context_of(view_at(), universe=few), 50)
    tickers = [each.ticker for each in found]
    assert found
    assert set(tickers) <= few
    assert len(set(tickers)) == len(tickers)
    assert list(found) == sorted(found, key=lambda each: (-each.score, each.ticker))
    assert all(each.reasons and each.picker == picker.name for each in found)
    assert picker.pick(view_at(), context_of(view_at(), universe=few), 0) == ()
    assert picker.pick(view_at(), context_of(view_at(), universe=frozenset()), 10) == ()


@pytest.mark.parametrize("picker", PICKERS[:2], ids=lambda each: each.name)
def test_at_the_start_of_history_nothing_is_known_well_enough(picker: Picker) -> None:
    early = view_at(EARLY)
    assert picker.pick(early, context_of(early), 10) == ()
    assert (
        picker.pick(a_view(AAPL=100, SPY=200), PickContext(benchmark="SPY", universe=frozenset({"AAPL"})), 3)
        == ()
    )


def test_the_lot_falls_anew_at_another_moment_and_by_another_seed() -> None:
    def lot(place: int = PLACE, seed: int = 0) -> tuple[str, ...]:
        view = view_at(place)
        return tuple(each.ticker for each in RandomPicker(seed).pick(view, context_of(view), 10))

    assert lot() == lot()
    assert len({lot(), lot(481), lot(482), lot(seed=1), lot(seed=2)}) == 5
    drawn = [ticker for place in range(400, 800) for ticker in lot(place)]
    counts = {ticker: drawn.count(ticker) for ticker in view_at(400).members() & view_at(799).members()}
    expected = len(drawn) / 37
    assert all(0.5 * expected < count < 1.6 * expected for count in counts.values()), counts


class TestMetric:
    def test_each_filter_leaves_out_what_it_names(self) -> None:
        known = figures()
        for changes, kept in (
            ({"min_price": Decimal(60)}, lambda each: each.price >= 60),
            ({"min_dollar_volume": Decimal(300_000_000)}, lambda each: each.dollar_volume >= 300e6),
            ({"max_spread": Decimal("0.004")}, lambda each: each.spread is None or each.spread <= 0.004),
            (
                {"min_market_cap": Decimal(10**11)},
                lambda each: each.market_cap is None or each.market_cap >= 1e11,
            ),
            ({"min_beta": Decimal("0.9"), "max_beta": Decimal("1.1")}, lambda each: 0.9 <= each.beta <= 1.1),
        ):
            rules = replace(
                DiscoveryRules(
                    min_price=Decimal(0),
                    min_dollar_volume=Decimal(0),
                    max_spread=Decimal(1),
                    min_beta=Decimal(-9),
                    max_beta=Decimal(9),
                ),
                **changes,  # type: ignore[arg-type]
            )
            found = {each.ticker for each in MetricPicker(rules).pick(view_at(), context_of(view_at()), 500)}
            expected = {ticker for ticker, each in known.items() if kept(each)}
            assert found == expected, changes
            assert 0 < len(expected) < len(known), changes

    def test_a_name_of_which_reports_do_not_give_the_value_stays_and_it_is_said(self) -> None:
        known = figures()
        unknown = [ticker for ticker, each in known.items() if each.market_cap is None]
        rules = DiscoveryRules(
            min_market_cap=Decimal(10**9), min_dollar_volume=Decimal(0), min_price=Decimal(0)
        )
        said = {
            each.ticker: each.reasons
            for each in MetricPicker(rules).pick(view_at(), context_of(view_at()), 500)
        }
        assert unknown
        for ticker in unknown:
            assert said[ticker][-1] == "market value not in its reports"

    def test_the_score_is_a_mean_of_ranks(self) -> None:
        found = MetricPicker(DiscoveryRules()).pick(view_at(), context_of(view_at()), 500)
        assert all(0 <= each.score <= 1 for each in found)
        assert sum(each.score for each in found) / len(found) == pytest.approx(0.5, abs=0.01)

    def test_a_single_name_stands_in_the_middle(self) -> None:
        only = context_of(view_at(), universe=frozenset({"AAPL"}))
        assert [each.score for each in MetricPicker(DiscoveryRules()).pick(view_at(), only, 5)] == [0.5]


class TestFuzzy:
    def test_a_name_of_a_full_sector_gives_way(self) -> None:
        free = FuzzyPicker().pick(view_at(), context_of(view_at()), 500)
        sector = view_at().instrument(free[0].ticker).sector
        crowded = context_of(view_at(), sector_weights={sector: 0.3})
        held = {each.ticker for each in FuzzyPicker().pick(view_at(), crowded, 500)}
        assert free[0].ticker not in held
        assert all(view_at().instrument(ticker).sector != sector for ticker in held)

    def test_each_degree_is_what_its_notion_says(self) -> None:
        def of(**changes: object) -> Degrees:
            plain = replace(figures()["AAPL"], volatility=0.2, dollar_volume=1e9, return_60=0.05)
            return degrees_of(replace(plain, **changes), context_of(view_at()))  # type: ignore[arg-type]

        assert of().liquid == 1.0
        assert of(dollar_volume=4e6).liquid == 0.0
        assert [of(volatility=v).moderate for v in (0.04, 0.2, 0.7)] == [0.0, 1.0, 0.0]
        assert of(return_60=0.2).rising > of().rising > of(return_60=-0.2).rising > 0
        assert of(volatility=0.0).rising == 0.0
        assert of(dollar_volume=4e6).together == 0.0
        assert of(sector="").balancing == 0.5

    def test_how_similar_trades_ended_moves_a_score_a_quarter_at_most(self) -> None:
        assert outcome_factor(None) == outcome_factor(Outcomes(count=0, mean_return=9.0)) == 1.0
        few, many = (outcome_factor(Outcomes(count=n, mean_return=0.05)) for n in (2, 200))
        assert 1.0 < few < many < 1.25
        assert outcome_factor(Outcomes(count=8, mean_return=-9.0)) == pytest.approx(0.75)
        one, other = (outcome_factor(Outcomes(count=8, mean_return=r)) for r in (0.03, -0.03))
        assert one - 1 == pytest.approx(1 - other)

    def test_memory_is_asked_of_the_hopeful_alone_and_can_turn_the_order(self) -> None:
        plain = FuzzyPicker().pick(view_at(), context_of(view_at()), 5)
        asked: list[Sequence[str]] = []

        def similar(tickers: Sequence[str]) -> Mapping[str, Outcomes]:
            asked.append(tickers)
            return {plain[0].ticker: Outcomes(count=40, mean_return=-0.2)}

        found = FuzzyPicker().pick(view_at(), context_of(view_at(), similar=similar), 5)
        assert [len(tickers) for tickers in asked] == [20]
        assert plain[0].ticker not in [each.ticker for each in found[:1]]
        again = FuzzyPicker().pick(view_at(), context_of(view_at(), similar=similar), 20)
        told = next(each for each in again if each.ticker == plain[0].ticker)
        assert told.reasons[-1] == "40 similar trades ended at -20.0% on average"


def test_a_score_that_is_none_is_refused() -> None:
    with pytest.raises(DataError, match="expected a finite score for 'A', found nan by 'metric'"):
        Candidate(ticker="A", score=float("nan"), reasons=(), picker="metric")

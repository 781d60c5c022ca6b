"""The evidence of a cycle: which names are looked at, and what is said of each of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.brief import Evidence
from agents.reports import report_ratios
from agents.roles import ROLES
from fund.features.setup import CONDITIONS_SCALES, TRADE_SCALES
from fund.mandate import Mandate
from fund.market.history import History
from fund.market.view import FloatArray, MarketView
from fund.portfolio.book import Book
from fund.portfolio.marking import current_mark
from fund.risk.buckets import BucketLimits
from graph.plain import plain_json
from graph.research import (
    HEADLINES,
    SIMILAR,
    Researcher,
    TrackRecord,
    choose_candidates,
)
from graph.setups import conditions_setup, trade_setup
from support.books import a_book
from support.committee import SpokenForecasts, a_forecast
from support.facts import a_headline, a_report, a_split, an_observation
from support.mandates import some_limits
from support.players import MANDATE, a_quiet_market
from support.views import FakeView
from tools.forecasts import ForecastTools
from tools.market import MarketTools
from tools.memory import SimilarConditions, SimilarTrade

PLACE = 70
TRACK = TrackRecord(drawdown=-0.03, return_since_start=0.012)


@dataclass
class SpokenMemory:
    """A memory that says the same of every set-up, and keeps what it was asked."""

    trades: tuple[SimilarTrade, ...] = ()
    markets: tuple[SimilarConditions, ...] = ()
    setups: list[FloatArray] = field(default_factory=list)
    asked_as_of: list[datetime] = field(default_factory=list)

    def similar_trades(
        self, setups: Sequence[FloatArray], as_of: datetime, count: int
    ) -> tuple[tuple[SimilarTrade, ...], ...]:
        self.setups += setups
        self.asked_as_of.append(as_of)
        return tuple(self.trades[:count] for _ in setups)

    def similar_conditions(
        self, setup: FloatArray, as_of: datetime, count: int
    ) -> tuple[SimilarConditions, ...]:
        self.setups.append(setup)
        self.asked_as_of.append(as_of)
        return self.markets[:count]


A_TRADE = SimilarTrade(
    memory_id="m1",
    ticker="CVX",
    opened=date(2015, 3, 2),
    held_sessions=7,
    return_fraction=-0.0123,
    distance=0.04,
)
A_MARKET = SimilarConditions(memory_id="c1", session=date(2015, 8, 24), distance=0.02, next_20=0.031)


def a_market(**facts: object) -> History:
    plain: dict[str, object] = {
        "headlines": tuple(
            a_headline(f"h{n}", when(n), title=f"News {n}") for n in range(PLACE - 12, PLACE + 3)
        ),
        "reports": (a_report("AAA", known_at=when(20)),),
        "macro": tuple(
            an_observation("VIX", day, 15 + n % 4, at_close(day)) for n, day in enumerate(DAYS[: PLACE + 5])
        ),
    }
    return a_quiet_market(**{**plain, **facts})


PLAIN = a_quiet_market()
DAYS = PLAIN.panel.sessions


def at_close(day: date) -> datetime:
    return PLAIN.calendar.close_at(day)


def when(place: int) -> datetime:
    return at_close(DAYS[place])


def said(ranks: dict[str, float], place: int = PLACE) -> ForecastTools:
    day = DAYS[place]
    main = SpokenForecasts({day: [a_forecast(t, day, rank=r) for t, r in ranks.items()]})
    other = [a_forecast(t, day, rank=1 - r, forecaster="momentum") for t, r in ranks.items()]
    return ForecastTools([main, SpokenForecasts({day: other}, name="momentum")])


RANKS = {"AAA": 0.9, "BBB": 0.3, "CCC": 0.6}


def view_of(history: History, place: int = PLACE) -> MarketView:
    return history.view(history.calendar.decision_time(DAYS[place]))


def researched(
    history: History | None = None,
    book: Book | None = None,
    *,
    ranks: dict[str, float] | None = None,
    memory: SpokenMemory | None = None,
    candidates: int = 20,
    stated: Mandate = MANDATE,
) -> Evidence:
    researcher = Researcher(
        said(RANKS if ranks is None else ranks),
        memory or SpokenMemory(),  # type: ignore[arg-type]
        lambda: TRACK,
    )
    mandate = replace(stated, candidates=candidates)
    return researcher(view_of(history or a_market()), book or a_book(cash=100_000), mandate)


def named(evidence: Evidence) -> list[str]:
    return [candidate.ticker for candidate in evidence.candidates]


class TestChoice:
    """Holdings always, and beside them the members that rank highest."""

    VIEW = FakeView(
        prices={t: Decimal(10) for t in ("A", "B", "C", "D", "OUT", "OLD")},
        outsiders=frozenset({"OUT"}),
        stale_since={"OLD": date(2016, 3, 1)},
    )

    @staticmethod
    def chosen(count: int, *held: str, **ranks: float) -> tuple[str, ...]:
        forecasts = {t: (a_forecast(t, rank=r),) for t, r in ranks.items()}
        return choose_candidates(TestChoice.VIEW, a_book({t: (1, 10) for t in held}), forecasts, count)

    def test_the_best_ranked_members_are_looked_at(self) -> None:
        assert self.chosen(2, A=0.1, B=0.9, C=0.5) == ("B", "C")

    def test_equal_ranks_go_by_ticker(self) -> None:
        assert self.chosen(2, D=0.5, A=0.5, C=0.5) == ("A", "C")

    def test_what_is_held_is_looked_at_even_without_a_forecast_or_a_membership(self) -> None:
        assert self.chosen(2, "A", "OUT", B=0.9) == ("A", "OUT")

    def test_more_holdings_than_places_are_all_looked_at(self) -> None:
        assert self.chosen(1, "A", "B", "C", D=1.0) == ("A", "B", "C")

    def test_a_holding_without_a_price_of_today_is_left_out_and_takes_no_place(self) -> None:
        assert self.chosen(2, "OLD", A=0.9, B=0.8, C=0.7) == ("A", "B")

    def test_who_is_no_member_is_not_looked_at_however_high_it_ranks(self) -> None:
        assert self.chosen(5, OUT=1.0, OLD=0.9, A=0.1) == ("A",)

    @given(
        held=st.sets(st.sampled_from("ABCD")),
        ranks=st.dictionaries(st.sampled_from("ABCD"), st.floats(0, 1)),
        count=st.integers(1, 6),
    )
    def test_nobody_outside_ranks_above_who_is_inside(
        self, held: set[str], ranks: dict[str, float], count: int
    ) -> None:
        chosen = self.chosen(count, *held, **ranks)
        assert set(chosen) >= held
        assert len(chosen) == len(set(chosen)) == min(max(count, len(held)), len(held | ranks.keys()))
        inside = [ranks[t] for t in chosen if t not in held]
        assert min(inside, default=1.0) >= max((ranks[t] for t in ranks if t not in chosen), default=0.0)


class TestCandidates:
    """What is said of a name is what the tools say of it."""

    def test_figures_are_those_of_the_market_tools(self) -> None:
        history = a_market()
        evidence = researched(history)
        assert named(evidence) == ["AAA", "BBB", "CCC"]
        for candidate in evidence.candidates:
            seen = MarketTools(view_of(history)).snapshot(candidate.ticker)
            for name in ("price", "return_5", "return_20", "return_60", "volatility_20", "drawdown_60"):
                assert getattr(candidate, name) == getattr(seen, name)
            assert candidate.average_dollar_volume == pytest.approx(candidate.price * 5_000_000)

    def test_what_history_is_too_short_for_is_missing_and_never_zero(self) -> None:
        assert {candidate.return_120 for candidate in researched().candidates} == {None}
        assert all(candidate.return_60 is not None for candidate in researched().candidates)

    def test_forecasts_are_in_the_order_of_their_sources(self) -> None:
        first = researched().candidates[0]
        assert [(f.forecaster, f.rank) for f in first.forecasts] == [
            ("gbm", 0.9),
            ("momentum", pytest.approx(0.1)),
        ]
        assert [record.forecaster for record in researched().forecasters] == ["gbm", "momentum"]

    def test_a_holding_is_told_with_weight_age_and_result(self) -> None:
        history = a_market()
        price = view_of(history, PLACE - 9).mark("AAA").price
        bought = a_book({"AAA": (100, price)}, cash=50_000)
        opened = {t: replace(p, opened=DAYS[PLACE - 9]) for t, p in bought.positions.items()}
        book = replace(bought, positions=opened)
        aaa, bbb, _ = researched(history, book).candidates
        now = view_of(history).mark("AAA").price
        assert aaa.weight == pytest.approx(float(100 * now / (100 * now + 50_000)))
        assert aaa.held_sessions == 10
        assert aaa.unrealised_fraction == pytest.approx(float(now / price) - 1)
        assert (bbb.weight, bbb.held_sessions, bbb.unrealised_fraction) == (0.0, 0, None)

    def test_a_holding_without_a_forecast_says_so(self) -> None:
        evidence = researched(book=a_book({"BBB": (5, 80)}), ranks={"AAA": 0.9})
        assert named(evidence) == ["AAA", "BBB"]
        assert evidence.candidates[1].forecasts == ()
        assert evidence.missing == {"BBB": "no forecast: too little history"}

    def test_a_filed_report_comes_with_every_figure_its_ratios_need(self) -> None:
        aaa, bbb, _ = researched().candidates
        assert bbb.report is None
        assert aaa.report == {
            "doc_type": "10-Q",
            "end_date": "2015-12-31",
            "revenue": 1e9,
            "net_income": 1e8,
            "eps_diluted": 1.25,
            "equity": 5e8,
            "assets": 2e9,
        }
        assert report_ratios(aaa.report) == {
            "net_margin": pytest.approx(0.1),
            "return_on_equity": pytest.approx(0.2),
            "assets_to_equity": pytest.approx(4.0),
        }

    def test_similar_trades_are_asked_for_every_name_in_one_question(self) -> None:
        memory = SpokenMemory(trades=(A_TRADE,) * 9)
        evidence = researched(memory=memory)
        assert all(len(candidate.similar) == SIMILAR for candidate in evidence.candidates)
        told = evidence.candidates[0].similar[0]
        assert (told.ticker, told.return_fraction, told.distance) == ("CVX", -0.0123, 0.04)
        assert len(memory.setups) == len(evidence.candidates) + 1
        assert set(memory.asked_as_of) == {view_of(PLAIN).as_of}


class TestStaleHoldings:
    """A position without a price of today is carried, named and left alone."""

    BOOK = a_book({"BBB": (100, 80), "AAA": (10, 50)}, cash=10_000)

    def test_it_is_no_candidate_and_is_said_to_be_missing(self) -> None:
        evidence = researched(a_market(ends={"BBB": PLACE - 1}), self.BOOK, ranks={"AAA": 0.9})
        assert named(evidence) == ["AAA"]
        assert evidence.missing == {"BBB": f"held, but no price since {DAYS[PLACE - 2]}"}

    def test_it_counts_in_the_book_at_its_last_price(self) -> None:
        history = a_market(ends={"BBB": PLACE - 1})
        prices = {t: current_mark(view_of(history), t).price for t in self.BOOK.positions}
        assert researched(history, self.BOOK).book.equity == float(self.BOOK.equity(prices))

    def test_a_split_in_the_gap_does_not_double_what_it_is_worth(self) -> None:
        """The book has twice the shares after the split, so the old price is halved."""
        quiet = a_market(ends={"BBB": PLACE - 1})
        split = a_split("BBB", DAYS[PLACE], "2")
        after = a_market(ends={"BBB": PLACE - 1}, actions=(split,))
        doubled = a_book({"BBB": (200, 40), "AAA": (10, 50)}, cash=10_000)
        before = researched(quiet, self.BOOK).book
        assert researched(after, doubled).book.equity == pytest.approx(before.equity, rel=1e-6)


class TestWhole:
    """The market, the book and the limits around the names."""

    def test_the_book_is_told_in_fractions_with_its_record(self) -> None:
        book = a_book({"AAA": (100, 50)}, cash=5_000)
        told = researched(book=book).book
        value = 100 * float(view_of(PLAIN).mark("AAA").price)
        assert told.equity == pytest.approx(value + 5_000)
        assert told.cash_fraction + told.net == pytest.approx(1.0)
        assert told.gross == told.net == pytest.approx(value / (value + 5_000))
        assert (told.drawdown, told.return_since_start) == (-0.03, 0.012)

    def test_the_limits_are_those_of_the_mandate_by_name(self) -> None:
        told = researched().limits
        assert (
            told.items()
            >= {
                "max_position": 1.0,
                "max_sector": 1.0,
                "max_gross": 1.0,
                "max_net": 1.0,
                "min_cash": 0.0,
                "max_names": 100,
                "max_daily_increase": 4.0,
                "allow_short": False,
            }.items()
        )
        assert all(isinstance(figure, float | int) for figure in told.values())

    def test_every_cap_of_the_mandate_that_is_used_is_told_as_a_figure(self) -> None:
        limits = some_limits(max_var=Decimal("0.025"), buckets=BucketLimits(max_growth=Decimal("0.6")))
        told = researched(stated=replace(MANDATE, limits=limits))
        assert {"max_var": 0.025, "max_growth": 0.6}.items() <= told.limits.items()
        assert "max_cvar" not in told.limits
        assert all(role.brief(told) for role in ROLES.values())

    def test_headlines_are_the_last_known_with_source_and_time(self) -> None:
        told = researched().market.headlines
        assert len(told) == HEADLINES
        assert told[0] == {
            "title": f"News {PLACE}",
            "source": "wire",
            "known_at": when(PLACE).isoformat(),
        }

    def test_a_macro_series_is_told_with_its_change_and_its_place_in_the_year(self) -> None:
        (vix,) = researched().market.readings
        values = [15 + n % 4 for n in range(PLACE + 1)]
        assert (vix.series_id, vix.value, vix.day) == ("VIX", values[-1], DAYS[PLACE])
        assert vix.change_20 == values[-1] - values[-21]
        assert vix.z_score == pytest.approx((values[-1] - np.mean(values)) / np.std(values, ddof=1))

    def test_similar_markets_are_told_with_what_came_after(self) -> None:
        evidence = researched(memory=SpokenMemory(markets=(A_MARKET,)))
        assert evidence.market.similar_conditions == (
            {"memory_id": "c1", "session": "2015-08-24", "distance": 0.02, "next_20": 0.031},
        )

    def test_set_ups_have_the_size_memory_knows(self) -> None:
        memory = SpokenMemory()
        researched(memory=memory)
        *trades, market = memory.setups
        assert {len(setup) for setup in trades} == {len(TRADE_SCALES) + 1}
        assert len(market) == len(CONDITIONS_SCALES) + 1

    def test_all_of_it_is_json_and_every_role_can_be_briefed_with_it(self) -> None:
        evidence = researched(memory=SpokenMemory((A_TRADE,), (A_MARKET,)), book=a_book({"AAA": (9, 50)}))
        assert json.loads(json.dumps(plain_json(evidence), allow_nan=False))["session"] == str(DAYS[PLACE])
        assert all(f'"role": "{name}"' in role.brief(evidence) for name, role in ROLES.items())

    @pytest.mark.parametrize("count", [1, 2, 3])
    def test_the_mandate_says_how_many_names_are_looked_at(self, count: int) -> None:
        assert named(researched(candidates=count)) == sorted(["AAA", "CCC", "BBB"][:count])


def test_a_set_up_is_the_names_own_state_its_forecast_and_the_market_around_it() -> None:
    tools = MarketTools(view_of(a_market()))
    snapshot, market, macro = tools.snapshot("AAA"), tools.market("SPY"), tools.macro()
    with_forecast = trade_setup(snapshot, [a_forecast("AAA", rank=0.9)], market, macro)
    without = trade_setup(snapshot, (), market, macro)
    changed = [name for name, a, b in zip(TRADE_SCALES, with_forecast, without, strict=False) if a != b]
    assert changed == ["expected", "rank"]
    calm = trade_setup(snapshot, (), replace(market, volatility_20=0.5), macro)
    moved = [name for name, a, b in zip(TRADE_SCALES, calm, without, strict=False) if a != b]
    assert moved == ["market_volatility_20"]


def test_a_market_without_macro_series_is_still_a_place() -> None:
    tools = MarketTools(view_of(PLAIN))
    setup = conditions_setup(tools.market("SPY"), tools.macro())
    macro = [setup[list(CONDITIONS_SCALES).index(n)] for n in ("vix_z", "rate_change", "oil_change")]
    assert macro == [0.0, 0.0, 0.0]
    assert setup[0] != 0.0


def test_evidence_of_an_earlier_moment_does_not_know_the_later_one() -> None:
    history = a_market()
    cut = history.truncated(view_of(history).as_of + timedelta(seconds=1))
    assert researched(cut) == researched(history)

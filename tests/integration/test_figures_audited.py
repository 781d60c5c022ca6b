"""Every figure an owner is told, counted again from fills, decisions and the bundle's files."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from scipy.stats import fisher_exact

from desk.bootstrap import Desk
from desk.talk import desk_tools
from desk.worker import DeskWorker
from graph.desk_tools import DeskTools
from graph.replies.state import state_reply
from support.second_books import Episode, SecondBooks
from support.second_figures import (
    GROUPED,
    best_of,
    concerns_of,
    earned_after,
    excess_after,
    is_sign,
    market_risk,
    regime_of,
    statistics,
    volatilities,
    wilson,
)
from support.talk import text_of
from tools.attribution import Attribution
from tools.figures import Figure
from tools.spans import Span, between

pytest_plugins = ["support.desks"]

CENT = 0.011
BASIS_POINT = 0.000_051
Z = 1.959964


@dataclass(frozen=True)
class Audited:
    """A desk's tools, and the other books."""

    tools: DeskTools
    books: SecondBooks

    @property
    def days(self) -> list[date]:
        return self.books.days


@pytest.fixture(scope="module")
def audited(desk: Desk, small_bundle: Path) -> Iterator[Audited]:
    """A desk that has played on, with money brought in and taken out."""
    with closing(DeskWorker(desk)) as worker:
        tools = desk_tools(desk, worker, may_act=lambda name: name == "owner")
        for action, amount in (("deposit", "150000"), ("withdraw", "30000.55")):
            move(tools, action, amount)
            for session in desk.unplayed()[:3]:
                desk.catch_up(session)
        with desk.engine.connect() as connection:
            books = SecondBooks(connection, small_bundle)
        yield Audited(tools=tools, books=books)


def move(tools: DeskTools, action: Literal["deposit", "withdraw"], amount: str) -> None:
    pending = tools.control.propose(action, None, "owner", None, Decimal(amount))
    tools.control.confirm(pending.command_id, "owner")


def some_days(audited: Audited) -> list[date]:
    """The second session, the middle, either side of the money moved, and the last."""
    days = audited.days
    return [days[1], days[len(days) // 2], *sorted(audited.books.moved)[1:], days[-1]]


def test_the_account_at_past_closes(audited: Audited) -> None:
    books = audited.books
    assert len(books.moved) == 3
    for day in some_days(audited):
        told, own = audited.tools.portfolio.state(day), books.account(day)
        prices = {ticker: books.price(ticker, day) for ticker in own.held}
        unrealised = sum(e.quantity * prices[t] - e.cost for t, e in own.held.items())
        assert float(told.equity) == pytest.approx(books.equity(own, day), abs=CENT)
        assert float(told.cash) == pytest.approx(own.cash, abs=CENT)
        assert float(told.net_deposits) == pytest.approx(own.deposits, abs=CENT)
        assert float(told.realised) == pytest.approx(own.total("realised"), abs=CENT)
        assert float(told.unrealised) == pytest.approx(unrealised, abs=CENT)
        assert float(told.dividends) == pytest.approx(own.total("dividends"), abs=CENT)
        assert float(told.fees) == pytest.approx(own.total("fees"), abs=CENT)
        assert {held.ticker: float(held.quantity) for held in told.holdings} == {
            ticker: pytest.approx(each.quantity) for ticker, each in own.held.items()
        }
        for held in told.holdings:
            each = own.held[held.ticker]
            assert held.opened == each.opened
            assert float(held.average_cost) == pytest.approx(each.cost / each.quantity, abs=0.0051)
            assert float(held.mark) == prices[held.ticker]
            assert held.held_sessions == sum(each.opened < session <= day for session in books.sessions)


def test_exposure_and_the_limits_at_past_closes(audited: Audited) -> None:
    books = audited.books
    for day in some_days(audited):
        told = audited.tools.portfolio.state(day)
        weights = books.weights(books.account(day), day)
        gross, net = sum(map(abs, weights.values())), sum(weights.values())
        assert float(told.exposure.gross) == pytest.approx(gross, abs=BASIS_POINT)
        assert float(told.exposure.net) == pytest.approx(net, abs=BASIS_POINT)
        assert float(told.exposure.cash) == pytest.approx(1 - net, abs=BASIS_POINT)
        sectors: dict[str, float] = {}
        for ticker, weight in weights.items():
            sectors[books.sectors[ticker]] = sectors.get(books.sectors[ticker], 0.0) + weight
        assert {sector: float(weight) for sector, weight in told.exposure.sectors.items()} == {
            sector: pytest.approx(weight, abs=BASIS_POINT) for sector, weight in sectors.items()
        }
        values = {use.limit: use.value for use in told.limits}
        for limit, own in (
            ("max_position", max(weights.values(), default=0.0)),
            ("max_sector", max(sectors.values(), default=0.0)),
            ("max_gross", gross),
            ("max_net", net),
            ("min_cash", 1 - net),
            ("max_names", len(weights)),
            *market_risk(books, weights, day),
        ):
            assert float(values[limit] or 0) == pytest.approx(own, abs=3 * BASIS_POINT), (day, limit)
        volatility = volatilities(books, weights, day)
        for held in told.holdings:
            moved = volatility[held.ticker]
            assert held.bucket == ("core" if moved <= 0.25 else "growth" if moved <= 0.4 else "speculative")


def spans_of(audited: Audited) -> list[Span]:
    """All of it, a part that holds both movements of money, and a part before them."""
    days = audited.days
    return [between(None, None), between(days[-9], days[-1]), between(days[3], days[23])]


def ends_of(audited: Audited, span: Span) -> tuple[date, date]:
    days = audited.days
    first, last = span.first or days[1], span.last or days[-1]
    return days[days.index(first) - 1], last


def named(figures: tuple[Figure, ...]) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures}


def test_results_over_spans_with_money_moved(audited: Audited) -> None:
    books = audited.books
    for span in spans_of(audited):
        base, last = ends_of(audited, span)
        told, returns = audited.tools.performance.performance_over(span), books.returns(base, last)
        market = books.benchmark(base, last)
        assert (told.base, told.last, told.sessions) == (base, last, len(returns))
        gained = sum(each for _, each in books.gained(base, last))
        assert float(told.profit) == pytest.approx(gained, abs=CENT)
        own = statistics(returns, market)
        for figure in (*told.desk, *told.against):
            if figure.value is None:
                assert (figure.n < 60 and "too few" in figure.note) or figure.note, figure
            elif figure.name in own:
                assert figure.value == pytest.approx(own[figure.name], rel=1e-6, abs=2e-7), figure.name
                assert (figure.low is None) == (figure.n < 20), figure
        assert named(told.comparisons[0].figures)["return"].value == pytest.approx(
            np.prod(1 + market) - 1, abs=1e-5
        )
        assert told.above_benchmark is not None
        assert told.above_benchmark.value == pytest.approx(
            np.prod(1 + returns) - np.prod(1 + market), abs=1e-5
        )
        dealt = [fill for fill in books.fills if base < fill["session"] <= last]
        traded = sum(float(fill["quantity"] * fill["price"]) for fill in dealt)
        chosen = [float(row["equity"]) for row in books.closes if base <= row["session"] <= last]
        assert told.costs.turnover == pytest.approx(traded / np.mean(chosen), rel=1e-9)
        assert float(told.costs.commissions) == pytest.approx(
            sum(float(fill["commission"]) for fill in dealt), abs=CENT
        )


def test_closed_trades_and_their_statistics(audited: Audited) -> None:
    books, days = audited.books, audited.days
    own = [each for each in books.account(days[-1]).episodes if each.closed]
    told = audited.tools.performance.trades()
    assert {(t.ticker, t.opened, t.closed): float(t.profit) for t in told.closed} == {
        (e.ticker, e.opened, e.closed): pytest.approx(e.booked, abs=CENT) for e in own
    }
    for trade in told.closed:
        (mine,) = [each for each in own if (each.ticker, each.opened) == (trade.ticker, trade.opened)]
        assert trade.return_fraction == pytest.approx(mine.booked / mine.bought, rel=1e-6)
    figures, profits = named(told.figures), np.array([each.booked for each in own])
    won, lost = profits[profits > 0], profits[profits < 0]
    rate = figures["win rate"]
    assert (rate.value, rate.n) == (pytest.approx(len(won) / len(own)), len(own))
    assert (rate.low, rate.high) == pytest.approx(wilson(len(won), len(own)))
    if len(lost):
        assert figures["profit factor"].value == pytest.approx(won.sum() / -lost.sum(), rel=1e-6)
    assert figures["expectancy"].value == pytest.approx(profits.mean(), abs=CENT)
    if len(own) < 20:
        assert f"too few trades to say ({len(own)} of 20)" == figures["profit factor"].note


def test_attribution_adds_up_to_the_profit(audited: Audited) -> None:
    books, days = audited.books, audited.days
    for span in spans_of(audited):
        base, last = ends_of(audited, span)
        gained = books.gained(base, last)
        profit = sum(each for _, each in gained)
        for by in ("ticker", "sector", "bucket", "forecaster", "role"):
            told = audited.tools.attribution.attribution_over(span, by)
            assert float(told.profit) == pytest.approx(profit, abs=CENT)
            assert told.fraction == pytest.approx(
                float(told.profit) / books.equity(books.account(base), base), rel=1e-6
            )
            for part in told.parts:
                assert sum((row.profit for row in part.rows), Decimal(0)) == told.profit
                for row in part.rows:
                    assert row.profit == row.price + row.dividends - row.fees - row.borrow
        check_groups(audited.tools.attribution.attribution_over(span), gained, lambda e: e.ticker)
        check_groups(
            audited.tools.attribution.attribution_over(span, "sector"),
            gained,
            lambda e: books.sectors[e.ticker],
        )
        check_groups(
            audited.tools.attribution.attribution_over(span, "forecaster"),
            gained,
            lambda e: best_of(books, e),
        )
        roles = {p.name: p for p in audited.tools.attribution.attribution_over(span, "role").parts}
        warned = sum(each for e, each in gained if concerns_of(books, e))
        (row,) = [r for r in roles["validator"].rows if r.name == "concern raised"] or [None]
        assert float(row.profit if row else 0) == pytest.approx(warned, abs=CENT)
    costs = sum((r.fees for r in audited.tools.attribution.attribution().parts[0].rows), Decimal(0))
    assert float(costs) == pytest.approx(books.account(days[-1]).total("fees"), abs=CENT)


def check_groups(
    told: Attribution, gained: list[tuple[Episode, float]], group: Callable[[Episode], str]
) -> None:
    """Compare every row with the sum of the positions of its group."""
    own: dict[str, float] = {}
    for episode, profit in gained:
        own[group(episode)] = own.get(group(episode), 0.0) + profit
    rows = {row.name: float(row.profit) for row in told.parts[0].rows}
    assert rows == {name: pytest.approx(profit, abs=CENT) for name, profit in own.items() if name in rows}
    assert all(abs(profit) < CENT for name, profit in own.items() if name not in rows)


def test_patterns_of_closed_trades(audited: Audited) -> None:
    books, days = audited.books, audited.days
    own = [each for each in books.account(days[-1]).episodes if each.closed]
    for dimension, name in GROUPED.items():
        told = audited.tools.patterns.outcomes_by(dimension)
        assert (told.trades.n, told.unexplained) == (len(own), 0)
        groups: dict[str, list[Episode]] = {}
        for each in own:
            groups.setdefault(name(books, each), []).append(each)
        assert {group.name: group.n for group in told.trades.groups} == {
            name: len(members) for name, members in groups.items()
        }
        for group in told.trades.groups:
            members = groups[group.name]
            earned = np.array([each.booked / each.bought for each in members])
            won = int(sum(each.booked > 0 for each in members))
            assert group.mean_return.value == pytest.approx(earned.mean(), rel=1e-6)
            assert float(group.profit or 0) == pytest.approx(sum(e.booked for e in members), abs=CENT)
            assert group.win_rate.value == pytest.approx(won / len(members))
            assert (group.win_rate.low, group.win_rate.high) == pytest.approx(wilson(won, len(members)))
            assert (group.n < 20) == ("too few trades to say" in group.mean_return.note)


def test_patterns_of_sessions(audited: Audited) -> None:
    books, days = audited.books, audited.days
    returns = books.returns(days[0], days[-1])
    regimes = {r["session"]: regime_of(r) for r in books.records.values()}
    for dimension, name in (
        ("weekday", lambda n: f"{days[n + 1]:%A}"),
        ("regime", lambda n: regimes.get(days[n].isoformat(), "not on record")),
    ):
        told = audited.tools.patterns.outcomes_by(dimension).sessions
        assert told is not None
        assert told.n == len(returns)
        for group in told.groups:
            mine = np.array([each for n, each in enumerate(returns) if name(n) == group.name])
            assert (group.n, group.mean_return.value) == (len(mine), pytest.approx(mine.mean(), rel=1e-6))
            assert group.win_rate.value == pytest.approx(np.mean(mine > 0))


def test_concerns_and_the_losses_after_them(audited: Audited) -> None:
    books, days = audited.books, audited.days
    own = [each for each in books.account(days[-1]).episodes if each.closed]
    told = audited.tools.patterns.concerns()
    lost = sum(each.booked <= 0 for each in own)
    assert (told.trades, told.base_rate.value) == (len(own), pytest.approx(lost / len(own)))
    spoken = {concern["kind"] for each in own for concern in concerns_of(books, each)}
    assert spoken <= {score.sign for score in told.scores}
    for score in told.scores:
        signed = [each for each in own if any(is_sign(score.sign, c) for c in concerns_of(books, each))]
        hit = sum(each.booked <= 0 for each in signed)
        assert (score.signed, score.signed_lost) == (len(signed), hit)
        assert (score.others, score.others_lost) == (len(own) - len(signed), lost - hit)
        assert score.precision.value == pytest.approx(hit / len(signed))
        assert (score.precision.low, score.precision.high) == pytest.approx(wilson(hit, len(signed)))
        if lost:
            assert score.recall.value == pytest.approx(hit / lost)
        if score.lift.value is not None:
            assert score.lift.value == pytest.approx((hit / len(signed)) / (lost / len(own)))
        others = len(own) - len(signed)
        table = [[hit, len(signed) - hit], [lost - hit, others - (lost - hit)]]
        assert score.p_value == pytest.approx(fisher_exact(table).pvalue, rel=1e-6)
        assert score.adjusted >= score.p_value


def test_calibration_of_what_the_committee_was_shown(audited: Audited) -> None:
    books, told = audited.books, audited.tools.patterns.confidence()
    for each in told.forecasters:
        spoken = [
            (
                float(f["probability_up"]),
                excess_after(books, c["ticker"], r["session"], each.horizon_sessions),
            )
            for r in books.records.values()
            for c in r["proposal"]["evidence"]["evidence"]["candidates"]
            for f in c["forecasts"]
            if (f["forecaster"], f["horizon_sessions"]) == (each.forecaster, each.horizon_sessions)
        ]
        known = np.array([(p, excess > 0) for p, excess in spoken if np.isfinite(excess)], dtype=float)
        found = each.calibration
        assert found.n == len(known) == sum(group.n for group in found.groups)
        assert found.brier_value == pytest.approx(np.mean((known[:, 0] - known[:, 1]) ** 2), rel=1e-9)
        share = known[:, 1].mean()
        assert found.brier_constant == pytest.approx(share * (1 - share))
        gap = sum(group.n * abs(group.forecast - group.realised) for group in found.groups) / found.n
        assert found.error == pytest.approx(gap)


def test_what_was_cut_away_and_what_it_did_after(audited: Audited) -> None:
    books = audited.books
    told = audited.tools.patterns.clamps("all", 5)
    own: dict[str, list[float]] = {}
    last: dict[tuple[str, str], int] = {}
    places = {day: n for n, day in enumerate(books.sessions)}
    end = places[audited.days[-1]]
    for record in books.records.values():
        place, review = places[date.fromisoformat(record["session"])], record["review"] or {"clamps": []}
        for clamp in review["clamps"]:
            limit, ticker = clamp["limit"], clamp["ticker"]
            weight = float(clamp["before"]) - float(clamp["after"])
            earned = earned_after(books, ticker, place, 5)
            repeats = place - last.get((limit, ticker), -99) < 5
            if not weight or repeats or place + 5 > end or not np.isfinite(earned):
                continue
            last[limit, ticker] = place
            own.setdefault(limit, []).append(-weight * float(record["equity"]) * earned)
    scores = {score.limit: score for score in told.scores}
    for limit, saved in own.items():
        if limit.startswith(("max_", "min_", "universe")):
            assert scores[limit].cuts == len(saved), limit
            assert float(scores[limit].saved) == pytest.approx(sum(saved), abs=1.0), limit
    assert float(told.saved) == pytest.approx(sum(float(score.saved) for score in told.scores), abs=CENT)


def test_stops_and_profit_are_told_first_where_they_are_asked_for(audited: Audited) -> None:
    state = audited.tools.portfolio.state()
    stops = text_of(state_reply(state, asked="stops")).partition("\n\n")[0]
    nearest = min((s for s in state.stops if s.level is not None), key=lambda s: abs(s.away or 0))
    assert f"the nearest is {nearest.ticker}'s " in stops
    assert f"at ${nearest.level:,.2f}" in stops
    assert stops.startswith(f"{len({s.ticker for s in state.stops if s.level is not None})} positions have ")
    profit = text_of(state_reply(state, asked="profit")).partition("\n\n")[0]
    own = audited.books.account(state.session)
    assert f"{abs(own.total('realised')):,.2f}" in profit
    assert f"{abs(state.unrealised):,.2f}" in profit

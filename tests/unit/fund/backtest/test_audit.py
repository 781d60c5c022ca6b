"""The money of a whole backtest on the real bundle, counted again by somebody who read none of the code."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction

from fund.backtest.engine import run_backtest
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.fill import Fill
from fund.portfolio.proposal import Proposal
from support.auditor import auditor_of
from support.mandates import a_mandate, real_costs, some_limits
from support.markets import BUNDLE, bundle_history

ROUNDING = Fraction(1, 100)
"""USD over two years: amounts of a dividend, a split's fraction and a restated mark are rounded, far less."""


class Restless:
    """Long and short in turns over a fifth of the members, so that everything happens to something held."""

    name = "restless"

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        place = len(view.sessions(10_000))
        if place % 10:
            return Proposal(weights={})
        members = sorted(t for t in view.members() if sum(map(ord, t)) % 5 == 2)
        side = {t: 1 if (n + place // 10) % 3 else -1 for n, t in enumerate(members)}
        return Proposal(weights={t: Decimal("0.008") * sign for t, sign in side.items()})


MANDATE = a_mandate(
    initial_cash=Decimal(20_000_000),
    costs=real_costs(),
    limits=some_limits(allow_short=True, max_names=1_000),
)


def test_cash_and_equity_are_those_of_the_fills_and_the_raw_files() -> None:
    history = bundle_history()
    result = run_backtest(Restless(), history, MANDATE, date(2015, 3, 20), history.last_session)
    auditor = auditor_of(BUNDLE)
    auditor.cash = Fraction(MANDATE.initial_cash)
    by_day: dict[date, list[Fill]] = defaultdict(list)
    for fill in result.fills:
        by_day[fill.session].append(fill)
    assert len(result.fills) > 500
    for mark in result.marks:
        cash, equity = auditor.session(mark.session, by_day[mark.session])
        assert abs(cash - Fraction(mark.cash)) < ROUNDING, mark.session
        assert abs(equity - Fraction(mark.equity)) < ROUNDING, mark.session
        assert auditor.shares == {p.ticker: Fraction(p.quantity) for p in mark.positions}
    assert auditor.seen >= {"dividend", "split", "fraction", "ending"}

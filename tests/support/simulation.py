"""Seeded trading days in which everything fails now and then: LLM, feed, broker, database; then an audit.

A world is a made market with gaps, late listings, endings, splits and dividends. Its days are played by a
player that dies, is cut off and is followed by another; the strategy raises, is silent or asks for nonsense.
Afterwards an auditor who shares no code with the product counts cash and shares again, from raw bars, raw
actions and the broker's confirmations alone.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
from sqlalchemy import Engine, text

from db.engine import connect, transaction
from db.verify import verify_ledger
from fund.errors import AnswerError, BudgetError, LLMUnavailableError, NoDataError
from fund.mandate import Mandate
from fund.market.history import History
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal
from support.auditor import Auditor, Prices, exact
from support.database import DatabaseServer
from support.fate import Death, Fate, disturbed
from support.mandates import a_mandate, real_costs, some_limits
from support.markets import a_history
from support.players import a_player

DAYS = 20
WARM_UP = 15
TICKERS = 6
A_CENT = Fraction(1, 100)
FAULTS = (AnswerError, BudgetError, LLMUnavailableError, NoDataError)
NONSENSE = ("NaN", "Infinity", "-9", "1E+30", "7")


@dataclass
class FaultyStrategy:
    """Asks for random weights; on some days it raises, is silent or asks for nonsense.

    What it says depends on the seed and the session alone, so that a day that is played again after a
    death is the same day.
    """

    seed: int
    name: str = "faulty"
    faults: Counter[str] = field(default_factory=Counter)

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        rng = np.random.default_rng([self.seed, view.session.toordinal()])
        luck = rng.random()
        if luck < 0.2:
            fault = FAULTS[int(rng.integers(len(FAULTS)))]
            self.faults[fault.__name__] += 1
            raise fault("expected an answer, found a fault of the simulation")
        if luck < 0.3:
            self.faults["silent"] += 1
            return None
        names = sorted(view.tickers() | {"NOPE"})
        chosen = rng.choice(names, size=min(4, len(names)), replace=False)
        weights = {str(name): Decimal(int(rng.integers(-20, 60))) / 100 for name in chosen}
        if luck < 0.4:
            self.faults["nonsense"] += 1
            weights[str(chosen[0])] = Decimal(str(rng.choice(NONSENSE)))
        return Proposal(weights=weights)


def simulate(server: DatabaseServer, seed: int, days: int = DAYS) -> Counter[str]:
    """Live through a world's days and audit them; return the faults that struck.

    Raises AssertionError with the seed in it; the same seed is the same life.
    """
    history, mandate = a_world(seed)
    sessions = history.panel.sessions[WARM_UP : WARM_UP + days]
    strategy, fate = FaultyStrategy(seed), Fate(seed)
    url = server.clone()
    try:
        _live(url, history, mandate, sessions, strategy, fate)
        engine = connect(url)
        try:
            _audit(engine, history, mandate, sessions)
        finally:
            engine.dispose()
    except AssertionError as error:
        error.add_note(f"simulation seed {seed}, {days} days: `simulate(server, {seed}, {days})` repeats it")
        raise
    finally:
        server.drop(url)
    return strategy.faults + fate.struck


def a_world(seed: int) -> tuple[History, Mandate]:
    """Return a market with everything that goes wrong in a real one, and limits to trade it under."""
    rng = np.random.default_rng([seed, 1])
    limits = some_limits(
        max_position=Decimal(int(rng.integers(10, 60))) / 100,
        max_gross=Decimal(int(rng.integers(80, 150))) / 100,
        max_net=Decimal("0.8"),
        min_cash=Decimal("0.05"),
        max_daily_increase=Decimal(int(rng.integers(20, 100))) / 100,
        allow_short=bool(rng.random() < 0.5),
    )
    mandate = a_mandate(
        benchmark="T00",
        limits=limits,
        costs=real_costs(),
        initial_cash=Decimal(50_000),
        mandate_hash="b" * 64,
    )
    return a_history(seed, tickers=TICKERS, sessions=WARM_UP + DAYS + 1), mandate


def _live(
    url: str,
    history: History,
    mandate: Mandate,
    sessions: Sequence[date],
    strategy: FaultyStrategy,
    fate: Fate,
) -> None:
    """Play every session; whoever dies is followed by another, who finds out where the first one was."""
    lives = 0
    while True:
        engine = connect(url)
        player = a_player(engine, history, mandate=mandate, owner=f"life-{lives}")
        try:
            with disturbed(engine, fate):
                last = player.last_session()
                for session in [day for day in sessions if last is None or day > last]:
                    fate.rearm()
                    player.play(session, strategy)
            return
        except Death:
            lives += 1
        finally:
            player.close()
            engine.dispose()


def _audit(engine: Engine, history: History, mandate: Mandate, sessions: Sequence[date]) -> None:
    """Count everything again from raw bars, raw actions and fills, and hold it against the record."""
    with transaction(engine) as connection:
        assert verify_ledger(connection) == ()
        cycles = connection.execute(text("SELECT session FROM desk.cycles ORDER BY seq")).scalars().all()
        marks = connection.execute(text("SELECT * FROM desk.equity_daily ORDER BY session")).all()
        fills = connection.execute(text("SELECT * FROM desk.fills ORDER BY session, fill_id")).all()
        orders = connection.execute(text("SELECT * FROM desk.orders")).all()
    assert tuple(cycles) == tuple(sessions), "one cycle a session, in order"
    by_day: dict[date, list[object]] = defaultdict(list)
    for fill in fills:
        by_day[fill.session].append(fill)
    auditor = _auditor(history)
    left = {order.order_id: Fraction(order.quantity) for order in orders}
    for fill in fills:
        for ticker, kind, ratio in auditor.actions.get(fill.session, ()):
            left[fill.order_id] *= Fraction(ratio) if (ticker, kind) == (fill.ticker, "split") else 1
        left[fill.order_id] -= Fraction(fill.quantity)
        assert left[fill.order_id] >= 0, f"{fill.order_id} filled more than was ordered"
    auditor.cash = Fraction(mandate.initial_cash)
    for mark in marks:
        cash, equity = auditor.session(mark.session, by_day[mark.session])  # type: ignore[arg-type]
        assert abs(cash - Fraction(mark.cash)) < A_CENT, (mark.session, float(cash), mark.cash)
        assert abs(equity - Fraction(mark.equity)) < A_CENT, (mark.session, float(equity), mark.equity)
        assert auditor.shares == {p["ticker"]: Fraction(p["quantity"]) for p in mark.positions}


def _auditor(history: History) -> Auditor:
    """Give the auditor the raw prices and actions as a data vendor would print them."""
    panel = history.panel
    bars: dict[str, dict[date, tuple[Decimal, Decimal]]] = {}
    for column, ticker in enumerate(panel.tickers):
        for row, day in enumerate(panel.sessions):
            opened, closed = float(panel.open[row, column]), float(panel.close[row, column])
            if closed == closed:
                bars.setdefault(ticker, {})[day] = (exact(opened), exact(closed))
    actions: dict[date, list[tuple[str, str, Decimal]]] = defaultdict(list)
    for action in sorted(history.actions, key=lambda a: (a.ticker, a.kind)):
        actions[action.ex_date].append((action.ticker, action.kind, action.value))
    prices: Mapping[str, Prices] = bars
    return Auditor(bars=prices, actions=actions, sessions=list(panel.sessions))

"""Seeded trading days in which everything fails now and then: LLM, feed, broker, database; then an audit.

A world (`support.worlds`) is a made market with everything that can happen to a book, under a mandate of
its own. Its days are played by a player that dies, is cut off and is followed by another; the strategy
raises, is silent or asks for nonsense; the owner moves money, throws the kill switch and resumes. Then an
auditor who shares no code with the product counts cash and shares again, from raw bars, raw actions, the
broker's confirmations and the owner's own notes alone, and looks at every decision again.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from sqlalchemy import Engine, text

from db.engine import connect, transaction
from db.verify import verify_ledger
from fund.errors import AnswerError, BudgetError, LLMUnavailableError, NoDataError
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal
from support.auditor import Auditor, Prices, exact
from support.database import DatabaseServer
from support.fate import Death, Fate, disturbed
from support.onlookers import Promise, broken_promises, order_problems
from support.players import a_player
from support.worlds import DAYS, WARM_UP, Owner, World, a_world

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
    """Live through a world's days and audit them; return what struck and what happened.

    Raises AssertionError with the seed in it; the same seed is the same life.
    """
    world = a_world(seed)
    sessions = world.history.panel.sessions[WARM_UP : WARM_UP + days]
    strategy, fate = FaultyStrategy(seed), Fate(seed)
    url = server.clone()
    engine = connect(url)
    owner = Owner(engine, world, seed)
    try:
        _live(url, world, sessions, strategy, fate, owner)
        happened = _audit(engine, world, sessions, owner)
    except AssertionError as error:
        error.add_note(f"simulation seed {seed}, {days} days: `simulate(server, {seed}, {days})` repeats it")
        raise
    finally:
        engine.dispose()
        server.drop(url)
    return strategy.faults + fate.struck + owner.acts + happened


def _live(
    url: str, world: World, sessions: Sequence[date], strategy: FaultyStrategy, fate: Fate, owner: Owner
) -> None:
    """Play every session; whoever dies is followed by another, who finds out where the first one was."""
    lives = 0
    while True:
        engine = connect(url)
        player = a_player(engine, world.history, mandate=world.mandate, owner=f"life-{lives}")
        try:
            with disturbed(engine, fate):
                last = player.last_session()
                for session in [day for day in sessions if last is None or day > last]:
                    if session != sessions[0]:
                        owner.act_before(session)
                    fate.rearm()
                    player.play(session, strategy)
            return
        except Death:
            lives += 1
        finally:
            player.close()
            engine.dispose()


def _audit(engine: Engine, world: World, sessions: Sequence[date], owner: Owner) -> Counter[str]:
    """Count everything again, hold it against the record, and return what happened to the book."""
    with transaction(engine) as connection:
        found = verify_ledger(connection)
        assert found == (), found
        cycles = connection.execute(text("SELECT * FROM desk.cycles ORDER BY seq")).all()
        marks = connection.execute(text("SELECT * FROM desk.equity_daily ORDER BY session")).all()
        fills = connection.execute(text("SELECT * FROM desk.fills ORDER BY session, fill_id")).all()
        orders = connection.execute(text("SELECT * FROM desk.orders ORDER BY decided_at, line")).all()
    assert [cycle.session for cycle in cycles] == list(sessions), "one cycle a session, in order"
    by_day, planned = defaultdict[date, list[Any]](list), defaultdict[date, list[Any]](list)
    for fill in fills:
        by_day[fill.session].append(fill)
    days_of = {cycle.cycle_id: cycle.session for cycle in cycles}
    for order in orders:
        planned[days_of[order.cycle_id]].append(order)
    auditor = _auditor(world, owner.moved)
    auditor.cash = Fraction(world.mandate.initial_cash)
    for mark, cycle in zip(marks, cycles, strict=True):
        cash, equity = auditor.session(mark.session, by_day[mark.session])
        assert cash == Fraction(mark.cash), (mark.session, float(cash), mark.cash)
        assert equity == Fraction(mark.equity), (mark.session, float(equity), mark.equity)
        assert auditor.shares == {p["ticker"]: Fraction(p["quantity"]) for p in mark.positions}
        promise = Promise(
            limits=world.mandate.limits,
            may_grow=cycle.inputs["breaker"].startswith("closed"),
            cash=cash,
            equity=equity,
            shares=auditor.shares,
            price=lambda ticker, day=mark.session: auditor.mark(ticker, day),
        )
        broken = broken_promises(promise, planned[mark.session])
        assert broken == [], (mark.session, broken)
    splits = {
        (day, ticker): Fraction(value).limit_denominator(10_000)
        for day, told in auditor.actions.items()
        for ticker, kind, value in told
        if kind == "split"
    }
    problems = order_problems(orders, fills, splits, days_of, sessions[-1])
    assert problems == [], problems
    return Counter(auditor.seen)


def _auditor(world: World, moved: Mapping[date, Fraction]) -> Auditor:
    """Give the auditor the raw prices and the true actions as a data vendor would print them."""
    panel = world.history.panel
    bars: dict[str, dict[date, tuple[Decimal, Decimal]]] = {}
    for column, ticker in enumerate(panel.tickers):
        for row, day in enumerate(panel.sessions):
            opened, closed = float(panel.open[row, column]), float(panel.close[row, column])
            if closed == closed:
                bars.setdefault(ticker, {})[day] = (exact(opened), exact(closed))
    actions: dict[date, list[tuple[str, str, Decimal]]] = defaultdict(list)
    for action in sorted(set(world.true_actions), key=lambda a: (a.ticker, a.kind)):
        actions[action.ex_date].append((action.ticker, action.kind, action.value))
    prices: Mapping[str, Prices] = bars
    return Auditor(
        bars=prices,
        actions=actions,
        sessions=list(panel.sessions),
        borrow_bps=Fraction(world.mandate.costs.borrow_bps),
        moved=moved,
        renamed={
            (action.ex_date, action.ticker): action.detail
            for action in world.true_actions
            if action.kind == "ticker_change"
        },
    )

"""Worlds for simulated days: a made market with everything that can happen to a book, and its owner."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import count
from typing import Literal

import numpy as np
from sqlalchemy import Engine

from fund.clock import FixedClock
from fund.errors import QueryRefusedError
from fund.mandate import Mandate
from fund.market.facts import ActionKind, CorporateAction
from fund.market.history import History
from fund.risk.exits import ExitRules
from support.grounds import a_ground
from support.mandates import a_mandate, issue_levels, real_costs, some_levels, some_limits
from support.markets import a_history
from tools.control import ControlTools
from tools.control_words import Action

DAYS = 20
WARM_UP = 15
TICKERS = 6
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FALSE_FIGURES = ("NaN", "-1", "Infinity", "99999999999")


@dataclass(frozen=True, kw_only=True)
class World:
    """A market, a mandate, and what of the market's actions is true."""

    history: History
    mandate: Mandate
    true_actions: tuple[CorporateAction, ...]


def a_world(seed: int) -> World:
    """Return a market with everything that goes wrong in a real one, and limits to trade it under."""
    history = a_history(seed, tickers=TICKERS, sessions=WARM_UP + DAYS + 1)
    rng = np.random.default_rng([seed, 2])
    endings = _endings(rng, history)
    true = (*history.actions, *endings)
    told = (*true, *_falsehoods(rng, history, {(a.ticker, a.ex_date) for a in true}), *endings[:1])
    return World(history=replace(history, actions=told), mandate=_mandate(seed), true_actions=true)


def _mandate(seed: int) -> Mandate:
    rng = np.random.default_rng([seed, 1])
    limits = some_limits(
        max_position=Decimal(int(rng.integers(10, 60))) / 100,
        max_gross=Decimal(int(rng.integers(80, 150))) / 100,
        max_net=Decimal("0.8"),
        min_cash=Decimal("0.05"),
        max_daily_increase=Decimal(int(rng.integers(20, 100))) / 100,
        allow_short=bool(rng.random() < 0.5),
    )
    tight = ExitRules(
        atr_stop=Decimal(1), trailing_stop=Decimal(1), take_profit=Decimal("0.03"), atr_sessions=5
    )
    return a_mandate(
        benchmark="T00",
        limits=limits,
        costs=replace(real_costs(), borrow_bps=Decimal(int(rng.choice([0, 300, 2_500])))),
        initial_cash=Decimal(50_000),
        mandate_hash="b" * 64,
        lots="fifo" if rng.random() < 0.5 else "average",
        share_step=Decimal(str(rng.choice(["1", "0.1", "0.001", "0.000001"]))),
        exits=tight if rng.random() < 0.4 else ExitRules(),
        breaker=issue_levels() if rng.random() < 0.5 else some_levels(),
    )


def _endings(rng: np.random.Generator, history: History) -> tuple[CorporateAction, ...]:
    """Return a merger, a stated delisting and a ticker change, each of another name."""
    panel = history.panel
    names = [str(name) for name in rng.permutation(panel.tickers[1:])]
    rows = [int(row) for row in rng.integers(WARM_UP + 3, WARM_UP + DAYS, 3)]
    merged, delisted, old, new = names[:4]
    there = np.isfinite(panel.close[:, panel.tickers.index(new)])
    found = [
        _action(merged, panel.sessions[rows[0]], "merger", _near(rng, history, merged, rows[0])),
        _action(delisted, panel.sessions[rows[1]], "delisting", rng.choice(["0", "12.34"])),
    ]
    if there[: rows[2]].any():
        found.append(_action(old, panel.sessions[rows[2]], "ticker_change", "1", new))
    return tuple(each for each in found if rng.random() < 0.7)


def _near(rng: np.random.Generator, history: History, ticker: str, row: int) -> str:
    closes = history.panel.close[:row, history.panel.tickers.index(ticker)]
    known = closes[np.isfinite(closes)]
    return f"{(known[-1] if len(known) else 50.0) * rng.uniform(0.9, 1.4):.2f}"


def _falsehoods(
    rng: np.random.Generator, history: History, taken: set[tuple[str, date]]
) -> tuple[CorporateAction, ...]:
    """Return actions that cannot be true, on days of which nothing else is told."""
    kinds: tuple[ActionKind, ...] = ("split", "dividend", "merger", "delisting", "ticker_change")
    said = []
    for ticker in history.panel.tickers:
        day = history.panel.sessions[int(rng.integers(WARM_UP + 1, WARM_UP + DAYS))]
        kind, figure = kinds[int(rng.integers(len(kinds)))], str(rng.choice(FALSE_FIGURES))
        if (ticker, day) not in taken:
            said.append(_action(ticker, day, kind, figure, "T01" if kind == "ticker_change" else kind))
    return tuple(said)


def _action(ticker: str, day: date, kind: ActionKind, value: str, detail: str = "") -> CorporateAction:
    return CorporateAction(
        ticker=ticker, ex_date=day, kind=kind, value=Decimal(str(value)), detail=detail or kind
    )


@dataclass
class Owner:
    """Moves money, throws the kill switch and resumes, between sessions and by the seed alone."""

    engine: Engine
    world: World
    seed: int
    moved: dict[date, Fraction] = field(default_factory=dict)
    """The owner's own notes of what came in, less what went out, by the session it was booked for."""
    acts: Counter[str] = field(default_factory=Counter)
    _done: set[date] = field(default_factory=set)
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    mode: Literal["replay"] = "replay"
    unplayed: int = 1

    def act_before(self, session: date) -> None:
        """Do what the seed says before a session, once, however often the session is begun."""
        if session in self._done:
            return
        self._done.add(session)
        rng = np.random.default_rng([self.seed, 3, session.toordinal()])
        control = ControlTools(
            self.engine,
            FixedClock(NOW),
            a_ground(self.world.history, self.world.mandate, lambda: self),
            may_act=lambda name: name == "owner",
            new_id=lambda: f"cmd-{next(self._ids):06d}",
        )
        luck, amount = rng.random(4), Decimal(int(rng.integers(1, 3_000_000))) / 100
        if luck[0] < 0.15 and self._does(control, "deposit", amount):
            self._note(session, amount)
        if luck[1] < 0.25 and self._does(control, "withdraw", amount * 2):
            self._note(session, -amount * 2)
        if luck[2] < 0.05:
            self._does(control, "kill")
        if luck[3] < 0.4:
            self._does(control, "resume")

    def _does(self, control: ControlTools, action: Action, amount: Decimal | None = None) -> bool:
        try:
            pending = control.propose(action, None, "owner", None, amount)
        except QueryRefusedError:
            self.acts[f"{action} refused"] += 1
            return False
        control.confirm(pending.command_id, "owner")
        self.acts[action] += 1
        return True

    def _note(self, session: date, amount: Decimal) -> None:
        self.moved[session] = self.moved.get(session, Fraction(0)) + Fraction(amount)

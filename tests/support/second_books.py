"""A second set of books for figures: fills and decisions by plain SQL, prices from the bundle's files.

It shares no code with what it audits, and counts in floats: what it is compared with has to agree to a cent.
"""

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import Connection, text

Row = Mapping[str, Any]
FILLS = """
    SELECT f.ticker, f.side, f.quantity, f.price, f.commission, f.session, o.cycle_id
    FROM desk.fills f JOIN desk.orders o USING (order_id)
    JOIN desk.journal_transactions t ON t.transaction_id = 'fill-' || f.fill_id ORDER BY t.seq
"""
MONEY = """
    SELECT t.session, -sum(e.amount) AS amount FROM desk.journal_entries e
    JOIN desk.journal_transactions t USING (transaction_id)
    WHERE e.account IN ('deposits', 'withdrawals') GROUP BY 1
"""
ENDED = """
    SELECT t.session, e.ticker FROM desk.journal_entries e
    JOIN desk.journal_transactions t USING (transaction_id)
    WHERE t.kind = 'delisting' AND e.account = 'position'
"""


@dataclass
class Episode:
    """One position from its first share to its last."""

    ticker: str
    opened: date
    cycle: str
    quantity: float = 0.0
    cost: float = 0.0
    bought: float = 0.0
    realised: float = 0.0
    dividends: float = 0.0
    fees: float = 0.0
    closed: date | None = None

    @property
    def booked(self) -> float:
        return self.realised + self.dividends - self.fees


@dataclass
class Account:
    """What a walk through the sessions has come to."""

    cash: float = 0.0
    deposits: float = 0.0
    episodes: list[Episode] = field(default_factory=list)

    @property
    def held(self) -> dict[str, Episode]:
        return {each.ticker: each for each in self.episodes if each.closed is None}

    def total(self, name: str) -> float:
        return sum(getattr(each, name) for each in self.episodes)


class SecondBooks:
    """Reads a desk's rows once and counts again from them."""

    def __init__(self, connection: Connection, bundle: Path) -> None:
        def rows(statement: str) -> list[dict[str, Any]]:
            return [dict(row) for row in connection.execute(text(statement)).mappings()]

        self.fills = rows(FILLS)
        self.moved = {row["session"]: float(row["amount"]) for row in rows(MONEY)}
        self.ended = {(row["session"], row["ticker"]) for row in rows(ENDED)}
        self.closes = rows("SELECT session, equity, cash, deposits FROM desk.equity_daily ORDER BY session")
        self.days: list[date] = [row["session"] for row in self.closes]
        self.orders = rows("SELECT order_id, cycle_id, ticker, side, quantity, status FROM desk.orders")
        self.records: dict[str, dict[str, Any]] = {
            row["cycle_id"]: json.loads(row["record"])
            for row in rows("SELECT cycle_id, record FROM desk.cycles ORDER BY seq")
        }
        self._moves: dict[tuple[date, int], dict[str, float]] = {}
        self.bars = pl.read_parquet(bundle / "bars_daily.parquet")
        told = pl.read_parquet(bundle / "corporate_actions.parquet")
        self.actions: dict[date, list[tuple[str, str, float]]] = {}
        for ticker, day, kind, value in told.select("symbol", "ex_date", "kind", "value").iter_rows():
            self.actions.setdefault(day, []).append((ticker, kind, value))
        meta = pl.read_csv(bundle / "metadata.csv", infer_schema_length=0)
        self.sectors = {s: g or "unknown" for s, g in meta.select("symbol", "gics_sector").iter_rows()}
        spells = pl.read_csv(bundle / "membership.csv", infer_schema_length=0).fill_null("")
        self.spells = list(spells.select("symbol", "start", "end").iter_rows())

    @cached_property
    def sessions(self) -> list[date]:
        """Every session of the benchmark."""
        return self.bars.filter(pl.col("symbol") == "SPY").sort("date")["date"].to_list()

    @cached_property
    def prices(self) -> dict[str, tuple[list[date], np.ndarray]]:
        """By ticker its days, and open, close, adjusted close and volume in rows."""
        columns = ("open", "close", "adj_close", "volume")
        return {
            str(name[0]): (part["date"].to_list(), part.select(columns).to_numpy().T)
            for name, part in self.bars.sort("date").group_by("symbol")
        }

    def price(self, ticker: str, day: date) -> float:
        """Return the last close up to a day."""
        days, figures = self.prices[ticker]
        return round(float(figures[1][bisect_right(days, day) - 1]), 4)

    def adjusted(self, ticker: str, days: Sequence[date], *, at_open: bool = False) -> np.ndarray:
        """Return the prices of some days with dividends put back; NaN where there is none."""
        own, figures = self.prices[ticker]
        place = {day: n for n, day in enumerate(own)}
        price = figures[0] * figures[2] / figures[1] if at_open else figures[2]
        return np.array([price[place[day]] if day in place else np.nan for day in days])

    def members(self, day: date) -> list[str]:
        told = day.isoformat()
        return sorted({s for s, start, end in self.spells if start <= told and (not end or end > told)})

    def moves(self, day: date, horizon: int) -> dict[str, float]:
        """Return what every member of a day moved from the next open to the open a horizon later.

        Who has no price there by then counts with the last close before.
        """
        if (day, horizon) not in self._moves:
            place = self.sessions.index(day) + 1
            seen = self._seen(place + horizon)
            names = [ticker for ticker in self.members(day) if seen and ticker in self.prices]
            self._moves[day, horizon] = {name: self._moved(name, place, horizon) for name in names}
        return self._moves[day, horizon]

    def _moved(self, ticker: str, place: int, horizon: int) -> float:
        first, last = self.adjusted(
            ticker, [self.sessions[place], self.sessions[place + horizon]], at_open=True
        )
        if not np.isfinite(last):
            days, figures = self.prices[ticker]
            last = figures[2][bisect_right(days, self.sessions[place + horizon - 1]) - 1]
        return float(last / first - 1.0)

    def _seen(self, place: int) -> bool:
        return place < len(self.sessions) and self.sessions[place] <= self.days[-1]

    def account(self, last: date) -> Account:
        """Walk from the first session to the close of `last`."""
        found = Account()
        for day in [day for day in self.sessions if self.days[0] <= day <= last]:
            amount = self.moved.get(day, 0.0)
            found.cash += amount
            found.deposits += amount
            for ticker, kind, value in sorted(self.actions.get(day, [])):
                self._act(found, ticker, kind, value)
            for fill in self.fills:
                if fill["session"] == day:
                    self._fill(found, fill)
            for ticker, held in list(found.held.items()):
                if (day, ticker) in self.ended:
                    self._sell(found, held, held.quantity, self.price(ticker, day), day)
        return found

    def _act(self, found: Account, ticker: str, kind: str, value: float) -> None:
        held = found.held.get(ticker)
        if held is None:
            return
        if kind == "split":
            held.quantity *= value
        else:
            found.cash += held.quantity * value
            held.dividends += held.quantity * value

    def _fill(self, found: Account, fill: Row) -> None:
        quantity, price, fee = (float(fill[name]) for name in ("quantity", "price", "commission"))
        held = found.held.get(fill["ticker"])
        if held is None:
            held = Episode(ticker=fill["ticker"], opened=fill["session"], cycle=fill["cycle_id"])
            found.episodes.append(held)
        found.cash -= fee
        held.fees += fee
        if fill["side"] == "buy":
            found.cash -= quantity * price
            held.quantity += quantity
            held.cost += quantity * price
            held.bought += quantity * price
        else:
            self._sell(found, held, quantity, price, fill["session"])

    def _sell(self, found: Account, held: Episode, quantity: float, price: float, day: date) -> None:
        cost = held.cost * quantity / held.quantity
        found.cash += quantity * price
        held.realised += quantity * price - cost
        held.quantity -= quantity
        held.cost -= cost
        if abs(held.quantity) < 1e-9:
            held.quantity, held.cost, held.closed = 0.0, 0.0, day

    def value(self, each: Episode, day: date) -> float:
        return each.quantity * self.price(each.ticker, day) if each.quantity else 0.0

    def equity(self, found: Account, day: date) -> float:
        return found.cash + sum(self.value(each, day) for each in found.episodes)

    def weights(self, found: Account, day: date) -> dict[str, float]:
        equity = self.equity(found, day)
        return {ticker: self.value(each, day) / equity for ticker, each in found.held.items()}

    def gained(self, base: date, last: date) -> list[tuple[Episode, float]]:
        """Return each position with what it brought between two closes, those that brought nothing too."""
        before, after = self.account(base), self.account(last)
        then = {
            (each.ticker, each.opened): each.booked + self.value(each, base) - each.cost
            for each in before.episodes
        }
        return [
            (
                each,
                each.booked + self.value(each, last) - each.cost - then.get((each.ticker, each.opened), 0.0),
            )
            for each in after.episodes
            if not (each.closed and each.closed <= base)
        ]

    def returns(self, base: date, last: date) -> np.ndarray:
        """Return what each session brought, money moved in or out counted from its open."""
        chosen = [row for row in self.closes if base <= row["session"] <= last]
        equity = np.array([float(row["equity"]) for row in chosen])
        moved = np.array([self.moved.get(row["session"], 0.0) for row in chosen[1:]])
        return equity[1:] / (equity[:-1] + moved) - 1.0

    def benchmark(self, base: date, last: date) -> np.ndarray:
        chosen = [row["session"] for row in self.closes if base <= row["session"] <= last]
        levels = self.adjusted("SPY", chosen)
        return levels[1:] / levels[:-1] - 1.0

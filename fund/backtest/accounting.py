"""A cross-sectional backtest's accounting at the speed of research: weights in, orders, costs, equity out.

It fills as the heartbeat does (decided on the close, filled at the next open, reductions first, buys within
the cash) and knows splits, dividends and series that end. It keeps totals in floats and no journal, knows no
limits, no volume and no impact: it is for judging signals and forecasters by the thousand. What the desk
holds is kept by the exact ledger of `fund.portfolio`, and by that alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from fund.errors import DataError
from fund.features.columns import ratio
from fund.features.universe import BoolArray
from fund.market.facts import CorporateAction
from fund.market.panel import BarPanel
from fund.market.quality import suspect_opens
from fund.market.splits import split_ratio
from fund.market.view import FloatArray
from fund.session import SILENT_SESSIONS

BASIS_POINT = 1e-4
SHARE_STEPS = (1.0, 0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000001)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingCosts:
    """What trading takes."""

    bps: float = 0.0
    """Of the traded value, a side: commission, half the spread and impact in one."""
    per_share: float = 0.0
    """USD."""
    borrow_bps: float = 0.0
    """A year, of what shorts are worth (ACT/360)."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not 0.0 <= value <= 10_000.0:
                raise DataError(f"expected {name} between 0 and 10000, found {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tape:
    """Prices an account meets, and what companies do to its shares before the open, [T, N] each."""

    sessions: tuple[date, ...]
    tickers: tuple[str, ...]
    opened: FloatArray
    """USD; NaN where nothing can trade at the open."""
    close: FloatArray
    split: FloatArray
    """New shares for one old, 1 on most sessions."""
    dividend: FloatArray
    """USD a share held before the session."""
    closing: FloatArray
    """USD a share that a merger or a delisting pays; NaN on most sessions."""

    @property
    def acted(self) -> BoolArray:
        """[T] sessions on which a company did something."""
        moved = (self.split != 1.0) | (self.dividend != 0.0) | np.isfinite(self.closing)
        acted: BoolArray = moved.any(axis=1)
        return acted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Account:
    """What became of an account, session by session, [T] each, as of the close."""

    sessions: tuple[date, ...]
    equity: FloatArray
    """USD."""
    cash: FloatArray
    gross: FloatArray
    """USD of longs and shorts, both counted positive."""
    traded: FloatArray
    """USD bought and sold so far."""
    fees: FloatArray
    """USD paid for trading so far."""
    borrowed: FloatArray
    """USD paid for borrowed shares so far."""
    orders: int
    fills: int

    @property
    def years(self) -> float:
        """Years of 252 sessions between the first and the last close."""
        return (len(self.sessions) - 1) / 252.0

    @property
    def turnover(self) -> float | None:
        """Half of what was bought and sold, a year, over mean equity; None below two sessions."""
        if self.years <= 0.0:
            return None
        return float(self.traded[-1]) / 2.0 / float(self.equity.mean()) / self.years


def tape_of(panel: BarPanel, actions: Sequence[CorporateAction]) -> Tape:
    """Return raw prices with the splits, dividends and endings that go ex on their sessions.

    Suspect opens fill nothing. A ticker must be one company throughout: a ticker change raises `DataError`.
    Actions whose figures cannot be true are left out, as they are from the total-return index.
    """
    shape = (len(panel.sessions), len(panel.tickers))
    split, dividend, closing = np.ones(shape), np.zeros(shape), np.full(shape, np.nan)
    column_of = {ticker: at for at, ticker in enumerate(panel.tickers)}
    row_of = {session: at for at, session in enumerate(panel.sessions)}
    for action in actions:
        at = row_of.get(action.ex_date), column_of.get(action.ticker)
        if at[0] is None or at[1] is None or not action.is_plausible:
            continue
        if action.kind == "ticker_change":
            raise DataError(
                f"expected one ticker a company throughout, found {action.ticker!r} becoming "
                f"{action.detail!r}; name its bars by one of them"
            )
        if action.kind == "split":
            split[at] *= float(split_ratio(action.value))
        elif action.kind == "dividend":
            dividend[at] += float(action.value)
        else:
            closing[at] = float(action.value)
    return Tape(
        sessions=panel.sessions,
        tickers=panel.tickers,
        opened=np.where(suspect_opens(panel), np.nan, panel.open),
        close=panel.close,
        split=split,
        dividend=dividend,
        closing=closing,
    )


def adjusted_tape(panel: BarPanel) -> Tape:
    """Return prices with splits and dividends in them, in shares of the first bar: dividends buy more.

    For a universe whose actions are not at hand. Suspect opens fill nothing.
    """
    shape = (len(panel.sessions), len(panel.tickers))
    known = np.isfinite(panel.close)
    first = np.where(known.any(axis=0), panel.close[known.argmax(axis=0), np.arange(shape[1])], np.nan)
    factor = ratio(panel.total_return_index, panel.close) * first
    return Tape(
        sessions=panel.sessions,
        tickers=panel.tickers,
        opened=np.where(suspect_opens(panel), np.nan, panel.open * factor),
        close=panel.close * factor,
        split=np.ones(shape),
        dividend=np.zeros(shape),
        closing=np.full(shape, np.nan),
    )


def keep_account(
    tape: Tape,
    targets: FloatArray,
    costs: TradingCosts,
    *,
    initial_cash: float = 1_000_000.0,
    share_step: float = 1.0,
    min_trade: float = 0.0,
) -> Account:
    """Trade towards target weights, [T, N], each row decided on its close and filled at the next open.

    A weight is a fraction of the equity at the decision, negative for a short; NaN leaves a name alone, and a
    row of NaN decides nothing. An order without an open lapses. An increase below `min_trade` of equity is
    not made. A series silent for six sessions is closed at its last mark, and an account without
    equity decides nothing while it has none. Raises `DataError` for a shape that does not fit, no session,
    an infinite weight, or a share step that is not a power of ten from 1 to 0.000001.
    """
    if not len(targets) or targets.shape != tape.close.shape or np.isinf(targets).any():
        raise DataError(
            f"expected finite weights of shape {tape.close.shape!r} over a session or more, NaN for no "
            f"decision, found {targets.shape!r} with {int(np.isinf(targets).sum())!r} infinite; align them "
            "with the tape"
        )
    if share_step not in SHARE_STEPS or not initial_cash > 0.0 or not 0.0 <= min_trade < 1.0:
        raise DataError(
            f"expected a share step of {SHARE_STEPS!r}, cash above 0 and a least trade below 1, found "
            f"{share_step!r}, {initial_cash!r}, {min_trade!r}"
        )
    from fund.backtest.accounting_kernel import keep

    days = np.array([0.0, *((b - a).days for a, b in pairwise(tape.sessions))])
    prices = (
        np.ascontiguousarray(tape.opened),
        np.ascontiguousarray(tape.close),
        np.ascontiguousarray(tape.split),
        np.ascontiguousarray(tape.dividend),
        np.ascontiguousarray(tape.closing),
    )
    settings = (
        float(initial_cash),
        float(share_step),
        costs.bps * BASIS_POINT,
        float(costs.per_share),
        costs.borrow_bps * BASIS_POINT,
        float(min_trade),
        SILENT_SESSIONS,
    )
    weights = np.ascontiguousarray(targets, dtype=np.float64)
    decides = np.asarray(np.isfinite(weights).any(axis=1))
    kept = keep(prices, tape.acted, days, weights, decides, settings)
    return Account(
        sessions=tape.sessions,
        equity=kept[:, 6],
        cash=kept[:, 0],
        gross=kept[:, 7],
        traded=kept[:, 1],
        fees=kept[:, 2],
        borrowed=kept[:, 3],
        orders=int(kept[-1, 4]),
        fills=int(kept[-1, 5]),
    )
